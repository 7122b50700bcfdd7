"""From a run to its evidence, and what it means for the issue (tracker/validation/run.py, concluding.py)."""

import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from tracker import amend, prevention, workflow
from tracker.choices import CheckOutcome, Door, MeasureCategory, Priority, RunOutcome, RunSource, RunState, Status
from tracker.models import Issue
from tracker.tests.validating import FAILING, PASSING, command, ran, suite, with_entry
from tracker.validation import choosing, run

pytestmark = pytest.mark.django_db


def outcomes(made):
    return [(result.check_text, result.outcome) for result in made.results.all()]


def test_a_run_keeps_the_evidence_of_each_check_and_passes_when_all_required_ones_did(completed, catalogue, tmp_path):
    catalogue(login=command("print('200 OK')", tmp_path), queue=command("print('empty')", tmp_path))
    issue = completed()
    with_entry(issue, "login", "Login works")
    with_entry(issue, "queue", "The queue is empty")

    made = ran(issue)

    assert (made.state, made.outcome, made.attempts) == (RunState.FINISHED, RunOutcome.PASSED, 1)
    assert made.sentence == "All 2 required checks passed."
    assert made.started_at <= made.finished_at
    first = made.results.first()
    assert (first.outcome, first.exit_code, first.output) == (CheckOutcome.PASSED, 0, "200 OK\n")
    assert first.folder == str(tmp_path)
    assert (first.entry, first.passes) == ("login", 1)
    assert len(first.entry_sha256) == len(first.output_sha256) == 64
    assert Issue.objects.get().status == Status.COMPLETED  # a person presses Validate


def test_a_failed_check_fails_the_run_and_the_completed_issue_with_the_reason(completed, catalogue, tmp_path):
    catalogue(login=command("raise SystemExit(3)", tmp_path), queue=command("print('empty')", tmp_path))
    issue = completed()
    with_entry(issue, "login", "Login works")
    with_entry(issue, "queue", "The queue is empty")

    made = ran(issue)

    assert outcomes(made) == [("Login works", CheckOutcome.FAILED), ("The queue is empty", CheckOutcome.PASSED)]
    issue.refresh_from_db()
    assert (made.outcome, issue.status) == (RunOutcome.FAILED, Status.FAILED)
    step = issue.changes.first()
    assert step.door == Door.TASK
    assert "“Login works” failed: It ended with exit code 3; expected is 0." in step.reason
    assert f"run {made.pk}" in step.reason


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"argv": ["no-such-program-anywhere"]}, "is missing"),
        ({"argv": [sys.executable, "-c", "import time; time.sleep(60)"], "timeout_seconds": 1}, "took longer than 1 s"),
        ({"environment": ["NOBODY_HAS_SET_THIS"]}, "NOBODY_HAS_SET_THIS"),
    ],
    ids=["a missing program", "a time-out", "a missing variable"],
)
def test_what_could_not_be_run_is_an_error_and_moves_nothing(completed, catalogue, tmp_path, entry, words):
    catalogue(login=command("pass", tmp_path) | entry)
    issue = completed()
    with_entry(issue, "login")

    made = ran(issue)

    assert (made.outcome, made.results.get().outcome) == (RunOutcome.ERROR, CheckOutcome.ERROR)
    assert words in made.sentence
    assert Issue.objects.get().status == Status.COMPLETED


def test_an_entry_that_vanished_from_the_catalogue_is_an_error_in_words(completed, catalogue, tmp_path):
    catalogue(queue=command("pass", tmp_path))
    issue = completed()
    with_entry(issue, "login")

    made = ran(issue)

    assert made.outcome == RunOutcome.ERROR
    assert "The catalogue has no entry “login” any more" in made.results.get().sentence


@pytest.mark.parametrize("text", ["[entries", "[entries.login]\nkind = 'shell'"], ids=["broken", "wrong"])
def test_a_catalogue_that_cannot_be_used_is_an_error_in_words(completed, catalogue, settings, text):
    Path(settings.VALIDATION_CATALOGUE).write_text(text)
    issue = completed()
    with_entry(issue, "login")

    made = ran(issue)

    assert made.outcome == RunOutcome.ERROR
    assert "The catalogue of checks cannot be used: validation.toml" in made.results.get().sentence


def test_a_runner_that_breaks_is_an_error_and_never_a_pass(completed, catalogue, tmp_path, monkeypatch):
    catalogue(login=command("pass", tmp_path))
    monkeypatch.setattr(run.execution, "RUNNERS", {})
    issue = completed()
    with_entry(issue, "login")

    assert ran(issue).outcome == RunOutcome.ERROR


def test_a_check_that_is_not_required_decides_nothing(completed, catalogue, tmp_path):
    catalogue(login=command("pass", tmp_path), colour=command("raise SystemExit(1)", tmp_path))
    issue = completed()
    with_entry(issue, "login")
    with_entry(issue, "colour", "The button is blue", required=False)

    made = ran(issue)

    assert made.outcome == RunOutcome.PASSED
    assert CheckOutcome.FAILED in made.results.values_list("outcome", flat=True)


def test_a_run_that_began_before_the_completion_does_not_judge_what_was_completed(completed, catalogue, tmp_path):
    catalogue(login=command("raise SystemExit(1)", tmp_path))
    issue = completed()
    with_entry(issue, "login")
    issue.changes.create(
        new_status=Status.COMPLETED, actor_name="boss", door=Door.ADMIN, at=timezone.now() + timedelta(hours=1)
    )

    assert ran(issue).outcome == RunOutcome.FAILED
    assert Issue.objects.get().status == Status.COMPLETED


@pytest.mark.parametrize("asks", ["entry", "check"])
def test_a_flaky_check_has_to_pass_as_often_in_a_row_as_is_asked(completed, catalogue, tmp_path, asks):
    times = tmp_path / "times"
    code = f"open({str(times)!r}, 'a').write('x'); raise SystemExit(len(open({str(times)!r}).read()) == 3)"
    catalogue(login=command(code, tmp_path, **({"passes": 3} if asks == "entry" else {})))
    issue = completed()
    with_entry(issue, "login", passes=3 if asks == "check" else 1)

    made = ran(issue)

    assert (made.outcome, len(times.read_text())) == (RunOutcome.FAILED, 3)
    assert "Time 3 of 3" in made.results.get().sentence


def test_an_issue_goes_from_identified_to_validated_by_a_suite_that_fails_and_then_passes(
    make_issue, owner, rita, catalogue, tmp_path
):
    shop = tmp_path / "shop"
    shop.mkdir()
    catalogue(shop_tests=suite(shop))
    issue = make_issue(priority=Priority.P1, owner=owner)
    check = issue.checks.create(text="The login takes less than a second")

    def hand(actor=rita):
        return {"actor": actor, "door": Door.ADMIN, "now": timezone.now()}

    def step(name, **answers):
        return workflow.apply(name, issue.pk, **hand(), **answers).status

    def work(words):
        amend.add_note(issue.pk, words, **hand())
        return step("complete", hours_unknown=True)

    choosing.confirm_entry(check.pk, "shop-tests", **hand())
    step("plan")
    step("start")
    work("Raised the pool size.")
    prevention.propose(issue.pk, "Watch the pool.", category=MeasureCategory.MONITORING, owner=None, **hand())
    with pytest.raises(workflow.TransitionRefused, match="Validation evidence is required: no validation run"):
        step("validate")

    (shop / "test_shop.py").write_text(FAILING)
    failed = ran(issue)

    issue.refresh_from_db()
    assert (failed.outcome, issue.status) == (RunOutcome.FAILED, Status.FAILED)
    assert "1 of 1 test failed" in issue.changes.first().reason
    assert "assert 'slow' == 'fast'" in failed.results.get().output
    assert failed.results.get().counts == {"tests": 1, "failures": 1, "errors": 0, "skipped": 0}

    step("rework")
    (shop / "test_shop.py").write_text(PASSING)
    work("Now the index is used.")
    with pytest.raises(workflow.TransitionRefused, match="Validation evidence is required"):
        step("validate")
    passed = ran(issue, source=RunSource.FOREGROUND, door=Door.COMMAND)

    assert (passed.outcome, passed.results.get().counts["tests"]) == (RunOutcome.PASSED, 1)
    assert step("validate") == Status.VALIDATED
