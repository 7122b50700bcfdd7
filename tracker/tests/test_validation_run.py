"""From a run that is asked for to its evidence, and what it means for the issue (tracker/validation/)."""

import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from tracker import amend, prevention, workflow
from tracker.choices import (
    CheckOutcome,
    Door,
    MeasureCategory,
    Priority,
    RunOutcome,
    RunSource,
    RunState,
    Status,
)
from tracker.models import CheckResult, Issue, ValidationRun
from tracker.tests.validating import FAILING, PASSING, command, ran, suite, toml, with_entry
from tracker.validation import again, choosing, requests, run, sign_offs
from tracker.validation.requests import RunRefused

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def owner(make_owner, make_user):
    return make_owner("Olga Brandt", email="olga@example.org", user=make_user("olga"))


@pytest.fixture
def rita(make_user):
    return make_user("rita", is_superuser=True)


@pytest.fixture
def catalogue(settings, tmp_path):
    """Write the site's catalogue."""
    settings.VALIDATION_CATALOGUE = str(tmp_path / "validation.toml")

    def write(**entries):
        Path(settings.VALIDATION_CATALOGUE).write_text(toml(**entries))

    return write


@pytest.fixture
def completed(make_issue, owner):
    def make(**fields):
        issue = make_issue(**{"status": Status.COMPLETED, "owner": owner, "priority": Priority.P2} | fields)
        before = timezone.now() - timedelta(hours=1)
        issue.changes.create(new_status=issue.status, actor_name="boss", door=Door.ADMIN, at=before)
        return issue

    return make


@pytest.fixture
def task():
    return {"actor": None, "door": Door.TASK, "now": timezone.now()}


@pytest.fixture
def queued(monkeypatch):
    """The runs for which workers are woken, as soon as the transaction is committed."""
    woken = []
    monkeypatch.setattr(requests, "async_task", lambda name, run_id, **options: woken.append((name, run_id)))
    return woken


def outcomes(made):
    return [(result.check_text, result.outcome) for result in made.results.all()]


# -- what comes out ---------------------------------------------------------------------------------------------------


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
    assert len(first.output_sha256) == 64
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


# -- one at a time ----------------------------------------------------------------------------------------------------


def test_a_worker_is_woken_when_the_request_is_committed(
    completed, catalogue, task, tmp_path, queued, django_capture_on_commit_callbacks
):
    catalogue(login=command("pass", tmp_path))
    issue = completed()
    with_entry(issue, "login")

    with django_capture_on_commit_callbacks(execute=True):
        asked = requests.request_run(issue.pk, **task)
        assert queued == []

    assert queued == [("tracker.tasks.run_validation", asked.pk)]
    assert asked.state == RunState.QUEUED


def test_an_issue_has_one_run_under_way(completed, catalogue, task, tmp_path):
    catalogue(login=command("pass", tmp_path))
    issue = completed()
    with_entry(issue, "login")
    first = requests.request_run(issue.pk, **task)

    with pytest.raises(RunRefused, match=f"Validation run {first.pk} of {issue.reference} is queued"):
        requests.request_run(issue.pk, **task)

    assert ValidationRun.objects.count() == 1


def test_a_run_is_carried_out_once_however_often_its_task_comes(completed, catalogue, task, tmp_path):
    catalogue(login=command("pass", tmp_path))
    issue = completed()
    with_entry(issue, "login")
    asked = requests.request_run(issue.pk, **task)

    assert run.execute(asked.pk, clock=timezone.now).outcome == RunOutcome.PASSED
    assert run.execute(asked.pk, clock=timezone.now) is None

    assert CheckResult.objects.count() == 1


def test_one_worker_is_always_left_and_the_next_run_is_woken_at_the_end_of_one(
    completed, catalogue, task, tmp_path, settings, queued, django_capture_on_commit_callbacks
):
    settings.Q_CLUSTER = settings.Q_CLUSTER | {"workers": 2}
    catalogue(login=command("pass", tmp_path))
    first, second = (requests.request_run(issue.pk, **task) for issue in (_login(completed), _login(completed)))
    assert requests.claim(first.pk, now=task["now"])

    assert run.execute(second.pk, clock=timezone.now) is None  # stays in the queue

    second.refresh_from_db()
    assert second.state == RunState.QUEUED
    ValidationRun.objects.filter(pk=first.pk).update(heartbeat_at=task["now"] - MINUTE)
    with django_capture_on_commit_callbacks(execute=True):
        requests.look_after(task["now"] + 3 * MINUTE)
    assert queued == [("tracker.tasks.run_validation", second.pk)]


def _login(completed):
    issue = completed()
    with_entry(issue, "login")
    return issue


def test_somebody_who_may_only_look_asks_for_no_run(completed, catalogue, task, tmp_path, make_user):
    catalogue(login=command("pass", tmp_path))

    with pytest.raises(RunRefused, match="may look at issues"):
        requests.request_run(_login(completed).pk, **task | {"actor": make_user("vera")})

    assert not ValidationRun.objects.exists()


def test_an_issue_without_a_check_has_nothing_to_run(completed, task):
    with pytest.raises(RunRefused, match="has no check"):
        requests.request_run(completed().pk, **task)

    assert not ValidationRun.objects.exists()


# -- killed workers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("silent", "lost"),
    [(requests.LOST_AFTER - timedelta(seconds=1), False), (requests.LOST_AFTER, True)],
    ids=["just before the limit", "at the limit"],
)
def test_a_run_without_a_heartbeat_becomes_an_error(completed, catalogue, task, tmp_path, silent, lost):
    catalogue(login=command("pass", tmp_path))
    asked = requests.request_run(_login(completed).pk, **task)
    requests.claim(asked.pk, now=task["now"])

    assert requests.mark_lost(task["now"] + silent) == lost

    asked.refresh_from_db()
    assert asked.outcome == (RunOutcome.ERROR if lost else "")
    assert Issue.objects.get().status == Status.COMPLETED


def test_what_was_marked_as_lost_writes_nothing_any_more(completed, catalogue, task, tmp_path):
    catalogue(login=command("import time; time.sleep(60)", tmp_path))
    asked = requests.request_run(_login(completed).pk, **task)
    began = time.monotonic()

    def clock():
        if time.monotonic() - began > 1:  # while the check runs, somebody finds the run silent
            ValidationRun.objects.update(state=RunState.FINISHED, outcome=RunOutcome.ERROR, finished_at=task["now"])
        return timezone.now()

    made = run.execute(asked.pk, clock=clock)

    assert made.outcome == RunOutcome.ERROR
    assert not CheckResult.objects.exists()


def test_an_interrupted_run_says_so_and_can_be_asked_for_again(completed, catalogue, task, tmp_path, monkeypatch):
    catalogue(login=command("import time; time.sleep(60)", tmp_path))
    issue = _login(completed)
    asked = requests.request_run(issue.pk, **task)
    monkeypatch.setattr(run._Showing, "__call__", _interrupt)

    with pytest.raises(KeyboardInterrupt):
        run.execute(asked.pk, clock=timezone.now)

    asked.refresh_from_db()
    assert (asked.state, asked.outcome) == (RunState.FINISHED, RunOutcome.ERROR)
    assert requests.request_run(issue.pk, **task).state == RunState.QUEUED


def _interrupt(*_):
    raise KeyboardInterrupt


def _again(made):
    return ValidationRun.objects.get(pk=made.pk)


# -- what only people decide ------------------------------------------------------------------------------------------


def test_a_check_without_an_entry_waits_for_a_person_and_is_never_passed_by_default(completed, task):
    issue = completed()
    issue.checks.create(text="The page looks right")

    made = ran(issue)

    assert (made.state, made.outcome) == (RunState.WAITING, "")
    assert made.sentence == "Waits for a sign-off by somebody who is not the owner: “The page looks right”."
    assert not made.results.exists()
    assert workflow.refusals("validate", issue, None)


def test_a_sign_off_by_somebody_else_passes_the_check_and_opens_the_gate(completed, rita, catalogue, tmp_path):
    catalogue(login=command("pass", tmp_path), look={"kind": "manual"})
    issue = _login(completed)
    manual = [issue.checks.create(text="The page looks right"), with_entry(issue, "look", "The mail looks right")]
    made = ran(issue)
    assert made.state == RunState.WAITING
    hand = {"actor": rita, "door": Door.ADMIN, "now": timezone.now()}

    sign_offs.sign_off(manual[0].pk, "I opened it on three phones.", **hand)
    assert _again(made).state == RunState.WAITING
    signed = sign_offs.sign_off(manual[1].pk, "I got the mail.", **hand)

    assert (signed.outcome, signed.signed_by, signed.signed_by_name) == (CheckOutcome.PASSED, rita, "rita")
    assert _again(made).outcome == RunOutcome.PASSED
    assert workflow.apply("validate", issue.pk, **hand).status == Status.VALIDATED


def test_a_person_can_say_that_it_does_not_hold(completed, rita):
    issue = completed()
    check = issue.checks.create(text="The page looks right")
    ran(issue)

    sign_offs.sign_off(
        check.pk,
        "The footer is cut off.",
        outcome=CheckOutcome.FAILED,
        actor=rita,
        door=Door.ADMIN,
        now=timezone.now(),
    )

    issue.refresh_from_db()
    assert issue.status == Status.FAILED
    assert "The footer is cut off." in issue.changes.first().reason


@pytest.mark.parametrize(
    ("who", "sentence", "words"),
    [
        ("owner", "I looked.", "Nobody signs off their own work"),
        ("nobody", "I looked.", "needs a person with a name"),
        ("viewer", "I looked.", "may look at issues"),
        ("rita", "  ", "needs a sentence"),
    ],
)
def test_a_sign_off_is_refused_and_writes_nothing(completed, owner, rita, make_user, who, sentence, words):
    owner.user.is_superuser = True
    owner.user.save()
    issue = completed()
    check = issue.checks.create(text="The page looks right")
    made = ran(issue)
    person = {"owner": owner.user, "nobody": None, "viewer": make_user("vera"), "rita": rita}[who]

    with pytest.raises(sign_offs.SignOffRefused, match=words):
        sign_offs.sign_off(check.pk, sentence, actor=person, door=Door.ADMIN, now=timezone.now())

    assert (_again(made).state, made.results.count()) == (RunState.WAITING, 0)


def test_what_is_executed_is_not_signed_off(completed, catalogue, tmp_path, rita):
    catalogue(login=command("pass", tmp_path))
    issue = _login(completed)
    issue.checks.create(text="The page looks right")
    ran(issue)

    with pytest.raises(sign_offs.SignOffRefused, match="executed by the entry login"):
        sign_offs.sign_off(issue.checks.first().pk, "I looked.", actor=rita, door=Door.ADMIN, now=timezone.now())


def test_nobody_is_asked_to_look_when_a_required_check_failed(completed, catalogue, tmp_path):
    catalogue(login=command("raise SystemExit(1)", tmp_path))
    issue = _login(completed)
    issue.checks.create(text="The page looks right")

    made = ran(issue)

    assert made.outcome == RunOutcome.FAILED
    assert made.results.last().outcome == CheckOutcome.SKIPPED


def test_a_new_run_takes_the_place_of_one_that_waits_for_a_person(completed, rita):
    issue = completed()
    issue.checks.create(text="The page looks right")
    first = ran(issue)

    second = ran(issue)

    assert (_again(first).outcome, second.state) == (RunOutcome.ERROR, RunState.WAITING)


# -- entries of checks ------------------------------------------------------------------------------------------------


def test_the_words_of_a_check_propose_an_entry_and_a_person_confirms_it(completed, catalogue, tmp_path, rita):
    catalogue(login=suite(tmp_path), queue=command("pass", tmp_path, words=["queue"]))
    issue = completed()
    login, other = issue.checks.create(text="The login is fast"), issue.checks.create(text="The page looks right")
    assert choosing.proposals(issue, choosing.site_catalogue()[0]) == {login.pk: "login"}
    now = timezone.now()

    choosing.confirm_entry(login.pk, "login", passes=2, actor=rita, door=Door.ADMIN, now=now)

    login.refresh_from_db()
    assert (login.entry, login.passes, login.entry_confirmed_by, login.entry_confirmed_at) == ("login", 2, rita, now)
    change = issue.field_changes.get()
    assert (change.old, change.new) == ("The login is fast: manual", "The login is fast: login, 2 times in a row")
    other.refresh_from_db()
    assert other.entry == ""


@pytest.mark.parametrize(
    ("entry", "passes", "words"),
    [("gone", 1, "no entry 'gone'; there are login"), ("login", 0, "between 1 and 20"), ("login", 21, "between")],
)
def test_an_entry_that_cannot_be_is_refused(completed, catalogue, tmp_path, rita, entry, passes, words):
    catalogue(login=suite(tmp_path))
    issue = completed()
    check = issue.checks.create(text="The login is fast")

    with pytest.raises(choosing.ChoiceRefused, match=words):
        choosing.confirm_entry(check.pk, entry, passes=passes, actor=rita, door=Door.ADMIN, now=timezone.now())

    check.refresh_from_db()
    assert (check.entry, issue.field_changes.count()) == ("", 0)


def test_a_check_can_be_added_to_an_issue_whose_analysis_states_none(completed, catalogue, tmp_path, rita):
    catalogue(login=command("pass", tmp_path))
    issue = completed()

    choosing.add_check(issue.pk, "Login works", entry="login", actor=rita, door=Door.ADMIN, now=timezone.now())

    assert ran(issue).outcome == RunOutcome.PASSED


# -- again, at night --------------------------------------------------------------------------------------------------


@pytest.fixture
def validated(completed, catalogue, tmp_path):
    """An issue that was validated so many days before noon of 10 March 2026."""

    def make(now, days=1.0):
        catalogue(login=command("raise SystemExit(0)", tmp_path))
        issue = completed(status=Status.VALIDATED)
        issue.changes.update(at=now - timedelta(days=days))
        with_entry(issue, "login")
        return issue

    return make


@pytest.mark.parametrize(
    ("days", "due"),
    [(0.2, False), (1, True), (13.9, True), (14, False)],
    ids=["since this morning", "since yesterday", "on the last night", "for longer than asked for"],
)
def test_validated_issues_are_validated_again_each_night_for_some_days(validated, now, days, due):
    issue = validated(now, days)

    assert again.due(now) == ([issue.pk] if due else [])


def test_an_issue_is_asked_for_once_a_night(validated, now):
    issue = validated(now)

    assert (again.validate_again(now), again.validate_again(now + MINUTE)) == (1, 0)
    ran_at_night = issue.validation_runs.get()
    assert run.execute(ran_at_night.pk, clock=lambda: now).outcome == RunOutcome.PASSED
    assert again.due(now + timedelta(hours=13)) == []
    assert again.due(now + timedelta(hours=14)) == [issue.pk]  # two in the morning


def test_no_night_when_no_days_are_configured(validated, now, settings):
    settings.VALIDATE_AGAIN_DAYS = 0
    validated(now)

    assert again.validate_again(now) == 0


def test_drift_reopens_the_issue_with_the_evidence(validated, catalogue, tmp_path, now):
    issue = validated(now)
    catalogue(login=command("raise SystemExit(1)", tmp_path))
    again.validate_again(now)

    run.execute(issue.validation_runs.get().pk, clock=lambda: now)

    issue.refresh_from_db()
    assert issue.status == Status.IDENTIFIED
    assert "drift" in issue.changes.first().reason
    assert "exit code 1" in issue.changes.first().reason


def test_what_could_not_be_run_at_night_is_no_drift(validated, catalogue, tmp_path, now):
    issue = validated(now)
    catalogue(login={"kind": "command", "argv": ["no-such-program-anywhere"], "folder": str(tmp_path)})
    again.validate_again(now)

    run.execute(issue.validation_runs.get().pk, clock=lambda: now)

    assert Issue.objects.get().status == Status.VALIDATED


def test_at_night_the_sign_off_of_a_manual_check_stands(completed, catalogue, tmp_path, rita):
    catalogue(login=command("pass", tmp_path))
    issue = _login(completed)
    manual = issue.checks.create(text="The page looks right")
    ran(issue)
    hand = {"actor": rita, "door": Door.ADMIN, "now": timezone.now()}
    sign_offs.sign_off(manual.pk, "I opened it on three phones.", **hand)
    workflow.apply("validate", issue.pk, **hand)

    made = ran(issue)

    assert made.outcome == RunOutcome.PASSED
    assert made.results.get(issue_check=manual).signed_by == rita


# -- the whole way ----------------------------------------------------------------------------------------------------


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
