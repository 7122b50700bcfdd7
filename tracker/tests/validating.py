"""Issues to validate, a catalogue to do it with, and a suite of tests that fails or passes as it is told."""

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from tracker.choices import Door, Priority, Status
from tracker.history import keep
from tracker.models import Check, Issue, StatusChange, ValidationRun
from tracker.validation import requests, run

FAILING = "def test_login():\n    assert 'slow' == 'fast'\n"
PASSING = "def test_login():\n    assert 'fast' == 'fast'\n"


def toml(**entries: dict) -> str:
    """A catalogue with these entries."""
    lines = []
    for name, keys in entries.items():
        lines.append(f"[entries.{name.replace('_', '-')}]")
        lines += [f"{key} = {_value(value)}" for key, value in keys.items()]
    return "\n".join(lines)


def _value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return str(value) if isinstance(value, int) else f"'''{value}'''"


def command(code: str, folder: Path, **keys: object) -> dict:
    """An entry that executes some Python."""
    return {"kind": "command", "argv": [sys.executable, "-c", code], "folder": str(folder)} | keys


def suite(folder: Path, **keys: object) -> dict:
    """An entry that runs the pytest suite of a folder."""
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml=report.xml", "test_shop.py"]
    entry = {"kind": "test_suite", "argv": argv, "folder": str(folder), "junit_xml": "report.xml", "words": ["login"]}
    return entry | keys


def with_entry(issue: Issue, entry: str, text: str = "Login takes less than a second", **fields: object) -> Check:
    """A check of the issue whose entry somebody has confirmed."""
    return issue.checks.create(text=text, entry=entry, **fields)


def with_login(completed) -> Issue:
    """A completed issue with a check that the entry "login" executes."""
    issue = completed()
    with_entry(issue, "login")
    return issue


def ran(issue: Issue, clock: Callable[[], datetime] = timezone.now, **options: object) -> ValidationRun:
    """A run of the issue's checks that was asked for and carried out."""
    hand = {"actor": None, "door": Door.TASK, "now": timezone.now()}
    asked = requests.request_run(issue.pk, **hand | options)
    return run.execute(asked.pk, clock=clock) or ValidationRun.objects.get(pk=asked.pk)


def read_again(made: ValidationRun) -> ValidationRun:
    """The run as it is now."""
    return ValidationRun.objects.get(pk=made.pk)


@pytest.fixture
def catalogue(settings, tmp_path):
    """Write the site's catalogue."""
    settings.VALIDATION_CATALOGUE = str(tmp_path / "validation.toml")

    def write(**entries):
        Path(settings.VALIDATION_CATALOGUE).write_text(toml(**entries))

    return write


@pytest.fixture
def owner(make_owner, make_user):
    return make_owner("Olga Brandt", email="olga@example.org", user=make_user("olga"))


@pytest.fixture
def rita(make_user):
    """Somebody who may do everything, and owns nothing."""
    return make_user("rita", is_superuser=True)


@pytest.fixture
def completed(make_issue, owner):
    """An issue that was completed (or brought to another status) an hour ago."""

    def make(**fields):
        issue = make_issue(**{"status": Status.COMPLETED, "owner": owner, "priority": Priority.P2} | fields)
        before = timezone.now() - timedelta(hours=1)
        keep(StatusChange(issue=issue, new_status=issue.status, actor_name="boss", door=Door.ADMIN, at=before))
        return issue

    return make


@pytest.fixture
def task():
    """What the site itself does now."""
    return {"actor": None, "door": Door.TASK, "now": timezone.now()}
