"""A report as Markdown. Titles and names come from outside: none of them is a link, a heading, a table or HTML here."""

import re
from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext

from dashboard import wording
from dashboard.metrics.sheet import Series
from dashboard.reports.report import Measure, Report
from tracker.terminal import printable

# What begins or ends anything in Markdown, and what GitHub makes links of; at the beginning also what makes a heading
# or a list.
SPECIAL = re.compile(r"[\\`*_\[\]<>|~&!$]|(?<=[a-z]):(?=//)|(?<=www)\.|^[#+=-]", re.IGNORECASE)
NUMBERED = re.compile(r"^(\d+)([.)])(?=\s|$)")


def markdown(report: Report, *, generated: str) -> str:
    """The whole report."""
    return "\n".join(_lines(report, generated)) + "\n"


def escaped(text: str) -> str:
    """Words as one line that nothing acts on."""
    line = printable(" ".join(text.split()))
    return NUMBERED.sub(r"\1\\\2", SPECIAL.sub(r"\\\g<0>", line))


def _lines(report: Report, generated: str) -> Iterator[str]:
    yield f"# {report.title}: {report.period_words}"
    yield ""
    yield (
        gettext("As of %(moment)s. Amounts are in %(currency)s.")
        % {"moment": report.as_of_words, "currency": report.currency}
        if report.currency
        else _as_of(report)
    )
    yield ""
    yield generated
    yield from _section(gettext("Risk level: %(level)s") % {"level": report.level_words}, _bullets(report.reasons))
    yield from _section(gettext("Headline figures"), _headline(report.headline))
    yield from _section(gettext("Key wins"), _bullets(report.wins))
    yield from _section(gettext("What needs a decision"), _bullets(report.decisions))
    yield from _section(gettext("Key figures"), _kpis(report.kpis))
    yield from _section(gettext("Trends"), _all_series(report.trends, report.currency))
    yield from _section(gettext("Issues by priority"), _all_series(report.priorities, report.currency))
    yield from _section(gettext("The worst issues"), _issues(report))
    yield from _section(gettext("Prevention"), _kpis(report.prevention))
    yield from _all_series(report.prevention_trends, report.currency)
    yield from _section(gettext("Method"), _methods(report))


def _as_of(report: Report) -> str:
    return gettext("As of %(moment)s. There is no revenue profile, so amounts are not set.") % {
        "moment": report.as_of_words
    }


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""
    yield from lines


def _bullets(lines: Iterable[str]) -> Iterator[str]:
    yield from (f"- {escaped(line)}" for line in lines)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(heads)
    yield "|" + "---|" * len(heads)
    yield from map(_row, rows)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _linked(measure: Measure) -> str:
    return f"[{escaped(measure.name)}](<{measure.formula_url}>)"


def _headline(measures: Iterable[Measure]) -> Iterator[str]:
    rows = [(_linked(each), escaped(each.words), escaped(_change(each))) for each in measures]
    yield from _table((gettext("Figure"), gettext("Now"), gettext("Against the previous period")), rows)


def _change(measure: Measure) -> str:
    return (
        f"{measure.change} ({gettext(measure.better)})"
        if measure.better
        else measure.change or gettext("no comparison")
    )


def _kpis(measures: Iterable[Measure]) -> Iterator[str]:
    rows = [(_linked(each), escaped(each.words), escaped(each.target), escaped(each.standing)) for each in measures]
    yield from _table((gettext("Figure"), gettext("Current"), gettext("Target"), gettext("State")), rows)


def _all_series(found: Iterable[Series], currency: str) -> Iterator[str]:
    for series in found:
        yield ""
        yield f"### {escaped(series.finding)}"
        yield ""
        unit = wording.unit_words(series.unit, currency)
        rows = [
            (escaped(label), *(wording.cell_words(line.values[at], series.unit, currency) for line in series.lines))
            for at, label in enumerate(series.labels)
        ]
        if series.lines:
            yield from _table(("", *(escaped(f"{line.name} ({unit})") for line in series.lines)), rows)
            yield ""
        yield from (f"{escaped(note)}  " for note in series.notes)


def _issues(report: Report) -> Iterator[str]:
    if not report.issues:
        yield gettext("No issue is open.")
        return
    heads = (
        gettext("Issue"),
        gettext("Title"),
        gettext("Priority"),
        gettext("Status"),
        gettext("Owner"),
        gettext("Deadline"),
        gettext("At risk a month"),
    )
    rows = [(f"[{escaped(row.reference)}](<{row.url}>)", *map(escaped, row.cells())) for row in report.issues]
    yield from _table(heads, rows)


def _methods(report: Report) -> Iterator[str]:
    yield gettext(
        "Formula, unit, source and limits of each figure are in docs/metrics.md, which the site shows at these links."
    )
    yield ""
    for method in report.methods:
        yield f"- [{escaped(method.section)}](<{method.url}>): {escaped('; '.join(method.names))}"
    yield from _bullets(report.notes)
