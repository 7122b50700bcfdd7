"""Has this happened before? Finds the likely returns of an analysis, and does what a person decides about them.

A confirmed return is counted. It makes what the new analysis asks for more urgent by one step (once, however many
returns of it are confirmed), and opens a review: an issue to investigate why the prevention did not hold. The measures
of the earlier issues that counted as in place or verified are set back to proposed.
"""

from datetime import datetime

from django.db import transaction

from tracker import amend, decisions, prevention, workflow
from tracker.choices import (
    Door,
    IssueKind,
    MeasureState,
    Priority,
    ReturnCase,
    ReturnDecision,
    ReturnKind,
    Status,
)
from tracker.deadlines import deadline as policy_deadline
from tracker.earlier import earlier_analyses, keep_terms
from tracker.history import stamp
from tracker.models import Analysis, Issue, PreventionMeasure, Recurrence
from tracker.permissions import DECIDE, Actor, may
from tracker.recurrence import Match, terms
from tracker.references import next_references
from tracker.refusals import Refused

MOST_COMPARED = 30  # the closest analyses; those that came in later are left out of them
MOST_KEPT = 10
LONGEST_TITLE = 300
PRIORITIES = tuple(Priority)
REFRESHED = ["score", "kind", "reasons"]


class ReturnRefused(Refused):
    """The likely return stays as it is."""


# -- finding ----------------------------------------------------------------------------------------------------------


def find(analysis: Analysis, now: datetime) -> None:
    """Keep the terms of the analysis and its likely returns. Called with its text, in one transaction with it.

    What nobody has decided about follows the text; what somebody decided stays.
    """
    said = terms(analysis.text, analysis.source)
    keep_terms(analysis, said)
    matches = earlier_analyses.returns_of(said, key=analysis.pk, on=analysis.date, top=MOST_COMPARED)
    likely = {match.key: match for match in matches if match.likely and match.key < analysis.pk}
    rows = {row.earlier_id: row for row in analysis.returns.select_for_update()}
    kept = dict(list(likely.items())[:MOST_KEPT])
    pending = {key: row for key, row in rows.items() if row.decision == ReturnDecision.PENDING}
    analysis.returns.filter(pk__in=[row.pk for key, row in pending.items() if key not in kept]).delete()
    for key, row in pending.items():
        if key in kept:
            _describe(row, kept[key]).save(update_fields=REFRESHED)
    Recurrence.objects.bulk_create(
        _describe(Recurrence(analysis=analysis, earlier_id=key, found_at=now), match)
        for key, match in kept.items()
        if key not in rows
    )


def _describe(row: Recurrence, match: Match) -> Recurrence:
    row.score, row.kind, row.reasons = match.score, ReturnKind(match.kind), list(match.reasons)
    return row


# -- deciding ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def confirm(recurrence_id: int, *, actor: Actor, door: Door, now: datetime, reason: str = "") -> Recurrence:
    """Say that the earlier failure has returned. Confirming it again changes nothing."""
    row, decided = _to_decide(recurrence_id, ReturnDecision.CONFIRMED, actor)
    if decided:
        return row
    hand = {"actor": actor, "door": door, "now": now}
    first = not row.analysis.returns.confirmed().exists()
    row.case = _case(row.earlier)
    _decide(row, ReturnDecision.CONFIRMED, reason, hand)
    told = f"“{row.earlier}” returned as “{row.analysis}”."
    if first:
        _raise_priorities(row.analysis, told, hand)
    _set_back_measures(row.earlier, told, hand)
    _open_review(row, told, hand)
    return row


@transaction.atomic
def reject(recurrence_id: int, *, actor: Actor, door: Door, now: datetime, reason: str = "") -> Recurrence:
    """Say that it is no return of the earlier analysis."""
    row, decided = _to_decide(recurrence_id, ReturnDecision.REJECTED, actor)
    if not decided:
        _decide(row, ReturnDecision.REJECTED, reason, {"actor": actor, "door": door, "now": now})
    return row


@transaction.atomic
def same_incident(recurrence_id: int, *, actor: Actor, door: Door, now: datetime, reason: str = "") -> Recurrence:
    """Say that both analyses tell of one incident: an update, which is not counted as a return."""
    row, decided = _to_decide(recurrence_id, ReturnDecision.SAME_INCIDENT, actor)
    if not decided:
        _decide(row, ReturnDecision.SAME_INCIDENT, reason, {"actor": actor, "door": door, "now": now})
    return row


def _to_decide(recurrence_id: int, decision: ReturnDecision, actor: Actor) -> tuple[Recurrence, bool]:
    """The row, with its analysis locked first (as imports lock), and whether it is decided that way already."""
    if sentence := may(actor, DECIDE):
        raise ReturnRefused(sentence)
    analysis_id = Recurrence.objects.values_list("analysis_id", flat=True).filter(pk=recurrence_id).first()
    analysis = Analysis.objects.select_for_update().filter(pk=analysis_id).first()
    rows = Recurrence.objects.select_for_update(of=("self",)).select_related("earlier")
    row = rows.filter(pk=recurrence_id).first()
    if not analysis or not row:
        raise ReturnRefused("This likely return is not there any more: the analysis has changed.")
    row.analysis = analysis
    if row.decision not in (ReturnDecision.PENDING, decision):
        label = ReturnDecision(row.decision).label.lower()
        raise ReturnRefused(f"It was decided already: {label}, says {row.decided_by_name}.")
    return row, row.decision == decision


def _decide(row: Recurrence, decision: ReturnDecision, reason: str, hand: dict) -> None:
    if "\0" in reason:
        raise ReturnRefused("A reason cannot hold NUL characters.")
    by = stamp(**hand)
    row.decision, row.reason, row.decided_at = decision, reason.strip(), by["at"]
    row.decided_by, row.decided_by_name = by["actor"], by["actor_name"]
    row.save()


def _case(earlier: Analysis) -> ReturnCase:
    """One open issue is enough for the first case: the work that might have prevented the return was not done."""
    if earlier.issues.live().exists():
        return ReturnCase.WHILE_OPEN
    validated = earlier.issues.filter(status=Status.VALIDATED).exists()
    return ReturnCase.THOUGH_VALIDATED if validated else ReturnCase.UNTREATED


def more_urgent(priority: str) -> Priority:
    """The priority one step up; P0 stays P0."""
    return PRIORITIES[max(0, PRIORITIES.index(Priority(priority)) - 1)]


def _raise_priorities(analysis: Analysis, told: str, hand: dict) -> None:
    urgent = str(Priority.P0)
    for item in analysis.items.issues().pending().exclude(priority__in=("", urgent)):
        decisions.edit(item.pk, priority=more_urgent(item.priority), **hand)
    for issue in analysis.issues.live().exclude(priority=urgent):
        amend.set_priority(issue.pk, more_urgent(issue.priority), reason=told, **hand)


def _set_back_measures(earlier: Analysis, told: str, hand: dict) -> None:
    held = PreventionMeasure.objects.filter(issue__analysis=earlier).exclude(state=MeasureState.PROPOSED)
    for pk in list(held.values_list("pk", flat=True)):
        prevention.set_state(pk, MeasureState.PROPOSED, reason=f"It did not hold: {told}", **hand)


def _open_review(row: Recurrence, told: str, hand: dict) -> Issue:
    """The issue in which somebody finds out why it could happen again, as urgent as the new analysis."""
    now = hand["now"]
    priority = Priority(row.analysis.priority or Priority.P1)
    title = f"Review why the prevention of “{row.earlier}” did not hold"
    deadline = policy_deadline(now, decisions.lookup().policies[priority])
    issue = Issue(
        reference=next_references([priority], now=now)[0],
        title=title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…",
        description=f"{told} {ReturnCase(row.case).label}.",
        kind=IssueKind.INVESTIGATE,
        priority=priority,
        deadline=deadline,
        original_deadline=deadline,
        analysis=row.analysis,
        created_at=now,
        updated_at=now,
    )
    workflow.open_all([issue], status=Status.IDENTIFIED, reason=told, **hand)
    return issue
