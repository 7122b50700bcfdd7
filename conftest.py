"""What the tests of every app share: rows made to order, commands run as by a shell, and a clock that stands still."""

import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.management import get_commands, load_command_class
from django.db import connection, connections

from tracker.choices import IssueKind, Priority, Status
from tracker.earlier import earlier_analyses
from tracker.models import Analysis, Issue, Owner

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)  # a Tuesday
NUMBERS = count(1)


def pytest_configure():
    """Let signals end what the tests start: background jobs of a shell, and their children, ignore them."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory):
    """SQLite in a file, as on a site: in memory, the threads of a live server would share the connection of the test.

    Two threads on one SQLite connection can wait for each other for ever: one holds the connection's lock and needs
    Python's to call a function of Django's, the other holds Python's and needs the connection's to bind a value.
    """
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "tests.sqlite3")


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """A password that is slow to compute protects people; here it would be most of the time that the tests take."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def nothing_remembered():
    """What a process remembers of the rows of one test is not true in the next."""
    cache.clear()
    if len(earlier_analyses):
        earlier_analyses.forget()


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code and what it wrote."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(db, monkeypatch, capsys):
    """Run a command with these arguments as a shell runs it; the test's database stays open after it."""
    monkeypatch.setattr(connections, "close_all", lambda: None)

    def run(name: str, *arguments: object) -> Ended:
        capsys.readouterr()
        code = 0
        try:
            load_command_class(get_commands()[name], name).run_from_argv(["manage.py", name, *map(str, arguments)])
        except SystemExit as end:
            code = end.code
        out, err = capsys.readouterr()
        return Ended(code, out, err)

    return run


@pytest.fixture
def make_user(db):
    def make(username="olga", **fields):
        return get_user_model().objects.create_user(username=username, password="pass", **fields)  # noqa: S106

    return make


@pytest.fixture
def make_owner(db):
    def make(name="Olga Brandt", **fields):
        return Owner.objects.create(name=name, **fields)

    return make


@pytest.fixture
def make_analysis(db):
    def make(title="Checkout times out", **fields):
        number = next(NUMBERS)
        values = {
            "source": f"analysis-{number}.md",
            "text": f"# {title}\n\n- Raise the pool size\n",
            "sha256": f"{number:064x}",
            "imported_at": NOW,
            "updated_at": NOW,
        }
        return Analysis.objects.create(title=title, **(values | fields))

    return make


@pytest.fixture
def make_issue(db):
    def make(**fields):
        values = {
            "reference": f"{fields.get('priority', Priority.P1)}-20260310-{next(NUMBERS):03d}",
            "title": "Raise the pool size",
            "kind": IssueKind.FIX,
            "priority": Priority.P1,
            "status": Status.IDENTIFIED,
            "deadline": NOW + timedelta(hours=72),
            "original_deadline": NOW + timedelta(hours=72),
            "created_at": NOW,
            "updated_at": NOW,
            "status_since": NOW,
            "worked_at": NOW,
        }
        return Issue.objects.create(**(values | fields))

    return make
