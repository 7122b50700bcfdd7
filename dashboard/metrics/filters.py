"""What a page is asked for: a period, a team, a system. Read from the address, and written back into links."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils.translation import gettext, gettext_lazy

from tracker.refusals import Refused

WEEK, MONTH, QUARTER = "week", "month", "quarter"
FIRST_YEAR = 1970  # calendars of time zones end before the first year does
PERIODS = {WEEK: gettext_lazy("Week"), MONTH: gettext_lazy("Month"), QUARTER: gettext_lazy("Quarter")}


class FilterRefused(Refused):
    """The address asks for something that there is not: one sentence."""


@dataclass(frozen=True, slots=True)
class Period:
    """From the start of a calendar week (Monday), month or quarter on, up to its end or now.

    Times are aware; [start, end). `previous_start` begins the period before, which ends at `start`. For comparing like
    with like, [previous_start, previous_end) is as long as what has passed of this one.
    """

    kind: str
    start: datetime
    end: datetime
    previous_start: datetime
    previous_end: datetime


@dataclass(frozen=True, slots=True)
class Filters:
    """The period, and the keys of a team lead and of a system; None is all of them."""

    period: Period
    team: int | None = None
    system: int | None = None

    def query(self, **other: object) -> str:
        """The part of an address that asks for the same, with these parameters changed; None leaves one out."""
        asked = {"period": self.period.kind, "team": self.team, "system": self.system} | other
        return urlencode({name: value for name, value in asked.items() if value is not None})


def period(kind: str, as_of: datetime, zone: ZoneInfo) -> Period:
    """The calendar period of a kind that the moment lies in, by the days of the zone.

    Raises: FilterRefused for an unknown kind or a year before 1970, ValueError for a naive moment.
    """
    if as_of.year < FIRST_YEAR:
        raise FilterRefused(
            gettext("There are no figures of the year %(year)s: choose a day from %(first_year)s on.")
            % {"year": as_of.year, "first_year": FIRST_YEAR}
        )
    if kind not in PERIODS:
        raise FilterRefused(
            gettext("There is no period called %(kind)s: choose one of %(periods)s.")
            % {"kind": repr(kind[:20]), "periods": ", ".join(PERIODS)}
        )
    if as_of.utcoffset() is None:
        raise ValueError("A period is asked for as of a moment with a time zone.")
    first = _first_day(kind, as_of.astimezone(zone).date())
    start, end, previous = (
        datetime(day.year, day.month, day.day, tzinfo=zone)
        for day in (first, _next(kind, first), _first_day(kind, first - timedelta(days=1)))
    )
    return Period(kind, start, end, previous, min(start, previous + (as_of - start)))


def read(asked: Mapping[str, str], as_of: datetime, zone: ZoneInfo) -> Filters:
    """The filters that an address asks for. Raises: FilterRefused in one sentence."""
    return Filters(
        period(asked.get("period") or MONTH, as_of, zone),
        _key(asked, "team"),
        _key(asked, "system"),
    )


def _first_day(kind: str, day: date) -> date:
    if kind == WEEK:
        return day - timedelta(days=day.weekday())
    month = day.month if kind == MONTH else day.month - (day.month - 1) % 3
    return date(day.year, month, 1)


def _next(kind: str, first: date) -> date:
    if kind == WEEK:
        return first + timedelta(days=7)
    months = first.month - 1 + (1 if kind == MONTH else 3)
    return date(first.year + months // 12, months % 12 + 1, 1)


def _key(asked: Mapping[str, str], name: str) -> int | None:
    words = asked.get(name, "")
    if not words:
        return None
    if not (words.isascii() and words.isdecimal() and len(words) < 19):
        refusal = gettext("%(words)s is no team: choose one from the list.")
        if name == "system":
            refusal = gettext("%(words)s is no system: choose one from the list.")
        raise FilterRefused(refusal % {"words": repr(words[:20])})
    return int(words)
