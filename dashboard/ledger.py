"""Writes the ledger of revenue protected from the rows of the tracker: what opened, was validated or reopened.

Rows decide: whatever is tracked and has no share yet gets one, whatever was validated or reopened and has no entry yet
gets one, in the order of time. So it may run late, twice, or after a crash. Everything is one transaction under the
lock of LedgerState. What a profile priced is taken back only when that profile was edited while it could be, and is
then priced as if the profile had been entered so at once.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby, islice
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum, prefetch_related_objects
from django.utils import timezone

from dashboard.models import LedgerState, ProtectionEntry, Stake, StakeShare
from dashboard.opening import Opened, Opening, opened
from dashboard.value import protection
from dashboard.value.figures import ZERO
from tracker import revenue
from tracker.choices import IssueKind, Priority, Status
from tracker.exposure import Profile
from tracker.models import Issue, RevenueProfile, StatusChange

OVERLAP = timedelta(days=1)  # rows that were committed late, by a transaction that had begun before
MOST_OPENINGS = 2000  # in one run; the next one goes on
AT_ONCE = 1000  # rows that are written, or named, in one statement
MOST_CHANGES = 5000
LATE = timedelta(hours=1)  # after its first day: an edit of a profile that was committed late


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a run wrote; `more` when it stopped at its bound and another run goes on.

    `problem` is why a profile prices nothing, in one sentence, or "".
    """

    stakes: int
    entries: int
    more: bool
    problem: str = ""


class Price(NamedTuple):
    """A profile by which issues are priced from its date on; None with a problem when there can be no such profile."""

    row: RevenueProfile
    profile: Profile | None
    problem: str


@transaction.atomic
def record(now: datetime) -> Recorded:
    """Bring the ledger up to now."""
    LedgerState.objects.get_or_create(pk=1)
    state = LedgerState.objects.select_for_update().get(pk=1)
    rows = _profiles()
    _take_back_edited(state, rows, now)
    newest = max((row.pk for row in rows), default=0)
    since, prices = _since(state, newest), _prices(rows, now)
    wanting = next((price.problem for price in prices if price.problem), "")
    priceable = (each for each in _openings(prices, since, now) if _in_force(prices, each.at).profile)
    openings = list(islice(priceable, MOST_OPENINGS + 1))
    stakes = _write_stakes(openings[:MOST_OPENINGS], prices, now)
    if len(openings) > MOST_OPENINGS:  # fixes are priced in the order of time: entries wait for their stakes
        return Recorded(stakes, 0, more=True, problem=wanting)
    changes = list(_changes(since, now)[: MOST_CHANGES + 1])
    entries = _write_entries(changes[:MOST_CHANGES], now)
    more = len(changes) > MOST_CHANGES
    if not more:
        state.read_to, state.newest_profile = _read_to(prices, now), newest
        state.save()
    return Recorded(stakes, entries, more, wanting)


def _since(state: LedgerState, newest: int) -> datetime | None:
    """From when on rows are looked at: a new profile may price what had no price, so then from the beginning."""
    return None if newest > state.newest_profile or state.read_to is None else state.read_to - OVERLAP


def _read_to(prices: Iterable[Price], now: datetime) -> datetime:
    """What a profile could not price is looked at again: it can be mended at any time."""
    return min([now, *(_start_of(price.row) for price in prices if price.problem)])


def _profiles() -> list[RevenueProfile]:
    """Every profile with its streams, the newest first."""
    return list(RevenueProfile.objects.order_by("-effective_on").prefetch_related("streams"))


def _prices(rows: Iterable[RevenueProfile], now: datetime) -> list[Price]:
    """The profiles whose date has come."""
    return [_price_of(row) for row in rows if row.effective_on <= revenue.day_of(now)]


def _price_of(row: RevenueProfile) -> Price:
    try:
        return Price(row, revenue.profile_of(row), "")
    except ValueError as impossible:
        return Price(row, None, f"The revenue profile from {row.effective_on}: {impossible}")


def _start_of(row: RevenueProfile) -> datetime:
    """When a profile comes into force."""
    midnight = datetime.combine(row.effective_on, datetime.min.time())
    return timezone.make_aware(midnight, timezone.get_default_timezone())


# -- profiles that were edited ----------------------------------------------------------------------------------------


def _take_back_edited(state: LedgerState, rows: Sequence[RevenueProfile], now: datetime) -> None:
    """Take back what profiles priced that were edited since the last run, and keep the terms that can still change.

    The terms are kept before anything is priced by them: one run may stop at its bound, and the next one compares.
    """
    open_rows = {str(row.pk) for row in rows if revenue.is_open(row, now - LATE)}
    compared = [row for row in rows if str(row.pk) in open_rows | state.open_terms.keys()]
    prefetch_related_objects(compared, "streams__systems")
    terms = {str(row.pk): _terms(row) for row in compared}
    if edited := [pk for pk, before in state.open_terms.items() if terms.get(pk, before) != before]:
        ProtectionEntry.objects.filter(issue__stake_share__stake__profile__in=edited).delete()
        Stake.objects.filter(profile__in=edited).delete()
        state.read_to = None  # an earlier date may price what had no price, so from the beginning
    state.open_terms = {pk: each for pk, each in terms.items() if pk in open_rows}
    state.save()


def _terms(row: RevenueProfile) -> dict:
    """All of a profile that a stake depends on, as JSON keeps it."""
    streams = [
        [stream.pk, stream.name, str(stream.mrr), sorted(system.pk for system in stream.systems.all())]
        for stream in row.streams.all()
    ]
    return {
        "effective_on": str(row.effective_on),
        "currency": row.currency,
        "mrr": str(row.mrr),
        "shares": {str(priority): str(getattr(row, f"{priority.lower()}_likely")) for priority in Priority},
        "streams": sorted(streams),
    }


# -- what opens -------------------------------------------------------------------------------------------------------


def _openings(prices: Sequence[Price], since: datetime | None, now: datetime) -> Iterator[Opening]:
    """What was tracked at one moment of one analysis and has no share yet, while a profile was in force."""
    if not prices:
        return
    start = max(filter(None, (_start_of(prices[-1].row), since)))
    issues = Issue.objects.filter(created_at__gte=start, created_at__lte=now)
    unpriced = issues.filter(~Exists(StakeShare.objects.filter(issue=OuterRef("pk"))))
    rows = unpriced.order_by("created_at", "analysis_id", "pk").values_list("created_at", "analysis_id", "pk")
    for (at, analysis), group in groupby(rows.iterator(), key=lambda row: row[:2]):
        issues_of_it = tuple(pk for _, _, pk in group)
        if analysis is None:  # each issue without an analysis is a risk of its own
            yield from (Opening(at, None, (pk,)) for pk in issues_of_it)
        else:
            yield Opening(at, analysis, issues_of_it)


def _write_stakes(openings: Sequence[Opening], prices: Sequence[Price], now: datetime) -> int:
    """Price the openings in the order of time, those under one profile together."""
    for price, some in groupby(openings, key=lambda each: _in_force(prices, each.at)):
        _price(price.row, price.profile, list(some), now)
    return len(openings)


def _in_force(prices: Iterable[Price], at: datetime) -> Price:
    return next(price for price in prices if price.row.effective_on <= revenue.day_of(at))


def _price(row: RevenueProfile, profile: Profile, openings: Sequence[Opening], now: datetime) -> None:
    """Write what each of these put at stake, with the shares of its issues. A few queries, however many they are."""
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
