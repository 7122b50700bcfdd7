"""Changes of an issue by the API: the same functions, gates and rows of history as in the admin."""

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from remediation_site.api import issues
from remediation_site.api.fields import Given, Moment, Reason, Reference, StrictKey, Told
from remediation_site.api.hands import hand, refused, refusing
from remediation_site.api.idempotency import Answer
from remediation_site.api.issues import VIEW_ISSUE, IssueOut
from remediation_site.api.operations import operation
from remediation_site.api.problems import Problem, missing
from remediation_site.api.scopes import Scope
from tracker import amend, permissions, workflow
from tracker.choices import LinkKind, NoteKind, Priority
from tracker.models import Issue, Note, Owner
from tracker.refusals import Refused

router = Router(tags=["issues"])
SCOPE = Scope.WRITE_ISSUES
OK, CREATED = 200, 201


class TransitionIn(Given):
    """A transition of docs/workflow.md, with the answers that it asks for."""

    name: Annotated[str, Field(max_length=40, examples=["start"])]
    reason: Reason = ""
    until: Annotated[Moment | None, Field(description="End of an accepted risk.")] = None
    hours_unknown: Annotated[bool, Field(strict=True, description="Nobody can say the hours.")] = False


class NoteLink(Given):
    """A commit, a pull request or a document."""

    url: Annotated[str, Field(max_length=2000)]
    kind: LinkKind | None = None


class NoteIn(Given):
    """A note to be kept; notes are never edited."""

    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    kind: NoteKind = NoteKind.PROGRESS
    hours: Annotated[Decimal | None, Field(gt=0, le=amend.MOST_HOURS, decimal_places=2)] = None
    links: Annotated[list[NoteLink], Field(max_length=20)] = []


class LinkOut(Schema):
    """A link of a note."""

    kind: LinkKind
    url: str


class NoteOut(Schema):
    """A note as it is kept."""

    id: int
    issue: str
    kind: NoteKind
    text: str
    hours: str | None = Field(description="Spent, in hours, to the second decimal place.")
    links: list[LinkOut]
    by: str
    at: Told


class OwnerIn(Given):
    """Who gets the issue; null: nobody."""

    owner: Annotated[StrictKey | None, Field(description="Number of an owner, see /owners.")]
    reason: Reason = ""


class DeadlineIn(Given):
    """The new deadline. Moving one needs a reason."""

    deadline: Moment
    reason: Reason = ""


class PriorityIn(Given):
    """The new priority. The reference and the deadline stay as they are."""

    priority: Priority
    reason: Reason = ""


def change(request: HttpRequest, reference: str, write: Callable[[Issue, dict], object]) -> object:
    """Carry a change of an issue out as far as this account may change it. Raises: Problem."""
    issue = changeable(request, reference)
    with refusing():
        return write(issue, hand(request))


def changeable(request: HttpRequest, reference: str, verb: str = permissions.CHANGE) -> Issue:
    """The issue, if this account may change it. Raises: Problem."""
    issue = issues.issue_of(reference)
    if sentence := permissions.may(request.user, verb, issue):
        raise Problem("not-permitted", sentence)
    return issue


def as_it_is(request: HttpRequest, reference: str) -> Answer:
    """The issue after a change."""
    return Answer(OK, issues.told(issues.issue_of(reference), request.user))


@operation(router, "POST", "/issues/{reference}/transitions", scope=SCOPE, rights=(VIEW_ISSUE,), answers={OK: IssueOut})
def move_issue(request: HttpRequest, reference: Reference, body: TransitionIn):
    """Move an issue along a transition.

    A refusal (409) lists every gate that is shut, and what would open it; nothing is written then.
    """
    issue = changeable(request, reference, body.name)
    given = {"reason": body.reason, "until": body.until, "hours_unknown": body.hours_unknown}
    try:
        workflow.apply(body.name, issue.pk, **given, **hand(request))
    except Refused as error:
        shut = issues.gates(body.name, issue, request.user, error.reasons)
        raise refused(error, gates=shut) from error
    return as_it_is(request, reference)


@operation(router, "POST", "/issues/{reference}/notes", scope=SCOPE, rights=(VIEW_ISSUE,), answers={CREATED: NoteOut})
def add_note(request: HttpRequest, reference: Reference, body: NoteIn):
    """Write a note about an issue, with the hours spent and links."""
    links = [{"kind": each.kind or "", "url": each.url} for each in body.links]
    given = {"kind": body.kind, "hours": body.hours, "links": links}
    note = change(request, reference, lambda issue, by: amend.add_note(issue.pk, body.text, **given, **by))
    return Answer(CREATED, note_out(note, reference))


def note_out(note: Note, reference: str) -> NoteOut:
    """A note for machines."""
    return NoteOut(
        id=note.pk,
        issue=reference,
        kind=note.kind,
        text=note.text,
        hours=None if note.hours is None else f"{note.hours:.2f}",
        links=note.links,
        by=note.actor_name,
        at=note.at,
    )


@operation(router, "PUT", "/issues/{reference}/owner", scope=SCOPE, rights=(VIEW_ISSUE,), answers={OK: IssueOut})
def assign_issue(request: HttpRequest, reference: Reference, body: OwnerIn):
    """Give an issue to an owner, or to nobody."""
    owner = None
    if body.owner is not None and (owner := Owner.objects.filter(pk=body.owner).first()) is None:
        raise missing("owner")
    change(request, reference, lambda issue, by: amend.assign(issue.pk, owner, reason=body.reason, **by))
    return as_it_is(request, reference)


@operation(router, "PUT", "/issues/{reference}/deadline", scope=SCOPE, rights=(VIEW_ISSUE,), answers={OK: IssueOut})
def move_deadline(request: HttpRequest, reference: Reference, body: DeadlineIn):
    """Set the deadline of an issue, or move it with a reason."""
    change(request, reference, lambda issue, by: amend.move_deadline(issue.pk, body.deadline, reason=body.reason, **by))
    return as_it_is(request, reference)


@operation(router, "PUT", "/issues/{reference}/priority", scope=SCOPE, rights=(VIEW_ISSUE,), answers={OK: IssueOut})
def set_priority(request: HttpRequest, reference: Reference, body: PriorityIn):
    """Change the priority of an issue; making it less urgent takes a manager."""
    change(request, reference, lambda issue, by: amend.set_priority(issue.pk, body.priority, reason=body.reason, **by))
    return as_it_is(request, reference)
