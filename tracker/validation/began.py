"""When the tests of a report began. Evidence counts from then, so where it is unknown nothing is assumed."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from tracker.translation import gettext, gettext_noop
from tracker.validation.junit import Report

CLOCK_SKEW = timedelta(minutes=5)  # by which the clock of CI may be ahead of this one
EARLIEST_ZONE, LATEST_ZONE = timedelta(hours=14), timedelta(hours=12)  # how far local times are ahead of and behind UTC
EARLIEST_YEAR = 1970  # before it clocks are wrong, and some databases too
SAY = gettext_noop("say when CI began the tests, with an offset: --ran-at 2026-03-10T12:00:00+00:00")


class UnknownBegin(ValueError):
    """Why nobody knows when the tests began, in one sentence."""


def began_at(report: Report, *, stated: datetime | None, now: datetime) -> datetime:
    """The moment at which the first test of the report began, never after `now`.

    Of all moments that the suites and the caller (`stated`) name, the earliest counts. A time without an offset is no
    moment: it may be 26 hours of them.

    Raises: UnknownBegin when that leaves it unknown, lies in the future or is contradicted.
    """
    stamps = [_moment(text) for text in report.timestamps]
    local = [stamp.replace(tzinfo=UTC) for stamp in stamps if stamp and not stamp.tzinfo]
    if stated is not None and stated.utcoffset() is None:
        raise UnknownBegin(gettext("The time at which CI ran needs an offset, such as 2026-03-10T12:00:00+00:00."))
    known = [stamp for stamp in (*stamps, stated) if stamp and stamp.tzinfo]
    if max((*known, *(time - EARLIEST_ZONE for time in local)), default=now) > now + CLOCK_SKEW:
        raise UnknownBegin(
            gettext("The tests are said to begin in the future: compare the clocks of CI and of this machine.")
        )
    if stated is None and (problem := _unknown(report, stamps, local)):
        raise UnknownBegin(f"{problem}: {gettext(SAY)}.")
    if stated and local and stated > min(local) + LATEST_ZONE:
        raise UnknownBegin(
            gettext("The report was written before the time at which CI is said to have run: check --ran-at.")
        )
    return min(*known, now)


def _unknown(report: Report, stamps: Iterable[datetime | None], local: Iterable[datetime]) -> str:
    """Why the report itself does not tell, or ""."""
    if report.undated or not report.timestamps:
        return gettext("The report does not say when its tests began")
    if not all(stamps):
        return gettext("The report has a time stamp that cannot be read")
    return gettext("The time stamps of the report have no offset from UTC") if list(local) else ""


def _moment(text: str) -> datetime | None:
    """The time that a time stamp names, with its offset where it has one; None when it names none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year >= EARLIEST_YEAR else None
