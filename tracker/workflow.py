"""The only writer of Issue.status: the table of transitions, what they ask for, and `apply`.

A transition is refused with a sentence for everything that is missing, at once, and then nothing is written.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from tracker.choices import Door, Status
from tracker.gates import (
    Gate,
    fix_has_prevention,
    has_deadline,
    has_note_since_start,
    has_owner,
    has_validation_evidence,
    report_is_judged_by_another,
    urgent_is_judged_by_another,
)
from tracker.history import keep, keep_all, stamp
from tracker.models import FieldChange, Issue, StatusChange
from tracker.permissions import Actor, may
from tracker.querysets import LIVE
from tracker.record import Record
from tracker.refusals import Refused

logger = logging.getLogger(__name__)


class TransitionRefused(Refused):
    """The issue stays where it is."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One way from a status to another. A target of None is the status that a blocked issue came from."""

    marked: str  # its label, with gettext_noop
    sources: frozenset[Status]
    target: Status | None
    gates: tuple[Gate, ...] = ()
    needs_reason: bool = False
    needs_end: bool = False  # until when a risk is accepted
    needs_hours: bool = False  # noted since the start, or said to be unknown

    @property
    def label(self) -> str:
        """What people read on its button."""
        return gettext(self.marked)


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person said when they were asked for it, at the moment `now`."""

    now: datetime
    reason: str = ""
    until: datetime | None = None
    hours_unknown: bool = False


LEFT = frozenset({Status.BLOCKED, Status.ACCEPTED})  # live, and nobody works on it
WORKABLE = frozenset(LIVE) - LEFT

TRANSITIONS: dict[str, Transition] = {
    "plan": Transition(gettext_noop("Plan"), frozenset({Status.IDENTIFIED}), Status.PLANNED),
    "start": Transition(gettext_noop("Start work"), frozenset({Status.PLANNED}), Status.IN_PROGRESS),
    "complete": Transition(
        gettext_noop("Complete"),
        frozenset({Status.IN_PROGRESS}),
        Status.COMPLETED,
        gates=(has_note_since_start,),
        needs_hours=True,
    ),
    "validate": Transition(
        gettext_noop("Validate"),
        frozenset({Status.COMPLETED}),
        Status.VALIDATED,
        gates=(has_validation_evidence, fix_has_prevention, urgent_is_judged_by_another, report_is_judged_by_another),
    ),
    "fail": Transition(
        gettext_noop("Validation failed"), frozenset({Status.COMPLETED}), Status.FAILED, needs_reason=True
    ),
    "rework": Transition(gettext_noop("Work on it again"), frozenset({Status.FAILED}), Status.IN_PROGRESS),
    "block": Transition(gettext_noop("Block"), WORKABLE, Status.BLOCKED, needs_reason=True),
    "unblock": Transition(gettext_noop("Unblock"), frozenset({Status.BLOCKED}), None),
    "accept": Transition(
        gettext_noop("Accept the risk"), WORKABLE | {Status.BLOCKED}, Status.ACCEPTED, needs_reason=True, needs_end=True
    ),
    "cancel": Transition(gettext_noop("Cancel"), frozenset(LIVE), Status.CANCELLED, needs_reason=True),
    "reopen": Transition(
        gettext_noop("Reopen"),
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


def target(name: str, issue: Issue, record: Record | None = None) -> Status:
    """Where the transition leads this issue."""
    if fixed := TRANSITIONS[name].target:
        return fixed
    came_from = Status((record or Record(issue)).facts.blocked_in or Status.IDENTIFIED)
    return came_from if came_from in WORKABLE else Status.IDENTIFIED


def leading_on(issue: Issue) -> list[str]:
    """The names of the transitions that start at the issue's status, shut or open, in the order of the table."""
    return [name for name, rule in TRANSITIONS.items() if issue.status in rule.sources]


def refusals(
    name: str, issue: Issue, actor: Actor, *, answers: Answers | None = None, record: Record | None = None
) -> list[str]:
    """Everything that keeps the issue from the transition, one sentence each.

    Without answers nobody was asked yet: a reason, a date or hours that are still missing are then no refusal. Who has
    several questions about the issue gives its record, so that each row is read once.
    """
    if not (rule := TRANSITIONS.get(name)):
        return [
            gettext("There is no transition called %(name)r; there are %(transitions)s.")
            % {"name": name[:40], "transitions": ", ".join(TRANSITIONS)}
        ]
    if issue.status not in rule.sources:
        sources = gettext(" or ").join(Status(status).label.lower() for status in Status if status in rule.sources)
        return [
            gettext("%(reference)s is %(status)s: “%(rule)s” leads on from %(sources)s.")
            % {"reference": issue.reference, "status": _label(issue.status), "rule": rule.label, "sources": sources}
        ]
    record = record or Record(issue)
    gates = (*STATUS_GATES.get(target(name, issue, record), ()), *rule.gates)
    found = [may(actor, name, issue), *(gate(record, actor) for gate in gates)]
    if answers is not None:
        found += _unanswered(rule, record, answers)
    return [sentence for sentence in found if sentence]


def _unanswered(rule: Transition, record: Record, answers: Answers) -> list[str]:
    found = []
    if rule.needs_reason and not answers.reason.strip():
        found.append(gettext("“%(rule)s” needs a reason: write it in a sentence.") % {"rule": rule.label})
    if rule.needs_end and answers.until is None:
        found.append(
            gettext("“%(rule)s” needs an end date, after which the issue is open again.") % {"rule": rule.label}
        )
    elif rule.needs_end and answers.until.utcoffset() is None:
        found.append(gettext("The end date needs a time zone."))
    elif rule.needs_end and answers.until <= answers.now:
        found.append(gettext("The end date has passed already: choose a later one."))
    if rule.needs_hours and not answers.hours_unknown and not record.has_hours:
        found.append(gettext("It needs the hours spent: add them to a note, or say that they are unknown."))
    return found


def asks(name: str, issue: Issue, record: Record | None = None) -> tuple[str, ...]:
    """What a person is asked for before the transition: "reason", "until", "hours_unknown"."""
    rule = TRANSITIONS[name]
    asked = {
        "reason": rule.needs_reason,
        "until": rule.needs_end,
        "hours_unknown": rule.needs_hours and not (record or Record(issue)).has_hours,
    }
    return tuple(word for word, needed in asked.items() if needed)


def allowed(issue: Issue, actor: Actor) -> list[str]:
    """The names of the transitions that would be carried out now, given the answers that they ask for."""
    record = Record(issue)
    return [name for name in leading_on(issue) if not refusals(name, issue, actor, record=record)]


def transition_to(status: Status, issue: Issue) -> str:
    """The name of the transition that leads the issue to the status. Raises: TransitionRefused when none does."""
    ways = leading_on(issue)
    for name in ways:
        if target(name, issue) == status:
            return name
    here = _label(issue.status)
    if issue.status == status:
        raise TransitionRefused(
            gettext("%(reference)s is %(here)s already.") % {"reference": issue.reference, "here": here}
        )
    onwards = ", ".join(_label(target(name, issue)) for name in ways)
    raise TransitionRefused(
        gettext("%(reference)s is %(here)s: from there it goes to %(onwards)s, not to %(status)s.")
        % {"reference": issue.reference, "here": here, "onwards": onwards, "status": _label(status)}
    )


@transaction.atomic
def apply(
    name: str,
    issue_id: int,
    *,
    actor: Actor,
    door: Door,
    now: datetime,
    reason: str = "",
    until: datetime | None = None,
    hours_unknown: bool = False,
) -> Issue:
    """Move an issue along a transition, or raise TransitionRefused and write nothing.

    `until` is the end of an accepted risk. `hours_unknown` completes work of which nobody can say the hours.
    """
    issue = Issue.objects.locked(issue_id)
    answers, record = Answers(now, reason, until, hours_unknown), Record(issue)
    if reasons := refusals(name, issue, actor, answers=answers, record=record):
        raise TransitionRefused(reasons)
    old, issue.status = issue.status, target(name, issue, record)
    row = stamp(actor, door, now)
    changed = _keep_answers(TRANSITIONS[name], record, answers, row)
    issue.updated_at = issue.status_since = issue.worked_at = now
    issue.save(update_fields=["status", "updated_at", "status_since", "worked_at", *changed])
    keep(StatusChange(issue=issue, old_status=old, new_status=issue.status, reason=reason.strip(), **row))
    issue.refresh_from_db(fields=["is_closed"])  # the database computes it
    return issue


def _keep_answers(rule: Transition, record: Record, answers: Answers, row: dict) -> list[str]:
    """Set the fields that the answers belong to, each with its row of history, and name them."""
    issue = record.issue
    until = answers.until if rule.needs_end else None
    unknown = not record.has_hours if rule.needs_hours else issue.hours_unknown
    changed = [
        field for field, new in (("accepted_until", until), ("hours_unknown", unknown)) if _set(issue, field, new)
    ]
    if rule.needs_end:
        keep(
            FieldChange(
                issue=issue, field=gettext_noop("accepted until"), new=until.isoformat(timespec="minutes"), **row
            )
        )
    if "hours_unknown" in changed:
        old, new = ("", "unknown") if unknown else ("unknown", "noted")
        keep(FieldChange(issue=issue, field=gettext_noop("hours spent"), old=old, new=new, **row))
    return changed


def _set(issue: Issue, field: str, value: object) -> bool:
    """Set a field, and say whether that changed it."""
    before = getattr(issue, field)
    setattr(issue, field, value)
    return before != value


def reopen_ended_acceptances(now: datetime) -> int:
    """Reopen the issues whose accepted risk has come to its end; how many. One that fails stops no other."""
    due = Issue.objects.past_acceptance(now)
    reopened = 0
    for pk in list(due.order_by("pk").values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                if issue := due.select_for_update(of=("self",)).filter(pk=pk).first():  # unless somebody was faster
                    apply("reopen", pk, actor=None, door=Door.TASK, now=now, reason=_end_of_acceptance(issue))
                    reopened += 1
        except Exception:
            logger.exception("The accepted risk of issue %s could not be reopened.", pk)
    return reopened


def _end_of_acceptance(issue: Issue) -> str:
    if issue.accepted_until is None:
        return gettext("The risk was accepted without an end date.")
    end = timezone.localtime(issue.accepted_until)
    return gettext("The acceptance of the risk ended on %(day)s at %(time)s.") % {
        "day": f"{end:%Y-%m-%d}",
        "time": f"{end:%H:%M %Z}",
    }


@transaction.atomic
def open_all(
    issues: Sequence[Issue],
    *,
    status: Status,
    actor: Actor,
    door: Door,
    now: datetime,
    reason: str = "",
) -> list[Issue]:
    """Write new issues with their first status: identified, or completed where the analysis says it is done."""
    if status not in (Status.IDENTIFIED, Status.COMPLETED):
        raise TransitionRefused(
            gettext("A new issue is identified or completed, never %(status)s.") % {"status": _label(status)}
        )
    for issue in issues:
        issue.status, issue.status_since, issue.worked_at = status, now, now
    written = Issue.objects.bulk_create(issues)
    first = {"new_status": status, "reason": reason, **stamp(actor, door, now)}
    keep_all(StatusChange(issue=issue, **first) for issue in written)
    return written


def _label(status: str) -> str:
    return Status(status).label.lower()
