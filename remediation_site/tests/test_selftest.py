"""`manage.py selftest`: every part of an installation, each with what to do."""

import json
import smtplib
from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import ANY

import pytest
from aiosmtpd.controller import Controller
from django.utils import timezone
from django_q.models import Schedule, Task

from alerts.models import Channel, Tick
from remediation_site import beat, broker, schedules, selftest
from remediation_site.selftest import State, look
from tracker.choices import Role
from tracker.tests.servers import free_port


@pytest.fixture
def running(db):
    """A site whose workers answer, whose schedules are there and whose alerts were just evaluated."""
    at = timezone.now()
    for queue in broker.WORKERS:
        Task.objects.create(
            id=queue, name="x", group=beat.GROUPS[queue], func="x", started=at, stopped=at, success=True
        )
    Tick.objects.create(at=at, finished_at=at)
    schedules.sync()


@pytest.fixture
def mail_server(settings):
    """A real mail server on a free port of the loopback."""
    settings.MAIL_IS_SET, settings.EMAIL_BACKEND = True, selftest.SMTP_BACKEND
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    server = Controller(SimpleNamespace(), hostname=settings.EMAIL_HOST, port=settings.EMAIL_PORT)
    server.start()
    yield server
    if server.server:  # a test may have stopped it
        server.stop()


def found() -> dict[str, selftest.Finding]:
    return {finding.part: finding for finding in look()}


def test_a_running_site_is_well_and_every_part_has_one_line(run, running, mail_server):
    ended = run("selftest")

    assert ended.code == 0
    lines = ended.out.splitlines()
    assert [line.split()[1] for line in lines[:-1]] == [
        "settings",
        "database",
        "migrations",
        "workers",
        "schedules",
        "watch",
        "audit",
        "people",
        "sign-in",
        "channels",
        "clock",
        "queue",
        "mail",
        "catalogue",
        "charts",
        "disk",
    ]
    assert lines[-1].startswith("All is well")


def test_what_does_not_work_ends_with_1_and_says_what_to_do(run, db):
    ended = run("selftest", "--json")

    told = {part["part"]: part for part in json.loads(ended.out)["parts"]}
    assert ended.code == 1
    assert json.loads(ended.out)["ok"] is False
    assert told["workers"]["state"] == "failed"
    assert "manage.py up" in told["workers"]["sentence"]
    assert "manage.py sync_schedules" in told["schedules"]["sentence"]


def test_a_part_that_is_only_not_set_is_a_note_and_no_failure(run, running, settings):
    settings.MAIL_IS_SET, settings.VALIDATION_CATALOGUE = False, ""

    ended = run("selftest")

    assert ended.code == 0
    assert "EMAIL_URL is not set" in ended.out
    assert "VALIDATION_CATALOGUE is not set" in ended.out


def test_a_new_site_whose_alerts_were_not_evaluated_yet_has_not_failed_until_that_is_late(running):
    Tick.objects.all().delete()

    assert found()["watch"].state is State.NOTE
    assert "the first look comes within a minute" in found()["watch"].sentence

    Schedule.objects.filter(name="evaluate alerts").update(next_run=timezone.now() - timedelta(minutes=6))
    assert found()["watch"].state is State.FAILED


def test_a_schedule_that_is_late_or_gone_has_failed(running):
    Schedule.objects.filter(name="evaluate alerts").update(next_run=timezone.now() - timedelta(hours=1))
    assert "evaluate alerts: due for more than 5 minutes" in found()["schedules"].sentence

    Schedule.objects.filter(name="deliver messages").delete()
    assert "deliver messages: not scheduled" in found()["schedules"].sentence


def test_a_mail_server_that_is_not_there_has_failed_and_one_that_answers_is_well(mail_server, running):
    assert found()["mail"].state is State.OK

    mail_server.stop()

    assert found()["mail"].state is State.FAILED
    assert "cannot be used" in found()["mail"].sentence


def test_a_mail_server_that_refuses_says_why_in_words(mail_server, running, monkeypatch):
    def refuse(*_args, **_options):
        raise smtplib.SMTPConnectError(554, b"No mail from you.")

    monkeypatch.setattr(smtplib.SMTP, "connect", refuse)

    assert found()["mail"].sentence.endswith("cannot be used: No mail from you.")


def test_a_broken_catalogue_has_failed(running, settings, tmp_path):
    broken = tmp_path / "catalogue.toml"
    broken.write_text("[entries")
    settings.VALIDATION_CATALOGUE = str(broken)

    assert found()["catalogue"].state is State.FAILED


def test_levels_of_escalation_without_anybody_are_named(running, make_owner):
    make_owner(role=Role.TEAM_LEAD)

    assert "Management, Executive" in found()["people"].sentence


def test_no_active_channel_has_failed(running):
    Channel.objects.update(active=False)

    assert found()["channels"].state is State.FAILED


def test_a_step_of_the_future_says_that_the_clock_is_wrong(running, make_issue):
    make_issue().changes.create(
        at=timezone.now() + timedelta(days=2), old_status="identified", new_status="planned", door="admin"
    )

    assert found()["clock"].state is State.FAILED


def test_little_space_is_told_before_there_is_none(running, monkeypatch):
    for free, state in ((selftest.LITTLE_SPACE, State.OK), (selftest.LITTLE_SPACE - 1, State.NOTE), (1, State.FAILED)):
        monkeypatch.setattr(selftest.shutil, "disk_usage", lambda _folder, free=free: SimpleNamespace(free=free))
        assert found()["disk"].state is state


def test_a_redis_that_does_not_answer_is_told_without_its_password(running, settings):
    settings.REDIS_URL = f"redis://:hunter2@127.0.0.1:{free_port()}/0"

    queue = found()["queue"]

    assert queue.state is State.FAILED
    assert "does not answer" in queue.sentence
    assert "hunter2" not in queue.sentence


def test_a_redis_that_answers_is_well(running, settings, redis_url):
    settings.REDIS_URL = redis_url

    assert found()["queue"] == selftest.Finding("queue", State.OK, "Tasks wait in Redis, which answers.", ANY)


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({"TWO_FACTOR_REQUIRED_FOR": ["superusers", "Manager"]}, State.OK),
        ({"TWO_FACTOR_REQUIRED_FOR": ["Managers"]}, State.FAILED),
        ({"OIDC_GROUPS": {"ops": "Engineers"}}, State.FAILED),
        ({"PASSWORD_LOGIN": "superusers"}, State.NOTE),
    ],
)
def test_groups_that_settings_of_the_sign_in_name_exist(db, settings, changed, state):
    for name, value in changed.items():
        setattr(settings, name, value)

    assert found()["sign-in"].state is state
