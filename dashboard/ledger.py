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
from itertools import groupby

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from dashboard.models import LedgerState, ProtectionEntry, Stake, StakeShare
from dashboard.value import protection
from dashboard.value.figures import ZERO
from tracker import revenue
from tracker.choices import IssueKind, Status
from tracker.exposure import Profile, Risk
from tracker.models import Issue, RevenueProfile, StatusChange
from tracker.querysets import CLOSED

OVERLAP = timedelta(days=1)  # rows that were committed late, by a transaction that had begun before
MOST_OPENINGS = 500  # in one run: each asks for the exposure of all that stood then; the next run goes on
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
    openings = list(_openings(since, now))
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

Opening = tuple[datetime, int | None, list[int]]  # when, the analysis, its issues


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
        issues_of_it = [pk for _, _, pk in group]
        if analysis is None:  # each issue without an analysis is a risk of its own
            yield from ((at, None, [pk]) for pk in issues_of_it)
        else:
            yield at, analysis, issues_of_it


def _write_stakes(openings: Sequence[Opening], now: datetime) -> int:
    for at, analysis, issues in openings:
        row = revenue.row_in_force(at)
        profile = revenue.profile_of(row)
        opening = revenue.risks_of(profile, Issue.objects.filter(pk__in=issues), at)
        standing = revenue.risks_of(profile, _standing(at, issues), at)
        fixes = set(Issue.objects.filter(pk__in=issues, kind=IssueKind.FIX).values_list("pk", flat=True))
        found = protection.stake(profile, standing, opening, fixes)
        stake = Stake.objects.create(
            analysis_id=analysis,
            at=at,
            profile=row,
            increase=found.increase,
            leading=found.leading or "",
            inputs=_inputs(profile, standing, opening),
            recorded_at=now,
        )
        StakeShare.objects.bulk_create(
            StakeShare(stake=stake, issue_id=issue, amount=found.shares.get(issue, ZERO)) for issue in issues
        )
    return len(openings)


def _standing(at: datetime, opening: Iterable[int]) -> QuerySet[Issue]:
    """The issues that were live when these opened, as far as the present rows tell."""
    live = ~Q(status__in=CLOSED) | Q(status_since__gt=at)
    return Issue.objects.filter(live, created_at__lte=at).exclude(pk__in=opening)


def _inputs(profile: Profile, standing: Sequence[Risk], opening: Sequence[Risk]) -> dict:
    return {
        "mrr": str(profile.mrr),
        "currency": profile.currency,
        "streams": {stream.name: str(stream.mrr) for stream in profile.streams},
        "shares": {str(priority): str(share.likely) for priority, share in profile.shares.items()},
        "standing_issues": len(standing),
        "opening": [
            {
                "issue": risk.issue,
                "priority": str(risk.priority),
                "streams": sorted(risk.streams),
                "confirmed": None if risk.confirmed is None else str(risk.confirmed),
            }
            for risk in opening
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
