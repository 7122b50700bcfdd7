"""Has this happened before? What a person decides about the likely returns that tracker.likely_returns has found.

A confirmed return is counted. It makes what the new analysis asks for more urgent by one step (once, however many
returns of it are confirmed), and opens a review: an issue to investigate why the prevention did not hold. The measures
of the earlier issues that counted as in place or verified are set back to proposed. Whoever may decide may take a
decision back, with a reason; every decision leaves its row.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from tracker import audit, consequences
from tracker.choices import AuditVerb, Door, ReturnCase, ReturnDecision, Status
from tracker.history import stamp
from tracker.models import Analysis, Recurrence, RecurrenceDecision
from tracker.permissions import DECIDE, Actor, may
from tracker.reasons import refusal as reason_refusal
from tracker.refusals import Refused


class ReturnRefused(Refused):
    """The likely return stays as it is."""


@transaction.atomic
def confirm(recurrence_id: int, *, actor: Actor, door: Door, now: datetime, reason: str = "") -> Recurrence:
    """Say that the earlier failure has returned. Confirming it again changes nothing."""
    row, decided = _to_decide(recurrence_id, ReturnDecision.CONFIRMED, actor)
    if decided:
        return row
    hand = {"actor": actor, "door": door, "now": now}
    first = not row.analysis.returns.confirmed().exists()
    row.case = _case(row.earlier)
    _check_reason(reason)
    told = consequences.follow(row, hand, first=first)
    _decide(row, ReturnDecision.CONFIRMED, reason, hand, told)
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


@transaction.atomic
def take_back(recurrence_id: int, *, actor: Actor, door: Door, now: datetime, reason: str) -> RecurrenceDecision:
    """Take a decision back: it is to be decided again, and what followed from it is undone where nobody changed it.

    The row that it leaves tells what became of each of them.
    """
    row = _locked(recurrence_id, actor)
    if row.decision == ReturnDecision.PENDING:
        raise ReturnRefused(gettext("Nobody has decided about it: there is nothing to take back."))
    if not reason.strip():
        raise ReturnRefused(gettext("Taking a decision back needs a reason: write it in a sentence."))
    _check_reason(reason)
    hand = {"actor": actor, "door": door, "now": now}
    confirmed = row.decision == ReturnDecision.CONFIRMED
    row.decision, row.case, row.reason = ReturnDecision.PENDING, "", ""
    row.decided_at, row.decided_by, row.decided_by_name = None, None, ""
    told = consequences.undo(row, reason.strip(), hand) if confirmed else []
    row.save()
    return _history(row, reason, told, stamp(**hand))


def _to_decide(recurrence_id: int, decision: ReturnDecision, actor: Actor) -> tuple[Recurrence, bool]:
    """The row, locked, and whether it is decided that way already."""
    row = _locked(recurrence_id, actor)
    if row.decision not in (ReturnDecision.PENDING, decision):
        label = ReturnDecision(row.decision).label.lower()
        raise ReturnRefused(
            gettext("It was decided already: %(label)s, says %(name)s. Take that back first.")
            % {"label": label, "name": row.decided_by_name}
        )
    return row, row.decision == decision


def _locked(recurrence_id: int, actor: Actor) -> Recurrence:
    """The row, its analysis locked first (as imports lock), and all that share a consequence in one order."""
    if sentence := may(actor, DECIDE):
        raise ReturnRefused(sentence)
    pair = Recurrence.objects.filter(pk=recurrence_id).values_list("analysis_id", "earlier_id").first() or (None, None)
    analysis = Analysis.objects.select_for_update().filter(pk=pair[0]).first()
    rows = Recurrence.objects.select_for_update(of=("self",)).select_related("earlier")
    family = rows.filter(Q(analysis=pair[0]) | Q(earlier=pair[1])).order_by("pk")
    row = next((each for each in family if each.pk == recurrence_id), None)
    if not analysis or not row:
        raise ReturnRefused(gettext("This likely return is not there any more: the analysis has changed."))
    row.analysis = analysis
    return row


def _decide(row: Recurrence, decision: ReturnDecision, reason: str, hand: dict, told: Sequence[str] = ()) -> None:
    _check_reason(reason)
    by = stamp(**hand)
    row.decision, row.reason, row.decided_at = decision, reason.strip(), by["at"]
    row.decided_by, row.decided_by_name = by["actor"], by["actor_name"]
    row.save()
    _history(row, reason, told, by)


def _history(row: Recurrence, reason: str, told: Sequence[str], by: dict) -> RecurrenceDecision:
    target = audit.Target(
        row._meta.label_lower,
        str(row.pk),
        gettext("“%(analysis)s” as a return of “%(earlier)s”") % {"analysis": row.analysis, "earlier": row.earlier},
    )
    hand = {"actor": by["actor"], "door": by["door"], "now": by["at"]}
    changes = {"decision": (None, row.decision), "told": (None, list(told))}
    audit.record(AuditVerb.DECIDE, target, changes=changes, reason=reason, **hand)
    return row.decisions.create(decision=row.decision, reason=reason.strip(), told=list(told), **by)


def _check_reason(reason: str) -> None:
    if sentence := reason_refusal(reason):
        raise ReturnRefused(sentence)


def _case(earlier: Analysis) -> ReturnCase:
    """One open issue is enough for the first case: the work that might have prevented the return was not done."""
    if earlier.issues.live().exists():
        return ReturnCase.WHILE_OPEN
    validated = earlier.issues.filter(status=Status.VALIDATED).exists()
    return ReturnCase.THOUGH_VALIDATED if validated else ReturnCase.UNTREATED
