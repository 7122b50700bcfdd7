"""`manage.py monitor`: what the workers do, without them."""

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from django_q.models import OrmQ

from alerts import tasks
from alerts.models import Message, Tick
from tracker.choices import Status

PATIENCE = 60  # seconds


@pytest.fixture
def late(make_issue, make_owner):
    now = timezone.now()
    return make_issue(owner=make_owner("Olga Brandt"), deadline=now - timedelta(hours=1), worked_at=now)


@pytest.mark.django_db
def test_once_evaluates_sends_and_ends(run, late):
    ended = run("monitor", "--once")

    assert ended.code == 0
    assert late.alerts.get().rule == "overdue"
    assert "1 opened, 0 resolved, 1 steps taken; messages:" in ended.out
    assert Message.objects.filter(channel__kind="log", state="sent").exists()


@pytest.mark.django_db
def test_it_says_as_json_what_it_did(run, late):
    said = json.loads(run("monitor", "--once", "--json").out)

    assert (said["opened"], said["resolved"], said["steps"]) == (1, 0, 1)
    assert said["messages"]["sent"] == 1
    assert json.loads(run("monitor", "--once", "--json").out)["opened"] == 0


@pytest.mark.django_db
def test_it_reopens_what_was_accepted_until_now(run, make_issue):
    issue = make_issue(status=Status.ACCEPTED, accepted_until=timezone.now() - timedelta(seconds=1))

    run("monitor", "--once")

    issue.refresh_from_db()
    assert issue.status == Status.IDENTIFIED
    assert issue.alerts.filter(rule="acceptance_ended").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("interval", ["0", "-5", "86401"])
def test_an_interval_that_cannot_be_is_refused(run, interval):
    ended = run("monitor", "--interval", interval)

    assert ended.code == 2
    assert "between 1 and 86400" in ended.err
    assert not Tick.objects.exists()


@pytest.mark.django_db
def test_the_task_evaluates_and_wakes_a_worker_to_send(late, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        said = tasks.evaluate_alerts()

    assert said.endswith("1 opened, 0 resolved")
    assert late.alerts.open().exists()
    queued = [row.task for row in OrmQ.objects.all()]
    assert [task["func"] for task in queued] == ["alerts.tasks.deliver_messages"]

    assert tasks.deliver_messages() == "1 sent"
    assert tasks.evaluate_alerts().endswith("0 opened, 0 resolved")


@pytest.mark.process
def test_it_goes_on_at_every_interval_until_somebody_ends_it(tmp_path):
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path / 'monitor.sqlite3'}"}
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "-v0"], env=environment, cwd=settings.BASE_DIR, check=True)
    process = subprocess.Popen(
        [*manage, "monitor", "--interval", "1", "--json"],
        env=environment | {"PYTHONUNBUFFERED": "1"},
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        times = [json.loads(process.stdout.readline())["at"] for _ in range(3)]
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
    finally:
        process.kill()
    assert times == sorted(set(times))
