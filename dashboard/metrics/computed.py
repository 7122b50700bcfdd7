"""The pages of the dashboard, calculated from the rows as they were at a moment (dashboard.metrics.then).

The same moment has the same figures whenever it is asked about: reports take these. What pages show of a large site
was calculated a few minutes ago (dashboard.metrics.pages).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.utils.translation import gettext, gettext_noop

from dashboard.metrics import charted, learning, live, open_work, trends, watching
from dashboard.metrics.asked import Asked
from dashboard.metrics.done import Done, duration_figures, on_time_figures
from dashboard.metrics.filters import Filters
from dashboard.metrics.linked import linked
from dashboard.metrics.money import Money, downtime_of
from dashboard.metrics.outlook import OF_SITE
from dashboard.metrics.sheet import IssueRow, Series, Sheet
from dashboard.value.figures import Figure, change
from tracker.choices import Status

MOST_BOARD_ROWS = 50
HEADLINE = ("revenue_at_risk", "revenue_protected", "remediation_cost", "on_time.original.all", "prevention_coverage")
"""What is at risk, what was protected, what it cost, whether work is done in time, whether anybody learns from it."""
SITE_DOWNTIME = gettext_noop("Downtime is that of the whole site: teams and systems have none of their own.")
SITE_DELIVERIES = gettext_noop("Deliveries are those of the whole site: a message may tell of issues of several teams.")
TEAM_ENTRIES = gettext_noop(
    "Extracted entries count for the team of the owner whom they name, and for the systems that they name."
)
NO_SYSTEM = gettext_noop("Issues that name no system may threaten every system, and are in the figures of none.")
PART_OF_SITE = gettext_noop("What is at risk is the part that these issues have of the exposure of the whole site.")


@dataclass(frozen=True)
class Rows:
    """What the pages are made of; each is read once, and only where a page asks for it."""

    asked: Asked

    @cached_property
    def live(self) -> live.Live:
        """The live issues."""
        return live.Live(self.asked)

    @cached_property
    def done(self) -> Done:
        """The work that came to its end in the period."""
        return Done(self.asked)

    @cached_property
    def money(self) -> Money:
        """The money of the period."""
        return Money(self.asked)

    @cached_property
    def learning(self) -> learning.Learning:
        """Measures and returns."""
        return learning.Learning(self.asked)


def overview(asked: Asked) -> Sheet:
    """What is at risk, was protected, what that cost, and whether the organisation executes and learns."""
    rows = Rows(asked)
    exposed = live.exposure_figures(rows.live)
    period = _period_figures(rows)
    counts = live.status_counts(rows.asked)
    earlier = trends.of_day(rows.asked, exposed[0])
    return _sheet(
        rows,
        [*exposed, *live.delay_figures(rows.live), *period, *learning.coverage_figures(rows.learning)],
        changes=[*_changes(period, _period_figures(Rows(asked.before()))), change(exposed[0], earlier)],
        series=(
            trends.exposure(rows.asked, exposed[0]),
            charted.by_status(counts),
            charted.live_by_priority(counts),
        ),
        issues=live.shown(rows.live, live.worst_rows(rows.live)),
        extra={
            "headline": HEADLINE,
            # Issues that name no system threaten all, and are in the figures of none: a system has no level alone.
            **({} if asked.filters.system else {"risk": watching.assessment(rows.live, rows.learning)}),
            "actions": live.next_actions(rows.live),
            "analyses": live.worst_analyses(rows.live),
        },
    )


def board(asked: Asked) -> Sheet:
    """Operations: what is open, overdue, due and blocked, and who has how much of it."""
    rows = Rows(asked)
    by_owner, by_team = open_work.loads(asked)
    return _sheet(
        rows,
        [*live.exposure_figures(rows.live)[:1], *live.delay_figures(rows.live), *open_work.age_figures(asked)],
        series=(charted.open_by_priority(rows.live), charted.by_team(by_team)),
        issues=live.shown(rows.live, live.board_rows(rows.live, MOST_BOARD_ROWS)),
        extra={
            "counts": _board_counts(rows.live),
            "owners": by_owner,
            "teams": by_team,
            "actions": live.next_actions(rows.live),
        },
    )


def execution(asked: Asked) -> Sheet:
    """Is what was found out done, and in time?"""
    rows = Rows(asked)
    by_owner, by_team = open_work.loads(asked)
    of_period = _execution_figures(rows)
    return _sheet(
        rows,
        [*of_period, *open_work.age_figures(asked)],
        changes=_changes(of_period, _execution_figures(Rows(asked.before()))),
        series=(
            charted.on_time(of_period),
            charted.hours_to_complete(of_period),
            trends.conversion(rows.asked, of_period[0]),
        ),
        extra={"owners": by_owner, "teams": by_team},
        notes=(TEAM_ENTRIES,) if rows.asked.narrowed else (),
    )


def prevention(asked: Asked) -> Sheet:
    """Does the organisation learn, so that incidents stay away?"""
    rows = Rows(asked)
    covered = learning.coverage_figures(rows.learning)
    returns = learning.return_figures(rows.learning)
    before = Rows(asked.before())
    return _sheet(
        rows,
        [*covered, *returns, *learning.value_figures(rows.learning)],
        changes=_changes(returns, learning.return_figures(before.learning)),
        series=(charted.coverage(covered), trends.returns(rows.learning)),
    )


def value(asked: Asked) -> Sheet:
    """What was protected, what it cost, and what may come."""
    rows = Rows(asked)
    exposed, later = live.exposure_figures(rows.live), rows.live.site.forecast
    spent = _money_figures(rows)
    lost = downtime_of(rows.asked, rows.asked.period.start)
    return _sheet(
        rows,
        [
            *exposed,
            *later,
            *live.delay_figures(rows.live),
            *spent,
            *rows.money.simulated_return(),
            *(lost.revenue, lost.churn, lost.recovery, lost.total),
        ],
        changes=_changes(spent, _money_figures(Rows(asked.before()))),
        series=(
            trends.protected(rows.asked),
            trends.cost(rows.asked),
            charted.forecast(live.of_whole_site(rows.live), later, asked.site.currency, narrowed=asked.narrowed),
            charted.by_stream(exposed, narrowed=asked.narrowed),
        ),
        extra={"stakes": rows.money.stakes()},
        notes=(OF_SITE, SITE_DOWNTIME) if rows.asked.narrowed else (),
    )


def health(asked: Asked) -> Sheet:
    """Is the site up, does anybody hear of it, and how fast?"""
    rows = Rows(asked)
    figures = _health_figures(rows)
    return _sheet(
        rows,
        figures,
        changes=_changes(figures, _health_figures(Rows(asked.before()))),
        series=(trends.availability(rows.asked, figures[0]), trends.deliveries(rows.asked)),
        notes=(SITE_DELIVERIES,) if rows.asked.narrowed else (),
    )


PAGES: Mapping[str, Callable[[Asked], Sheet]] = {
    "overview": overview,
    "board": board,
    "execution": execution,
    "prevention": prevention,
    "value": value,
    "health": health,
}


def sheet_of(page: str, now: datetime, filters: Filters) -> Sheet:
    """What a page says as of a moment."""
    return PAGES[page](Asked(now, filters))


# -- figures of a period, which the previous period has too -----------------------------------------------------------


def _period_figures(rows: Rows) -> list[Figure]:
    """The figures of the overview that are about a period."""
    on_time = [figure for figure in on_time_figures(rows.done) if figure.key.endswith(".all")]
    conversion = learning.conversion_figure(rows.asked)
    returned = learning.return_figures(rows.learning)
    return [*_money_figures(rows), *on_time, conversion, *returned]


def _money_figures(rows: Rows) -> list[Figure]:
    spent = rows.money.remediation
    return [*rows.money.protected_figures(), spent.cost, spent.hours, spent.estimated]


def _execution_figures(rows: Rows) -> list[Figure]:
    return [
        learning.conversion_figure(rows.asked),
        *learning.first_issue_figures(rows.asked),
        *on_time_figures(rows.done),
        *duration_figures(rows.done),
    ]


def _health_figures(rows: Rows) -> list[Figure]:
    return [watching.availability_figure(rows.asked), *watching.alert_figures(rows.asked)]


def _changes(current: Iterable[Figure], previous: Iterable[Figure]) -> list[Figure]:
    """By how much each figure differs from that of the previous period, where both periods have it."""
    before = {figure.key: figure for figure in previous}
    return [change(figure, before[figure.key]) for figure in current if figure.key in before]


def _board_counts(rows: live.Live) -> Mapping[str, int]:
    now, soon = rows.asked.now, rows.asked.now + live.DAY
    conditions = {
        "open": lambda row: row.is_open_work,
        "overdue": lambda row: row.overdue_hours(now) is not None,
        "due_soon": lambda row: row.is_open_work and row.deadline is not None and now < row.deadline <= soon,
        "blocked": lambda row: row.status == Status.BLOCKED,
        "completed": lambda row: row.status == Status.COMPLETED,
        "without_owner": lambda row: row.owner is None,
    }
    return {name: live.count(rows.rows, condition) for name, condition in conditions.items()}


def _sheet(
    rows: Rows,
    figures: Iterable[Figure],
    *,
    changes: Iterable[Figure] = (),
    series: tuple[Series, ...] = (),
    issues: tuple[IssueRow, ...] = (),
    extra: Mapping[str, object] | None = None,
    notes: tuple[str, ...] = (),
) -> Sheet:
    asked = rows.asked
    narrowed = [PART_OF_SITE] if asked.narrowed and asked.site.profile else []
    if asked.filters.system is not None:
        narrowed.append(NO_SYSTEM)
    return Sheet(
        as_of=asked.now,
        filters=asked.filters,
        currency=asked.site.currency,
        figures={figure.key: figure for figure in figures},
        changes={figure.key.removesuffix(".change"): figure for figure in changes},
        series=tuple(linked(each, asked) for each in series),
        issues=issues,
        notes=tuple(filter(None, (asked.site.problem, *map(gettext, (*narrowed, *notes))))),
        extra=extra or {},
    )
