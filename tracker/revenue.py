"""The rows that tell how much revenue is at risk, for `tracker.exposure`. A few queries each, however many rows."""

from collections import defaultdict
from datetime import date, datetime, timedelta

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.utils import timezone

from tracker import exposure
from tracker.exposure import Alone, Exposure, Profile, Risk, Stream, Totals
from tracker.models import Issue, RevenueProfile, RevenueStream

HOUR = timedelta(hours=1)
AT_ONCE = 10_000  # rows that are read from the database at a time
ALL: frozenset[int] = frozenset()  # no stream by name: the issue threatens all of them


def day_of(now: datetime) -> date:
    """The day in the site's time zone, by which profiles take effect."""
    return timezone.localtime(now, timezone.get_default_timezone()).date()


def is_open(row: RevenueProfile, now: datetime) -> bool:
    """Whether a profile can still be changed: until the end of the first day on which it is in force."""
    return row.effective_on >= day_of(now)


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


def profile_with_alone(issue: Issue, now: datetime) -> tuple[Profile, Alone] | None:
    """The profile that counts now, and what one issue puts at risk by itself; None without a profile. One query.

    The systems of the issue are at hand. Raises: ValueError as `profile`.
    """
    through = RevenueStream.systems.through.objects
    needed = through.filter(revenuestream=OuterRef("streams"), system__in=issue.systems.all())
    rows = RevenueProfile.objects.filter(pk=Subquery(RevenueProfile.objects.in_force(day_of(now)).values("pk")))
    rows = list(  # one for each stream, in their order; one without any stream has one row
        rows.annotate(
            stream=F("streams"),
            stream_name=F("streams__name"),
            stream_mrr=F("streams__mrr"),
            depends=Exists(needed),
        ).order_by("-streams__mrr", "streams__name")
    )
    if not rows:
        return None
    streams = [row for row in rows if row.stream is not None]
    found = rows[0].as_profile(Stream(row.stream, row.stream_name, row.stream_mrr) for row in streams)
    threatened = frozenset(row.stream for row in streams if row.depends)
    hours = _hours(issue.created_at, now)
    risk = Risk(issue.pk, issue.analysis_id, issue.priority, hours, threatened or ALL, issue.revenue_at_risk)
    return found, exposure.alone(found, risk)


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
