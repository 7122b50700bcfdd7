"""Moving an issue to where the predecessor had it, as far as the workflow lets it."""

from collections.abc import Iterator

from django.db import transaction

from tracker import amend, workflow
from tracker.choices import NoteKind, Status
from tracker.hand import Hand
from tracker.models import Issue

FORWARD = (Status.IDENTIFIED, Status.PLANNED, Status.IN_PROGRESS, Status.COMPLETED, Status.FAILED)
NAMES = ("plan", "start", "complete", "fail")


def advance(issue: Issue, status: Status, reason: str, hand: Hand) -> str:
    """Move the issue along to the status; why it stays before that, in a sentence, or "".

    What was reached until a gate stayed shut is kept.
    """
    if issue.status == status:
        return ""
    names = list(_way(issue.status, status))
    if not names:
        here = Status(issue.status).label.lower()
        return f"It is {here} here, and no step leads from there to {status.label.lower()}: decide here."
    try:
        for name in names:
            with transaction.atomic():
                _step(issue, name, reason, hand)
    except workflow.TransitionRefused as refused:
        issue.refresh_from_db()
        return f"It stays {Status(issue.status).label.lower()} here. {refused}"
    issue.refresh_from_db()
    return ""


def _step(issue: Issue, name: str, reason: str, hand: Hand) -> None:
    if name == "complete":
        amend.add_note(issue.pk, reason, kind=NoteKind.EVIDENCE, **hand.stamp())
    workflow.apply(name, issue.pk, reason=reason, hours_unknown=name == "complete", **hand.stamp())


def _way(start: str, end: Status) -> Iterator[str]:
    """The transitions that lead forward from one status to another; none where no way does."""
    if end == Status.BLOCKED:
        yield "block"
        return
    if start == Status.FAILED and end in (Status.IN_PROGRESS, Status.COMPLETED):
        yield "rework"
        start = Status.IN_PROGRESS
    if start in FORWARD and end in FORWARD:
        yield from NAMES[FORWARD.index(start) : FORWARD.index(end)]
