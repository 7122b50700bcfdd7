"""What a report says: figures in words, wins, decisions, trends, issues, prevention and method, as of one moment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from dashboard import wording
from dashboard.formulas import formula_url
from dashboard.metrics import filters
from dashboard.metrics.asked import Asked
from dashboard.metrics.computed import PAGES
from dashboard.metrics.filters import MONTH, QUARTER, WEEK, Period
from dashboard.metrics.sheet import IssueRow, Series, Sheet
from dashboard.reports import sentences
from dashboard.reports.moments import INSTANT
from dashboard.value.figures import Figure
from tracker.choices import Status
from tracker.money import money

KPIS = (
    *("revenue_at_risk", "delay_a_day", "revenue_protected", "remediation_cost", "return.p10", "return.p50"),
    *("return.p90", "conversion", "first_issue.median", "first_issue_in_time", "on_time.original.P0"),
    *("on_time.original.P1", "on_time.original.all", "on_time.moved.all", "validated", "open_age.median"),
    *("prevention_coverage", "recurrence_rate", "availability", "hours_to_acknowledge.median"),
)
PREVENTION = (
    *("prevention_coverage", "prevention_verified", "recurrence_rate", "escapes.while_open"),
    *("escapes.though_validated", "escapes.untreated", "fewer_returns", "incident_cost", "prevention_value"),
)
TRENDS = (
    ("overview", ("exposure_trend",)),
    ("value", ("protected_by_month", "cost_by_month", "forecast")),
    ("execution", ("on_time", "conversion_trend")),
)
NO_DEADLINE = gettext_noop("none")
TITLES = {
    WEEK: gettext_noop("Weekly report"),
    MONTH: gettext_noop("Monthly report"),
    QUARTER: gettext_noop("Quarterly report"),
}
SO_FAR = {
    WEEK: gettext_noop("%(first)s to %(last)s, the week so far"),
    MONTH: gettext_noop("%(first)s to %(last)s, the month so far"),
    QUARTER: gettext_noop("%(first)s to %(last)s, the quarter so far"),
}


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure in words. `standing` is how it stands to its target, or why there is no number."""

    figure: Figure
    name: str
    words: str
    change: str
    better: str  # "better", "worse" or ""
    target: str
    standing: str
    formula_url: str

    @property
    def section(self) -> str:
        """The heading of docs/metrics.md that has the formula."""
        return self.figure.section


@dataclass(frozen=True, slots=True)
class IssueLine:
    """An issue in words, with its absolute address."""

    reference: str
    title: str
    priority: str
    status: str
    owner: str
    deadline: str
    at_risk: str
    url: str

    def cells(self) -> tuple[str, ...]:
        """What stands in a table behind the reference."""
        return self.title, self.priority, self.status, self.owner, self.deadline, self.at_risk


@dataclass(frozen=True, slots=True)
class Method:
    """A section of the formulas, and which figures of the report it explains."""

    section: str
    url: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report says. Nothing of it depends on when it is made, only on the moment it is of."""

    title: str
    period: Period
    as_of: datetime
    as_of_words: str
    period_words: str
    currency: str
    level: str
    level_words: str
    reasons: tuple[str, ...]
    headline: tuple[Measure, ...]
    wins: tuple[str, ...]
    decisions: tuple[str, ...]
    kpis: tuple[Measure, ...]
    trends: tuple[Series, ...]
    priorities: tuple[Series, ...]
    issues: tuple[IssueLine, ...]
    prevention: tuple[Measure, ...]
    prevention_trends: tuple[Series, ...]
    methods: tuple[Method, ...]
    notes: tuple[str, ...]

    def charts(self) -> tuple[Series, ...]:
        """All its series, each once."""
        return (*self.trends, *self.priorities, *self.prevention_trends)


def build(kind: str, as_of: datetime) -> Report:
    """The report of the period that the moment lies in, as of it. Raises: FilterRefused for an unknown period."""
    period = filters.period(kind, as_of, timezone.get_default_timezone())
    asked = Asked(as_of, filters.Filters(period))
    return of_sheets({name: calculate(asked) for name, calculate in PAGES.items()}, period)


def of_sheets(sheets: Mapping[str, Sheet], period: Period) -> Report:
    """The report that the sheets of all pages make."""
    first = sheets["overview"]
    measures = {measure.figure.key: measure for sheet in sheets.values() for measure in _measures(sheet)}
    headline = _found(measures, first.extra.get("headline", ()))
    kpis = _found(measures, KPIS)
    risk, counts = first.extra["risk"], sheets["board"].extra["counts"]
    return Report(
        title=gettext(TITLES[period.kind]),
        period=period,
        as_of=first.as_of,
        as_of_words=time_words(first.as_of),
        period_words=period_words(period, first.as_of),
        currency=first.currency,
        level=risk.level.name.lower(),
        level_words=risk.level.words,
        reasons=(*(reason.sentence for reason in risk.reasons), *risk.notes),
        headline=headline,
        wins=sentences.wins(kpis, sheets["value"].extra.get("stakes", ()), first.currency),
        decisions=sentences.decisions(kpis, first.extra.get("actions"), counts, first.currency),
        kpis=kpis,
        trends=tuple(each for page, keys in TRENDS for each in _series(sheets[page], keys)),
        priorities=_series(sheets["board"], ("open_by_priority",)),
        issues=tuple(issue_line(row, first.currency) for row in first.issues),
        prevention=_found(measures, PREVENTION),
        prevention_trends=_series(sheets["prevention"], ("coverage_by_category", "recurrences_trend")),
        methods=_methods((*headline, *kpis, *_found(measures, PREVENTION))),
        notes=tuple(dict.fromkeys(note for sheet in sheets.values() for note in sheet.notes)),
    )


def period_words(period: Period, as_of: datetime) -> str:
    """The days that a report counts: "2026-11-01 to 2026-11-30", or "2026-11-01 to 2026-11-25, the month so far"."""
    zone = timezone.get_default_timezone()
    first, after, day = (timezone.localtime(moment, zone).date() for moment in (period.start, period.end, as_of))
    last = after - timedelta(days=1)
    if as_of + INSTANT >= period.end:
        return gettext("%(first)s to %(last)s") % {"first": first, "last": last}
    return gettext(SO_FAR[period.kind]) % {"first": first, "last": day}


def _measures(sheet: Sheet) -> Iterable[Measure]:
    for figure in sheet.figures.values():
        change = sheet.changes.get(figure.key)
        yield Measure(
            figure,
            wording.name_words(figure),
            wording.figure_words(figure, sheet.currency),
            wording.change_words(change, sheet.currency) if change else "",
            wording.judgement(change) if change else "",
            wording.target_words(figure.target, figure.unit, sheet.currency) if figure.target else gettext("none"),
            wording.state_words(figure) or figure.reason or gettext("no target"),
            settings.SITE_URL + formula_url(figure.section),
        )


def _found(measures: Mapping[str, Measure], keys: Iterable[str]) -> tuple[Measure, ...]:
    return tuple(measures[key] for key in keys if key in measures)


def _series(sheet: Sheet, keys: Iterable[str]) -> tuple[Series, ...]:
    found = {series.key: series for series in sheet.series}
    return tuple(found[key] for key in keys if key in found)


def _methods(measures: Iterable[Measure]) -> tuple[Method, ...]:
    names: dict[tuple[str, str], dict[str, None]] = {}
    for measure in measures:
        names.setdefault((measure.section, measure.formula_url), {})[measure.figure.title] = None
    return tuple(Method(gettext(section), url, tuple(found)) for (section, url), found in names.items())


def issue_line(row: IssueRow, currency: str) -> IssueLine:
    """An issue of a sheet in words."""
    return IssueLine(
        row.reference,
        row.title,
        row.priority,
        Status(row.status).label,
        row.owner or gettext("nobody"),
        time_words(row.deadline) if row.deadline else gettext(NO_DEADLINE),
        money(row.at_risk, currency),
        settings.SITE_URL + reverse("admin:tracker_issue_change", args=[row.issue]),
    )


def time_words(moment: datetime) -> str:
    """A moment in the site's time zone: "2026-11-30 23:59 UTC"."""
    return f"{timezone.localtime(moment, timezone.get_default_timezone()):%Y-%m-%d %H:%M %Z}"
