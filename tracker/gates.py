"""The gates of the workflow. A gate answers why it stays shut, in one sentence, or "".

Gates read rows and write none; their docstrings are what docs/workflow.md says about them. What a person is asked for
in the moment of a transition is in tracker.workflow.
"""

from collections.abc import Callable
from datetime import datetime

from django.db.models import QuerySet

from tracker.choices import CheckOutcome, IssueKind, NoteKind, Priority, RunOutcome, RunState, Status
from tracker.models import CheckResult, Issue, Note, Owner, ValidationRun
from tracker.permissions import Actor, is_named_person, is_person
from tracker.validation.planning import Planned, plan
from tracker.validation.proving import outlived

Gate = Callable[[Issue, Actor], str]

SHOWN_CHECKS = 5
SHOWN_TEXT = 80  # characters of a check in a sentence


def has_owner(issue: Issue, actor: Actor) -> str:
    """It has an owner."""
    return "" if issue.owner_id else "It needs an owner: assign one."


def has_deadline(issue: Issue, actor: Actor) -> str:
    """It has a deadline."""
    return "" if issue.deadline else "It needs a deadline: set one."


def has_note_since_start(issue: Issue, actor: Actor) -> str:
    """There is a progress or evidence note that is newer than the start of the work."""
    notes = notes_since_start(issue).filter(kind__in=(NoteKind.PROGRESS, NoteKind.EVIDENCE))
    return "" if notes.exists() else "It needs a progress or evidence note that is newer than the start of the work."


def has_validation_evidence(issue: Issue, actor: Actor) -> str:
    """The latest finished validation run that started after completion passed every required check.

    A check without an entry in the catalogue is signed off by a named person who is not the owner. A run that could not
    be carried out proves nothing, and neither does a run in which no check passed. A result proves the check as it was:
    not after the check got another entry, other words or more passes in a row, or its entry of the catalogue executes
    something else or is gone.
    """
    runs = issue.validation_runs.filter(state=RunState.FINISHED, started_at__gt=completed_at(issue))
    run = runs.order_by("-started_at", "-pk").first()
    if run is None:
        missing = f"no validation run that started after completion has passed every check{_under_way(issue)}"
    elif run.outcome == RunOutcome.ERROR:
        missing = "the latest validation run could not be carried out"
    else:
        missing = _missing_in(run, issue)
    return f"Validation evidence is required: {missing}." if missing else ""


def fix_has_prevention(issue: Issue, actor: Actor) -> str:
    """A P0 or P1 fix has at least one prevention measure."""
    if issue.kind != IssueKind.FIX or issue.priority not in (Priority.P0, Priority.P1) or issue.measures.exists():
        return ""
    return f"The fix of a {issue.priority} issue needs a prevention measure: add one."


def urgent_is_judged_by_another(issue: Issue, actor: Actor) -> str:
    """Whoever validates a P0 issue is a named person and not its owner, nor was it since the work began."""
    if issue.priority != Priority.P0 or (is_named_person(actor) and not did_the_work(issue, actor)):
        return ""
    return "A P0 issue is validated by a named person who is not its owner."


def did_the_work(issue: Issue, actor: Actor) -> bool:
    """Whether the person owns the issue, or did since the work began: nobody judges their own work."""
    return _is_one_of(_workers(issue), actor)


def notes_since_start(issue: Issue) -> QuerySet[Note]:
    """The notes of the current piece of work; a block in between does not end it, a failed validation does."""
    started = _entered(issue, Status.IN_PROGRESS)
    return issue.notes.filter(at__gt=started) if started else issue.notes.all()


def completed_at(issue: Issue) -> datetime:
    """The moment after which a validation run has to start."""
    return _entered(issue, Status.COMPLETED) or issue.created_at


def hours_noted(issue: Issue) -> bool:
    """Whether somebody noted hours of the current piece of work."""
    return notes_since_start(issue).filter(hours__isnull=False).exists()


def _workers(issue: Issue) -> list[Owner]:
    """The owner, and who was it since the work began; giving the issue away makes nobody a judge of it."""
    given_away = issue.field_changes.filter(field="owner").exclude(old="")
    if started := _entered(issue, Status.IN_PROGRESS):
        given_away = given_away.filter(at__gt=started)
    former = Owner.objects.filter(name__in=given_away.values("old"))
    return [*([issue.owner] if issue.owner else []), *former]


def _is_one_of(owners: list[Owner], actor: Actor) -> bool:
    return any(is_person(owner, actor) for owner in owners)


def _entered(issue: Issue, status: Status) -> datetime | None:
    """When the issue came to the status, not counting its returns from a block."""
    step = issue.changes.filter(new_status=status).exclude(old_status=Status.BLOCKED).first()
    return step.at if step else None


def _under_way(issue: Issue) -> str:
    """How far the run is that has not ended yet, as the rest of a sentence, or ""."""
    run = issue.validation_runs.exclude(state=RunState.FINISHED).exclude(started_at__lte=completed_at(issue)).first()
    return f" (run {run.pk}: {RunState(run.state).label.lower()})" if run else ""


def _missing_in(run: ValidationRun, issue: Issue) -> str:
    """What a finished run does not prove, as the end of a sentence, or ""."""
    results = list(run.results.select_related("signed_by").defer("output"))
    of_check = {result.issue_check_id: result for result in results}
    planned = plan(issue)
    if planned.broken and any(each.problem for each in planned.checks):
        return planned.broken.rstrip(".")
    workers = _workers(issue) if any(result.signed_by_id for result in results) else []
    required = [each for each in planned.checks if each.check.required]
    missing = [words for each in required if (words := _shortcoming(each, of_check.get(each.check.pk), workers))]
    if missing:
        more = f" and {len(missing) - SHOWN_CHECKS} more" if len(missing) > SHOWN_CHECKS else ""
        return f"in the latest validation run {', '.join(missing[:SHOWN_CHECKS])}{more}"
    if not any(result.outcome == CheckOutcome.PASSED and not _signed_by_worker(result, workers) for result in results):
        return "the latest validation run has no check that passed"
    return ""


def _shortcoming(planned: Planned, result: CheckResult | None, workers: list[Owner]) -> str:
    """Why a required check is not proved, in words that follow "in the latest run", or ""."""
    name = f"“{planned.check.text[:SHOWN_TEXT]}”"
    if result is None:
        return f"{name} was not run"
    if result.outcome != CheckOutcome.PASSED:
        return f"{name} ended as {CheckOutcome(result.outcome).label.lower()}"
    if _signed_by_worker(result, workers):
        return f"{name} was signed off by the owner, where somebody else has to do it"
    if words := outlived(result, planned):
        return f"{name} {words}"
    if planned.is_manual and not result.signed_by_name:
        return f"{name} was signed off by nobody"
    return ""


def _signed_by_worker(result: CheckResult, workers: list[Owner]) -> bool:
    return result.signed_by is not None and _is_one_of(workers, result.signed_by)
