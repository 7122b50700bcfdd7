"""Analyses by the API: posted as Markdown, read with their entries, and decided about."""

from datetime import date
from typing import Annotated

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from ninja import Query, Router, Schema
from pydantic import Field, ValidationError

from remediation_site.api import bodies, problems
from remediation_site.api.fields import Given, Key, Reason, Told
from remediation_site.api.hands import hand, refusing
from remediation_site.api.idempotency import Answer
from remediation_site.api.issues import IssueLine, OwnerOut, line_of, owner_out
from remediation_site.api.operations import operation
from remediation_site.api.paging import Column, PageQuery, page
from remediation_site.api.problems import Problem, missing
from remediation_site.api.scopes import Scope
from tracker import intake, permissions
from tracker.choices import Decision, ItemKind, Priority
from tracker.models import Analysis, ExtractedItem, Issue
from tracker.storing import UNCHANGED

router = Router(tags=["analyses"])
SCOPE = Scope.WRITE_ANALYSES
VIEW, ADD = "tracker.view_analysis", "tracker.add_analysis"
NEWEST = (Column("imported_at", rising=False), Column("id", rising=False))
MARKDOWN = "text/markdown"
OK, CREATED = 200, 201


class AnalysisIn(Given):
    """An analysis as JSON. A later text of the same source is a new version of the same analysis."""

    source: Annotated[str, Field(min_length=1, max_length=500, description="Path or name that stays the same.")]
    text: Annotated[str, Field(min_length=1, description="Markdown.")]
    title: Annotated[str | None, Field(max_length=300, description="Becomes the first line, as a heading.")] = None


class SourceQuery(Schema):
    """What a Markdown body does not say."""

    source: Annotated[str, Field(max_length=500, description="For a Markdown body: path or name that stays.")] = ""


class AnalysisQuery(PageQuery):
    """The list of analyses, the newest first."""

    source: Annotated[str, Field(max_length=500, description="The whole source.")] = ""


class AnalysisLine(Schema):
    """An analysis as a list tells it."""

    id: int
    source: str
    title: str
    date: date | None
    priority: Priority | None
    imported_at: Told
    updated_at: Told
    page: str = Field(description="Its page for people.")


class AnalysisPage(Schema):
    """A page of the list."""

    items: list[AnalysisLine]
    next_cursor: str


class EntryOut(Schema):
    """Something that the analysis says is to be done, or to be checked."""

    id: int
    kind: ItemKind
    line: int
    title: str
    priority: Priority | None
    owner: OwnerOut | None
    owner_words: str
    deadline: Told | None
    done: bool = Field(description="The analysis says that it is done.")
    decision: Decision
    decision_reason: str
    issue: str | None = Field(description="Reference of the issue that it became.")
    gone: bool = Field(description="The latest text does not say it any more.")


class AnalysisOut(AnalysisLine):
    """An analysis with its text and its entries."""

    text: str
    root_cause: str
    entries: list[EntryOut]


class ImportOut(Schema):
    """What became of a posted analysis."""

    outcome: str = Field(description="created, changed or unchanged.")
    new: int
    changed: int
    gone: int
    analysis: AnalysisOut


class TrackedOut(Schema):
    """The issues that entries became."""

    issues: list[IssueLine]


class DismissIn(Given):
    """Why an entry is not tracked."""

    reason: Reason


BODY = {
    "required": True,
    "content": {
        MARKDOWN: {"schema": {"type": "string", "minLength": 1}},
        bodies.JSON: {"schema": {"$ref": "#/components/schemas/AnalysisIn"}},
    },
}


@operation(
    router, "POST", "/analyses", scope=SCOPE, rights=(VIEW, ADD), answers={CREATED: ImportOut, OK: ImportOut}, body=BODY
)
def post_analysis(request: HttpRequest, query: Query[SourceQuery]):
    """Post an analysis, as Markdown or as JSON.

    Its entries wait for a decision. The same text again changes nothing (200); a changed text is a new version.
    """
    given = _given(request, query)
    text = f"# {' '.join(given.title.split())}\n\n{given.text}" if given.title else given.text
    with refusing():
        done = intake.import_analysis(text, source=given.source, **hand(request))
    status = OK if done.outcome == UNCHANGED else CREATED
    counts = {"new": done.new, "changed": done.changed, "gone": done.gone}
    return Answer(status, ImportOut(outcome=done.outcome, **counts, analysis=told(done.analysis)))


def _given(request: HttpRequest, query: SourceQuery) -> AnalysisIn:
    """The analysis of either kind of body. Raises: Problem."""
    kind = bodies.expect(request, MARKDOWN, bodies.JSON)
    data = bodies.raw(request, most=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    read = {"source": query.source, "text": bodies.as_text(data)} if kind == MARKDOWN else bodies.as_json(data)
    try:
        return AnalysisIn(**read)
    except ValidationError as error:
        raise problems.invalid([each | {"loc": ("body", "body", *each["loc"])} for each in error.errors()]) from None


@operation(router, "GET", "/analyses", scope=Scope.READ, rights=(VIEW,), answers={200: AnalysisPage})
def list_analyses(request: HttpRequest, query: Query[AnalysisQuery]):
    """List analyses, the newest first."""
    rows = Analysis.objects.defer("text", "root_cause", "whys")
    rows = rows.filter(source=query.source) if query.source else rows
    found = page(rows, NEWEST, query, about=query.model_dump())
    return AnalysisPage(items=[AnalysisLine(**_line(row)) for row in found.rows], next_cursor=found.next_cursor)


@operation(router, "GET", "/analyses/{analysis}", scope=Scope.READ, rights=(VIEW,), answers={200: AnalysisOut})
def get_analysis(request: HttpRequest, analysis: Key):
    """Get an analysis, its text and its entries; for accounts that look at titles alone, its title."""
    row = _found(Analysis.objects.all(), analysis, "analysis")
    if permissions.may_read(request.user):
        return told(row)
    return AnalysisOut(**_line(row), text="", root_cause="", entries=[])


@operation(router, "POST", "/analyses/{analysis}/accept", scope=SCOPE, rights=(VIEW,), answers={OK: TrackedOut})
def accept_analysis(request: HttpRequest, analysis: Key):
    """Accept every entry of an analysis that waits for a decision: each becomes an issue."""
    _may_decide(request)
    row = _found(Analysis.objects.only("pk"), analysis, "analysis")
    with refusing():
        made = intake.add_all(row.pk, **hand(request))
    return Answer(OK, _tracked(made))


@operation(router, "POST", "/entries/{entry}/accept", scope=SCOPE, rights=(VIEW,), answers={OK: TrackedOut})
def accept_entry(request: HttpRequest, entry: Key):
    """Accept an entry as an issue. Again: the same issue."""
    row = _decidable(request, entry)
    with refusing():
        made = intake.add(row.pk, **hand(request))
    return Answer(OK, _tracked([made]))


@operation(router, "POST", "/entries/{entry}/dismiss", scope=SCOPE, rights=(VIEW,), answers={OK: EntryOut})
def dismiss_entry(request: HttpRequest, entry: Key, body: DismissIn):
    """Decide with a reason that an entry is not tracked."""
    row = _decidable(request, entry)
    with refusing():
        intake.dismiss(row.pk, reason=body.reason, **hand(request))
    return Answer(OK, _entry(_decidable(request, entry)))


@operation(router, "POST", "/entries/{entry}/reconsider", scope=SCOPE, rights=(VIEW,), answers={OK: EntryOut})
def reconsider_entry(request: HttpRequest, entry: Key):
    """Take a dismissal back: the entry waits for a decision again."""
    row = _decidable(request, entry)
    with refusing():
        intake.reconsider(row.pk, **hand(request))
    return Answer(OK, _entry(_decidable(request, entry)))


def _decidable(request: HttpRequest, entry: int) -> ExtractedItem:
    """The entry, if this account decides about entries. Raises: Problem."""
    _may_decide(request)
    return _found(ExtractedItem.objects.select_related("owner", "issue"), entry, "entry")


def _may_decide(request: HttpRequest) -> None:
    if sentence := permissions.may(request.user, permissions.DECIDE):
        raise Problem("not-permitted", sentence)


def _found(rows: QuerySet, key: int, what: str):
    """The row of that number. Raises: Problem."""
    row = rows.filter(pk=key).first()
    if row is None:
        raise missing(what)
    return row


def _tracked(made: list[Issue]) -> TrackedOut:
    rows = Issue.objects.filter(pk__in=[issue.pk for issue in made]).select_related("owner")
    return TrackedOut(issues=[line_of(row) for row in rows.prefetch_related("systems").order_by("source_line", "pk")])


def told(analysis: Analysis) -> AnalysisOut:
    """An analysis with its entries."""
    entries = analysis.items.select_related("owner", "issue").order_by("line", "pk")
    shown = {"text": analysis.text, "root_cause": analysis.root_cause}
    return AnalysisOut(**_line(analysis), **shown, entries=[_entry(item) for item in entries])


def _line(analysis: Analysis) -> dict:
    return {
        "id": analysis.pk,
        "source": analysis.source,
        "title": analysis.title,
        "date": analysis.date,
        "priority": analysis.priority or None,
        "imported_at": analysis.imported_at,
        "updated_at": analysis.updated_at,
        "page": settings.SITE_URL + reverse("admin:tracker_analysis_change", args=[analysis.pk]),
    }


def _entry(item: ExtractedItem) -> EntryOut:
    return EntryOut(
        id=item.pk,
        kind=item.kind,
        line=item.line,
        title=item.title,
        priority=item.priority or None,
        owner=owner_out(item.owner),
        owner_words=item.owner_words,
        deadline=item.deadline,
        done=item.done,
        decision=item.decision,
        decision_reason=item.decision_reason,
        issue=item.issue.reference if item.issue else None,
        gone=item.gone_at is not None,
    )
