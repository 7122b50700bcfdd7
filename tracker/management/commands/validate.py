"""`manage.py validate`: run the checks of an issue here, or record what CI found."""

import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from tracker import terminal
from tracker.choices import CheckOutcome, Door, RunOutcome, RunSource, RunState
from tracker.management.base import DoorCommand
from tracker.models import CheckResult, Issue, ValidationRun
from tracker.refusals import Refused
from tracker.validation import reported
from tracker.validation.choosing import confirm_proposals
from tracker.validation.requests import mark_lost, request_run
from tracker.validation.run import execute

PASSED, FAILED, COULD_NOT_RUN = 0, 3, 4
EXIT = {RunOutcome.PASSED: PASSED, RunOutcome.FAILED: FAILED}
LOOK_SECONDS = 1.0


class Command(DoorCommand):
    help = "Runs the checks of an issue and keeps the evidence. Ends with 0 passed, 3 failed, 4 could not run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--issue-id", required=True, metavar="REF", help="reference, such as P0-20250908-001")
        parser.add_argument("--wait", action="store_true", help="wait for a run that is under way already")
        parser.add_argument("--json", action="store_true", help="say the result as one JSON object")
        parser.add_argument(
            "--confirm-proposed", action="store_true", help="first confirm the entries that the catalogue proposes"
        )
        parser.add_argument("--junit", type=Path, metavar="FILE", help="record this report of CI, and run nothing")
        parser.add_argument("--commit", metavar="SHA", help="the commit that the report is of")
        parser.add_argument("--entry", default="", metavar="NAME", help="the test suite that the report is of")

    def handle(self, **options: Any) -> None:
        if bool(options["junit"]) != bool(options["commit"]):
            self._usage("--junit and --commit belong together: name the report and the commit that it is of.")
        if options["entry"] and not options["junit"]:
            self._usage("--entry says of which test suite a report is: name it with --junit.")
        issue = self._issue(options["issue_id"])
        try:
            run = self._run(issue, options)
        except Refused as refused:
            raise CommandError("\n".join(f"{issue.reference}: {reason}" for reason in refused.reasons)) from refused
        self._tell(issue, run, as_json=options["json"])
        code = EXIT.get(run.outcome, COULD_NOT_RUN)
        if code:
            sys.exit(code)

    def _usage(self, sentence: str) -> None:
        raise CommandError(sentence, returncode=2)

    def _issue(self, reference: str) -> Issue:
        try:
            return Issue.objects.get(reference=reference.strip().upper())
        except Issue.DoesNotExist:
            raise CommandError(f"There is no issue {reference!r}.") from None

    def _run(self, issue: Issue, options: dict[str, Any]) -> ValidationRun:
        hand = {"actor": None, "door": Door.COMMAND, "now": timezone.now()}
        if options["confirm_proposed"]:
            confirm_proposals(issue.pk, **hand)
        if options["junit"]:
            return reported.record(issue.pk, options["junit"], options["commit"], entry=options["entry"], **hand)
        if options["wait"] and (under_way := _under_way(issue)):
            self.remark(f"Run {under_way.pk} is under way: waiting for its end.")
            return _ended(under_way)
        run = request_run(issue.pk, source=RunSource.FOREGROUND, **hand)
        return execute(run.pk, clock=timezone.now) or ValidationRun.objects.get(pk=run.pk)

    def _tell(self, issue: Issue, run: ValidationRun, *, as_json: bool) -> None:
        results = list(run.results.all())
        if as_json:
            self.say_json(described(issue, run, results))
            return
        rows = [(f"  {CheckOutcome(each.outcome).label}", _line(each.check_text), each.sentence) for each in results]
        self.say([terminal.printable(f"{issue.reference}  {issue.title}"), *terminal.table(rows, width=self.width())])
        self.say([terminal.printable(f"{_word(run)}: {run.sentence}"), f"Validation run {run.pk}"])


def _under_way(issue: Issue) -> ValidationRun | None:
    mark_lost(timezone.now())
    return issue.validation_runs.filter(state__in=(RunState.QUEUED, RunState.RUNNING)).first()


def _ended(run: ValidationRun) -> ValidationRun:
    """The run when it has ended; one whose worker is killed ends, too."""
    while run.state in (RunState.QUEUED, RunState.RUNNING):
        time.sleep(LOOK_SECONDS)
        mark_lost(timezone.now())
        run.refresh_from_db()
    return run


def described(issue: Issue, run: ValidationRun, results: list[CheckResult]) -> dict[str, Any]:
    """A run for machines."""
    fields = ("outcome", "sentence", "command", "folder", "commit", "duration_seconds", "exit_code", "counts")
    return {
        "issue": issue.reference,
        "run": run.pk,
        "state": run.state,
        "outcome": run.outcome or None,
        "sentence": run.sentence,
        "started_at": run.started_at and run.started_at.isoformat(),
        "finished_at": run.finished_at and run.finished_at.isoformat(),
        "checks": [
            {"text": each.check_text, "signed_by": each.signed_by_name, "output_sha256": each.output_sha256}
            | {name: getattr(each, name) for name in fields}
            for each in results
        ],
    }


def _word(run: ValidationRun) -> str:
    return RunOutcome(run.outcome).label if run.outcome else RunState(run.state).label


def _line(text: str) -> str:
    return " ".join(text.split())
