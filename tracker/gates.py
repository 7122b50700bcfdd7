"""The gates of the workflow. A gate answers why it stays shut, in one sentence, or "".

Gates ask the record of an issue and write nothing; their docstrings are what docs/workflow.md says about them. What a
person is asked for in the moment of a transition is in tracker.workflow.
"""

from collections.abc import Callable

from django.utils.translation import gettext

from tracker.choices import CheckOutcome, IssueKind, Priority, RunOutcome, RunSource, RunState
from tracker.models import CheckResult, Owner, ValidationRun
from tracker.permissions import Actor, is_named_person, is_person
from tracker.record import Record
from tracker.validation.planning import Planned
from tracker.validation.proving import outlived

Gate = Callable[[Record, Actor], str]

SHOWN_CHECKS = 5
SHOWN_TEXT = 80  # characters of a check in a sentence


def has_owner(record: Record, actor: Actor) -> str:
    """It has an owner."""
    return "" if record.issue.owner_id else gettext("It needs an owner: assign one.")


def has_deadline(record: Record, actor: Actor) -> str:
    """It has a deadline."""
    return "" if record.issue.deadline else gettext("It needs a deadline: set one.")


def has_note_since_start(record: Record, actor: Actor) -> str:
    """There is a progress or evidence note that is newer than the start of the work."""
    noted = record.facts.since_start(record.facts.worked_at)
    return "" if noted else gettext("It needs a progress or evidence note that is newer than the start of the work.")


def has_validation_evidence(record: Record, actor: Actor) -> str:
    """The latest finished validation run that started after completion passed every required check.

    A check without an entry in the catalogue is signed off by a named person who is not the owner. A run that could not
    be carried out proves nothing, and neither does a run in which no check passed. A result proves the check as it was:
    not after the check got another entry, other words or more passes in a row, or its entry of the catalogue executes
    something else or is gone.
    """
    run = record.counting_run
    if run is None:
        missing = _no_run(record)
    elif run.outcome == RunOutcome.ERROR:
        missing = gettext("the latest validation run could not be carried out")
    else:
        missing = _missing_in(run, record)
    return gettext("Validation evidence is required: %(missing)s.") % {"missing": missing} if missing else ""


def fix_has_prevention(record: Record, actor: Actor) -> str:
    """A P0 or P1 fix has at least one prevention measure."""
    issue = record.issue
    if issue.kind != IssueKind.FIX or issue.priority not in (Priority.P0, Priority.P1) or record.facts.measure:
        return ""
    return gettext("The fix of a %(priority)s issue needs a prevention measure: add one.") % {
        "priority": issue.priority
    }


def urgent_is_judged_by_another(record: Record, actor: Actor) -> str:
    """Whoever validates a P0 issue is a named person and not its owner, nor was it since the work began."""
    if record.issue.priority != Priority.P0 or (is_named_person(actor) and not did_the_work(record, actor)):
        return ""
    return gettext("A P0 issue is validated by a named person who is not its owner.")


def report_is_judged_by_another(record: Record, actor: Actor) -> str:
    """Nobody validates their own work with a report that they, or another owner of the work, handed in.

    A report is what its sender says that it is. A service, CI by command, or the validation of somebody else stands
    for it.
    """
    run = record.counting_run
    if run is None or run.source != RunSource.CI or run.requested_by_id is None or not did_the_work(record, actor):
        return ""
    if run.requested_by_id not in {actor.pk, *(owner.user_id for owner in record.workers)}:
        return ""
    return gettext(
        "%(name)s handed the report of tests in and owns the work: somebody else validates, or a service hands it in."
    ) % {"name": run.requested_by_name}


def did_the_work(record: Record, actor: Actor) -> bool:
    """Whether the person owns the issue, or did since the work began: nobody judges their own work."""
    return _is_one_of(record.workers, actor)


def _is_one_of(owners: list[Owner], actor: Actor) -> bool:
    return any(is_person(owner, actor) for owner in owners)


def _no_run(record: Record) -> str:
    """That no run counts, and how far the one is that has not ended yet, as the end of a sentence."""
    if not (run := record.run_under_way):
        return gettext("no validation run that started after completion has passed every check")
    return gettext(
        "no validation run that started after completion has passed every check (run %(number)s: %(state)s)"
    ) % {"number": run.pk, "state": RunState(run.state).label.lower()}


def _missing_in(run: ValidationRun, record: Record) -> str:
    """What a finished run does not prove, as the end of a sentence, or ""."""
    results = record.results_of(run)
    of_check = {result.issue_check_id: result for result in results}
    planned = record.plan
    if planned.broken and any(each.problem for each in planned.checks):
        return planned.broken.rstrip(".")
    workers = record.workers if any(result.signed_by_id for result in results) else []
    required = [each for each in planned.checks if each.check.required]
    missing = [words for each in required if (words := _shortcoming(each, of_check.get(each.check.pk), workers))]
    if missing:
        shown, left = ", ".join(missing[:SHOWN_CHECKS]), len(missing) - SHOWN_CHECKS
        if left > 0:
            shown = gettext("%(checks)s and %(number)s more") % {"checks": shown, "number": left}
        return gettext("in the latest validation run %(checks)s") % {"checks": shown}
    if not any(result.outcome == CheckOutcome.PASSED and not _signed_by_worker(result, workers) for result in results):
        return gettext("the latest validation run has no check that passed")
    return ""


def _shortcoming(planned: Planned, result: CheckResult | None, workers: list[Owner]) -> str:
    """Why a required check is not proved, in words that follow "in the latest run", or ""."""
    name = f"“{planned.check.text[:SHOWN_TEXT]}”"
    if result is None:
        return gettext("%(check)s was not run") % {"check": name}
    if result.outcome != CheckOutcome.PASSED:
        return gettext("%(check)s ended as %(outcome)s") % {
            "check": name,
            "outcome": CheckOutcome(result.outcome).label.lower(),
        }
    if _signed_by_worker(result, workers):
        return gettext("%(check)s was signed off by the owner, where somebody else has to do it") % {"check": name}
    if words := outlived(result, planned):
        return f"{name} {words}"
    if planned.is_manual and not result.signed_by_name:
        return gettext("%(check)s was signed off by nobody") % {"check": name}
    return ""


def _signed_by_worker(result: CheckResult, workers: list[Owner]) -> bool:
    return result.signed_by is not None and _is_one_of(workers, result.signed_by)
