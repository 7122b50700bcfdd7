"""Charts of what is so now: series from figures and rows that a page has read already. No queries."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext, gettext_noop

from dashboard.metrics.live import DAY, Live
from dashboard.metrics.sheet import Line, Series
from dashboard.metrics.site import LiveIssue
from dashboard.value.execution import ALL, Load
from dashboard.value.figures import Figure, Unit
from dashboard.value.forecast import HORIZONS
from tracker.choices import MeasureCategory, Priority, Status
from tracker.money import about
from tracker.querysets import LIVE

ONLY_SITE = gettext_noop("What is at risk by stream is known of the whole site only")
HORIZON_LABELS = (
    gettext_noop("Now"),
    gettext_noop("In 24 hours"),
    gettext_noop("In 7 days"),
    gettext_noop("In 30 days"),
)


def by_status(counts: Mapping[tuple[str, str], int]) -> Series:
    """How many issues stand in which status."""
    numbers = {status: sum(n for (word, _), n in counts.items() if word == status) for status in Status}
    live = sum(numbers[status] for status in LIVE)
    return Series(
        "by_status",
        gettext("Issues: %(live)s live, %(validated)s validated")
        % {"live": f"{live:,}", "validated": f"{numbers[Status.VALIDATED]:,}"},
        Unit.COUNT,
        tuple(status.label for status in Status),
        (Line(gettext("Issues"), tuple(Decimal(numbers[status]) for status in Status)),),
    )


def live_by_priority(counts: Mapping[tuple[str, str], int]) -> Series:
    """How many live issues have which priority."""
    numbers = {
        priority: sum(n for (status, word), n in counts.items() if word == priority and status in LIVE)
        for priority in Priority
    }
    urgent = numbers[Priority.P0] + numbers[Priority.P1]
    return Series(
        "by_priority",
        gettext("%(urgent)s of %(live)s live issues are P0 or P1")
        % {"urgent": f"{urgent:,}", "live": f"{sum(numbers.values()):,}"},
        Unit.COUNT,
        tuple(priority.label for priority in Priority),
        (Line(gettext("Live issues"), tuple(Decimal(numbers[priority]) for priority in Priority)),),
    )


def open_by_priority(live: Live) -> Series:
    """How much open work of each priority is overdue, due within 24 hours, and later."""
    numbers = {word: dict.fromkeys(Priority, 0) for word in ("overdue", "soon", "later")}
    names = {"overdue": gettext("Overdue"), "soon": gettext("Due within 24 h"), "later": gettext("Later")}
    for row in live.rows:
        if row.is_open_work:
            numbers[_due(live, row)][row.priority] += 1
    overdue = sum(numbers["overdue"].values())
    total = sum(sum(line.values()) for line in numbers.values())
    return Series(
        "open_by_priority",
        gettext("%(overdue)s of %(total)s open issues are overdue") % {"overdue": f"{overdue:,}", "total": f"{total:,}"}
        if total
        else gettext("No work is open"),
        Unit.COUNT,
        tuple(priority.label for priority in Priority),
        tuple(Line(names[word], tuple(map(Decimal, line.values()))) for word, line in numbers.items()),
    )


def _due(live: Live, row: LiveIssue) -> str:
    if row.overdue_hours(live.asked.now) is not None:
        return "overdue"
    return "soon" if row.deadline and row.deadline <= live.asked.now + DAY else "later"


def by_team(teams: Sequence[Load]) -> Series:
    """The open work of each team."""
    most = max(teams, key=lambda team: team.hours_left, default=None)
    finding = _most_loaded(most) if most else gettext("No work is open")
    return Series(
        "by_team",
        finding,
        Unit.COUNT,
        tuple(map(_name, teams)),
        (
            Line(gettext("In time"), tuple(Decimal(team.open - team.overdue) for team in teams)),
            Line(gettext("Overdue"), tuple(Decimal(team.overdue) for team in teams)),
        ),
    )


def _most_loaded(load: Load) -> str:
    if load.name:
        return gettext("%(name)s has %(share)s of the hours of work left") % {
            "name": load.name,
            "share": f"{load.load:.0%}",
        }
    return gettext("%(share)s of the hours of work left are in no team") % {"share": f"{load.load:.0%}"}


def _name(load: Load) -> str:
    return load.name or gettext("Nobody")


def on_time(figures: Iterable[Figure]) -> Series:
    """The share completed by the original and the moved deadline, by priority."""
    on = {figure.key: figure for figure in figures}
    parts = (*map(str, Priority), ALL)
    total = on[f"on_time.original.{ALL}"]
    finding = (
        total.reason
        if total.value is None
        else gettext("%(share)s was completed by its original deadline") % {"share": f"{total.value:.0%}"}
    )
    lines = {word: [on[f"on_time.{word}.{part}"] for part in parts] for word in ("original", "moved")}
    target = Line(gettext("Target"), tuple(figure.target and figure.target.value for figure in lines["original"]))
    return _bars(
        "on_time",
        finding,
        (*map(str, Priority), gettext("All")),
        {gettext("By the original deadline"): lines["original"], gettext("By the moved deadline"): lines["moved"]},
        target,
    )


def hours_to_complete(figures: Iterable[Figure]) -> Series:
    """Median and p90 of the hours to completion, by priority."""
    on = {figure.key: figure for figure in figures}
    lines = {word: [on[f"hours_to_complete.{word}.{priority}"] for priority in Priority] for word in ("median", "p90")}
    known = [figure for figure in lines["median"] if figure.value is not None]
    slowest = max(known, key=lambda figure: figure.value, default=None)
    finding = (
        gettext("Half of the %(priority)s issues took more than %(hours)s h")
        % {"priority": slowest.part.rpartition(".")[2], "hours": _hours(slowest.value)}
        if slowest
        else lines["median"][0].reason
    )
    return _bars(
        "hours_to_complete",
        finding,
        tuple(map(str, Priority)),
        {gettext("Median"): lines["median"], "p90": lines["p90"]},
    )


def _hours(value: Decimal) -> str:
    """Whole hours from ten on; fewer as exact as the figure has them, so that minutes are not said to be none."""
    return f"{value:,.0f}" if value >= 10 else f"{value.normalize():f}"


def coverage(figures: Iterable[Figure]) -> Series:
    """The share of the analyses with prevention in place, by category."""
    on = {figure.key: figure for figure in figures}
    total = on["prevention_coverage"]
    finding = (
        total.reason
        if total.value is None
        else gettext("%(share)s of the analyses have prevention in place") % {"share": f"{total.value:.0%}"}
    )
    line = [on[f"prevention_coverage.{category}"] for category in MeasureCategory]
    labels = tuple(category.label for category in MeasureCategory)
    return _bars("coverage_by_category", finding, labels, {gettext("Analyses"): line})


def forecast(now: Figure, later: Iterable[Figure], currency: str, *, narrowed: bool = False) -> Series:
    """Revenue at risk of the whole site now and later: if nothing changes, and as issues were resolved here so far.

    narrowed is whether the page is about a team or a system: then the title says that this is not.
    """
    on = {figure.key: figure for figure in later}
    unchanged = [now, *(on[f"forecast_unchanged.{hours}_h"] for hours in HORIZONS)]
    expected = [now, *(on[f"forecast_expected.{hours}_h"] for hours in HORIZONS)]
    end = unchanged[-1]
    finding = now.reason
    if end.value is not None:
        words = gettext("If nothing changes, %(amount)s a month is at risk in 30 days")
        if narrowed:
            words = gettext("If nothing changes, %(amount)s a month is at risk on the whole site in 30 days")
        finding = words % {"amount": about(end.value, currency)}
    return _bars(
        "forecast",
        finding,
        tuple(map(gettext, HORIZON_LABELS)),
        {gettext("If nothing changes"): unchanged, gettext("Expected"): expected},
    )


def by_stream(figures: Iterable[Figure], *, narrowed: bool = False) -> Series:
    """What of the revenue at risk each stream has; of a team or a system (narrowed) that is not known."""
    streams = [figure for figure in figures if figure.part.startswith("stream.")]
    names = tuple(figure.part.removeprefix("stream.") for figure in streams)
    most = max(streams, key=lambda figure: figure.value, default=None)
    without = gettext(ONLY_SITE) if narrowed else gettext("The revenue has no streams")
    finding = (
        gettext("%(stream)s has most at risk") % {"stream": most.part.removeprefix("stream.")} if most else without
    )
    amounts = Line(gettext("At risk"), tuple(figure.value for figure in streams))
    return Series("by_stream", finding, Unit.MONEY_A_MONTH, names, (amounts,))


def _bars(
    key: str, finding: str, labels: tuple[str, ...], lines: Mapping[str, Sequence[Figure]], *more: Line
) -> Series:
    """Figures of one kind as bars, with the reasons for those that have no number."""
    figures = [figure for line in lines.values() for figure in line]
    drawn = tuple(Line(name, tuple(figure.value for figure in line)) for name, line in lines.items())
    return Series(key, finding, figures[0].unit, labels, (*drawn, *more), notes=_reasons(labels, lines))


def _reasons(labels: Sequence[str], lines: Mapping[str, Sequence[Figure]]) -> tuple[str, ...]:
    """Why figures have no number: of which labels, where the others have one."""
    places: dict[str, dict[str, None]] = {}
    for label, *figures in zip(labels, *lines.values(), strict=True):
        for figure in figures:
            if figure.value is None:
                places.setdefault(figure.reason, {})[label] = None
    return tuple(
        reason if len(where) == len(labels) else f"{', '.join(where)}: {reason}" for reason, where in places.items()
    )
