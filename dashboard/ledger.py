"""Writes the ledger of revenue protected from the rows of the tracker: what opened, was validated or reopened.

Rows decide: whatever is tracked and has no share yet gets one, whatever was validated or reopened and has no entry yet
gets one, in the order of time. So it may run late, twice, or after a crash. Everything is one transaction under the
lock of LedgerState.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby, islice

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from dashboard.models import LedgerState, ProtectionEntry, Stake, StakeShare
from dashboard.opening import Opened, Opening, opened
from dashboard.value import protection
from dashboard.value.figures import ZERO
from tracker import revenue
from tracker.choices import IssueKind, Status
from tracker.exposure import Profile
from tracker.models import Issue, RevenueProfile, StatusChange

OVERLAP = timedelta(days=1)  # rows that were committed late, by a transaction that had begun before
MOST_OPENINGS = 2000  # in one run; the next one goes on
AT_ONCE = 1000  # rows that are written, or named, in one statement
MOST_CHANGES = 5000


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a run wrote; `more` when it stopped at its bound and another run goes on."""

    stakes: int
    entries: int
    more: bool


@transaction.atomic
def record(now: datetime) -> Recorded:
    """Bring the ledger up to now."""
    LedgerState.objects.get_or_create(pk=1)
    state = LedgerState.objects.select_for_update().get(pk=1)
    since = _since(state)
    openings = list(islice(_openings(since, now), MOST_OPENINGS + 1))
    stakes = _write_stakes(openings[:MOST_OPENINGS], now)
    if len(openings) > MOST_OPENINGS:  # fixes are priced in the order of time: entries wait for their stakes
        return Recorded(stakes, 0, more=True)
    changes = list(_changes(since, now)[: MOST_CHANGES + 1])
    entries = _write_entries(changes[:MOST_CHANGES], now)
    more = len(changes) > MOST_CHANGES
    if not more:
        newest = RevenueProfile.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        state.read_to, state.newest_profile = now, newest
        state.save()
    return Recorded(stakes, entries, more)


def _since(state: LedgerState) -> datetime | None:
    """From when on rows are looked at: a new profile may price what had no price, so then from the beginning."""
    newer = RevenueProfile.objects.filter(pk__gt=state.newest_profile).exists()
    return None if newer or state.read_to is None else state.read_to - OVERLAP


# -- what opens -------------------------------------------------------------------------------------------------------


def _openings(since: datetime | None, now: datetime) -> Iterator[Opening]:
    """What was tracked at one moment of one analysis and has no share yet, while a profile was in force."""
    first = RevenueProfile.objects.order_by("effective_on").first()
    if first is None:
        return
    start = timezone.make_aware(
        datetime.combine(first.effective_on, datetime.min.time()), timezone.get_default_timezone()
    )
    issues = Issue.objects.filter(created_at__gte=max(filter(None, (start, since))), created_at__lte=now)
    unpriced = issues.filter(~Exists(StakeShare.objects.filter(issue=OuterRef("pk"))))
    rows = unpriced.order_by("created_at", "analysis_id", "pk").values_list("created_at", "analysis_id", "pk")
    for (at, analysis), group in groupby(rows.iterator(), key=lambda row: row[:2]):
        issues_of_it = tuple(pk for _, _, pk in group)
        if analysis is None:  # each issue without an analysis is a risk of its own
            yield from (Opening(at, None, (pk,)) for pk in issues_of_it)
        else:
            yield Opening(at, analysis, issues_of_it)


def _write_stakes(openings: Sequence[Opening], now: datetime) -> int:
    """Price the openings in the order of time, those under one profile together."""
    if not openings:
        return 0
    rows = list(RevenueProfile.objects.order_by("-effective_on"))
    for row, some in groupby(openings, key=lambda each: _in_force(rows, each.at)):
        _price(row, list(some), now)
    return len(openings)


def _in_force(rows: Iterable[RevenueProfile], at: datetime) -> RevenueProfile:
    return next(row for row in rows if row.effective_on <= revenue.day_of(at))


def _price(row: RevenueProfile, openings: Sequence[Opening], now: datetime) -> None:
    """Write what each of these put at stake, with the shares of its issues. A few queries, however many they are."""
    profile = revenue.profile_of(row)
    fixes = _fixes([issue for each in openings for issue in each.issues])
    found = list(opened(profile, openings))
    stakes = [protection.shared_out(profile, each.increase, each.risks, fixes) for each in found]
    written = Stake.objects.bulk_create(
        (
            Stake(
                analysis_id=opening.analysis,
                at=opening.at,
                profile=row,
                increase=stake.increase,
                leading=stake.leading or "",
                inputs=_inputs(profile, each),
                recorded_at=now,
            )
            for opening, each, stake in zip(openings, found, stakes, strict=True)
        ),
        batch_size=AT_ONCE,
    )
    shares = (
        StakeShare(stake=saved, issue_id=issue, amount=stake.shares.get(issue, ZERO))
        for saved, opening, stake in zip(written, openings, stakes, strict=True)
        for issue in opening.issues
    )
    StakeShare.objects.bulk_create(shares, batch_size=AT_ONCE)


def _fixes(issues: Sequence[int]) -> set[int]:
    """Which of the issues are fixes."""
    found: set[int] = set()
    for start in range(0, len(issues), AT_ONCE):
        some = Issue.objects.filter(pk__in=issues[start : start + AT_ONCE], kind=IssueKind.FIX)
        found.update(some.values_list("pk", flat=True))
    return found


def _inputs(profile: Profile, found: Opened) -> dict:
    return {
        "mrr": str(profile.mrr),
        "currency": profile.currency,
        "streams": {stream.name: str(stream.mrr) for stream in profile.streams},
        "shares": {str(priority): str(share.likely) for priority, share in profile.shares.items()},
        "standing_issues": found.standing,
        "opening": [
            {
                "issue": risk.issue,
                "priority": str(risk.priority),
                "streams": sorted(risk.streams),
                "confirmed": None if risk.confirmed is None else str(risk.confirmed),
            }
            for risk in found.risks
        ],
    }


# -- what is validated or reopened ------------------------------------------------------------------------------------


def _changes(since: datetime | None, now: datetime) -> QuerySet[StatusChange]:
    """Steps to and from validated of issues that have a share, without an entry yet, in the order of time."""
    steps = StatusChange.objects.filter(Q(new_status=Status.VALIDATED) | Q(old_status=Status.VALIDATED), at__lte=now)
    if since is not None:
        steps = steps.filter(at__gte=since)
    missing = steps.filter(
        ~Exists(ProtectionEntry.objects.filter(change=OuterRef("pk"))),
        Exists(StakeShare.objects.filter(issue=OuterRef("issue_id"))),
    )
    return missing.select_related("issue").order_by("at", "pk")


def _write_entries(changes: Sequence[StatusChange], now: datetime) -> int:
    issues = {change.issue_id for change in changes}
    shares = dict(StakeShare.objects.filter(issue__in=issues).values_list("issue", "amount"))
    earlier = ProtectionEntry.objects.filter(issue__in=issues).order_by().values("issue")
    counted: dict[int, Decimal] = defaultdict(Decimal)
    counted.update(earlier.annotate(sum=Sum("amount")).values_list("issue", "sum"))
    entries = []
    for change in changes:
        entry = _entry(change, shares[change.issue_id], counted[change.issue_id], now)
        counted[change.issue_id] += entry.amount
        entries.append(entry)
    return len(ProtectionEntry.objects.bulk_create(entries))


def _entry(change: StatusChange, share: Decimal, counted: Decimal, now: datetime) -> ProtectionEntry:
    validated = change.new_status == Status.VALIDATED
    overdue = protection.overdue_hours(change.issue.original_deadline, change.at) if validated else ZERO
    return ProtectionEntry(
        issue_id=change.issue_id,
        change=change,
        at=change.at,
        month=f"{timezone.localtime(change.at, timezone.get_default_timezone()):%Y-%m}",
        amount=protection.counted(share, overdue) if validated else protection.taken_back([counted]),
        share=share,
        overdue_hours=round(overdue, 2),
        recorded_at=now,
    )
