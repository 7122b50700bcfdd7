"""From the results of a run to its outcome, and what that means for the issue. An error is never passed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from tracker import audit, workflow
from tracker.choices import AuditVerb, CheckOutcome, Door, RunOutcome, RunSource, RunState, Status
from tracker.models import Check, CheckResult, Issue, ValidationRun

SHOWN_CHECKS = 5
SHOWN_TEXT = 80  # characters of a check in a sentence
NOT_SIGNED = gettext_noop("A person who is not the owner has to sign this off, and nobody has.")
# Where a failed run leads an issue to.
AFTER_FAILURE = {Status.COMPLETED: "fail", Status.VALIDATED: "reopen"}


class RunTaken(Exception):
    """The run is not this process's any more: it was marked as lost, or has ended."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a run in a word and a sentence. No outcome: it waits for people."""

    outcome: RunOutcome | None
    sentence: str


def locked(run: ValidationRun) -> tuple[Issue, ValidationRun]:
    """The issue and the run as they are now, locked in that order. Raises: RunTaken."""
    issue = Issue.objects.locked(run.issue_id)
    mine = ValidationRun.objects.select_for_update(of=("self",)).filter(
        pk=run.pk, state=run.state, attempts=run.attempts
    )
    if (now_it_is := mine.first()) is None:
        raise RunTaken(
            gettext("Run %(run)s is not %(state)s any more.")
            % {"run": run.pk, "state": RunState(run.state).label.lower()}
        )
    return issue, now_it_is


@transaction.atomic
def conclude(run: ValidationRun, *, now: datetime) -> ValidationRun:
    """End a run whose checks have been executed, or let it wait for sign-offs. Raises: RunTaken."""
    issue, run = locked(run)
    checks = list(issue.checks.all())
    verdict = judged(checks, list(run.results.all()))
    run.sentence, run.tail, run.heartbeat_at = verdict.sentence, "", None
    if verdict.outcome is None:
        run.state = RunState.WAITING
        run.save(update_fields=["state", "sentence", "tail", "heartbeat_at"])
        return run
    _skip_the_rest(run, checks)
    return _end(run, issue, verdict.outcome, now)


@transaction.atomic
def break_off(run: ValidationRun, sentence: str, *, now: datetime) -> ValidationRun:
    """End a run as an error before all of its checks have a result. Raises: RunTaken."""
    issue, run = locked(run)
    run.sentence, run.heartbeat_at = sentence, None
    return _end(run, issue, RunOutcome.ERROR, now)


def judged(checks: Sequence[Check], results: Sequence[CheckResult]) -> Verdict:
    """Passed when every required check passed, failed when one failed, an error when one could not be executed.

    Without any of these it waits: for the checks that only people can decide.
    """
    of_check = {result.issue_check_id: result for result in results if result.issue_check_id}
    required = [check for check in checks if check.required]
    decided = [of_check[check.pk] for check in required if check.pk in of_check]
    decided += [result for result in results if result.issue_check_id is None]
    for outcome, wanted in (
        (RunOutcome.FAILED, (CheckOutcome.FAILED,)),
        (RunOutcome.ERROR, (CheckOutcome.ERROR, CheckOutcome.SKIPPED)),
    ):
        if found := [result for result in decided if result.outcome in wanted]:
            return Verdict(outcome, _sentence_of(found))
    if missing := [check.text for check in required if check.pk not in of_check]:
        return Verdict(
            None,
            gettext("Waits for a sign-off by somebody who is not the owner: %(checks)s.") % {"checks": _named(missing)},
        )
    if not any(result.outcome == CheckOutcome.PASSED for result in results):
        return Verdict(RunOutcome.ERROR, gettext("No check has passed: there is nothing that shows anything."))
    number = len(decided) or len(results)
    return Verdict(
        RunOutcome.PASSED,
        gettext("The check passed.")
        if number == 1
        else gettext("All %(number)s required checks passed.") % {"number": number},
    )


def _sentence_of(results: Sequence[CheckResult]) -> str:
    words = {
        CheckOutcome.FAILED: gettext("“%(check)s” failed: %(sentence)s"),
        CheckOutcome.ERROR: gettext("“%(check)s” could not be run: %(sentence)s"),
        CheckOutcome.SKIPPED: gettext("“%(check)s” shows nothing: %(sentence)s"),
    }
    said = [
        words[each.outcome] % {"check": _short(each.check_text), "sentence": each.sentence}
        for each in results[:SHOWN_CHECKS]
    ]
    return " ".join((*said, *_more(results)))


def _named(texts: Sequence[str]) -> str:
    return ", ".join((*(f"“{_short(text)}”" for text in texts[:SHOWN_CHECKS]), *_more(texts)))


def _more(found: Sequence[object]) -> tuple[str, ...]:
    return (
        (gettext("and %(number)s more") % {"number": len(found) - SHOWN_CHECKS},) if len(found) > SHOWN_CHECKS else ()
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_TEXT else f"{line[:SHOWN_TEXT]}…"


def _skip_the_rest(run: ValidationRun, checks: Sequence[Check]) -> None:
    """Say of every check without a result that nobody looked at it."""
    done = set(run.results.values_list("issue_check_id", flat=True))
    CheckResult.objects.bulk_create(
        CheckResult(
            run=run,
            issue_check=check,
            check_text=check.text,
            entry=check.entry,
            outcome=CheckOutcome.SKIPPED,
            sentence="" if check.entry else gettext(NOT_SIGNED),
        )
        for check in checks
        if check.pk not in done
    )


def _end(run: ValidationRun, issue: Issue, outcome: RunOutcome, now: datetime) -> ValidationRun:
    run.state, run.outcome, run.finished_at = RunState.FINISHED, outcome, now
    run.save(update_fields=["state", "outcome", "sentence", "tail", "heartbeat_at", "finished_at"])
    door = Door.TASK if run.source == RunSource.WORKER else Door(run.door)
    told = {f"validation run {run.pk}": (None, outcome)}
    audit.record(AuditVerb.VALIDATE, issue, actor=None, door=door, now=now, changes=told, reason=run.sentence)
    if outcome == RunOutcome.FAILED and _judges_what_is_there(run, issue):
        reason = _reason(run, issue)
        workflow.apply(AFTER_FAILURE[issue.status], issue.pk, actor=None, door=door, now=now, reason=reason)
    return run


def _reason(run: ValidationRun, issue: Issue) -> str:
    """Why the issue moves after a failed run."""
    facts = {"sentence": run.sentence, "number": run.pk}
    if issue.status == Status.VALIDATED:
        drift = gettext(
            "Validated again, and it does not hold any more (drift). %(sentence)s (validation run %(number)s)"
        )
        return drift % facts
    return gettext("%(sentence)s (validation run %(number)s)") % facts


def _judges_what_is_there(run: ValidationRun, issue: Issue) -> bool:
    """Whether the run began after the issue came to where it stands: older evidence says nothing about newer work."""
    latest = issue.changes.first()
    return issue.status in AFTER_FAILURE and (latest is None or latest.at < run.started_at)
