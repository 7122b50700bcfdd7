import os
import subprocess
import sys

import pytest
from django.apps import apps
from django.conf import settings

from remediation_site import checks
from tracker.extraction import model

STRONG = "q7V-" + "aZ3_kR8b" * 8


@pytest.fixture
def production(settings):
    """Settings of a site in production with nothing wrong."""
    settings.LOCAL = False
    settings.DEBUG = False
    settings.SECRET_KEY = STRONG
    settings.ALLOWED_HOSTS = ["issues.example.org"]
    return settings


def ids() -> list[str]:
    return [problem.id for problem in checks.settings_that_cannot_work()]


def test_good_settings_are_not_refused(production):
    assert ids() == []


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        pytest.param("DEBUG", True, "site.E001", id="debug"),
        pytest.param("SEND_LEASE_SECONDS", 59, "site.E007", id="a lease that ends while a message is sent"),
        pytest.param("SECRET_KEY", STRONG[:49], "site.E002", id="a short secret"),
        pytest.param("SECRET_KEY", "abcd" * 20, "site.E002", id="a monotonous secret"),
        pytest.param("SECRET_KEY", "django-insecure-" + STRONG, "site.E002", id="a secret of startproject"),
        pytest.param("SECRET_KEY", "ChangeMe" + STRONG, "site.E002", id="a secret of an example"),
        pytest.param("METRICS_TOKEN", STRONG[:19], "site.E009", id="a short token"),
        pytest.param("METRICS_TOKEN", "ä" * 30, "site.E009", id="a token that no header carries"),
        pytest.param("ALLOWED_HOSTS", [], "site.E003", id="no hosts"),
        pytest.param("ALLOWED_HOSTS", ["a.example", "*"], "site.E004", id="every host"),
        pytest.param("BEAT_LIMIT_SECONDS", 10, "site.E006", id="a beat limit that no beat can keep"),
    ],
)
def test_what_production_refuses(production, name, value, problem):
    setattr(production, name, value)

    assert ids() == [problem]


@pytest.mark.parametrize(
    ("name", "value", "package", "problem"),
    [
        pytest.param("REDIS_URL", "redis://127.0.0.1:1/0", "redis", "site.E020", id="redis"),
        pytest.param("SENTRY_DSN", "https://key@127.0.0.1/7", "sentry_sdk", "site.E021", id="sentry"),
    ],
)
def test_what_is_asked_for_and_not_installed_is_told_in_a_sentence(
    production, monkeypatch, name, value, package, problem
):
    setattr(production, name, value)
    assert ids() == []

    monkeypatch.setattr(checks, "find_spec", lambda wanted: None if wanted == package else object())

    assert ids() == [problem]
    assert "make install-extras" in checks.sentences()[0]


def test_a_secret_of_fifty_random_characters_is_enough(production):
    production.SECRET_KEY = STRONG[:50]

    assert ids() == []


def test_a_local_site_may_debug_with_any_secret(production):
    production.LOCAL, production.DEBUG, production.SECRET_KEY, production.ALLOWED_HOSTS = True, True, "x", []

    assert ids() == []


@pytest.mark.parametrize(("retry", "problems"), [(750, ["site.E005"]), (751, [])])
def test_a_task_is_not_retried_while_it_may_still_wait_and_run(production, retry, problems):
    queue = {"timeout": 300, "queue_limit": 2, "bulk": 1, "workers": 2, "retry": retry}  # 300 s × (3 / 2 + 1)
    production.Q_CLUSTER = queue

    assert ids() == problems


@pytest.mark.parametrize("workers", [1, 2, 16])
def test_the_shipped_retry_holds_for_any_number_of_workers(production, workers):
    production.Q_CLUSTER = {**production.Q_CLUSTER, "workers": workers}

    assert ids() == []


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"{", id="cut off"),
        pytest.param(b"[]", id="something else"),
        pytest.param(b'{"first": {"bias": 1}}', id="half of it"),
        pytest.param(b"\xff\xfe", id="no text"),
    ],
)
def test_a_broken_file_of_weights_is_told_and_stops_no_import(production, tmp_path, content):
    path = tmp_path / "weights.json"
    path.write_bytes(content)
    production.EXTRACTION_WEIGHTS = str(path)

    assert ids() == ["site.E008"]
    assert str(path) in checks.sentences()[0]
    apps.get_app_config("tracker").ready()
    assert model.in_use() is model.load(model.WEIGHTS)


def test_a_file_of_weights_that_is_not_there_yet_is_no_problem(production, tmp_path):
    production.EXTRACTION_WEIGHTS = str(tmp_path / "later.json")

    assert ids() == []


def test_a_folder_in_place_of_the_weights_is_told(production, tmp_path):
    production.EXTRACTION_WEIGHTS = str(tmp_path)

    assert ids() == ["site.E008"]


def test_a_command_with_broken_weights_says_so_in_a_sentence_without_a_traceback(tmp_path):
    path = tmp_path / "weights.json"
    path.write_text("{")
    environment = os.environ | {"EXTRACTION_WEIGHTS": str(path), "DATABASE_URL": f"sqlite:///{tmp_path}/a.sqlite3"}

    ended = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip

    assert ended.returncode != 0
    assert "site.E008" in ended.stderr
    assert "Traceback" not in ended.stderr
