"""What the tests of the tracker share: its commands, run as a shell runs them."""

from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Permission
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
    """Run a command of the tracker with these arguments; the test's database stays open after it."""
    monkeypatch.setattr(connections, "close_all", lambda: None)

    def run(name: str, *arguments: object) -> Ended:
        capsys.readouterr()
        code = 0
        try:
            load_command_class("tracker", name).run_from_argv(["manage.py", name, *map(str, arguments)])
        except SystemExit as end:
            code = end.code
        out, err = capsys.readouterr()
        return Ended(code, out, err)

    return run


@pytest.fixture
def manager(client, make_user):
    """A browser of somebody who may do everything; `manager.user` is that person."""
    client.user = make_user("mona", is_staff=True, is_superuser=True)
    client.force_login(client.user)
    return client


@pytest.fixture
def viewer(client, make_user):
    """A browser of somebody who may look at everything and change nothing."""
    client.user = make_user("vera", is_staff=True)
    client.user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(client.user)
    return client
