"""What was written about an issue, and what happened to it. Rows of history are read here and never changed."""

from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

from remediation_site.api.fields import Reference, Told
from remediation_site.api.hands import must_read
from remediation_site.api.issue_changes import NoteOut, note_out, router
from remediation_site.api.issues import VIEW_ISSUE, issue_of
from remediation_site.api.operations import operation
from remediation_site.api.paging import Column, PageQuery, page
from remediation_site.api.scopes import Scope
from tracker.admin import issue_page

NEWEST = (Column("at", rising=False), Column("id", rising=False))


class NotePage(Schema):
    """A page of the list."""

    items: list[NoteOut]
    next_cursor: str


class EventOut(Schema):
    """A step, a changed field or a note."""

    at: Told
    kind: str = Field(description="status, field or note.")
    headline: str
    text: str = Field(description="The reason, or what the note says.")
    by: str
    door: str


class HistoryOut(Schema):
    """The newest events, the newest first."""

    items: list[EventOut]


@operation(router, "GET", "/issues/{reference}/notes", scope=Scope.READ, rights=(VIEW_ISSUE,), answers={200: NotePage})
def list_notes(request: HttpRequest, reference: Reference, query: Query[PageQuery]):
    """List the notes of an issue, the newest first."""
    must_read(request)
    issue = issue_of(reference)
    found = page(issue.notes.all(), NEWEST, query, about={"issue": issue.pk})
    return NotePage(items=[note_out(note, reference) for note in found.rows], next_cursor=found.next_cursor)


@operation(
    router, "GET", "/issues/{reference}/history", scope=Scope.READ, rights=(VIEW_ISSUE,), answers={200: HistoryOut}
)
def get_history(request: HttpRequest, reference: Reference):
    """Get the newest 100 steps, changed fields and notes of an issue, as one story."""
    must_read(request)
    events = issue_page.timeline(issue_of(reference), request.user)
    return HistoryOut(
        items=[
            EventOut(at=each.at, kind=each.kind, headline=each.headline, text=each.text, by=each.who, door=each.door)
            for each in events
        ]
    )
