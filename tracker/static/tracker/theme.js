"use strict";
// Small comforts of every list page; each page works without them.
{
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
}
