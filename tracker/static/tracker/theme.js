"use strict";
// Small comforts of every list page; each page works without them.
{
    const words = document.currentScript.dataset;  // in the language of the site

    // On a narrow screen a row becomes a card: each cell then carries the name of its column.
    document.querySelectorAll("#result_list").forEach((table) => {
        const names = Array.from(table.querySelectorAll("thead th"), (head) => head.textContent.trim());
        table.querySelectorAll("tbody tr").forEach((row) => {
            Array.from(row.children).forEach((cell, column) => {
                if (cell.tagName === "TD" && names[column] && !cell.classList.contains("action-checkbox")) {
                    cell.dataset.label = names[column];
                }
            });
        });
    });

    const all = document.querySelector("#result_list th.action-checkbox-column");
    if (all) all.dataset.words = words.all;

    // A select that is found by typing is drawn by a widget that forgets its label: say it to those who listen.
    // It is drawn when the page is ready, by a handler that was there before this one.
    window.django?.jQuery?.(() => {
        document.querySelectorAll("select.admin-autocomplete").forEach((select) => {
            const drawn = select.nextElementSibling?.querySelector("[role=combobox]");
            const label = select.labels[0];
            if (drawn && label) {
                label.id ||= `label-${select.id}`;
                drawn.setAttribute("aria-labelledby", `${label.id} ${drawn.getAttribute("aria-labelledby")}`);
                drawn.querySelector("[role=textbox]")?.setAttribute("aria-labelledby", label.id);
            }
        });
    });

    // Django names date and time together, a column of a table of forms only at its head, and the icons of its list of
    // choices not by a role: say it to those who listen.
    const name = () => {
        const unnamed = ".datetime input, .inline-group td :is(input, select), .form-row .select2-search__field";
        document.querySelectorAll(unnamed).forEach((field) => {
            if (field.type === "hidden" || field.labels.length || field.ariaLabel) {
                return;
            }
            const cell = field.closest(".inline-group td");
            const heads = cell ? cell.closest("table").querySelectorAll("thead th") : [];
            const head = cell && heads[cell.cellIndex + heads.length - cell.parentElement.cells.length];
            const named = head || field.closest(".form-row, fieldset")?.querySelector("legend, label");
            const part = { vDateField: ` ${words.date}`, vTimeField: ` ${words.time}` }[field.classList[0]] || "";
            field.ariaLabel = `${(named?.textContent || field.name).trim().replace(/:$/, "")}${part}`;
        });
        document.querySelectorAll("span.help-tooltip[aria-label]").forEach((icon) => icon.setAttribute("role", "img"));
    };
    window.addEventListener("load", name);  // Django draws some parts then, and some when jQuery says so, before or after
    window.django?.jQuery?.(name);
}
