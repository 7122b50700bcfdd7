"""A report as JSON: for programs, so figures are numbers as text, with their keys, units, targets and reasons."""

import json
from collections.abc import Iterable
from decimal import Decimal

from dashboard.metrics.sheet import Series
from dashboard.reports.report import Measure, Report


def document(report: Report, *, generated: str) -> str:
    """The whole report, one value a line, in ASCII; amounts are text, so that no program rounds them."""
    return json.dumps({"generated": generated, **_content(report)}, indent=1) + "\n"


def _content(report: Report) -> dict[str, object]:
    return {
        "title": report.title,
        "period": {
            "kind": report.period.kind,
            "start": report.period.start.isoformat(),
            "end": report.period.end.isoformat(),
        },
        "as_of": report.as_of.isoformat(),
        "currency": report.currency,
        "risk_level": report.level,
        "reasons": report.reasons,
        "headline": _figures(report.headline),
        "wins": report.wins,
        "decisions": report.decisions,
        "figures": _figures(report.kpis),
        "series": [_series(series) for series in report.charts()],
        "issues": [
            {name: getattr(row, name) for name in type(row).__dataclass_fields__ if name != "at_risk"}
            for row in report.issues
        ],
        "prevention": _figures(report.prevention),
        "methods": [{"section": each.section, "url": each.url, "figures": each.names} for each in report.methods],
        "notes": report.notes,
    }


def _figures(measures: Iterable[Measure]) -> list[dict[str, object]]:
    return [
        {
            "key": each.figure.key,
            "name": each.name,
            "value": _number(each.figure.value),
            "unit": str(each.figure.unit),
            "words": each.words,
            "change": each.change,
            "target": _number(each.figure.target.value) if each.figure.target else None,
            "state": str(each.figure.state) if each.figure.state else None,
            "lack": str(each.figure.lack) if each.figure.lack else None,
            "reason": each.figure.reason,
            "notes": each.figure.notes,
            "formula": each.formula_url,
        }
        for each in measures
    ]


def _series(series: Series) -> dict[str, object]:
    lines = [{"name": line.name, "values": [_number(value) for value in line.values]} for line in series.lines]
    head = {"key": series.key, "finding": series.finding, "unit": str(series.unit), "labels": series.labels}
    return {**head, "lines": lines, "notes": series.notes}


def _number(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
