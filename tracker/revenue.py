"""The rows that tell how much revenue is at risk, for `tracker.exposure`. A few queries each, however many rows."""

from collections import defaultdict
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from tracker import exposure
from tracker.exposure import Alone, Exposure, Profile, Risk, Stream, Totals
from tracker.models import Issue, RevenueProfile

HOUR = timedelta(hours=1)
AT_ONCE = 10_000  # rows that are read from the database at a time
ALL: frozenset[int] = frozenset()  # no stream by name: the issue threatens all of them


def day_of(now: datetime) -> date:
    """The day in the site's time zone, by which profiles take effect."""
    return timezone.localtime(now, timezone.get_default_timezone()).date()


def row_in_force(now: datetime) -> RevenueProfile | None:
    """The row of the profile that counts now, by the date in the site's time zone, or None. One query."""
    return RevenueProfile.objects.in_force(day_of(now)).first()


def profile(now: datetime) -> Profile | None:
    """The profile that counts now with its streams, or None: nothing is assumed. Two queries.

    Raises: ValueError in one sentence when the rows hold a profile that cannot be.
    """
    row = row_in_force(now)
    return row and profile_of(row)


def profile_of(row: RevenueProfile) -> Profile:
    """A row as a profile, with its streams. One query. Raises: ValueError when the streams do not add up."""
    return row.as_profile(Stream(stream.pk, stream.name, stream.mrr) for stream in row.streams.all())


def alone(found: Profile, issue: Issue, now: datetime) -> Alone:
    """What one issue puts at risk by itself. At most two queries."""
    return exposure.alone(found, risks_of(found, Issue.objects.filter(pk=issue.pk), now)[0])


def at_risk(now: datetime) -> Exposure | None:
    """The combined exposure, shared out to every live issue; None without a profile. At most four queries.

    Raises: ValueError as `profile`.
    """
    found = profile(now)
    return found and exposure.exposure(found, risks(found, now))


def totals(now: datetime) -> Totals | None:
    """The combined exposure in total and by stream only; None without a profile. At most four queries.

    Raises: ValueError as `profile`.
    """
    found = profile(now)
    return found and exposure.totals(found, risks(found, now))


def risks(found: Profile, now: datetime) -> list[Risk]:
    """Every live issue as a risk to the revenue of the profile. At most two queries."""
    return risks_of(found, Issue.objects.live(), now)


def risks_of(found: Profile, issues: QuerySet[Issue], now: datetime) -> list[Risk]:
    """These issues as risks to the revenue of the profile, as old as they are then. At most two queries."""
    streams = streams_of(found, issues)
    rows = issues.order_by().values_list("pk", "analysis_id", "priority", "created_at", "revenue_at_risk")
    return [
        Risk(pk, analysis, priority, _hours(created_at, now), streams.get(pk, ALL), confirmed)
        for pk, analysis, priority, created_at, confirmed in rows.iterator(chunk_size=AT_ONCE)
    ]


def streams_of(found: Profile, issues: QuerySet[Issue]) -> dict[int, frozenset[int]]:
    """The streams of each issue, for those of which one depends on a system of the issue."""
    if not found.streams:
        return {}
    keys = [stream.key for stream in found.streams]
    rows = issues.filter(systems__streams__in=keys).order_by().values_list("pk", "systems__streams")
    by_issue: dict[int, list[int]] = defaultdict(list)
    for issue, stream in rows.iterator(chunk_size=AT_ONCE):
        by_issue[issue].append(stream)
    known: dict[tuple[int, ...], frozenset[int]] = {}  # one set for all issues alike
    return {issue: known.setdefault(tuple(sorted(keys)), frozenset(keys)) for issue, keys in by_issue.items()}


def _hours(since: datetime, now: datetime) -> int:
    return max(0, (now - since) // HOUR)
