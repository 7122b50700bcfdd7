"""Issues to validate, a catalogue to do it with, and a suite of tests that fails or passes as it is told."""

import sys
from pathlib import Path

from django.utils import timezone

from tracker.choices import Door
from tracker.models import Issue, ValidationRun
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


def with_entry(issue: Issue, entry: str, text: str = "Login takes less than a second", **fields: object):
    """A check of the issue whose entry somebody has confirmed."""
    return issue.checks.create(text=text, entry=entry, **fields)


def ran(issue: Issue, **options: object) -> ValidationRun:
    """A run of the issue's checks that was asked for and carried out."""
    hand = {"actor": None, "door": Door.TASK, "now": timezone.now()}
    asked = requests.request_run(issue.pk, **hand | options)
    return run.execute(asked.pk, clock=timezone.now) or ValidationRun.objects.get(pk=asked.pk)
