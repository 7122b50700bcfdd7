"""Which hours count: around the clock, or business days with holidays, in one time zone. Pure: no Django, no clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from tracker.choices import CalendarKind
from tracker.translation import gettext

LAST_SECOND = time(23, 59, 59)
SHORTEST_DAY = timedelta(hours=1)  # a business day of a minute would make a deadline of hours a walk of centuries
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which hours count, and what a day is.

    kind:        around the clock, or business days.
    time_zone:   IANA name; the days and the hours of the day are those of its wall clock.
    country:     ISO code as the `holidays` package knows it, whose public holidays are no business days; "" is none.
    subdivision: state or province of that country; "" for the country as a whole.
    day_starts, day_ends: wall times between which a business day's hours count.
    weekdays:    the days of the week that are business days, Monday is 0.
    Raises:      ValueError in one sentence when there can be no such calendar.
    """

    kind: CalendarKind = CalendarKind.ALWAYS
    time_zone: str = "UTC"
    country: str = ""
    subdivision: str = ""
    day_starts: time = time(9)
    day_ends: time = time(17)
    weekdays: Iterable[int] = frozenset(range(5))

    def __post_init__(self) -> None:
        object.__setattr__(self, "weekdays", frozenset(self.weekdays))
        _zone(self.time_zone)
        _refuse_unknown_country(self.country, self.subdivision)
        if not self.weekdays or not self.weekdays <= frozenset(range(7)):
            raise ValueError(
                gettext("A calendar needs at least one business day, as numbers from 0 (Monday) to 6 (Sunday).")
            )
        length = datetime.combine(date.min, self.day_ends) - datetime.combine(date.min, self.day_starts)
        if length < SHORTEST_DAY:
            hours = gettext("from %(opens)s to %(closes)s") % {
                "opens": f"{self.day_starts:%H:%M}",
                "closes": f"{self.day_ends:%H:%M}",
            }
            raise ValueError(
                gettext("A business day must end at least an hour after it starts; this one is %(hours)s.")
                % {"hours": hours}
            )

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose wall clock this calendar reads."""
        return _zone(self.time_zone)

    def is_business_day(self, day: date) -> bool:
        """Whether the day is one of the weekdays and no public holiday."""
        return day.weekday() in self.weekdays and day not in _holidays(self.country, self.subdivision, day.year)

    def add_business_days(self, day: date, count: int) -> date:
        """The business day that comes `count` business days after the day."""
        while count:
            day += ONE_DAY
            count -= self.is_business_day(day)
        return day

    def last_business_day_of_week(self, day: date) -> date:
        """The last business day of the week (Monday to Sunday) of the day; its last weekday when all are holidays."""
        monday = day - timedelta(days=day.weekday())
        week = [monday + timedelta(days=number) for number in sorted(self.weekdays)]
        return max((each for each in week if self.is_business_day(each)), default=week[-1])

    def moment(self, day: date, clock: time) -> datetime:
        """The wall time of that day, in UTC.

        A wall time that a daylight-saving change skips is moved forward by what was skipped; of one that comes twice
        it is the first.
        """
        return datetime.combine(day, clock.replace(tzinfo=None, fold=0), self.zone).astimezone(UTC)

    def end_of_day(self, day: date) -> datetime:
        """The last second of the day in UTC, on a business calendar the end of its business hours."""
        if self.kind == CalendarKind.BUSINESS:
            return self.moment(day, self.day_ends)
        return datetime.combine(day, LAST_SECOND.replace(fold=1), self.zone).astimezone(UTC)

    def next_business_moment(self, start: datetime) -> datetime:
        """The start itself within business hours, else the next opening, in UTC. The closing time is outside."""
        day = start.astimezone(self.zone).date()
        while not self.is_business_day(day) or self.moment(day, self.day_ends) <= start:
            day += ONE_DAY
        return max(self.moment(day, self.day_starts), start.astimezone(UTC))

    def add_business_hours(self, start: datetime, hours: int) -> datetime:
        """The first moment, in UTC, by which that many business hours have passed since the start."""
        left = timedelta(hours=hours)
        while True:
            opening = self.next_business_moment(start)
            closing = self.moment(opening.astimezone(self.zone).date(), self.day_ends)
            if left <= closing - opening:
                return opening + left
            left -= closing - opening
            start = closing


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(gettext("There is no time zone called %(name)r.") % {"name": name[:64]}) from None


@lru_cache(maxsize=64)
def _refuse_unknown_country(country: str, subdivision: str) -> None:
    if not country:
        if subdivision:
            raise ValueError(
                gettext("The subdivision %(subdivision)r needs a country.") % {"subdivision": subdivision[:64]}
            )
        return
    known = holidays.list_supported_countries(include_aliases=True)
    if country not in known:
        raise ValueError(
            gettext("No public holidays are known for a country with the code %(country)r.") % {"country": country[:64]}
        )
    if subdivision and subdivision not in known[country]:
        raise ValueError(
            gettext("The country %(country)s has no subdivision with the code %(subdivision)r.")
            % {"country": country, "subdivision": subdivision[:64]}
        )


@lru_cache(maxsize=1024)
def _holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    """The public holidays of a year. Whole years, because the package's own growing sets are not safe in threads."""
    if not country:
        return frozenset()
    return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=year, expand=False))


AROUND_THE_CLOCK = Calendar()
