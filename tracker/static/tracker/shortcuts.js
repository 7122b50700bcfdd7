"use strict";
// Review by keyboard. Single letters work only outside of fields, and can be switched off: they might mean something
// else to a screen reader or to dictation (WCAG 2.1.4).
{
    const KEPT = "review-shortcuts";
    const help = document.querySelector(".shortcuts");
    const toggle = document.getElementById("shortcuts-on");
    const entries = Array.from(document.querySelectorAll(".entry"));
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    let at = -1;

    const focus = (number) => {
        const entry = entries[number];
        if (!entry) {
            return;
        }
        at = number;
        const fold = entry.closest("details:not([open])");
        if (fold) {
            fold.open = true;
        }
        entry.tabIndex = -1;
        entry.focus({ preventScroll: true });
        entry.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "center" });
    };
    const current = () => {
        const inside = document.activeElement.closest(".entry");
        at = inside ? entries.indexOf(inside) : at;
        return entries[at];
    };
    const pending = () => entries.findIndex((entry, number) => number > at && entry.matches(".entry-pending"));
    const press = (selector) => current()?.querySelector(selector)?.click();

    const keys = {
        j: () => { current(); focus(Math.min(at + 1, entries.length - 1)); },
        k: () => { current(); focus(Math.max(at - 1, 0)); },
        n: () => { current(); focus(pending()); },
        a: () => press("button[value=accept]"),
        u: () => press("button[value=reconsider], button[value=take_back]"),
        l: () => press(".head .jump"),
        o: () => current()?.querySelector("input[name=owner]:not([type=hidden])")?.focus(),
        d: () => {
            const dismiss = current()?.querySelector("details.dismiss");
            if (dismiss) {
                dismiss.open = true;
                dismiss.querySelector("input[name=reason]").focus();
            }
        },
        "?": () => {
            help.open = !help.open;
            help.querySelector("summary").focus();
        },
    };

    if (help && toggle) {
        toggle.checked = localStorage.getItem(KEPT) !== "off";
        toggle.addEventListener("change", () => localStorage.setItem(KEPT, toggle.checked ? "on" : "off"));
        document.addEventListener("keydown", (event) => {
            const typing = event.target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");
            if (event.key === "Escape" && typing) {
                typing.closest(".entry")?.focus();
            }
            if (!toggle.checked || typing || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) {
                return;
            }
            event.preventDefault();
            keys[event.key]();
        });

        // A decision loads the page again, at the entry: the next key goes on from there.
        const arrived = location.hash && document.getElementById(location.hash.slice(1));
        at = entries.indexOf(arrived);
    }
}
