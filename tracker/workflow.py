"""The only writer of Issue.status: the table of transitions, their gates, and `apply`.

A gate answers why it stays shut, in one sentence, or "". A transition is refused with every sentence at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from tracker.choices import Door, NoteKind, Priority, Status
from tracker.history import stamp
from tracker.models import Issue, StatusChange
from tracker.querysets import LIVE
from tracker.refusals import Refused

Gate = Callable[[Issue, AbstractBaseUser | None], str]


class TransitionRefused(Refused):
    """The issue stays where it is."""


def has_owner(issue: Issue, actor: AbstractBaseUser | None) -> str:
    """Somebody must do the work."""
    return "" if issue.owner_id else "It needs an owner: assign one."


def has_deadline(issue: Issue, actor: AbstractBaseUser | None) -> str:
    """Planned work has an end."""
    return "" if issue.deadline else "It needs a deadline: set one."


def has_note_since_start(issue: Issue, actor: AbstractBaseUser | None) -> str:
    """Completed work was told about: a progress or evidence note newer than the start."""
    notes = issue.notes.filter(kind__in=(NoteKind.PROGRESS, NoteKind.EVIDENCE))
    started = issue.changes.filter(new_status=Status.IN_PROGRESS).exclude(old_status=Status.BLOCKED).first()
    if started:
        notes = notes.filter(at__gt=started.at)
    return "" if notes.exists() else "It needs a progress or evidence note that is newer than the start of the work."


def has_validation_evidence(issue: Issue, actor: AbstractBaseUser | None) -> str:
    """Nothing is validated by saying so. Shut until there are validation runs to ask."""
    return "Validation evidence is required: no validation run that started after completion has passed every check."


def urgent_is_judged_by_another(issue: Issue, actor: AbstractBaseUser | None) -> str:
    """The owner of a P0 issue does not validate their own work, and nobody does it without a name."""
    if issue.priority != Priority.P0 or (actor is not None and not _is_owner(issue, actor)):
        return ""
    return "A P0 issue is validated by a named person who is not its owner."


def _is_owner(issue: Issue, actor: AbstractBaseUser) -> bool:
    if not issue.owner:
        return False
    email = issue.owner.email.casefold()
    return issue.owner.user_id == actor.pk or bool(email and email == getattr(actor, "email", "").casefold())


@dataclass(frozen=True, slots=True)
class Transition:
    """One way from a status to another. A target of None is the status that a blocked issue came from."""

    label: str
    sources: frozenset[Status]
    target: Status | None
    gates: tuple[Gate, ...] = ()
    needs_reason: bool = False


LEFT = frozenset({Status.BLOCKED, Status.ACCEPTED})  # live, and nobody works on it
WORKABLE = frozenset(LIVE) - LEFT

TRANSITIONS: dict[str, Transition] = {
    "plan": Transition("Plan", frozenset({Status.IDENTIFIED}), Status.PLANNED),
    "start": Transition("Start work", frozenset({Status.PLANNED}), Status.IN_PROGRESS),
    "complete": Transition(
        "Complete", frozenset({Status.IN_PROGRESS}), Status.COMPLETED, gates=(has_note_since_start,)
    ),
    "validate": Transition(
        "Validate",
        frozenset({Status.COMPLETED}),
        Status.VALIDATED,
        gates=(has_validation_evidence, urgent_is_judged_by_another),
    ),
    "fail": Transition("Validation failed", frozenset({Status.COMPLETED}), Status.FAILED, needs_reason=True),
    "rework": Transition("Work on it again", frozenset({Status.FAILED}), Status.IN_PROGRESS),
    "block": Transition("Block", WORKABLE, Status.BLOCKED, needs_reason=True),
    "unblock": Transition("Unblock", frozenset({Status.BLOCKED}), None),
    "accept": Transition("Accept the risk", WORKABLE | {Status.BLOCKED}, Status.ACCEPTED, needs_reason=True),
    "cancel": Transition("Cancel", frozenset(LIVE), Status.CANCELLED, needs_reason=True),
    "reopen": Transition(
        "Reopen",
        frozenset({Status.VALIDATED, Status.ACCEPTED, Status.CANCELLED}),
        Status.IDENTIFIED,
        needs_reason=True,
    ),
}
# What must hold in a status, by whatever way it is reached; constraints of the database say the same.
STATUS_GATES: dict[Status, tuple[Gate, ...]] = {
    Status.PLANNED: (has_owner, has_deadline),
    Status.IN_PROGRESS: (has_owner,),
}


def target(name: str, issue: Issue) -> Status:
    """Where the transition leads this issue."""
    if fixed := TRANSITIONS[name].target:
        return fixed
    blocked = issue.changes.filter(new_status=Status.BLOCKED).first()
    came_from = Status(blocked.old_status) if blocked and blocked.old_status else Status.IDENTIFIED
    return came_from if came_from in WORKABLE else Status.IDENTIFIED


def leading_on(issue: Issue) -> list[str]:
    """The names of the transitions that start at the issue's status, shut or open, in the order of the table."""
    return [name for name, rule in TRANSITIONS.items() if issue.status in rule.sources]


def refusals(name: str, issue: Issue, actor: AbstractBaseUser | None, *, reason: str | None = None) -> list[str]:
    """Everything that keeps the issue from the transition, one sentence each.

    A `reason` of None means that nobody was asked for one yet: a missing reason is then no refusal.
    """
    if not (rule := TRANSITIONS.get(name)):
        return [f"There is no transition called {name[:40]!r}; there are {', '.join(TRANSITIONS)}."]
    if issue.status not in rule.sources:
        sources = " or ".join(Status(status).label.lower() for status in Status if status in rule.sources)
        return [f"{issue.reference} is {_label(issue.status)}: “{rule.label}” leads on from {sources}."]
    gates = (*STATUS_GATES.get(target(name, issue), ()), *rule.gates)
    found = [sentence for gate in gates if (sentence := gate(issue, actor))]
    if rule.needs_reason and reason is not None and not reason.strip():
        found.append(f"“{rule.label}” needs a reason: write it in a sentence.")
    return found


def allowed(issue: Issue, actor: AbstractBaseUser | None) -> list[str]:
    """The names of the transitions that would be carried out now, given a reason where one is needed."""
    return [name for name in leading_on(issue) if not refusals(name, issue, actor)]


def needs_reason(name: str) -> bool:
    """Whether a person is asked for a reason before the transition."""
    return TRANSITIONS[name].needs_reason


def transition_to(status: Status, issue: Issue) -> str:
    """The name of the transition that leads the issue to the status. Raises: TransitionRefused when none does."""
    ways = leading_on(issue)
    for name in ways:
        if target(name, issue) == status:
            return name
    here = _label(issue.status)
    if issue.status == status:
        raise TransitionRefused(f"{issue.reference} is {here} already.")
    onwards = ", ".join(_label(target(name, issue)) for name in ways)
    raise TransitionRefused(f"{issue.reference} is {here}: from there it goes to {onwards}, not to {_label(status)}.")


@transaction.atomic
def apply(
    name: str, issue_id: int, *, actor: AbstractBaseUser | None, door: Door, now: datetime, reason: str = ""
) -> Issue:
    """Move an issue along a transition, or raise TransitionRefused and write nothing."""
    issue = Issue.objects.select_for_update(of=("self",)).select_related("owner").get(pk=issue_id)
    if reasons := refusals(name, issue, actor, reason=reason):
        raise TransitionRefused(reasons)
    old, issue.status = issue.status, target(name, issue)
    issue.updated_at = now
    issue.save(update_fields=["status", "updated_at"])
    issue.changes.create(old_status=old, new_status=issue.status, reason=reason.strip(), **stamp(actor, door, now))
    issue.refresh_from_db(fields=["is_closed"])  # the database computes it
    return issue


@transaction.atomic
def open_all(
    issues: Sequence[Issue],
    *,
    status: Status,
    actor: AbstractBaseUser | None,
    door: Door,
    now: datetime,
    reason: str = "",
) -> list[Issue]:
    """Write new issues with their first status: identified, or completed where the analysis says it is done."""
    if status not in (Status.IDENTIFIED, Status.COMPLETED):
        raise TransitionRefused(f"A new issue is identified or completed, never {_label(status)}.")
    for issue in issues:
        issue.status = status
    written = Issue.objects.bulk_create(issues)
    first = {"new_status": status, "reason": reason, **stamp(actor, door, now)}
    StatusChange.objects.bulk_create(StatusChange(issue=issue, **first) for issue in written)
    return written


def _label(status: str) -> str:
    return Status(status).label.lower()
