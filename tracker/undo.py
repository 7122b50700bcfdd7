"""Takes back what a person has just done to issues: a new change by the same functions, with its own row of history.

`made` says right after a change what can be taken back. It names the rows of history, so that `take_back` finds out
whether anybody has changed the same since; then that stays. A step can be taken back where the workflow has a way from
the new status to the old one, and nowhere else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext

from tracker import amend, workflow
from tracker.choices import Door, IssueKind, Priority, Status
from tracker.models import FieldChange, Issue, Owner, StatusChange, System
from tracker.permissions import CHANGE, CONFIRM_REVENUE, DESCRIBE, Actor, may
from tracker.reasons import TAKEN_BACK
from tracker.refusals import Refused

STATUS = "status"


class UndoRefused(Refused):
    """What was done stays."""


@dataclass(frozen=True, slots=True)
class Made:
    """One change of an issue that can be taken back: its row of history, and what was before, as JSON holds it."""

    issue_id: int
    field: str
    row: int
    before: object


@dataclass(frozen=True, slots=True)
class Field:
    """How a field is kept, what its rows of history say, the right that a change takes, and what gives it back."""

    value: Callable[[Issue], object]
    words: Callable[[Issue], str]
    restore: Callable[..., object]  # (issue_id, before, **hand)
    verb: str = CHANGE


def _owner(issue_id: int, before: int | None, **hand) -> None:
    owner = Owner.objects.filter(pk=before).first()
    if before and owner is None:
        raise UndoRefused(gettext("The owner of before is not there any more: assign somebody."))
    amend.assign(issue_id, owner, **hand)


def _deadline(issue_id: int, before: str | None, **hand) -> None:
    amend.restore_deadline(issue_id, datetime.fromisoformat(before) if before else None, **hand)


def _priority(issue_id: int, before: str, **hand) -> None:
    amend.set_priority(issue_id, Priority(before), **hand)


def _revenue(issue_id: int, before: str | None, **hand) -> None:
    amend.confirm_revenue(issue_id, None if before is None else Decimal(before), **hand)


def _title(issue_id: int, before: str, **hand) -> None:
    amend.describe(issue_id, title=before, **hand)


def _kind(issue_id: int, before: str, **hand) -> None:
    amend.describe(issue_id, kind=IssueKind(before), **hand)


def _systems(issue_id: int, before: list[int], **hand) -> None:
    systems = list(System.objects.filter(pk__in=before))
    if len(systems) < len(before):
        raise UndoRefused(gettext("A system of before is not there any more: choose the systems again."))
    amend.describe(issue_id, systems=systems, **hand)


def _exact(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _deadline_words(issue: Issue) -> str:
    return amend.deadline_words(issue.deadline)


def _amount(issue: Issue) -> str | None:
    return None if issue.revenue_at_risk is None else f"{issue.revenue_at_risk:.2f}"


def _system_words(issue: Issue) -> str:
    return amend.system_words(issue.systems.all())


FIELDS = {
    "owner": Field(lambda issue: issue.owner_id, lambda issue: str(issue.owner or ""), _owner),
    "deadline": Field(
        lambda issue: _exact(issue.deadline), lambda issue: amend.deadline_words(issue.deadline), _deadline
    ),
    "priority": Field(lambda issue: str(issue.priority), lambda issue: str(issue.priority), _priority),
    "revenue_at_risk": Field(_amount, lambda issue: _amount(issue) or "", _revenue, CONFIRM_REVENUE),
    "title": Field(lambda issue: issue.title, lambda issue: issue.title, _title, DESCRIBE),
    "kind": Field(lambda issue: str(issue.kind), lambda issue: str(issue.kind), _kind, DESCRIBE),
    "systems": Field(lambda issue: [row.pk for row in issue.systems.all()], _system_words, _systems, DESCRIBE),
}


def made(before: Sequence[Issue], *, actor: Actor, now: datetime) -> list[Made]:
    """What the person did at the moment `now` to these issues, as far as they may take it back.

    before: the issues, with owner and systems, as they were read before the change. What somebody else has changed in
    between is left out: the row of history then says another value of before.
    """
    were = {issue.pk: issue for issue in before}
    by = {"issue__in": were, "actor": actor, "at": now}
    changes = FieldChange.objects.filter(field__in=FIELDS, **by).select_related("issue__owner").order_by("pk")
    found = [
        Made(row.issue_id, row.field, row.pk, FIELDS[row.field].value(were[row.issue_id]))
        for row in changes
        if row.old == FIELDS[row.field].words(were[row.issue_id]) and not may(actor, _verb(row), row.issue)
    ]
    steps = StatusChange.objects.filter(**by).select_related("issue__owner").order_by("pk")
    return found + [
        Made(row.issue_id, STATUS, row.pk, [row.old_status, _exact(were[row.issue_id].accepted_until)])
        for row in steps
        if (name := _way_back(row)) and not may(actor, name, row.issue)
    ]


@transaction.atomic
def take_back(done: Made, *, actor: Actor, door: Door, now: datetime) -> None:
    """Change it back. Raises: Refused when the same was changed since, or a gate is shut; then nothing is written."""
    try:
        issue = Issue.objects.locked(done.issue_id)
    except Issue.DoesNotExist:
        raise UndoRefused(gettext("This issue is not there any more.")) from None
    rows = issue.changes.all() if done.field == STATUS else issue.field_changes.filter(field=done.field)
    last = rows.order_by("pk").last()
    if last is None or last.pk != done.row:
        told = {"field": done.field.replace("_", " "), "who": last.actor_name if last else "?"}
        raise UndoRefused(gettext("Its %(field)s was changed since by %(who)s, and stays as it is.") % told)
    hand = {"actor": actor, "door": door, "now": now, "reason": gettext(TAKEN_BACK)}
    if done.field == STATUS:
        _step_back(issue, done.before, hand)
    else:
        FIELDS[done.field].restore(issue.pk, done.before, **hand)


def _step_back(issue: Issue, before: list, hand: dict) -> None:
    status, until = before
    name = workflow.transition_to(Status(status), issue)
    ends = {"until": datetime.fromisoformat(until)} if workflow.TRANSITIONS[name].needs_end and until else {}
    workflow.apply(name, issue.pk, **ends, **hand)


def _verb(row: FieldChange) -> str:
    """The right that changing it back takes."""
    if row.field == "priority" and row.new < row.old:
        return "lower priority"
    return FIELDS[row.field].verb


def _way_back(row: StatusChange) -> str:
    """The transition that undoes a step, or "". Only a blocked issue has a way to where it came from."""
    ways = workflow.TRANSITIONS.items()
    return next(
        (name for name, way in ways if row.new_status in way.sources and way.target in (row.old_status, None)), ""
    )
