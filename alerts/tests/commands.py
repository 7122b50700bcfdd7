"""Commands of alerts, run as a shell runs them."""

from dataclasses import dataclass

import pytest
from django.core.management import load_command_class
from django.db import connections


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code and what it wrote."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(db, monkeypatch, capsys):
    """Run a command of alerts with these arguments; the test's database stays open after it."""
    monkeypatch.setattr(connections, "close_all", lambda: None)

    def run(name: str, *arguments: object) -> Ended:
        capsys.readouterr()
        code = 0
        try:
            load_command_class("alerts", name).run_from_argv(["manage.py", name, *map(str, arguments)])
        except SystemExit as end:
            code = end.code
        out, err = capsys.readouterr()
        return Ended(code, out, err)

    return run
