"""A report as one HTML file that loads nothing: style and charts are inside, and its policy forbids the rest."""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from dashboard import wording
from dashboard.drawing import draw
from dashboard.metrics.sheet import Series
from dashboard.reports.report import Report
from dashboard.svg import svg


@dataclass(frozen=True, slots=True)
class ShownSeries:
    """A series as a chart and the table beside it. chart is "" without a number."""

    key: str
    finding: str
    chart: SafeString | str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    notes: tuple[str, ...]


def html(report: Report, *, generated: str) -> str:
    """The whole report."""
    return render_to_string(
        "dashboard/report.html",
        {
            "report": report,
            "generated": generated,
            "style": style(),
            "policy": policy(),
            "trends": shown(report.trends, report.currency),
            "priorities": shown(report.priorities, report.currency),
            "prevention_trends": shown(report.prevention_trends, report.currency),
        },
    )


def shown(found: Iterable[Series], currency: str) -> list[ShownSeries]:
    """Series with their charts."""
    return [_shown(series, currency) for series in found]


def _shown(series: Series, currency: str) -> ShownSeries:
    drawing = draw(series, currency)
    unit = wording.unit_words(series.unit, currency)
    rows = tuple(
        (label, tuple(wording.cell_words(line.values[at], series.unit, currency) for line in series.lines))
        for at, label in enumerate(series.labels)
    )
    heads = tuple(f"{line.name} ({unit})" for line in series.lines)
    return ShownSeries(series.key, series.finding, svg(drawing) if drawing else "", heads, rows, series.notes)


@cache
def style() -> str:
    """The style of reports: without a character that HTML escapes, so that it is the same inside a page."""
    return (Path(settings.BASE_DIR) / "templates" / "dashboard" / "report.css").read_text(encoding="utf-8")


@cache
def policy() -> str:
    """What a report may load: nothing, and the one style that is inside."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
