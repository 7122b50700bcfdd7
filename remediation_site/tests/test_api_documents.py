"""The documents of the API: who may read them, and that what they say holds; and the examples, run as they stand."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.utils import timezone

from remediation_site.api import tokens
from remediation_site.api.problems import KINDS
from remediation_site.api.scopes import Scope
from remediation_site.models import ApiAnswer
from remediation_site.tests.api import make_caller, manager  # noqa: F401 - fixtures
from tracker.choices import Door, Priority, Status
from tracker.models import Issue, System

GUIDE = Path(settings.BASE_DIR) / "docs" / "api.md"


def blocks(language: str, document: Path = GUIDE) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", document.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.django_db
def test_the_documents_are_for_who_is_signed_in_or_has_a_token(client, manager, make_user):  # noqa: F811
    for path in ("/docs", "/openapi.json"):
        assert manager.get(path).status == 200
    refused = client.get("/api/v1/openapi.json")
    assert (refused.status_code, refused.headers["Content-Type"]) == (401, "application/problem+json")
    assert client.get("/api/v1/docs").status_code == 302
    assert client.get("/api/v1/docs", headers={"authorization": "Bearer x"}).status_code == 401

    client.force_login(make_user("mona", is_staff=True))
    assert client.get("/api/v1/docs").status_code == 200
    assert client.get("/api/v1/openapi.json").json()["openapi"] == "3.1.0"
    assert client.post("/api/v1/openapi.json").status_code == 405


@pytest.mark.django_db
def test_the_page_names_every_operation_and_every_kind_of_problem_and_no_other_site(client, make_user):
    client.force_login(make_user("mona", is_staff=True, is_superuser=True))
    found = client.get("/api/v1/openapi.json").json()

    page = client.get("/api/v1/docs").content.decode()

    for path, methods in found["paths"].items():
        for method in methods:
            assert f"<code>{method.upper()} {path}</code>" in page
    for kind in KINDS:
        assert f'id="problem-{kind}"' in page
    outside = re.findall(r'(?:src|href|action)="((?:https?:)?//[^"]*)"', page)
    assert outside == []
    assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=", page)


def test_the_guide_names_every_scope():
    assert {scope.value for scope in Scope} == set(re.findall(r"^\| `([\w:]+)` \|", GUIDE.read_text(), re.MULTILINE))


@pytest.mark.django_db(transaction=True)
def test_the_commands_of_the_guide_are_commands(run, make_user):
    make_user("olga")
    group = Group.objects.get_or_create(name="Engineer")[0]
    assert group

    made = [run(*line.split()[2:]) for line in blocks("sh")[0].splitlines() if "revoke" not in line]

    assert [each.code for each in made] == [0, 0, 0], [each.err for each in made]


@pytest.mark.django_db(transaction=True)
def test_the_examples_of_the_guide_lead_an_analysis_to_a_validated_issue(live_server, make_user, make_owner, tmp_path):
    make_owner("Olga Brandt")
    boss = make_user("mona", is_superuser=True)
    by = {"creator": boss, "door": Door.ADMIN, "now": timezone.now()}
    _token, secret = tokens.create(boss, name="guide", scopes=list(Scope), **by)
    script = "\n".join(blocks("bash"))
    environment = {"PATH": os.environ["PATH"], "SITE": live_server.url, "TOKEN": secret, "NO_PROXY": "*"}

    command = ["bash", "-eu", "-o", "pipefail", "-c", script]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    issue = Issue.objects.get()
    assert issue.status == Status.VALIDATED
    steps = list(issue.changes.order_by("pk").values_list("new_status", "door", "actor_name"))
    assert [status for status, _, _ in steps] == ["identified", "planned", "in_progress", "completed", "validated"]
    assert {(door, name) for _, door, name in steps} == {("api", "mona (token guide)")}
    assert issue.notes.filter(hours="2.5").count() == 1
    assert issue.validation_runs.get().source == "ci"
    assert ApiAnswer.objects.count() == 2
    assert json.loads((tmp_path / "openapi.json").read_text())["paths"]


@pytest.mark.django_db(transaction=True)
def test_a_runner_elsewhere_reports_and_asks_as_the_page_of_pipelines_says(
    live_server, make_user, make_issue, tmp_path
):
    issue, boss, now = make_issue(status=Status.COMPLETED), make_user("mona", is_superuser=True), timezone.now()
    by = {"creator": boss, "door": Door.ADMIN, "now": now}
    _token, secret = tokens.create(boss, name="ci", scopes=[Scope.READ, Scope.VALIDATE], **by)
    System.objects.create(name="checkout 2")
    suite = f'<testsuite name="a" tests="1" timestamp="{now.isoformat()}"><testcase name="b"/></testsuite>'
    (tmp_path / "report.xml").write_text(f"<testsuites>{suite}</testsuites>")
    environment = {"PATH": os.environ["PATH"], "SITE": live_server.url, "TOKEN": secret, "NO_PROXY": "*"}
    environment |= {"ISSUE": issue.reference, "COMMIT": "0123456789abcdef"}
    record, gate = blocks("bash", GUIDE.with_name("ci.md"))

    def ends(script: str) -> int:
        command = ["bash", "-eu", "-o", "pipefail", "-c", script]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False).returncode

    assert [ends(record), ends(record)] == [0, 0]
    assert issue.validation_runs.get().results.get().commit == environment["COMMIT"]
    gate = gate.replace("system=checkout", "system=checkout%202")
    assert ends(gate) == 0
    late = make_issue(priority=Priority.P0, deadline=now)
    late.systems.set(System.objects.filter(name="checkout 2"))
    assert ends(gate) != 0
    assert late.reference in (tmp_path / "gate.json").read_text()
    environment["TOKEN"] = "rem_" + "x" * 43
    assert [ends(record), ends(gate)] == [22, 22]
