"use strict";
// Draws the charts of a page. Their numbers come from one address, their colours from the page: light, dark or paper.
{
    const FONT = 12;
    const MARKS = ["circle", "rect", "triangle", "rectRot", "star"];
    const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3], [4, 4]];
    const page = document.querySelector("[data-charts]");
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    const drawn = new Map();
    let answer = null;

    const probe = document.createElement("span");
    probe.hidden = true;
    document.body.append(probe);
    const colour = (name) => {
        probe.className = `ink-${name}`;
        return getComputedStyle(probe).color;
    };

    // Every second set of bars is hatched, so that nobody needs to tell colours apart.
    const filling = (context, ink, number) => {
        if (number % 2 === 0) return ink;
        const tile = document.createElement("canvas");
        tile.width = tile.height = 8;
        const brush = tile.getContext("2d");
        brush.fillStyle = colour("surface");
        brush.fillRect(0, 0, 8, 8);
        brush.strokeStyle = ink;
        brush.lineWidth = 3;
        for (const shift of [-8, 0, 8]) {
            brush.beginPath();
            brush.moveTo(shift, 8);
            brush.lineTo(shift + 8, 0);
            brush.stroke();
        }
        return context.createPattern(tile, "repeat");
    };

    const datasets = (chart, context) => chart.datasets.map((one, number) => {
        const ink = colour(number % 5 + 1);
        const line = chart.type === "line";
        return {
            ...one,
            borderColor: ink,
            backgroundColor: line ? ink : filling(context, ink, number),
            borderWidth: line ? 2.5 : 1.5,
            borderDash: line ? DASHES[number % 5] : [],
            pointStyle: MARKS[number % 5],
            pointRadius: 3.5,
            maxBarThickness: 48,
            tension: 0,
            spanGaps: false,
        };
    });

    const options = (chart) => {
        const [ink, line] = [colour("quiet"), colour("line")];
        const sideways = chart.type === "sideways";
        const values = {
            beginAtZero: true,
            suggestedMax: chart.whole ?? undefined,
            title: { display: true, text: chart.unit, color: ink, font: { size: FONT } },
            ticks: { color: ink, font: { size: FONT }, maxTicksLimit: 6, precision: chart.unit === "number" ? 0 : undefined },
            grid: { color: line },
            border: { color: line },
        };
        const names = { ticks: { color: ink, font: { size: FONT }, maxRotation: 45, autoSkipPadding: 8 }, grid: { display: false }, border: { color: line } };
        names.ticks.autoSkip = chart.type === "line"; // a bar without its name says nothing
        return {
            responsive: true,
            maintainAspectRatio: false,
            animation: still.matches || document.documentElement.classList.contains("paper") ? false : { duration: 250 },
            indexAxis: sideways ? "y" : "x",
            interaction: { mode: "index", axis: sideways ? "y" : "x", intersect: false },
            scales: sideways ? { x: values, y: names } : { x: names, y: values },
            plugins: {
                legend: {
                    display: chart.datasets.length > 1,
                    position: "bottom",
                    labels: { color: colour("ink"), font: { size: FONT }, usePointStyle: chart.type === "line", boxWidth: chart.type === "line" ? 8 : 24, boxHeight: 8 },
                },
                tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${chart.words[item.datasetIndex][item.dataIndex]}` } },
            },
        };
    };

    const draw = (canvas) => {
        const chart = answer.charts[canvas.dataset.chart];
        if (!chart) throw new Error(`There are no numbers for ${canvas.dataset.chart}.`);
        drawn.get(canvas)?.destroy();
        if (chart.type === "sideways") canvas.parentElement.style.blockSize = `${Math.max(240, 90 + chart.labels.length * 28 * Math.max(1, chart.datasets.length * 0.6))}px`;
        drawn.set(canvas, new Chart(canvas, {
            type: chart.type === "line" ? "line" : "bar",
            data: { labels: chart.labels, datasets: datasets(chart, canvas.getContext("2d")) },
            options: options(chart),
        }));
        const button = canvas.closest("figure").querySelector("[data-picture]");
        button.hidden = false;
    };

    const failed = (canvas) => {
        const figure = canvas.closest("figure");
        canvas.parentElement.hidden = true;
        figure.querySelector(".failed").hidden = false;
        figure.querySelector("details").open = true;
    };

    const canvases = [...page.querySelectorAll("[data-chart]")];
    const drawAll = () => canvases.forEach((canvas) => {
        try { draw(canvas); } catch (error) { console.warn(error); failed(canvas); }
    });

    // A picture has the ground of the page behind it: a transparent one cannot be read everywhere.
    const save = (canvas) => {
        const picture = document.createElement("canvas");
        [picture.width, picture.height] = [canvas.width, canvas.height];
        const brush = picture.getContext("2d");
        brush.fillStyle = colour("surface");
        brush.fillRect(0, 0, picture.width, picture.height);
        brush.drawImage(canvas, 0, 0);
        const link = document.createElement("a");
        link.download = `${canvas.dataset.chart}-${answer.as_of.slice(0, 10)}.png`;
        link.href = picture.toDataURL("image/png");
        link.click();
    };

    page.addEventListener("click", (event) => {
        const button = event.target.closest("[data-picture]");
        if (button) save(page.querySelector(`[data-chart="${button.dataset.picture}"]`));
    });

    const start = async () => {
        try {
            const reply = await fetch(page.dataset.charts, { redirect: "error" });
            if (!reply.ok) throw new Error(reply.statusText);
            answer = await reply.json();
        } catch {
            canvases.forEach(failed);
            return;
        }
        drawAll();
        new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-theme"] });
        matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
    };

    // On paper the tables are open, and the charts are drawn at once in the colours of paper.
    const folded = new Set();
    const redraw = (paper) => {
        document.documentElement.classList.toggle("paper", paper);
        if (answer) drawAll();
    };
    addEventListener("beforeprint", () => {
        document.querySelectorAll(".chart details:not([open])").forEach((part) => { part.open = true; folded.add(part); });
        redraw(true);
    });
    addEventListener("afterprint", () => {
        folded.forEach((part) => { part.open = false; });
        folded.clear();
        redraw(false);
    });
    start();
}
