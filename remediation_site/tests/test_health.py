from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django_q.models import Task

from alerts.models import Tick
from remediation_site import beat, broker
from tracker.validation import requests


def come_back(seconds_ago: int, *queues: str) -> None:
    at = timezone.now() - timedelta(seconds=seconds_ago)
    for queue in queues or broker.WORKERS:
        Task.objects.create(
            id=queue, name="x", group=beat.GROUPS[queue], func="x", started=at, stopped=at, success=True
        )


@pytest.mark.django_db
def test_a_fresh_beat_is_well_without_login(client):
    come_back(3)

    response = client.get("/healthz")

    assert response.status_code == 200
    assert set(response.json()) == {
        "ok",
        "database",
        "workers",
        "validation_workers",
        "worker_beat_age_seconds",
        "host_beat_age_seconds",
        "alerts",
        "alerts_evaluated_age_seconds",
        "oldest_due_message_age_seconds",
        "oldest_due_step_age_seconds",
        "oldest_unsealed_audit_age_seconds",
    }
    assert response.json()["ok"] is True
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.django_db
def test_an_old_beat_is_not_well(client, settings):
    come_back(settings.BEAT_SECONDS + settings.BEAT_LIMIT_SECONDS + 5)

    response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json()["workers"] is False
    assert response.json()["database"] is True


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_not_well_and_not_described(client):
    def refuse(*_arguments):
        raise DatabaseError("password of the database")

    with connection.execute_wrapper(refuse):
        response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json() == {
        "ok": False,
        "database": False,
        "workers": False,
        "validation_workers": False,
        "worker_beat_age_seconds": None,
        "host_beat_age_seconds": None,
        "alerts": False,
        "alerts_evaluated_age_seconds": None,
        "oldest_due_message_age_seconds": None,
        "oldest_due_step_age_seconds": None,
        "oldest_unsealed_audit_age_seconds": None,
    }


@pytest.mark.django_db
def test_workers_for_validation_that_do_not_answer_are_not_hidden_by_the_others(client):
    come_back(3, broker.QUEUE)

    response = client.get("/healthz")

    assert response.status_code == 503
    assert (response.json()["workers"], response.json()["validation_workers"]) == (True, False)


@pytest.mark.django_db
def test_health_is_only_read(client):
    assert client.post("/healthz").status_code == 405


@pytest.mark.django_db
def test_health_is_asked_by_address_without_https(client, settings):
    settings.SECURE_SSL_REDIRECT, settings.ALLOWED_HOSTS = True, ["issues.example.org"]
    come_back(3)

    assert client.get("/healthz", headers={"host": "10.0.0.7:8000"}).status_code == 200
    assert client.get("/admin/", headers={"host": "issues.example.org"}).status_code == 301
    assert client.get("/admin/", headers={"host": "10.0.0.7:8000"}).status_code == 400


@pytest.mark.django_db
def test_a_host_says_how_its_own_workers_do(client, settings):
    settings.HOST_NAME = "a"
    come_back(3)
    assert client.get("/healthz").json()["host_beat_age_seconds"] is None

    Task.objects.filter(group="beat").update(name="a")

    assert 3 <= client.get("/healthz").json()["host_beat_age_seconds"] < 60


@pytest.mark.django_db
def test_pages_are_shown_though_no_worker_answers(client, settings):
    settings.SECURE_SSL_REDIRECT, settings.ALLOWED_HOSTS = True, ["issues.example.org"]

    ready = client.get("/readyz", headers={"host": "10.0.0.7:8000"})

    assert (ready.status_code, ready.json()) == (200, {"ready": True, "database": True, "migrated": True})
    assert client.get("/healthz", headers={"host": "10.0.0.7:8000"}).status_code == 503
    assert client.post("/readyz").status_code == 405


@pytest.mark.django_db
def test_a_host_whose_code_is_newer_than_the_database_is_not_ready(client):
    MigrationRecorder.Migration.objects.filter(app="tracker").latest("pk").delete()

    ready = client.get("/readyz")

    assert (ready.status_code, ready.json()) == (503, {"ready": False, "database": True, "migrated": False})


@pytest.mark.django_db
def test_a_host_without_its_database_is_not_ready(client):
    def refuse(*_arguments):
        raise DatabaseError("password of the database")

    with connection.execute_wrapper(refuse):
        ready = client.get("/readyz")

    assert (ready.status_code, ready.json()) == (503, {"ready": False, "database": False, "migrated": False})


@pytest.mark.parametrize(
    ("seconds", "host", "code"),
    [
        pytest.param(3, "a", 0, id="it answers"),
        pytest.param(3, "b", 1, id="another one answers"),
        pytest.param(900, "a", 1, id="it answered long ago"),
    ],
)
def test_a_container_with_workers_alone_is_asked_by_command(run, settings, seconds, host, code):
    settings.HOST_NAME = "a"
    come_back(seconds)
    Task.objects.update(name=host)
    requests.announce("a", workers=1, now=timezone.now())

    assert run("host_health").code == code
    assert run("host_health", "--only", "validation").code == 0
    settings.HOST_NAME = "c"
    assert "c are not here." in run("host_health", "--only", "validation").err


@pytest.mark.django_db
def test_what_alerts_wait_for_is_said_and_restarts_nothing(client):
    come_back(3)
    Tick.objects.create(at=timezone.now() - timedelta(hours=1), finished_at=timezone.now())

    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.json()["alerts"] is False
    assert 3600 <= response.json()["alerts_evaluated_age_seconds"] < 3700
    assert response.json()["oldest_due_message_age_seconds"] is None
