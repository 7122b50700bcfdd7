"""Until when a person's quiet hours hold messages back. Reads no clock and no database."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Protocol

ONE_DAY = timedelta(days=1)
LONGEST = timedelta(days=7)  # hours that follow on each other without an end hold nothing back


class Hours(Protocol):
    """What a row of QuietHours says: from `starts` on that weekday (Monday is 0) to the next time that it is `ends`."""

    weekday: int
    starts: time
    ends: time


def quiet_until(hours: Iterable[Hours], zone: tzinfo, now: datetime) -> datetime | None:
    """When the quiet hours end in which the person is now, in UTC; None when there are none now.

    They are read from the person's own wall clock. Hours that end before they start end on the next day. Hours that
    touch or overlap are one; those that never end, because they cover the whole week, are none, so that nobody
    is silent for ever. A time that a daylight-saving change skips is moved forward by what was skipped; of a time that
    comes twice the first starts quiet hours and the second ends them.
    """
    rows = list(hours)
    end = now.astimezone(UTC)
    while later := max((until for since, until in _around(rows, zone, end) if since <= end < until), default=None):
        end = later
        if end - now > LONGEST:
            return None
    return end if end > now else None


def _around(rows: Iterable[Hours], zone: tzinfo, moment: datetime) -> list[tuple[datetime, datetime]]:
    """The quiet hours that start on the day of the moment or on the day before, as (start, end) in UTC."""
    today = moment.astimezone(zone).date()
    return [_span(row, day, zone) for day in (today - ONE_DAY, today) for row in rows if row.weekday == day.weekday()]


def _span(row: Hours, day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    last = day if row.ends > row.starts else day + ONE_DAY
    return _moment(day, row.starts, zone, fold=0), _moment(last, row.ends, zone, fold=1)


def _moment(day: date, clock: time, zone: tzinfo, *, fold: int) -> datetime:
    """A wall time in UTC. One that is skipped is moved forward, whichever fold is asked for."""
    moment = datetime.combine(day, clock.replace(tzinfo=None, fold=fold), zone).astimezone(UTC)
    is_real = moment.astimezone(zone).replace(tzinfo=None, fold=0) == datetime.combine(day, clock.replace(fold=0))
    return moment if is_real else datetime.combine(day, clock.replace(tzinfo=None, fold=0), zone).astimezone(UTC)
