"""A sheet as a page shows it: figures as cards and in tables, series as charts and tables, everything in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from dashboard import access, wording
from dashboard.access import Viewer
from dashboard.drilldown import ISSUE, Link, Rows, rows_of
from dashboard.formulas import formula_url
from dashboard.metrics import links
from dashboard.metrics.filters import Filters
from dashboard.metrics.sheet import Series, Sheet
from dashboard.value.delay import NextActions
from dashboard.value.downtime import NO_HOURS
from dashboard.value.execution import Load
from dashboard.value.figures import Figure, Lack, State
from tracker.models import Issue
from tracker.money import percent

# How states look; a word stands beside each.
LOOKS = {State.GOOD: "added", State.WARNING: "pending", State.BAD: "unassigned"}
ENTER_REVENUE = (access.ENTER_REVENUE, "admin:tracker_revenueprofile_add")
ENTER_DOWNTIME = (access.ENTER_DOWNTIME, "admin:dashboard_downtime_add")
COUNTS = {
    "open": (gettext_lazy("Open work"), {"show": "work"}),
    "overdue": (gettext_lazy("Overdue"), {"due": "overdue"}),
    "due_soon": (gettext_lazy("Due within 24 h"), {"due": "soon"}),
    "blocked": (gettext_lazy("Blocked"), {"status": "blocked"}),
    "completed": (gettext_lazy("Waiting for validation"), {"status": "completed"}),
    "without_owner": (gettext_lazy("Without an owner"), {"who": "nobody"}),
}
OWNERS = "owners"
COUNT_LOOKS = {"overdue": "overdue", "due_soon": "due-soon", "blocked": "blocked"}


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """A figure in words, with where its formula and its rows are. look is the badge of its state."""

    key: str
    title: str
    words: str
    per: str = ""
    reason: str = ""
    enter_url: str = ""
    state: str = ""
    look: str = ""
    target: str = ""
    change: str = ""
    judgement: str = ""
    no_comparison: str = ""
    sample: int | None = None
    notes: tuple[str, ...] = ()
    formula_url: str = ""
    rows: Link | None = None


@dataclass(frozen=True, slots=True)
class FigureTable:
    """Figures of one section of the formulas, in a table."""

    title: str
    formula_url: str
    figures: tuple[ShownFigure, ...]
    targets: bool = field(default=False)
    changes: bool = field(default=False)


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A line of the table of a series: its label, where its rows are, and its numbers in words."""

    label: str
    url: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownSeries:
    """A series in words. is_empty is whether it has no number to draw."""

    key: str
    finding: str
    unit: str
    heads: tuple[str, ...]
    rows: tuple[ShownRow, ...]
    notes: tuple[str, ...]
    is_empty: bool
    csv_url: str


@dataclass(frozen=True, slots=True)
class ShownCount:
    """A number of issues, with the list of them."""

    title: str
    number: int
    look: str
    url: str


@dataclass(frozen=True, slots=True)
class ShownLoad:
    """The open work of a person or a team, in words."""

    name: str
    open: int
    overdue: int
    hours: str
    load: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class ShownAction:
    """One of the next actions, in words."""

    issue: int
    reference: str
    title: str
    priority: str
    a_day: str
    hours: str
    by_hour: str


@dataclass(frozen=True)
class Showing:
    """How a sheet is shown to a person."""

    sheet: Sheet
    viewer: Viewer

    def figure(self, figure: Figure) -> ShownFigure:
        """A figure with everything that belongs beside it."""
        currency = self.sheet.currency
        change = self.sheet.changes.get(figure.key)
        words, per = wording.split_words(figure, currency)
        return ShownFigure(
            key=figure.key,
            title=wording.name_words(figure),
            words=words,
            per=per,
            reason=figure.reason,
            enter_url=self._where_to_enter(figure),
            state=wording.state_words(figure),
            look=LOOKS.get(figure.state, ""),
            target=wording.target_words(figure.target, figure.unit, currency) if figure.target else "",
            change=wording.change_words(change, currency) if change and figure.value is not None else "",
            judgement=wording.judgement(change) if change else "",
            no_comparison=change.reason if change and figure.value is not None else "",
            sample=figure.sample,
            notes=(*self._span(figure), *figure.notes),
            formula_url=formula_url(figure.section),
            rows=rows_of(figure, self.sheet.filters, self.viewer),
        )

    def cards(self, headline: Iterable[str]) -> list[ShownFigure]:
        """The figures that stand first: by their key, or the first of their kind."""
        found = (headline_figure(self.sheet.figures, key) for key in headline)
        return [self.figure(figure) for figure in found if figure]

    def tables(self, without: Iterable[str]) -> list[FigureTable]:
        """All other figures, by the section that has their formula, in the order in which the sheet has them."""
        first = {figure.key for key in without if (figure := headline_figure(self.sheet.figures, key))}
        by_section: dict[str, list[ShownFigure]] = {}
        for key, figure in self.sheet.figures.items():
            if key not in first and not _is_listed_elsewhere(figure):
                by_section.setdefault(figure.section, []).append(self.figure(figure))
        return [
            FigureTable(
                gettext(section),
                formula_url(section),
                tuple(figures),
                any(figure.target for figure in figures),
                any(figure.change for figure in figures),
            )
            for section, figures in by_section.items()
        ]

    def series(self, page_key: str) -> list[ShownSeries]:
        """The series of the sheet in words."""
        query = self.sheet.filters.query()
        return [self._series(series, page_key, query) for series in self.sheet.series]

    def counts(self) -> list[ShownCount]:
        """The numbers of issues that the page of operations begins with."""
        filters = self.sheet.filters
        found: Mapping[str, int] = self.sheet.extra.get("counts", {})
        return [
            ShownCount(
                COUNTS[key][0],
                number,
                COUNT_LOOKS.get(key, "") if number else "",
                Rows(ISSUE, "", COUNTS[key][1]).url(self.viewer, filters),
            )
            for key, number in found.items()
            if key in COUNTS
        ]

    def actions(self) -> list[ShownAction]:
        """What reduces the exposure most by hour of work. One query, for the titles."""
        found: NextActions = self.sheet.extra.get("actions", NextActions(()))
        keys = [action.issue for action in found.actions]
        named = Issue.objects.in_bulk(keys) if keys else {}
        currency = self.sheet.currency
        return [
            ShownAction(
                action.issue,
                action.reference,
                named[action.issue].title if action.issue in named else "",
                named[action.issue].priority if action.issue in named else "",
                wording.figure_words(action.a_day, currency),
                wording.work(action.hours_left),
                wording.figure_words(action.by_hour, currency),
            )
            for action in found.actions
        ]

    def loads(self, name: str) -> list[ShownLoad]:
        """The open work of each owner ("owners") or team ("teams")."""
        rows: Iterable[Load] = self.sheet.extra.get(name, ())
        filters = self.sheet.filters
        may_open = self.viewer.has_perm(access.SEE_WORK)
        return [
            ShownLoad(
                row.name or gettext("nobody"),
                row.open,
                row.overdue,
                wording.work(row.hours_left),
                percent(row.load),
                work_of(name, row, filters) if may_open else "",
            )
            for row in rows
        ]

    def _series(self, series: Series, page_key: str, query: str) -> ShownSeries:
        links = series.links or ("",) * len(series.labels)
        currency = self.sheet.currency
        may_open = self.viewer.has_perms(series.links_for)
        rows = tuple(
            ShownRow(
                label,
                link if may_open else "",
                tuple(wording.cell_words(line.values[place], series.unit, currency) for line in series.lines),
            )
            for place, (label, link) in enumerate(zip(series.labels, links, strict=True))
        )
        return ShownSeries(
            series.key,
            series.finding,
            wording.unit_words(series.unit, currency),
            tuple(line.name for line in series.lines),
            rows,
            series.notes,
            not any(value is not None for line in series.lines for value in line.values),
            f"{reverse('dashboard:csv', args=[page_key, series.key])}?{query}",
        )

    def _span(self, figure: Figure) -> tuple[str, ...]:
        """Between what the middle of a simulation lies: it is never shown as a bare point."""
        if figure.value is None or figure.part != "p50":
            return ()
        kind = wording.kind_of(figure.key)
        ends = [self.sheet.figures.get(f"{kind}.{part}") for part in ("p10", "p90")]
        words = [wording.figure_words(end, self.sheet.currency) for end in ends if end]
        if len(words) < len(ends):
            return ()
        return (gettext("From %(low)s (p10) to %(high)s (p90).") % {"low": words[0], "high": words[1]},)

    def _where_to_enter(self, figure: Figure) -> str:
        """Where the person can enter what the figure lacks; "" when they cannot."""
        if figure.lack != Lack.NOT_SET or figure.unit not in access.OF_MONEY:
            return ""
        right, place = ENTER_DOWNTIME if figure.reason == gettext(NO_HOURS) else ENTER_REVENUE
        return reverse(place) if self.viewer.has_perm(right) else ""


def work_of(kind: str, load: Load, filters: Filters) -> str:
    """The address of the open work of an owner or a team; "" of those in no team, who have no list of their own."""
    if kind == OWNERS:
        return links.issues(filters, show="work", **({"owner": load.key} if load.key else {"who": "nobody"}))
    return links.issues(replace(filters, team=load.key), show="work") if load.key else ""


def headline_figure(figures: Mapping[str, Figure], key: str) -> Figure | None:
    """The figure with this key, or the first of this kind."""
    if key in figures:
        return figures[key]
    return next((figure for name, figure in figures.items() if wording.kind_of(name) == key), None)


def charts_state(shown: Iterable[ShownSeries]) -> str:
    """Why the page has no chart; "" when it has, or has nothing to draw."""
    if not any(not series.is_empty for series in shown) or settings.CHARTS_INSTALLED:
        return ""
    return gettext(
        "Charts are not installed on this machine (make charts installs them): the tables have the same numbers."
    )


def _is_listed_elsewhere(figure: Figure) -> bool:
    """Whether the page shows it in a list of its own: what single issues and analyses put at risk."""
    return wording.kind_of(figure.key) == "revenue_at_risk" and figure.part.startswith(("issue.", "analysis."))
