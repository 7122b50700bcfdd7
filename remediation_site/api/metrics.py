"""Figures by the API, as on the dashboard, and whether a release should wait."""

from typing import Annotated, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from dashboard import access, refresh
from dashboard.layout import PAGES
from dashboard.metrics import document, filters
from dashboard.metrics.filters import FilterRefused
from dashboard.narrowing import asked_for
from dashboard.value.figures import Lack, State, Unit
from remediation_site.api.fields import Key, Told
from remediation_site.api.issues import VIEW_ISSUE
from remediation_site.api.operations import operation
from remediation_site.api.problems import Problem
from remediation_site.api.scopes import Scope
from tracker import release
from tracker.choices import IssueKind, Priority, Status

router = Router(tags=["figures"])
MOST_SYSTEMS = 50
MOST_ALLOWED = 1_000_000


class MetricsQuery(Schema):
    """Of what the figures are: as above the pages of the dashboard."""

    period: Literal[tuple(filters.PERIODS)] = filters.MONTH
    team: Annotated[Key | None, Field(description="Number of the owner who leads it.")] = None
    system: Annotated[Key | None, Field(description="Number of a system.")] = None


class FigureOut(Schema):
    """A figure, or why there is none. docs/metrics.md has its formula, in the section that is named."""

    key: str
    title: str
    unit: Unit
    value: str | None = Field(description="The number to its last digit.")
    lack: Lack | None
    reason: str | None
    target: str | None
    state: State | None
    sample: int | None
    notes: list[str]
    section: str


class MetricsOut(Schema):
    """The figures that the account may see; of a large site those of the last refresh."""

    as_of: Told
    currency: str | None
    figures: dict[str, FigureOut]


class GateQuery(Schema):
    """What is to be released."""

    system: Annotated[
        list[Annotated[str, Field(max_length=100)]], Field(max_length=MOST_SYSTEMS, description="Names of systems.")
    ] = []
    max_p0_overdue: Annotated[int, Field(ge=0, le=MOST_ALLOWED, description="So many do not stop it.")] = 0


class StoppingIssue(Schema):
    """An issue that stands in the way."""

    reference: str
    title: str
    priority: Priority
    status: Status
    kind: IssueKind
    owner: str | None
    owner_to_confirm: str | None
    deadline: Told | None
    time_left: str | None
    reason: str
    link: str


class GateOut(Schema):
    """Whether the release should wait, and for what."""

    as_of: Told
    stop: bool
    systems: list[str]
    unresolved: int
    allowed: int
    without_system: int
    issues: list[StoppingIssue]


@operation(router, "GET", "/metrics", scope=Scope.METRICS, rights=(), answers={200: MetricsOut})
def get_metrics(request: HttpRequest, query: Query[MetricsQuery]):
    """Get the figures of the dashboard, without those that the account may not see."""
    now = timezone.now()
    pages = [page for page in PAGES if request.user.has_perm(page.permission)]
    if not pages:
        raise Problem("not-permitted", "The account of this token sees no page of the dashboard.")
    asked = {name: str(value) for name, value in query.model_dump().items() if value is not None}
    try:
        wanted = asked_for(asked, now)
    except FilterRefused as error:
        raise Problem("not-found", str(error)) from error
    sheets = [access.as_seen_by(request.user, page.read(now, wanted)) for page in pages]
    figures = refresh.figures_of(sheets).values()
    currency = next((sheet.currency for sheet in sheets if sheet.currency), "")
    return document.document(min(sheet.as_of for sheet in sheets), currency, figures)


@operation(router, "GET", "/gate", scope=Scope.READ, rights=(VIEW_ISSUE,), answers={200: GateOut})
def get_gate(request: HttpRequest, query: Query[GateQuery]):
    """Ask whether unresolved P0 issues should stop a release."""
    try:
        found = release.verdict(timezone.now(), systems=query.system, allowed=query.max_p0_overdue)
    except release.UnknownSystem as unknown:
        raise Problem("not-found", str(unknown)) from unknown
    return release.document(found)
