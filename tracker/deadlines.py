"""From a priority to a deadline, from a deadline to words. Pure: no Django, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from tracker.calendars import AROUND_THE_CLOCK, Calendar
from tracker.choices import CalendarKind, Priority
from tracker.stated_deadlines import FIRST_YEAR, LAST_YEAR, in_reach, stated_deadline
from tracker.translation import gettext, gettext_noop

__all__ = [
    "AROUND_THE_CLOCK",
    "DEFAULT_POLICIES",
    "Calendar",
    "Policy",
    "deadline",
    "refusal",
    "stated_deadline",
    "words_for",
]

HOURS_A_DAY = 24
UNITS = (gettext_noop("d"), gettext_noop("h"), gettext_noop("min"))
MOST_HOURS = 10 * 365 * HOURS_A_DAY


@dataclass(frozen=True, slots=True)
class Policy:
    """How long an issue of a priority may take: hours, of which 24 are a day, on a calendar.

    Raises: ValueError when there are no hours, or more than ten years of them.
    """

    priority: Priority
    hours: int
    calendar: Calendar = AROUND_THE_CLOCK

    def __post_init__(self) -> None:
        if not 0 < self.hours <= MOST_HOURS:
            raise ValueError(
                gettext("%(priority)s must allow between 1 hour and 10 years, not %(hours)s hours.")
                % {"priority": self.priority, "hours": self.hours}
            )


DEFAULT_POLICIES: Mapping[Priority, Policy] = MappingProxyType(
    {
        Priority.P0: Policy(Priority.P0, 24),
        Priority.P1: Policy(Priority.P1, 72),
        Priority.P2: Policy(Priority.P2, 14 * HOURS_A_DAY),
        Priority.P3: Policy(Priority.P3, 30 * HOURS_A_DAY),
    }
)


def deadline(start: datetime, policy: Policy) -> datetime:
    """When work that starts now must be done.

    Around the clock every real hour counts, so a daylight-saving change moves the wall time and not the duration.
    On a business calendar each 24 h are one business day and the rest are business hours. A start outside of
    business hours counts from the next opening. N business days end at the same wall time N business days later
    (Friday 16:00 and one day: Monday 16:00), whatever the clocks did in between; business hours then count from
    there, only while it is open, and may end at the closing time itself.

    Units:  start is aware; the result is aware, UTC.
    Raises: ValueError when start is naive or the deadline lies beyond the year 9999.
    """
    _refuse_naive(start)
    try:
        if policy.calendar.kind == CalendarKind.BUSINESS:
            return _business_deadline(start, policy.hours, policy.calendar)
        return start.astimezone(UTC) + timedelta(hours=policy.hours)
    except OverflowError:
        raise ValueError(gettext("The deadline would lie beyond the year 9999.")) from None


def _business_deadline(start: datetime, hours: int, calendar: Calendar) -> datetime:
    days, hours = divmod(hours, HOURS_A_DAY)
    moment = calendar.next_business_moment(start)
    if days:
        local = moment.astimezone(calendar.zone)
        moment = calendar.moment(calendar.add_business_days(local.date(), days), local.time())
    return calendar.add_business_hours(moment, hours) if hours else moment


def words_for(deadline: datetime, now: datetime) -> str:
    """The time left in words: "due in 2 d 4 h", "due in 45 min", "due now", "3 h overdue".

    The two largest units, rounded down, hours no longer from a week on. At the deadline itself it is overdue, as
    `IssueQuerySet.overdue` has it; less than a minute to either side is "due now" or "just overdue".
    Raises: ValueError when either is naive.
    """
    _refuse_naive(deadline)
    _refuse_naive(now)
    amount = span_words(abs(deadline - now))
    if deadline <= now:
        return gettext("%(amount)s overdue") % {"amount": amount} if amount else gettext("just overdue")
    return gettext("due in %(amount)s") % {"amount": amount} if amount else gettext("due now")


def refusal(deadline: datetime) -> str:
    """Why a moment cannot be a deadline, in one sentence, or ""."""
    if deadline.utcoffset() is None:
        return gettext("A deadline needs a time zone.")
    if in_reach(deadline):
        return ""
    return gettext("A deadline lies between the years %(first)s and %(last)s.") % {
        "first": FIRST_YEAR,
        "last": LAST_YEAR,
    }


def span_words(span: timedelta) -> str:
    """A time that is not negative in its two largest units, rounded down: "2 d 4 h", "45 min"; "" below a minute."""
    hours, minutes = divmod(span.seconds // 60, 60)
    if span.days >= 7:
        hours = 0
    numbers = (span.days, hours, 0 if span.days else minutes)
    return " ".join(f"{number} {gettext(unit)}" for number, unit in zip(numbers, UNITS, strict=True) if number)


def _refuse_naive(moment: datetime) -> None:
    if moment.utcoffset() is None:
        raise ValueError(gettext("A time needs a time zone, and %(moment)s has none.") % {"moment": moment.isoformat()})
