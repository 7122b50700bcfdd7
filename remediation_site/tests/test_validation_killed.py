"""Validation runs with real processes: manage.py up, its workers, and a check that hangs; the worker is killed."""

import json
import os
import signal

import pytest

from remediation_site.tests.conftest import Site, all_gone
from remediation_site.tests.work import until
from tracker.guard import parent_of
from tracker.tests.validating import command, toml

pytestmark = pytest.mark.process

PREPARE = """
from django.utils import timezone
from tracker.models import Issue
from tracker.choices import Door, IssueKind, Priority, Status
from tracker.validation.requests import request_run
now = timezone.now()
issue, _ = Issue.objects.get_or_create(reference="P2-20260310-001", defaults=dict(
    title="Login is slow", kind=IssueKind.PREVENT, priority=Priority.P2, status=Status.COMPLETED,
    created_at=now, updated_at=now, status_since=now, worked_at=now))
for name in ("quick", "hanging"):
    issue.checks.get_or_create(text=f"The {name} one", entry=name)
print(request_run(issue.pk, actor=None, door=Door.COMMAND, now=now).pk)
"""
LOOK = """
import json
from tracker.models import Issue, ValidationRun
run = ValidationRun.objects.get(pk={run})
print(json.dumps([run.state, run.outcome, run.sentence, Issue.objects.get().status,
                  list(run.results.values_list("outcome", flat=True))]))
"""


AGE = """
from django.utils import timezone
from remediation_site import beat
print(beat.age_seconds(timezone.now(), "validation") > 8)
"""


@pytest.fixture
def site(site_environment, tmp_path):
    site_environment["VALIDATION_CATALOGUE"] = str(tmp_path / "validation.toml")
    running = Site(site_environment, tmp_path)
    yield running
    running.stop()


@pytest.fixture
def hanging(site, tmp_path):
    """Ask for a run whose second check hangs: its number, and the processes of that check when it hangs."""
    told = tmp_path / "pids"
    hang = f"import os, time; open({str(told)!r}, 'w').write(f'{{os.getppid()}} {{os.getpid()}} '); time.sleep(600)"
    entries = toml(quick=command("print(1)", tmp_path), hanging=command(hang, tmp_path))
    (tmp_path / "validation.toml").write_text(entries)
    run = site.shell(PREPARE)
    until(lambda: told.exists() and told.read_text().endswith(" "), what="the hanging check begins")
    return run, tuple(map(int, told.read_text().split()))


@pytest.fixture
def look(site):
    return lambda run: json.loads(site.shell(LOOK.format(run=run)))


def test_a_check_that_takes_long_holds_up_no_beat_and_no_other_work(site, hanging):
    _, (_, child) = hanging
    worker = min(site.cluster_children("validation"))

    until(lambda: site.shell(AGE) == "True", what="the beat of the busy workers is past its limit")

    site.work_goes_on()
    assert site.health()["ok"]
    assert site.health()["worker_beat_age_seconds"] < 8
    assert not all_gone({child})
    assert worker in site.cluster_children("validation")  # busy for longer than a beat may stay away, and not stuck


def test_kill_9_of_the_worker_leaves_an_error_within_a_minute_no_process_and_an_issue_that_goes_on(
    site, hanging, look, tmp_path
):
    first, (guard, child) = hanging
    until(lambda: "Check 2 of 2" in look(first)[2], what="its progress can be read")
    assert look(first)[4] == ["passed"]  # what has ended can be read while the rest runs
    worker = parent_of(str(guard))

    os.kill(worker, signal.SIGKILL)

    until(lambda: all_gone({guard, child}), what="nothing of the check is left")
    _, outcome, sentence, status, results = until(
        lambda: (seen := look(first))[0] == "finished" and seen, what="the run ends", seconds=60
    )
    assert (outcome, status, results) == ("error", "completed", ["passed"])
    assert "ended from outside" in sentence

    (tmp_path / "validation.toml").write_text(
        toml(quick=command("print(1)", tmp_path), hanging=command("print(2)", tmp_path))
    )
    second = site.shell(PREPARE)
    until(lambda: look(second)[1] == "passed", what=f"the next run passes\n{site.log.read_text()}", seconds=120)
