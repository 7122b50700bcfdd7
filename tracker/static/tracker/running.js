"use strict";
// While checks are executed, what the page shows of them is read again; without scripts a link does it.
{
    const PAUSE = 2000; // milliseconds
    let touched = false;
    document.addEventListener("input", () => { touched = true; });

    const read = async () => {
        const reply = await fetch(location.href, { redirect: "error" });
        if (!reply.ok) throw new Error(reply.statusText);
        return new DOMParser().parseFromString(await reply.text(), "text/html").querySelector("[data-watch]");
    };

    const look = async () => {
        const shown = document.querySelector("[data-watch]");
        if (!shown) return;
        try {
            const now = document.hidden ? shown : await read();
            if (now && now.innerHTML !== shown.innerHTML) {
                shown.replaceChildren(...now.childNodes);
                shown.querySelectorAll(".output").forEach((lines) => { lines.scrollTop = lines.scrollHeight; });
            }
            if (!now && !touched) {
                location.reload(); // it has ended, and other parts of the page may have changed with it
                return;
            }
            if (!now) { // somebody is writing something here
                shown.textContent = shown.dataset.watch; // says so, in the language of the site
                shown.removeAttribute("data-watch");
                return;
            }
        } catch { /* no answer this time: the next one tells */ }
        setTimeout(look, PAUSE);
    };
    setTimeout(look, PAUSE);
}
