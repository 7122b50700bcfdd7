"""A validation run whose worker is killed, with real processes: manage.py up, its workers, and a check that hangs."""

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
    created_at=now, updated_at=now))
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


@pytest.fixture
def site(site_environment, tmp_path):
    site_environment["VALIDATION_CATALOGUE"] = str(tmp_path / "validation.toml")
    running = Site(site_environment, tmp_path)
    yield running
    running.stop()


def test_kill_9_of_the_worker_leaves_an_error_within_a_minute_no_process_and_an_issue_that_goes_on(site, tmp_path):
    told, catalogue = tmp_path / "pids", tmp_path / "validation.toml"
    hang = f"import os, time; open({str(told)!r}, 'w').write(f'{{os.getppid()}} {{os.getpid()}} '); time.sleep(600)"
    catalogue.write_text(toml(quick=command("print(1)", tmp_path), hanging=command(hang, tmp_path)))

    def look(run):
        return json.loads(site.shell(LOOK.format(run=run)))

    first = site.shell(PREPARE)
    guard, child = map(
        int,
        until(
            lambda: told.exists() and told.read_text().endswith(" ") and told.read_text(),
            what="the hanging check begins",
        ).split(),
    )
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

    catalogue.write_text(toml(quick=command("print(1)", tmp_path), hanging=command("print(2)", tmp_path)))
    second = site.shell(PREPARE)
    until(lambda: look(second)[1] == "passed", what=f"the next run passes\n{site.log.read_text()}", seconds=120)
