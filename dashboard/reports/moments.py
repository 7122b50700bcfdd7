"""Of which moment a report is: the end of a day in the site's zone, so that it is the same whenever it is made."""

from argparse import ArgumentTypeError
from datetime import UTC, date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext

from dashboard.metrics import filters
from tracker.refusals import Refused

INSTANT = timedelta(microseconds=1)


class ReportRefused(Refused):
    """There can be no such report: one sentence."""


def end_of(day: date) -> datetime:
    """The last instant of a day in the site's time zone."""
    following = day + timedelta(days=1)
    midnight = datetime(following.year, following.month, following.day, tzinfo=timezone.get_default_timezone())
    return (midnight.astimezone(UTC) - INSTANT).astimezone(timezone.get_default_timezone())


def moment_of(day: date | None, now: datetime) -> datetime:
    """The end of the day; without one, now. Raises: ReportRefused for a day that is not over."""
    if day is None:
        return now
    if day >= timezone.localtime(now, timezone.get_default_timezone()).date():
        raise ReportRefused(
            gettext("%(day)s is not over yet: name an earlier day, or none for a report as of now.") % {"day": day}
        )
    return end_of(day)


def last_day_before(kind: str, now: datetime) -> date:
    """The last day of the calendar period of a kind that ended last."""
    zone = timezone.get_default_timezone()
    return timezone.localtime(filters.period(kind, now, zone).start - timedelta(hours=12), zone).date()


def day(text: str) -> date:
    """A day as an option of a command. Raises: ArgumentTypeError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no day: write it like 2026-11-30") from None
