"use strict";
// Small comforts of the upload and review pages; both work without them.
document.documentElement.classList.add("with-js");

// Upload: files can be dropped, and the chosen ones are named.
document.querySelectorAll("[data-drop]").forEach((place) => {
    const input = place.querySelector("input[type=file]");
    const list = place.querySelector("[data-chosen]");
    const tell = () => {
        list.replaceChildren(...Array.from(input.files, (file) => {
            const line = document.createElement("li");
            line.textContent = `${file.name} (${Math.max(1, Math.round(file.size / 1024))} kB)`;
            return line;
        }));
    };
    input.addEventListener("change", tell);
    ["dragover", "dragleave", "drop"].forEach((name) => place.addEventListener(name, (event) => {
        event.preventDefault();
        place.classList.toggle("over", name === "dragover");
        if (name === "drop" && event.dataTransfer.files.length) {
            input.files = event.dataTransfer.files;
            tell();
        }
    }));
});

// Review: what a link points at is opened, brought into view and marked, with the entry and the line it belongs to.
{
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const marked = [];
    const mark = (element) => {
        element.classList.add("current");
        marked.push(element);
    };
    const show = (element) => {
        const fold = element.closest("details:not([open])");
        if (fold && !element.matches("summary")) {
            fold.open = true;
        }
        element.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "center" });
    };
    const partnerOf = (link) => link.closest(".entry") || link.closest("li");
    const arrived = location.hash && document.getElementById(location.hash.slice(1));
    if (arrived && arrived.closest(".entry, .source")) {
        mark(arrived);
        if (arrived.closest("details:not([open])")) {
            show(arrived);
        }
    }
    document.addEventListener("click", (event) => {
        const link = event.target.closest("a.jump, .its-checks a");
        const target = link && document.getElementById(link.hash.slice(1));
        if (!target) {
            return;
        }
        event.preventDefault();
        if (link.hash !== location.hash) {
            history.pushState(null, "", link.hash);  // Back leads to where the link was
        }
        marked.splice(0).forEach((element) => element.classList.remove("current"));
        mark(target);
        const partner = partnerOf(link);
        if (partner && target.closest(".source")) {
            mark(partner);
        }
        show(target);
        const pane = target.closest(".source");
        if (pane) {
            pane.focus({ preventScroll: true });
        }
    });

    // A marked line leads to its entry.
    const entryOf = new Map();
    document.querySelectorAll(".entry .head .jump").forEach((link) => entryOf.set(link.hash.slice(1), link.closest(".entry")));
    const source = document.querySelector(".source");
    if (source) {
        source.addEventListener("dblclick", (event) => {
            let line = event.target.closest("[id]");
            while (line && source.contains(line) && !entryOf.has(line.id)) {
                line = line.parentElement.closest("[id]");
            }
            const entry = line && entryOf.get(line.id);
            if (entry) {
                marked.splice(0).forEach((element) => element.classList.remove("current"));
                mark(line);
                mark(entry);
                show(entry);
            }
        });

        // The source stays where it was when a decision loads the page again.
        const key = `source-place:${location.pathname}`;
        const kept = JSON.parse(sessionStorage.getItem(key) || "null");
        if (kept && kept.search === location.search) {
            source.scrollTop = kept.top;
        }
        window.addEventListener("pagehide", () => {
            sessionStorage.setItem(key, JSON.stringify({ search: location.search, top: source.scrollTop }));
        });
    }
}

// Review: Save appears when something was changed; suggestions for owners come as somebody types.
document.querySelectorAll("form.decide").forEach((form) => {
    form.addEventListener("input", () => form.classList.add("edited"));
});
{
    const list = document.getElementById("owners");
    let asked = "";
    let waiting = 0;
    const suggest = async (term) => {
        const answer = await fetch(`${list.dataset.url}&term=${encodeURIComponent(term)}`, { credentials: "same-origin" });
        if (!answer.ok || term !== asked) {
            return;
        }
        const found = await answer.json();
        list.replaceChildren(...found.results.map((owner) => {
            const option = document.createElement("option");
            option.value = owner.text;
            return option;
        }));
    };
    if (list && list.dataset.url) {
        document.addEventListener("input", (event) => {
            if (event.target.getAttribute("list") === "owners") {
                asked = event.target.value.trim();
                window.clearTimeout(waiting);
                waiting = window.setTimeout(suggest, 150, asked);
            }
        });
    }
}
