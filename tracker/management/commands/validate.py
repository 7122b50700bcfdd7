"""`manage.py validate`: run the checks of an issue here, record what CI found, or sign a check off."""

import argparse
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from tracker import terminal
from tracker.choices import CheckOutcome, Door, RunOutcome, RunSource, RunState
from tracker.management.base import DoorCommand
from tracker.models import Check, CheckResult, Issue, ValidationRun
from tracker.record import Record
from tracker.refusals import Refused
from tracker.validation import reported, sign_offs
from tracker.validation.choosing import confirm_proposals
from tracker.validation.requests import mark_lost, request_run
from tracker.validation.run import execute

PASSED, FAILED, COULD_NOT_RUN = 0, 3, 4
EXIT = {RunOutcome.PASSED: PASSED, RunOutcome.FAILED: FAILED}
LOOK_SECONDS = 1.0
OPEN = "Open"
# Which option says something about which other one, and what is wrong when that is not there.
BELONGS = (
    ("junit", "commit", "--junit needs --commit: name the commit that the report is of."),
    ("commit", "junit", "--commit says of what a report is: name the report with --junit."),
    ("entry", "junit", "--entry says of which test suite a report is: name it with --junit."),
    ("ran_at", "junit", "--ran-at says when the tests of a report began: name it with --junit."),
    ("sign_off", "sentence", "--sign-off needs --sentence: what did that person look at, and what did they see?"),
    ("sentence", "sign_off", "--sentence belongs to a sign-off: name the check with --sign-off."),
    ("fails", "sign_off", "--fails belongs to a sign-off: name the check with --sign-off."),
)


def moment(text: str) -> datetime:
    """The moment that the text names, with its offset."""
    try:
        found = datetime.fromisoformat(text.strip())
        if found.utcoffset() is None:
            raise ValueError
    except ValueError:
        words = f"{text!r} is no moment: write it with an offset, such as 2026-03-10T12:00:00+00:00."
        raise argparse.ArgumentTypeError(words) from None
    return found


class Command(DoorCommand):
    help = (
        "Runs the checks of an issue and keeps the evidence, records what CI found, or signs a check off. "
        "Ends with 0 passed, 3 failed, 4 could not run."
    )

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
        parser.add_argument(
            "--ran-at", type=moment, metavar="ISO", help="when CI began the tests, where the report does not say it"
        )
        parser.add_argument("--sign-off", metavar="CHECK", help="sign a manual check off: its number, or its words")
        parser.add_argument("--sentence", metavar="TEXT", help="what the person who signs looked at, and saw")
        parser.add_argument("--fails", action="store_true", help="sign that the check does not hold")
        self.add_actor_argument(parser)

    def handle(self, **options: Any) -> None:
        for name, other, sentence in BELONGS:
            if options[name] and options[other] in (None, "", False):
                raise CommandError(sentence, returncode=2)
        if options["sign_off"] and options["junit"]:
            raise CommandError("--sign-off and --junit are two things: do one after the other.", returncode=2)
        actor = self.actor(options["actor"])
        issue = self.issue_of(options["issue_id"])
        hand = {"actor": actor, "door": Door.COMMAND, "now": timezone.now()}
        try:
            run = _signed(issue, options, hand) if options["sign_off"] else self._run(issue, options, hand)
        except Refused as refused:
            raise CommandError("\n".join(f"{issue.reference}: {reason}" for reason in refused.reasons)) from refused
        self._tell(issue, run, as_json=options["json"])
        if code := EXIT.get(run.outcome, COULD_NOT_RUN):
            sys.exit(code)

    def _run(self, issue: Issue, options: dict[str, Any], hand: dict[str, Any]) -> ValidationRun:
        if options["confirm_proposed"]:
            confirm_proposals(issue.pk, **hand)
        if options["junit"]:
            given = {"entry": options["entry"], "ran_at": options["ran_at"]}
            run = reported.record(issue.pk, options["junit"], options["commit"], **given, **hand)
            if run.started_at <= (completed := Record(issue).completed_at):
                said = [f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S %Z}" for at in (run.started_at, completed)]
                self.remark(f"CI ran at {said[0]}, before the work was completed ({said[1]}): it validates nothing.")
            return run
        if options["wait"] and (under_way := _under_way(issue)):
            self.remark(f"Run {under_way.pk} is under way: waiting for its end.")
            return _ended(under_way)
        run = request_run(issue.pk, source=RunSource.FOREGROUND, **hand)
        return execute(run.pk, clock=timezone.now) or ValidationRun.objects.get(pk=run.pk)

    def _tell(self, issue: Issue, run: ValidationRun, *, as_json: bool) -> None:
        results, left = list(run.results.all()), dict(_open_checks(issue, run))
        if as_json:
            self.say_json(described(issue, run, results, left))
            return
        rows = [(f"  {CheckOutcome(each.outcome).label}", _line(each.check_text), each.sentence) for each in results]
        rows += [(f"  {OPEN} {number}", _line(check.text), "sign it off") for number, check in left.items()]
        self.say([terminal.printable(f"{issue.reference}  {issue.title}"), *terminal.table(rows, width=self.width())])
        outcome = f"{RunOutcome(run.outcome).label}: " if run.outcome else ""
        self.say([terminal.printable(f"{outcome}{run.sentence}"), f"Validation run {run.pk}"])


def _signed(issue: Issue, options: dict[str, Any], hand: dict[str, Any]) -> ValidationRun:
    outcome = CheckOutcome.FAILED if options["fails"] else CheckOutcome.PASSED
    check = _meant(issue, options["sign_off"])
    signed = sign_offs.sign_off(check.pk, options["sentence"], outcome=outcome, **hand)
    return ValidationRun.objects.get(pk=signed.run_id)  # as the sign-off left it


def _meant(issue: Issue, words: str) -> Check:
    """The check with that number in the order of the issue, or with these words in its text."""
    checks = list(issue.checks.all())
    if words.strip().isdecimal() and 1 <= int(words) <= len(checks):
        return checks[int(words) - 1]
    wanted = _line(words).casefold()
    found = [check for check in checks if wanted and wanted in _line(check.text).casefold()]
    exact = [check for check in found if _line(check.text).casefold() == wanted]
    if len(exact or found) == 1:
        return (exact or found)[0]
    known = "\n".join(f"{number} {_line(check.text)}" for number, check in enumerate(checks, start=1)) or "none"
    how_many = "Several checks have" if found else "No check has"
    raise CommandError(f"{how_many} the number or words {words[:80]!r}; the checks of {issue.reference}:\n{known}")


def _open_checks(issue: Issue, run: ValidationRun) -> Iterator[tuple[int, Check]]:
    """The checks that a waiting run has no result of, by their numbers."""
    if run.state == RunState.WAITING:
        done = set(run.results.values_list("issue_check_id", flat=True))
        yield from ((n, check) for n, check in enumerate(issue.checks.all(), start=1) if check.pk not in done)


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


def described(issue: Issue, run: ValidationRun, results: list[CheckResult], left: dict[int, Check]) -> dict[str, Any]:
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
            {"text": each.check_text, "entry": each.entry, "signed_by": each.signed_by_name}
            | {"output_sha256": each.output_sha256}
            | {name: getattr(each, name) for name in fields}
            for each in results
        ],
        "to_sign": [{"number": number, "text": check.text} for number, check in left.items()],
    }


def _line(text: str) -> str:
    return " ".join(text.split())
