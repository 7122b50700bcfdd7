"""Validation by the API: what CI found, runs that the site carries out, and what came of them."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from remediation_site.api import bodies
from remediation_site.api.fields import Given, Key, Moment, Reference, Told
from remediation_site.api.hands import hand, must_read, refused, refusing
from remediation_site.api.idempotency import Answer
from remediation_site.api.issue_changes import changeable
from remediation_site.api.issues import VIEW_ISSUE, issue_of
from remediation_site.api.operations import operation
from remediation_site.api.paging import Column, PageQuery, page
from remediation_site.api.problems import Problem, missing
from remediation_site.api.scopes import Scope
from tracker.choices import CheckOutcome, RunOutcome, RunSource, RunState
from tracker.models import CheckResult, Issue, ValidationRun
from tracker.permissions import may, may_read
from tracker.record import Record
from tracker.refusals import Refused
from tracker.validation import junit, reported, sign_offs
from tracker.validation.choosing import confirm_proposals
from tracker.validation.requests import request_run

router = Router(tags=["validation"])
VIEW = "tracker.view_validationrun"
NEWEST = (Column("requested_at", rising=False), Column("id", rising=False))
XML = ("application/xml", "text/xml")
CREATED, ACCEPTED = 201, 202
LONGEST_SENTENCE = 2000  # characters
# The commands and the API call what they are asked for by different names.
OPTIONS = (("--ran-at", "ran_at"), ("--entry", "entry"))


class RunIn(Given):
    """How the checks are run."""

    confirm_proposed: Annotated[
        bool, Field(strict=True, description="First confirm the entries that the catalogue proposes.")
    ] = False


class SignOffIn(Given):
    """What a person has found of a manual check."""

    outcome: Annotated[Literal["passed", "failed"], Field(description="Whether the check holds.")] = "passed"
    sentence: Annotated[str, Field(max_length=LONGEST_SENTENCE, description="What you looked at, and what you saw.")]


class ReportQuery(Schema):
    """Of what the report is."""

    commit: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{7,64}$", description="The commit that was tested.")]
    entry: Annotated[str, Field(max_length=64, description="The test suite, where the checks have several.")] = ""
    ran_at: Annotated[Moment | None, Field(description="When CI began, where the report does not say it.")] = None
    confirm_proposed: Annotated[bool, Field(description="First confirm the entries that the catalogue proposes.")] = (
        False
    )


class ResultOut(Schema):
    """What came out of one check."""

    check: int | None = Field(description="Number of the check; none where the report stands beside them.")
    text: str
    entry: str
    outcome: CheckOutcome
    sentence: str
    commit: str
    signed_by: str
    duration_seconds: float | None
    exit_code: int | None
    counts: dict[str, int]
    output_sha256: str


class RunLine(Schema):
    """A validation run as a list tells it."""

    id: int
    issue: str
    state: RunState
    outcome: RunOutcome | None
    source: RunSource
    sentence: str
    requested_by: str
    requested_at: Told
    started_at: Told | None
    finished_at: Told | None


class RunOut(RunLine):
    """A validation run with the result of each check."""

    counts_for_validation: bool = Field(description="It started after the work was completed.")
    results: list[ResultOut]


class RunPage(Schema):
    """A page of the list."""

    items: list[RunLine]
    next_cursor: str


REPORT = {"required": True, "content": {kind: {"schema": {"type": "string"}} for kind in XML}}


@operation(
    router,
    "POST",
    "/issues/{reference}/validation-results",
    scope=Scope.VALIDATE,
    rights=(VIEW_ISSUE, VIEW),
    answers={CREATED: RunOut},
    body=REPORT,
    most_bytes=junit.MOST_BYTES,
)
def report_results(request: HttpRequest, reference: Reference, query: Query[ReportQuery]):
    """Report what CI found: a JUnit XML report of a commit, kept as a validation run.

    It counts as evidence only when CI began after the work was completed: see docs/ci.md.
    """
    bodies.expect(request, *XML)
    issue = changeable(request, reference)
    given = {"entry": query.entry, "ran_at": query.ran_at}
    try:
        if query.confirm_proposed:
            confirm_proposals(issue.pk, **hand(request))
        with TemporaryDirectory() as folder:
            path = Path(folder) / "report.xml"
            path.write_bytes(request.body)
            run = reported.record(issue.pk, path, query.commit, **given, **hand(request))
    except Refused as error:
        raise refused(Refused(_as_here(error.reasons))) from error
    return Answer(CREATED, told(run))


def _as_here(reasons: tuple[str, ...]) -> list[str]:
    """The sentences with what they ask for called as it is here."""
    for there, here in OPTIONS:
        reasons = tuple(reason.replace(there, here) for reason in reasons)
    return list(reasons)


@operation(
    router,
    "POST",
    "/issues/{reference}/validation-runs",
    scope=Scope.VALIDATE,
    rights=(VIEW_ISSUE, VIEW),
    answers={ACCEPTED: RunOut},
)
def run_validation(request: HttpRequest, reference: Reference, body: RunIn):
    """Ask for a run of an issue's checks. A worker carries it out: look at the run until it is finished."""
    issue = changeable(request, reference)
    with refusing():
        if body.confirm_proposed:
            confirm_proposals(issue.pk, **hand(request))
        run = request_run(issue.pk, **hand(request))
    return Answer(ACCEPTED, told(run))


@operation(
    router,
    "POST",
    "/issues/{reference}/checks/{check}/sign-off",
    scope=Scope.VALIDATE,
    rights=(VIEW_ISSUE, VIEW),
    answers={CREATED: RunOut},
)
def sign_off_check(request: HttpRequest, reference: Reference, check: Key, body: SignOffIn):
    """Sign a manual check off, in the run that waits for it: by a person who did not do the work.

    The last one ends the run. A service signs nothing off.
    """
    must_read(request)
    issue = issue_of(reference)
    if sentence := may(request.user, sign_offs.SIGN_OFF):
        raise Problem("not-permitted", sentence)
    if not issue.checks.filter(pk=check).exists():
        raise missing("check")
    with refusing():
        signed = sign_offs.sign_off(check, body.sentence, outcome=CheckOutcome(body.outcome), **hand(request))
    return Answer(CREATED, told(ValidationRun.objects.get(pk=signed.run_id)))


@operation(
    router,
    "GET",
    "/issues/{reference}/validation-runs",
    scope=Scope.READ,
    rights=(VIEW_ISSUE, VIEW),
    answers={200: RunPage},
)
def list_runs(request: HttpRequest, reference: Reference, query: Query[PageQuery]):
    """List the validation runs of an issue, the newest first."""
    issue = issue_of(reference)
    rows = issue.validation_runs.defer("tail")
    found = page(rows, NEWEST, query, about={"issue": issue.pk})
    return RunPage(
        items=[RunLine(**_line(run, issue) | _unsaid(request)) for run in found.rows], next_cursor=found.next_cursor
    )


@operation(router, "GET", "/validation-runs/{run}", scope=Scope.READ, rights=(VIEW_ISSUE, VIEW), answers={200: RunOut})
def get_run(request: HttpRequest, run: Key):
    """Get a validation run and the result of each check."""
    found = ValidationRun.objects.filter(pk=run).first()
    if found is None:
        raise missing("validation run")
    shown = told(found)
    return shown if may_read(request.user) else shown.model_copy(update={"results": [], **_unsaid(request)})


def _unsaid(request: HttpRequest) -> dict:
    """What takes the place of texts for an account that looks at figures and titles alone."""
    return {} if may_read(request.user) else {"sentence": ""}


def told(run: ValidationRun) -> RunOut:
    """A run with its results."""
    issue = Issue.objects.get(pk=run.issue_id)
    counts = run.started_at is not None and run.started_at > Record(issue).completed_at
    results = run.results.defer("output", "command", "folder").select_related("signed_by")
    return RunOut(**_line(run, issue), counts_for_validation=counts, results=[_result(each) for each in results])


def _line(run: ValidationRun, issue: Issue) -> dict:
    return {
        "id": run.pk,
        "issue": issue.reference,
        "state": run.state,
        "outcome": run.outcome or None,
        "source": run.source,
        "sentence": run.sentence,
        "requested_by": run.requested_by_name,
        "requested_at": run.requested_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
    }


def _result(result: CheckResult) -> ResultOut:
    return ResultOut(
        check=result.issue_check_id,
        text=result.check_text,
        entry=result.entry,
        outcome=result.outcome,
        sentence=result.sentence,
        commit=result.commit,
        signed_by=result.signed_by_name,
        duration_seconds=result.duration_seconds,
        exit_code=result.exit_code,
        counts=result.counts,
        output_sha256=result.output_sha256,
    )
