"""What only people can decide: a named person who is not the owner says that a manual check holds, or does not."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from tracker import audit
from tracker.choices import AuditVerb, CheckOutcome, Door, RunState
from tracker.gates import did_the_work
from tracker.history import stamp
from tracker.models import Check, CheckResult, Issue, ValidationRun
from tracker.permissions import Actor, is_named_person, may
from tracker.record import Record
from tracker.refusals import Refused
from tracker.validation import proving
from tracker.validation.concluding import conclude
from tracker.validation.planning import Planned, plan

SIGN_OFF = "sign off"  # of any issue: judging is the work of those who have not done it
ANSWERS = (CheckOutcome.PASSED, CheckOutcome.FAILED)


class SignOffRefused(Refused):
    """Nothing is signed."""


@transaction.atomic
def sign_off(
    check_id: int,
    sentence: str,
    *,
    actor: Actor,
    door: Door,
    now: datetime,
    outcome: CheckOutcome = CheckOutcome.PASSED,
) -> CheckResult:
    """Write what a person found of a manual check into the run that waits for it; the last one ends the run."""
    check = Check.objects.get(pk=check_id)
    issue = Issue.objects.locked(check.issue_id)
    run = issue.validation_runs.filter(state=RunState.WAITING).first()
    planned = next(each for each in plan(issue).checks if each.check.pk == check.pk)
    reasons = [
        *_of_the_person(Record(issue), actor),
        *_of_the_check(planned, issue, run),
        *_of_the_words(sentence, outcome),
    ]
    if found := [reason for reason in reasons if reason]:
        raise SignOffRefused(found)
    row = stamp(actor, door, now)
    signed = run.results.create(
        issue_check=check,
        **proving.columns(planned),
        outcome=outcome,
        sentence=sentence.strip(),
        started_at=now,
        signed_by=row["actor"],
        signed_by_name=row["actor_name"],
    )
    told = {"check": (None, check.text), "sign-off": (None, outcome)}
    audit.record(AuditVerb.VALIDATE, issue, actor=actor, door=door, now=now, changes=told, reason=sentence)
    conclude(run, now=now)
    return signed


def why_not(record: Record, actor: Actor) -> str:
    """Why this person signs off nothing of the issue, or ""."""
    return next((reason for reason in _of_the_person(record, actor) if reason), "")


def _of_the_person(record: Record, actor: Actor) -> list[str]:
    if not is_named_person(actor) or not actor.is_authenticated:
        return [gettext("A sign-off needs a person with a name: log in.")]
    own = (
        gettext("Nobody signs off their own work: somebody who is not the owner has to.")
        if did_the_work(record, actor)
        else ""
    )
    return [may(actor, SIGN_OFF), own]


def _of_the_check(planned: Planned, issue: Issue, run: ValidationRun | None) -> list[str]:
    check = planned.check
    if not planned.is_manual:
        return [
            gettext("This check is executed by the entry %(entry)s: it is not signed off.") % {"entry": check.entry}
        ]
    if run is None:
        return [
            gettext("Nothing of %(reference)s waits for a sign-off: run the checks first.")
            % {"reference": issue.reference}
        ]
    signed = run.results.filter(issue_check=check).exists()
    return [gettext("This check is signed off already in this run.")] if signed else []


def _of_the_words(sentence: str, outcome: CheckOutcome) -> list[str]:
    return [
        "" if sentence.strip() else gettext("A sign-off needs a sentence: what did you look at, and what did you see?"),
        gettext("A sign-off cannot hold NUL characters.") if "\0" in sentence else "",
        "" if outcome in ANSWERS else gettext("A sign-off says that the check passed or that it failed."),
    ]
