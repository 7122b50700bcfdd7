"""What stood when analyses opened, so that the ledger can price them in the order of time, however late it runs.

The live risks of the first moment are combined once; from then on they come and go as their history tells.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from dashboard.metrics.then import is_present, issues_then, live_of, with_then
from dashboard.models import StakeShare
from tracker.exposure import Profile, Risk, Standing
from tracker.models import FieldChange, Issue, StatusChange
from tracker.querysets import CLOSED
from tracker.revenue import ALL, streams_of

AT_ONCE = 10_000
PRIORITY, AMOUNT, STATUS = "priority", "revenue_at_risk", "status"


class Opening(NamedTuple):
    """Issues that were tracked at one moment of one analysis; an issue without an analysis opens alone."""

    at: datetime
    analysis: int | None
    issues: tuple[int, ...]


class Opened(NamedTuple):
    """By how much an opening raised the combined exposure, its risks, and how many issues stood beside it."""

    increase: Decimal
    risks: list[Risk]
    standing: int


class Event(NamedTuple):
    """What happened to an issue: it closed or was live again, was tracked, or had a field changed."""

    at: datetime
    issue: int
    field: str
    new: str


def opened(profile: Profile, openings: Sequence[Opening]) -> Iterator[Opened]:
    """What each of these openings put at stake; they are in the order of time, and one profile was in force."""
    first, last = openings[0].at, openings[-1].at
    present = is_present(first)
    rows = live_of(issues_then(first, present=present).filter(_before(first)), first, present=present)
    known = {risk.issue: risk for risk in _risks(profile, rows)}
    standing = Standing(profile, known.values())
    opening = {issue for each in openings for issue in each.issues}
    events = _events(first, last, opening)
    missing = sorted(({event.issue for event in events} | opening) - known.keys())
    for start in range(0, len(missing), AT_ONCE):
        some = Issue.objects.filter(pk__in=missing[start : start + AT_ONCE])
        known |= {risk.issue: risk for risk in _risks(profile, with_then(some, first, present=present))}
    yield from _play(standing, known, openings, events)


def _play(
    standing: Standing, known: dict[int, Risk], openings: Iterable[Opening], events: Sequence[Event]
) -> Iterator[Opened]:
    """Let what happened happen, up to each opening, and open it."""
    happened = 0
    for each in openings:
        while happened < len(events) and events[happened].at <= each.at:
            _happen(standing, known, events[happened])
            happened += 1
        risks = [known[issue] for issue in each.issues]
        number = len(standing.group_of)
        yield Opened(standing.open(risks), risks, number)


def _happen(standing: Standing, known: dict[int, Risk], event: Event) -> None:
    """Let a risk come or go, or hold another priority or amount."""
    risk = known[event.issue]
    if event.field == PRIORITY:
        risk = known[event.issue] = risk._replace(priority=event.new)
    elif event.field == AMOUNT:
        risk = known[event.issue] = risk._replace(confirmed=Decimal(event.new) if event.new else None)
    elif event.new in CLOSED:
        standing.remove(event.issue)
        return
    if event.field == STATUS or event.issue in standing.group_of:
        standing.add(risk)


def _before(first: datetime) -> Q:
    """Tracked before the first opening; or with it, and priced already."""
    return Q(created_at__lt=first) | Q(Exists(StakeShare.objects.filter(issue=OuterRef("pk"))), created_at=first)


def _risks(profile: Profile, issues: QuerySet[Issue]) -> Iterator[Risk]:
    streams = streams_of(profile, issues)
    rows = issues.values_list("pk", "analysis_id", "priority_then", "revenue_then")
    for pk, analysis, priority, amount in rows.iterator(chunk_size=AT_ONCE):
        yield Risk(pk, analysis, priority, 0, streams.get(pk, ALL), amount)


def _events(first: datetime, last: datetime, opening: Collection[int]) -> list[Event]:
    """What happened after the first opening up to the last, in the order of time. Three queries.

    Issues that were tracked meanwhile and priced by an earlier run come to stand when they were tracked; those that
    open do so by their opening.
    """
    between = {"at__gt": first, "at__lte": last}
    steps = StatusChange.objects.filter(Q(new_status__in=CLOSED) | Q(old_status__in=CLOSED), **between)
    changes = FieldChange.objects.filter(field__in=(PRIORITY, AMOUNT), **between)
    tracked = Issue.objects.filter(created_at__gt=first, created_at__lte=last)
    found = [
        *(Event(at, pk, STATUS, "") for at, pk in tracked.values_list("created_at", "pk") if pk not in opening),
        *(Event(*row) for row in changes.order_by("pk").values_list("at", "issue", "field", "new")),
        *(Event(at, pk, STATUS, new) for at, pk, new in steps.order_by("pk").values_list("at", "issue", "new_status")),
    ]
    return sorted(found, key=lambda event: event.at)
