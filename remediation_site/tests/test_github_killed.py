"""The real command, killed in the middle: nothing is opened twice at GitHub, and what we did ourselves is no news."""

import os
import signal
import subprocess
import sys

import pytest
from django.utils import timezone

from remediation_site.tests.conftest import BASE_DIR, run_manage
from remediation_site.tests.work import until
from tracker.tests.github_server import TOKEN, github_server

pytestmark = pytest.mark.process

PREPARE = """
from django.utils import timezone
from tracker.choices import Door, IssueKind, Priority, Status
from tracker.encryption import encrypt
from tracker.github import asking
from tracker.github.client import PURPOSE
from tracker.models import GitHubRepository, Issue
now = timezone.now()
issue = Issue.objects.create(reference="P1-20260310-001", title="Login is slow", kind=IssueKind.FIX,
    priority=Priority.P1, status=Status.IDENTIFIED, created_at=now, updated_at=now, status_since=now, worked_at=now)
shop = GitHubRepository.objects.create(name="acme/shop", api_url="{url}", compared_until=now,
    token_encrypted=encrypt("{token}", purpose=PURPOSE))
asking.ask(issue.pk, shop, actor=None, door=Door.COMMAND, now=now)
"""
CANCEL = """
from django.utils import timezone
from tracker import workflow
from tracker.choices import Door
from tracker.models import Issue
workflow.apply("cancel", Issue.objects.get().pk, reason="So.", actor=None, door=Door.COMMAND, now=timezone.now())
"""
LOOK = """
from tracker.models import GitHubLink, Issue
link = GitHubLink.objects.get()
print(link.state, link.number, link.said_state, link.saying_state or "-", link.issue.notes.count())
"""


@pytest.fixture
def github(site_environment):
    with github_server() as server:
        server.now = timezone.now()
        site_environment |= {"OUTGOING_ALLOW_HOSTS": server.place, "SEND_SECONDS": "1", "SEND_LEASE_SECONDS": "3"}
        yield server


@pytest.fixture
def shell(site_environment, github):
    def run(code: str) -> str:
        ended = run_manage("shell", "--no-imports", "-c", code, environment=site_environment)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.strip()

    return run


def killed_after_its_write(github, environment) -> None:
    """Push, and end the process for good when GitHub has written and before it has answered."""
    command = [sys.executable, str(BASE_DIR / "manage.py"), "github", "push"]
    writes = len(github.writes)
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill() -> None:
        github.after_write = None
        os.kill(process.pid, signal.SIGKILL)
        process.wait(timeout=60)

    github.after_write = kill
    assert process.wait(timeout=120) == -signal.SIGKILL
    assert len(github.writes) == writes + 1


def test_killed_between_a_write_and_its_record_nothing_is_done_twice(github, site_environment, shell):
    def push() -> bool:
        return run_manage("github", "push", environment=site_environment).returncode == 0

    shell(PREPARE.format(url=github.url, token=TOKEN))

    killed_after_its_write(github, site_environment)
    assert shell(LOOK) == "planned None  - 0"
    until(lambda: push() and shell(LOOK).startswith("followed 1"), what="it is found again when its lease has run out")
    assert len(github.issues) == 1

    shell(CANCEL)
    killed_after_its_write(github, site_environment)
    assert shell(LOOK) == "followed 1 open closed 0"
    assert run_manage("github", "follow", environment=site_environment).returncode == 0
    assert shell(LOOK) == "followed 1 closed - 0"  # it was our own doing: no note
    until(lambda: push() and github.issues[1]["state_reason"] == "not_planned", what="it is pushed once more")

    assert [method for method, _ in github.writes] == ["POST", "PATCH"]
