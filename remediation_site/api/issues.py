"""Issues as the API tells them: the list with the filters of the admin, and one issue with what leads on from it."""

from typing import Annotated, Literal

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpRequest
from django.urls import reverse
from ninja import Query, Router, Schema
from pydantic import Field

from remediation_site.api.fields import Key, Reference, Told
from remediation_site.api.operations import operation
from remediation_site.api.paging import Column, PageQuery, page
from remediation_site.api.problems import missing
from remediation_site.api.scopes import Scope
from tracker import workflow
from tracker.admin import issue_filters, issue_page
from tracker.choices import IssueKind, Priority, Status
from tracker.models import Analysis, Issue, Owner
from tracker.permissions import may_read
from tracker.record import Record

router = Router(tags=["issues"])

VIEW_ISSUE = "tracker.view_issue"
LONGEST_SEARCH = 200  # characters
ORDER = (Column("is_closed"), Column("priority"), Column("deadline", nullable=True), Column("id"))  # by_urgency
CHANGES = {"owner": ("PUT", "owner"), "deadline": ("PUT", "deadline"), "note": ("POST", "notes")}  # what opens a gate


class OwnerOut(Schema):
    """Who does the work."""

    id: int
    name: str


class IssueLine(Schema):
    """An issue as a list tells it."""

    reference: str
    title: str
    kind: IssueKind
    priority: Priority
    status: Status
    is_closed: bool = Field(description="Validated or cancelled.")
    owner: OwnerOut | None
    owner_to_confirm: str | None = Field(description="Whom the analysis names, where that is nobody who is known here.")
    deadline: Told | None
    systems: list[str]
    analysis: int | None = Field(description="Number of the analysis it comes from.")
    created_at: Told
    updated_at: Told
    status_since: Told
    page: str = Field(description="Its page for people.")


class Remedy(Schema):
    """What would open a gate, and where the API does it; nowhere for what people do on the page of the issue."""

    title: str
    method: str | None
    path: str | None


class Gate(Schema):
    """Why a transition stays shut."""

    reason: str
    remedy: Remedy | None


class TransitionOut(Schema):
    """A transition that starts at the issue's status."""

    name: str
    label: str
    open: bool = Field(description="Whether it would be carried out now, given the answers that it asks for.")
    asks: list[str] = Field(description="What has to be given with it: reason, until, hours_unknown.")
    shut: list[str] = Field(description="Every reason why it stays shut.")


class CheckOut(Schema):
    """Something that must hold before the issue is validated."""

    id: int
    text: str
    required: bool
    entry: str | None = Field(description="What of the catalogue executes it; none: a person signs it off.")
    passes: int = Field(description="How many times in a row it must pass.")


class IssueOut(IssueLine):
    """An issue with everything that can be done with it now."""

    description: str
    original_deadline: Told | None
    accepted_until: Told | None
    hours_unknown: bool
    source: str | None = Field(description="The analysis and the line it comes from.")
    checks: list[CheckOut]
    transitions: list[TransitionOut]


class IssuePage(Schema):
    """A page of the list."""

    items: list[IssueLine]
    next_cursor: str = Field(description="Give it as `cursor` for the next page; empty behind the last row.")


def words_of(of: type[issue_filters.WordFilter]) -> type:
    """The words that a filter of the admin knows, as a type."""
    return Literal[tuple(word for word, _ in of.words)]


class IssueQuery(PageQuery):
    """The filters of the list of issues, as in the admin. Without any: live issues, the most urgent first."""

    q: Annotated[
        str,
        Field(
            max_length=LONGEST_SEARCH,
            pattern=r"^[^\x00]*$",
            description="Words that are all somewhere in the reference, the title, the text or the name of the owner; "
            "what stands in quotes is one word. Of accounts that do not read texts: not in the text.",
        ),
    ] = ""
    show: words_of(issue_filters.ShowFilter) | None = None
    priority: words_of(issue_filters.PriorityFilter) | None = None
    status: words_of(issue_filters.StatusFilter) | None = None
    kind: words_of(issue_filters.KindFilter) | None = None
    due: words_of(issue_filters.DueFilter) | None = None
    age: words_of(issue_filters.AgeFilter) | None = None
    who: words_of(issue_filters.WhoFilter) | None = None
    owner: Annotated[Key | None, Field(description="Number of an owner.")] = None
    team: Annotated[Key | None, Field(description="Number of the owner who leads it.")] = None
    system: Annotated[Key | None, Field(description="Number of a system.")] = None
    analysis: Annotated[Key | None, Field(description="Number of an analysis.")] = None


@operation(router, "GET", "/issues", scope=Scope.READ, rights=(VIEW_ISSUE,), answers={200: IssuePage})
def list_issues(request: HttpRequest, query: Query[IssueQuery]):
    """List issues, the most urgent first."""
    rows = searched(request, filtered(request, Issue.objects.select_related("owner")), query.q)
    found = page(rows, ORDER, query, about=query.model_dump())
    prefetch_related_objects(found.rows, "systems")
    return IssuePage(items=[IssueLine(**line_of(issue)) for issue in found.rows], next_cursor=found.next_cursor)


@operation(router, "GET", "/issues/{reference}", scope=Scope.READ, rights=(VIEW_ISSUE,), answers={200: IssueOut})
def get_issue(request: HttpRequest, reference: Reference):
    """Get an issue, its checks, and the transitions that lead on from it."""
    return told(issue_of(reference), request.user)


def filtered(request: HttpRequest, rows: QuerySet[Issue]) -> QuerySet[Issue]:
    """The rows that the filters of the admin leave, asked for by the same words."""
    model_admin = admin.site.get_model_admin(Issue)
    asked = {name: request.GET.getlist(name) for name in request.GET}
    for each in model_admin.list_filter:
        rows = each(request, asked, Issue, model_admin).queryset(request, rows)
    return rows


def searched(request: HttpRequest, rows: QuerySet[Issue], text: str) -> QuerySet[Issue]:
    """The rows that the search of the admin finds."""
    return admin.site.get_model_admin(Issue).get_search_results(request, rows, text)[0] if text else rows


def issue_of(reference: str) -> Issue:
    """The issue of that reference. Raises: Problem."""
    rows = Issue.objects.select_related("owner", "analysis").defer("analysis__text")
    issue = rows.filter(reference=reference).first()
    if issue is None:
        raise missing("issue")
    return issue


def line_of(issue: Issue) -> dict:
    """An issue as lists tell it."""
    return {
        "reference": issue.reference,
        "title": issue.title,
        "kind": issue.kind,
        "priority": issue.priority,
        "status": issue.status,
        "is_closed": issue.is_closed,
        "owner": owner_out(issue.owner),
        "owner_to_confirm": issue.owner_words if issue.owner_words and not issue.owner else None,
        "deadline": issue.deadline,
        "systems": [system.name for system in issue.systems.all()],
        "analysis": issue.analysis_id,
        "created_at": issue.created_at,
        "updated_at": issue.updated_at,
        "status_since": issue.status_since,
        "page": settings.SITE_URL + reverse("admin:tracker_issue_change", args=[issue.pk]),
    }


def owner_out(owner: Owner | None) -> OwnerOut | None:
    """An owner as an issue tells them."""
    return OwnerOut(id=owner.pk, name=owner.name) if owner else None


def told(issue: Issue, actor) -> IssueOut:
    """An issue with what this person can do with it."""
    readable = may_read(actor)
    return IssueOut(
        **line_of(issue),
        description=issue.description if readable else "",
        original_deadline=issue.original_deadline,
        accepted_until=issue.accepted_until,
        hours_unknown=issue.hours_unknown,
        source=place_in(issue.analysis, issue.source_line),
        checks=[CheckOut(id=each.pk, entry=each.entry or None, **_check(each)) for each in issue.checks.all()]
        if readable
        else [],
        transitions=[transition_out(step) for step in issue_page.steps(Record(issue), actor)],
    )


def _check(check) -> dict:
    return {"text": check.text, "required": check.required, "passes": check.passes}


def place_in(analysis: Analysis | None, line: int | None) -> str | None:
    """Where an analysis says it."""
    if analysis is None:
        return None
    return f"{analysis.source}:{line}" if line else analysis.source


def transition_out(step: issue_page.Step) -> TransitionOut:
    """A transition, open or shut."""
    return TransitionOut(
        name=step.name, label=step.label, open=not step.shut, asks=list(step.asks), shut=list(step.shut)
    )


def gates(name: str, issue: Issue, actor, reasons: tuple[str, ...]) -> list[dict]:
    """Every gate that keeps the issue from the transition, with what would open it."""
    remedies = issue_page.remedies(name, Record(issue), actor) if name in workflow.TRANSITIONS else {}
    found = {reason: _remedy(issue, *remedies[reason]) if reason in remedies else None for reason in reasons}
    return [Gate(reason=reason, remedy=remedy).model_dump() for reason, remedy in found.items()]


def _remedy(issue: Issue, change: str, title: str) -> Remedy:
    method, end = CHANGES.get(change, (None, None))
    path = f"/api/v1/issues/{issue.reference}/{end}" if end else None
    return Remedy(title=title, method=method, path=path)
