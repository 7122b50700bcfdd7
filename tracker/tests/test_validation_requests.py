"""One run at a time, room for other work, and workers that are killed (tracker/validation/requests.py)."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from tracker.choices import Door, RunOutcome, RunState, Status
from tracker.models import CheckResult, Issue, ValidationHost, ValidationRun
from tracker.tests.racing import race
from tracker.tests.validating import command, with_entry, with_login
from tracker.validation import requests, run
from tracker.validation.requests import RunRefused

pytestmark = pytest.mark.django_db


MINUTE = timedelta(minutes=1)


@pytest.fixture
def queued(monkeypatch):
    """The runs for which workers are woken, as soon as the transaction is committed."""
    woken = []

    def wake(name, run_id, *, q_options):
        assert q_options["cluster"] == "validation"
        woken.append((name, run_id))

    monkeypatch.setattr(requests, "async_task", wake)
    return woken


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


def ask(completed, task, *, number=1, **options):
    return [requests.request_run(with_login(completed).pk, **task | options) for _ in range(number)]


def test_a_worker_is_woken_for_one_run_and_for_the_next_one_at_its_end(
    completed, catalogue, task, tmp_path, queued, django_capture_on_commit_callbacks
):
    catalogue(login=command("pass", tmp_path))
    with django_capture_on_commit_callbacks(execute=True):
        first, second = ask(completed, task, number=2)
    assert queued == [("tracker.tasks.run_validation", first.pk)]

    with django_capture_on_commit_callbacks(execute=True):
        run.execute(first.pk, clock=timezone.now)

    assert queued[1:] == [("tracker.tasks.run_validation", second.pk)]


def test_no_more_runs_are_carried_out_at_a_time_than_there_are_workers_for(
    completed, catalogue, task, tmp_path, settings, queued, django_capture_on_commit_callbacks
):
    settings.VALIDATION_WORKERS = 2
    catalogue(login=command("pass", tmp_path))
    with django_capture_on_commit_callbacks(execute=True):
        first, second, third = ask(completed, task, number=3)
    assert [run_id for _, run_id in queued] == [first.pk, second.pk]
    assert [requests.claim(each.pk, now=task["now"]) for each in (first, second)] == [True, True]

    assert run.execute(third.pk, clock=timezone.now) is None  # stays in the queue

    third.refresh_from_db()
    assert third.state == RunState.QUEUED


def test_the_workers_of_all_hosts_that_are_here_count(
    completed, catalogue, task, tmp_path, queued, django_capture_on_commit_callbacks
):
    catalogue(login=command("pass", tmp_path))
    now = task["now"]
    requests.announce("gone", workers=7, now=now - requests.HOST_GONE_AFTER)
    requests.announce("a", workers=1, now=now - MINUTE / 2)
    requests.announce("a", workers=1, now=now)
    requests.announce("b", workers=2, now=now)
    assert [requests.is_here(name, now) for name in ("gone", "a", "c")] == [False, True, False]

    with django_capture_on_commit_callbacks(execute=True):
        asked = ask(completed, task, number=4)

    assert [run_id for _, run_id in queued] == [each.pk for each in asked[:3]]
    assert [requests.claim(each.pk, now=now) for each in asked] == [True, True, True, False]


def test_a_host_that_was_gone_for_a_day_is_forgotten(task):
    requests.announce("a", workers=1, now=task["now"])
    requests.announce("b", workers=1, now=task["now"] + timedelta(days=1, seconds=1))

    assert list(ValidationHost.objects.values_list("name", flat=True)) == ["b"]


def test_a_run_whose_worker_was_killed_makes_room_for_the_next_one(
    completed, catalogue, task, tmp_path, queued, django_capture_on_commit_callbacks
):
    catalogue(login=command("pass", tmp_path))
    first, second = ask(completed, task, number=2)
    assert requests.claim(first.pk, now=task["now"])

    with django_capture_on_commit_callbacks(execute=True):
        requests.look_after(task["now"] + requests.LOST_AFTER)

    assert queued == [("tracker.tasks.run_validation", second.pk)]


@pytest.mark.parametrize(("early", "again"), [(1, False), (0, True)], ids=["just before the limit", "at the limit"])
def test_a_run_that_was_forgotten_in_the_queue_wakes_a_worker_again(
    completed, catalogue, task, tmp_path, queued, django_capture_on_commit_callbacks, early, again
):
    catalogue(login=command("pass", tmp_path))
    (asked,) = ask(completed, task)

    with django_capture_on_commit_callbacks(execute=True):
        requests.look_after(task["now"] + requests.WAKE_AGAIN_AFTER - timedelta(seconds=early))

    assert queued == ([("tracker.tasks.run_validation", asked.pk)] if again else [])


def test_a_run_that_a_person_asked_for_goes_before_those_of_the_night(
    completed, catalogue, task, tmp_path, queued, django_capture_on_commit_callbacks
):
    catalogue(login=command("pass", tmp_path))
    first, _ = ask(completed, task, number=2)
    (asked,) = ask(completed, task, door=Door.ADMIN, now=task["now"] + MINUTE)

    with django_capture_on_commit_callbacks(execute=True):
        run.execute(first.pk, clock=timezone.now)

    assert queued == [("tracker.tasks.run_validation", asked.pk)]


def test_somebody_who_may_only_look_asks_for_no_run(completed, catalogue, task, tmp_path, make_user):
    catalogue(login=command("pass", tmp_path))

    with pytest.raises(RunRefused, match="may look at issues"):
        requests.request_run(with_login(completed).pk, **task | {"actor": make_user("vera")})

    assert not ValidationRun.objects.exists()


def test_an_issue_without_a_check_has_nothing_to_run(completed, task):
    with pytest.raises(RunRefused, match="has no check"):
        requests.request_run(completed().pk, **task)

    assert not ValidationRun.objects.exists()


@pytest.mark.parametrize(
    ("silent", "lost"),
    [(requests.LOST_AFTER - timedelta(seconds=1), False), (requests.LOST_AFTER, True)],
    ids=["just before the limit", "at the limit"],
)
def test_a_run_without_a_heartbeat_becomes_an_error(completed, catalogue, task, tmp_path, silent, lost):
    catalogue(login=command("pass", tmp_path))
    asked = requests.request_run(with_login(completed).pk, **task)
    requests.claim(asked.pk, now=task["now"])

    assert requests.mark_lost(task["now"] + silent) == lost

    asked.refresh_from_db()
    assert asked.outcome == (RunOutcome.ERROR if lost else "")
    assert Issue.objects.get().status == Status.COMPLETED


def test_what_was_marked_as_lost_writes_nothing_any_more(completed, catalogue, task, tmp_path):
    catalogue(login=command("import time; time.sleep(60)", tmp_path))
    asked = requests.request_run(with_login(completed).pk, **task)
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
    issue = with_login(completed)
    asked = requests.request_run(issue.pk, **task)
    monkeypatch.setattr(run._Showing, "__call__", _interrupt)

    with pytest.raises(KeyboardInterrupt):
        run.execute(asked.pk, clock=timezone.now)

    asked.refresh_from_db()
    assert (asked.state, asked.outcome) == (RunState.FINISHED, RunOutcome.ERROR)
    assert requests.request_run(issue.pk, **task).state == RunState.QUEUED


def _interrupt(*_):
    raise KeyboardInterrupt


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_ask_at_once_one_gets_a_run(tmp_path):
    assert sorted(race("ask for a run", 8, tmp_path)) == ["asked", *["refused"] * 7]


@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_with_the_same_task_one_carries_it_out(tmp_path):
    assert sorted(race("carry a run out", 8, tmp_path)) == ["error", *["left alone"] * 7]
