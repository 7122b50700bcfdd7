"""Which figures have a page of their rows here, who may see it, and what is on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy

from alerts.choices import Level, MessageState
from dashboard.access import SEE_FIGURES, SEE_MONEY, SEE_WORK
from dashboard.metrics.asked import Asked
from dashboard.metrics.filters import FIRST_YEAR, FilterRefused, Filters, Period
from dashboard.rows import flow, spent, watched
from dashboard.rows.listing import Listing
from tracker.choices import Priority

SPREAD = ("median", "p90")
BY_PRIORITY = tuple(f"{word}.{priority}" for word in SPREAD for priority in Priority)
LEVELS = tuple(f"{int(level)}" for level in Level)
TO_FIRST = gettext_lazy("From analysis to first tracked issue")
BY_DEADLINE = tuple(f"{word}.{part}" for word in flow.DEADLINES for part in (*Priority, "all"))
NO_SPAN = gettext_lazy("There is no time called {!r}: it is a month such as 2026-11, or a day such as 2026-11-05.")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Behind:
    """The rows of a kind of figures: what a link calls them, who may see them, what makes the page, and its parts."""

    title: str
    words: str
    permission: str
    listings: Callable[[Asked, str], tuple[Listing, ...]]
    parts: tuple[str, ...] = ("",)


BEHIND: Mapping[str, Behind] = {
    **dict.fromkeys(
        ("remediation_cost", "remediation_hours", "remediation_estimated"),
        Behind(
            gettext_lazy("What the work cost"), gettext_lazy("Hours noted and estimated"), SEE_MONEY, spent.of_period
        ),
    ),
    "incident_cost": Behind(
        gettext_lazy("What incidents have cost so far"),
        gettext_lazy("Hours noted and estimated"),
        SEE_MONEY,
        spent.so_far,
    ),
    "conversion": Behind(
        gettext_lazy("What became of extracted entries"), gettext_lazy("Entries"), SEE_WORK, flow.conversion
    ),
    "first_issue": Behind(TO_FIRST, gettext_lazy("Analyses"), SEE_WORK, flow.first_issue, SPREAD),
    "first_issue_in_time": Behind(TO_FIRST, gettext_lazy("Analyses"), SEE_WORK, flow.first_issue_in_time),
    "on_time": Behind(
        gettext_lazy("Work by its deadline"), gettext_lazy("Issues judged"), SEE_WORK, flow.on_time, BY_DEADLINE
    ),
    "validated": Behind(
        gettext_lazy("Work that was completed"), gettext_lazy("Completed issues"), SEE_WORK, flow.completed
    ),
    "hours_to_complete": Behind(
        gettext_lazy("Work that was completed"), gettext_lazy("Completed issues"), SEE_WORK, flow.worked_on, BY_PRIORITY
    ),
    "hours_to_validate": Behind(
        gettext_lazy("Work that was validated"), gettext_lazy("Validated issues"), SEE_WORK, flow.validated, BY_PRIORITY
    ),
    "recurrence_rate": Behind(
        gettext_lazy("Analyses that are returns"), gettext_lazy("Analyses"), SEE_FIGURES, watched.recurrence_rate
    ),
    "escalations": Behind(
        gettext_lazy("Escalations"), gettext_lazy("Alerts told"), SEE_FIGURES, watched.escalations, LEVELS
    ),
    "hours_to_acknowledge": Behind(
        gettext_lazy("Acknowledgements"), gettext_lazy("Acknowledgements"), SEE_FIGURES, watched.acknowledged, SPREAD
    ),
    "availability": Behind(gettext_lazy("Availability"), gettext_lazy("Checks"), SEE_FIGURES, watched.availability),
    "deliveries": Behind(
        gettext_lazy("Deliveries"),
        gettext_lazy("Messages"),
        SEE_FIGURES,
        watched.deliveries,
        tuple(map(str, MessageState)),
    ),
}


def behind(key: str) -> tuple[Behind, str] | None:
    """What is behind the figure of that key, and its part; None where there is no such page."""
    kind, _, part = key.partition(".")
    found = BEHIND.get(kind)
    return (found, part) if found and part in found.parts else None


def spanned(filters: Filters, words: str) -> Filters:
    """The same filters of a month or a day that an address names, such as 2026-11 or 2026-11-05; "" is the period.

    Raises: FilterRefused in one sentence.
    """
    if not words:
        return filters
    try:
        first = date.fromisoformat(words if len(words) > len("2026-11") else f"{words}-01")
        after = first + DAY if len(words) > len("2026-11") else (first.replace(day=1) + 31 * DAY).replace(day=1)
        if first.year < FIRST_YEAR:
            raise ValueError(words)
    except (ValueError, OverflowError):
        raise FilterRefused(NO_SPAN.format(words[:20])) from None
    start, end = _midnight(first), _midnight(after)
    return replace(filters, period=Period(filters.period.kind, start, end, start, start))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())
