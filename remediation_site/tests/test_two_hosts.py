"""One site on two hosts, from an import to a report, with the queue in PostgreSQL and once more with Redis.

A host is a folder, a file of settings, a port and a tree of processes. One of them loses its power on the way.
"""

import contextlib
import re
import shutil
import subprocess
import sys

import psycopg
import pytest
from django.db import connection

from remediation_site.tests.conftest import BASE_DIR, all_gone, redis_running
from remediation_site.tests.hosts import Browser, Host, both_up
from remediation_site.tests.mailbox import Mailbox
from remediation_site.tests.work import until
from tracker.tests.servers import free_port
from tracker.tests.validating import command, toml

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is for one host"),
]

MONITOR = (sys.executable, str(BASE_DIR / "manage.py"), "monitor")
SECRET = "two-hosts-of-one-site-have-one-secret-Zr5Yq0Wm3Kx8Vb1Tn6Hc4"
BY_COMMAND = """# Checkout times out

## Actions

- [ ] P0: Raise the pool size of the checkout database (Owner: Olga Brandt, due 2026-02-01)
"""
BY_FORM = "# Login is slow\n\n## Actions\n\n- [ ] P1: Add an index to the table of sessions\n"
PEOPLE = """
from django.contrib.auth.models import User
from tracker.models import Owner
User.objects.create_superuser("mona", password="pass-of-mona")
print(Owner.objects.create(name="Olga Brandt", email="olga@example.org").pk)
"""
ISSUES = "SELECT id, reference, status FROM tracker_issue ORDER BY id"
RUNS = "SELECT issue_id, state, outcome, sentence FROM tracker_validationrun ORDER BY id"
EVALUATE_SOON = """
from django.utils import timezone
from django_q.models import Schedule
Schedule.objects.filter(name="evaluate alerts").update(next_run=timezone.now())
"""


@pytest.fixture
def make_hosts(site_environment, tmp_path, mailbox):
    """Two running hosts, `a` and `b`, whose check "hanging" waits for the file ISSUE.end in the common folder."""
    hosts = []

    def make(**settings: str) -> tuple[Host, Host]:
        wait = "import pathlib, time\nwhile not pathlib.Path('end').exists(): time.sleep(0.1)"
        (tmp_path / "validation.toml").write_text(toml(waiting=command(wait, tmp_path, timeout_seconds=300)))
        settings |= {
            "SECRET_KEY": SECRET,
            "DATABASE_URL": site_environment["DATABASE_URL"],
            "EMAIL_URL": mailbox.url,
            "DEFAULT_FROM_EMAIL": "alerts@example.org",
            "VALIDATION_CATALOGUE": str(tmp_path / "validation.toml"),
        }
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            hosts.append(Host(name, tmp_path / name, settings))
        both_up(hosts)
        return tuple(hosts)

    yield make
    for host in hosts:
        if hasattr(host, "process"):
            host.stop()


def asked(host: Host, question: str) -> list[tuple]:
    with psycopg.connect(host.settings["DATABASE_URL"]) as database:
        return database.execute(question).fetchall()


def import_and_plan(a: Host, b: Host, mona: Browser, folder) -> list[int]:
    """Two analyses, by command on the one host and by form on the other; two issues of Olga, in progress."""
    (folder / "checkout.md").write_text(BY_COMMAND)
    olga = a.shell(PEOPLE)
    a.command("extract_issues", "--analysis-file", str(folder / "checkout.md"), "--auto-add")
    mona.log_in(a, "mona", "pass-of-mona")
    review = mona.fill_in(b, "/admin/tracker/analysis/add/", text=BY_FORM, name="login.md")  # the session of the other
    path = review.url.removeprefix(b.url)
    mona.fill_in(b, path, at=path.replace("/change/", "/accept-all/"))
    issues = [pk for pk, _, _ in asked(a, ISSUES)]
    for number, pk in enumerate(issues):
        here, there = (a, b) if number else (b, a)
        mona.fill_in(here, f"/admin/tracker/issue/{pk}/change/owner/", owner=olga)
        mona.fill_in(there, f"/admin/tracker/issue/{pk}/transition/plan/")
        mona.fill_in(here, f"/admin/tracker/issue/{pk}/transition/start/")
    return issues


def run_checks(host: Host, mona: Browser, pk: int) -> None:
    page = f"/admin/tracker/issue/{pk}/change/"
    text = mona.fill_in(host, page, at=f"/admin/tracker/issue/{pk}/checks/", text="It waits").text
    check = re.search(rf"/admin/tracker/issue/{pk}/checks/(\d+)/entry/", text).group(1)
    mona.fill_in(host, f"/admin/tracker/issue/{pk}/checks/{check}/entry/", entry="waiting", passes="1")
    mona.fill_in(host, page, at=f"/admin/tracker/issue/{pk}/validation/")


def tell_once(a: Host, b: Host, mona: Browser, mailbox: Mailbox) -> None:
    """The first issue is late: its owner gets one mail, whoever evaluates, and acknowledges on the other host."""
    (_, late, _), _ = asked(a, ISSUES)
    a.shell(EVALUATE_SOON)
    words = f"{late} is past its deadline"
    until(lambda: mailbox.about(words), seconds=90, what=lambda: f"the mail arrives\n{logs(a, b)}")
    once = [subprocess.Popen([*MONITOR, "--once"], env=host.environment) for host in (a, b)]
    assert [each.wait(60) for each in once] == [0, 0]
    (mail,) = mailbox.about(words)
    link = re.search(r"http://\S+(/alerts/acknowledge/\S+)", mail).group(1)
    assert "Nobody is told again until" in Browser().fill_in(b, link).text
    assert "has been used already" in mona.get(a.url + link, timeout=30).text


def logs(*hosts: Host) -> str:
    return "".join(f"--- {host.name}\n{host.log.read_text()}" for host in hosts)


def states(host: Host) -> list[tuple[str, str]]:
    return [(state, outcome) for _, state, outcome, _ in asked(host, RUNS)]


def lose_one_at_work(a: Host, b: Host, mona: Browser, folder, issues: list[int], *, meanwhile) -> None:
    """Both hosts carry out a run, one each, when `b` is gone; `a` ends its own, and the other is asked for again."""
    for pk, host in zip(issues, (a, b), strict=True):
        run_checks(host, mona, pk)
    both = [("running", "")] * 2
    until(lambda: states(a) == both, seconds=60, what=lambda: f"both run: {asked(a, RUNS)}\n{logs(a, b)}")

    gone = b.kill()
    until(lambda: all_gone(gone), seconds=20, what="nothing of b runs")
    meanwhile()

    until(lambda: ("finished", "error") in states(a), seconds=90, what="the run of the lost host is marked")
    assert ("running", "") in states(a)
    (folder / "end").touch()
    until(lambda: ("finished", "passed") in states(a), seconds=60, what="the other run passes")
    lost = next(pk for pk, _, outcome, _ in asked(a, RUNS) if outcome == "error")
    mona.fill_in(a, f"/admin/tracker/issue/{lost}/change/", at=f"/admin/tracker/issue/{lost}/validation/")


def judge(a: Host, mona: Browser, mailbox: Mailbox, issues: list[int]) -> None:
    """What the host that is left shows, and that nobody was told twice."""
    until(
        lambda: states(a).count(("finished", "passed")) == 2,
        seconds=60,
        what=lambda: f"both pass: {asked(a, RUNS)}\n{logs(a)}",
    )
    assert mona.get(f"{a.url}/admin/", timeout=30).ok
    assert a.health()["ok"]
    references = [reference for pk, reference, _ in asked(a, ISSUES) if pk in issues]
    assert len(mailbox.about(f"{references[0]} is past its deadline")) == 1
    report = a.command("report")
    assert references[0] in report


class NoRedis:
    """The queue is in the database."""

    settings: dict[str, str] = {}

    def lose_everything(self) -> None:
        """There is nothing to lose."""

    def stop(self) -> None:
        """There is nothing to stop."""


class RealRedis(NoRedis):
    """A Redis server that can lose what it had."""

    def __init__(self, folder) -> None:
        if shutil.which("redis-server") is None:
            pytest.skip("redis-server is not installed")
        self.port, self.folder, self.running = free_port(), folder, contextlib.ExitStack()
        self.settings = {"REDIS_URL": self.running.enter_context(redis_running(self.port, folder))}

    def lose_everything(self) -> None:
        """It ends, and comes back empty."""
        self.stop()
        self.running.enter_context(redis_running(self.port, self.folder))

    def stop(self) -> None:
        self.running.close()


@pytest.fixture(params=["in the database", "in redis"])
def queue(request, tmp_path):
    found = NoRedis() if request.param == "in the database" else RealRedis(tmp_path)
    yield found
    found.stop()


def test_two_hosts_are_one_site_and_one_of_them_may_lose_its_power(queue, make_hosts, mailbox, tmp_path):
    a, b = make_hosts(**queue.settings)
    mona = Browser()

    issues = import_and_plan(a, b, mona, tmp_path)
    tell_once(a, b, mona, mailbox)
    lose_one_at_work(a, b, mona, tmp_path, issues, meanwhile=queue.lose_everything)

    judge(a, mona, mailbox, issues)
