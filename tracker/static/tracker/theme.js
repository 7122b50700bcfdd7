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
}
