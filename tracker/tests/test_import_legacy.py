"""`manage.py import_legacy`: files of the predecessor become issues and marked history, each entry counted once."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import connection
from django.utils import timezone

from tracker import amend, decisions, intake, workflow
from tracker.choices import Decision, Door, NoteKind, PredecessorKind, Priority, Status
from tracker.models import Analysis, ExtractedItem, Issue, PredecessorEntry, RevenueProfile, StatusChange, System

DUE = "2026-03-24T00:51:06.813159"
ACTION = "**Fix the chain:** Await the manager that serves all the sockets of the site"


def old(**fields):
    """An issue as the predecessor writes it."""
    description = fields.get("description", ACTION)
    return {
        "issue_id": "P0-20260310-001",
        "title": f"Critical Fix: {str(description)[:50]}...",
        "description": description,
        "analysis_file": "reports/bugs/STARTUP_FAILURE.md",
        "priority": "p0",
        "status": "identified",
        "owner": None,
        "deadline": DUE,
        "created_at": "2026-03-10T12:00:00.000001",
        "updated_at": "2026-03-10T12:00:00.000002",
        "business_impact": "Nobody can log in",
        "technical_debt": None,
        "affected_systems": ["Backend"],
        "remediation_plan": [description],
        "validation_steps": [],
        "business_value_protected": None,
        "execution_notes": [],
        "recurrence_prevention": [],
    } | fields  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """A folder of the predecessor; call it with the text or the value of each file, by name."""

    def write(**files):
        names = {
            "issues": "tracked_issues.json",
            "active": "alerts/active_alerts.json",
            "history": "alerts/alert_history.json",
            "metrics": "dashboard/metrics_history.json",
            "config": "tracker_config.json",
        }
        for name, said in files.items():
            path = tmp_path / names[name]
            path.parent.mkdir(exist_ok=True)
            data = said if isinstance(said, bytes) else (said if isinstance(said, str) else json.dumps(said)).encode()
            path.write_bytes(data)
        return tmp_path

    return write


@pytest.fixture
def take(run, folder):
    """Import a folder with these files, and give what the command says of it as JSON, with its exit code."""

    def take(*arguments, **files):
        ended = run("import_legacy", folder(**files), "--json", *arguments)
        assert ended.err == "", ended.err
        said = json.loads(ended.out)
        said["code"] = ended.code
        said["of"] = {each["file"]: each for each in said["files"]}
        return said

    return take


def counts(said, file="tracked_issues.json"):
    return tuple(said["of"][file][name] for name in ("created", "changed", "unchanged", "refused"))


def rows():
    return {model.__name__: model.objects.count() for model in (Issue, Analysis, ExtractedItem, PredecessorEntry)}


def test_a_dry_run_counts_what_apply_then_does_and_writes_nothing(take, make_owner):
    make_owner("Claude Code")
    issues = {f"P0-20260310-{number}": old(description=f"Repair part {number}", status=status, owner="Claude Code")
              for number, status in enumerate(("identified", "planned", "in_progress", "completed", "validated", "failed", "blocked"))}  # fmt: skip  # noqa: E501

    dry = take(issues=issues)
    assert (counts(dry), dry["written"], rows()["Issue"]) == ((7, 0, 0, 0), False, 0)
    applied = take("--apply", issues=issues)

    assert (applied["of"], applied["written"], applied["code"]) == (dry["of"], True, 0)
    assert {issue.title.rpartition(" ")[2]: issue.status for issue in Issue.objects.all()} == {
        "0": "identified", "1": "planned", "2": "in_progress", "3": "completed",
        "4": "completed", "5": "failed", "6": "blocked",
    }  # fmt: skip


def test_validated_without_evidence_is_completed_and_said_so(take):
    said = take("--apply", issues={"P0-20260310-001": old(status="validated")})

    issue = Issue.objects.get()
    assert issue.status == Status.COMPLETED
    assert "still has to be validated" in issue.notes.get(kind=NoteKind.EVIDENCE).text
    assert said["of"]["tracked_issues.json"]["special"]["validated there without evidence, completed here"] == 1
    assert workflow.refusals("validate", issue, None)
    assert not StatusChange.objects.filter(new_status=Status.VALIDATED).exists()


def test_the_deadline_is_kept_to_the_microsecond_in_the_zone_of_its_writer(take):
    take("--apply", "--time-zone", "America/New_York", issues={"a": old()})

    issue = Issue.objects.get()
    assert issue.deadline == issue.original_deadline == datetime(2026, 3, 24, 4, 51, 6, 813159, UTC)


def test_a_time_that_comes_twice_is_the_first_and_is_told(take):
    said = take("--apply", "--time-zone", "Europe/Paris", issues={"a": old(deadline="2026-10-25T02:30:00")})

    assert Issue.objects.get().deadline == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert any("comes twice" in each for each in said["of"]["tracked_issues.json"]["remarks"])


def test_a_second_run_changes_nothing(take):
    files = {
        "issues": {"a": old(execution_notes=["2026-03-10T13:00:00.1: Began"], validation_steps=["It starts"])},
        "history": [{"alert_id": "overdue_a", "issue_id": "a", "created_at": "2026-03-25T01:00:00"}],
        "metrics": [{"timestamp": "2026-03-25T01:00:00", "summary": {"total_mrr_at_risk": 12000.5}}],
    }
    take("--apply", **files)
    before = rows(), Issue.objects.values().get(), Issue.objects.get().notes.count()

    again = take("--apply", **files)

    assert [counts(again, file) for file in again["of"]] == [(0, 0, 1, 0)] * 3
    assert (rows(), Issue.objects.values().get(), Issue.objects.get().notes.count()) == before


def test_a_changed_file_is_a_difference(take, make_owner):
    olga = make_owner("Olga Brandt")
    later = timezone.now() + timedelta(days=40)
    take("--apply", issues={"a": old()})

    said = take(
        "--apply",
        issues={
            "a": old(owner="Olga Brandt", status="in_progress", deadline=later.replace(tzinfo=None).isoformat(),
                     execution_notes=["2026-03-11T09:00:00: Began"], extra={"room": 7}),
            "b": old(description="Add a test for it"),
        },
    )  # fmt: skip

    issue = Issue.objects.get(title__startswith="Fix the chain")
    assert counts(said) == (1, 1, 0, 0)
    assert (issue.owner, issue.status, issue.deadline) == (olga, Status.IN_PROGRESS, later)
    assert [row.new_status for row in issue.changes.order_by("at")] == ["identified", "planned", "in_progress"]
    assert issue.original_deadline == datetime.fromisoformat(f"{DUE}+00:00")
    notes = "\n".join(issue.notes.values_list("text", flat=True))
    assert "2026-03-11 09:00, in the predecessor: Began" in notes
    assert 'extra: none → {"room": 7}' in notes


def test_newer_work_here_is_not_overwritten(take, make_owner, make_user):
    lee, mona = make_owner("Lee Okafor"), make_owner("Mona Reyes")
    make_owner("Olga Brandt")
    take("--apply", issues={"a": old(owner="Olga Brandt")})
    issue = Issue.objects.get()
    hand = {"actor": None, "door": Door.ADMIN, "now": timezone.now()}
    amend.assign(issue.pk, lee, **hand)
    amend.set_priority(issue.pk, Priority.P1, **hand)
    workflow.apply("block", issue.pk, reason="No parts.", **hand)

    said = take("--apply", issues={"a": old(owner="Mona Reyes", priority="p2", status="completed", technical_debt=3)})

    issue.refresh_from_db()
    assert (issue.owner, issue.priority, issue.status) == (lee, Priority.P1, Status.BLOCKED)
    assert counts(said) == (0, 1, 0, 0)
    assert len(said["of"]["tracked_issues.json"]["remarks"]) == 3
    assert mona.issues.count() == 0
    assert counts(
        take("--apply", issues={"a": old(owner="Mona Reyes", priority="p2", status="completed", technical_debt=3)})
    ) == (0, 0, 1, 0)


def test_a_change_that_a_gate_refuses_is_told_until_it_can_be_made(take):
    take("--apply", issues={"a": old()})

    for _ in range(2):
        said = take("--apply", issues={"a": old(deadline="2026-03-12T00:00:00", owner="Nobody")})
        assert (counts(said), said["code"]) == ((0, 0, 0, 1), 3)
        assert "has passed already" in said["of"]["tracked_issues.json"]["refusals"][0]

    assert Issue.objects.get().field_changes.count() == 0
    assert Issue.objects.get().notes.count() == 1


def test_an_id_is_no_proof_of_identity(take):
    take("--apply", issues={"P0-20260310-001": old()})

    said = take("--apply", issues={"P0-20260310-001": old(description="Something else"), "P0-20260311-001": old()})

    assert counts(said) == (1, 0, 1, 0)
    assert Issue.objects.count() == 2


def test_one_issue_under_two_ids_is_taken_once_as_it_was_updated_last(take):
    said = take(
        "--apply",
        issues={"a": old(status="completed", updated_at="2026-03-12T00:00:00"), "b": old(issue_id="b")},
    )

    assert counts(said) == (1, 0, 0, 1)
    assert "the same issue as a" in said["of"]["tracked_issues.json"]["refusals"][0]
    assert Issue.objects.get().status == Status.COMPLETED


def test_an_id_that_the_file_has_twice_loses_no_issue(take):
    text = f'{{"a": {json.dumps(old())}, "a": {json.dumps(old(description="Something else"))}}}'

    assert counts(take("--apply", issues=text)) == (2, 0, 0, 0)
    assert Issue.objects.count() == 2


def test_an_entry_of_the_analysis_that_is_here_already_is_not_tracked_twice(take, put, hand, make_owner):
    text = f"# Startup fails\n\n## Actions\n\n- {ACTION}\n- Log every failed start with its cause\n"
    analysis = intake.import_analysis(text, source="reports/bugs/STARTUP_FAILURE.md", **hand).analysis
    first, second = analysis.items.issues().order_by("line")
    tracked = decisions.add(first.pk, **hand)

    said = take(
        "--apply", issues={"a": old(priority="p3"), "b": old(description="Log every failed start with its cause")}
    )

    assert counts(said) == (1, 1, 0, 0)
    assert Issue.objects.count() == 2
    tracked.refresh_from_db()
    assert tracked.priority == first.priority
    assert "Nobody can log in" in tracked.notes.get().text
    second.refresh_from_db()
    assert (second.decision, second.issue.deadline) == (Decision.ADDED, datetime.fromisoformat(f"{DUE}+00:00"))


def test_the_analysis_itself_finds_the_issues_when_it_comes_in_later(take, hand):
    take("--apply", issues={"a": old()})
    text = f"# Startup fails\n\n## Actions\n\n- {ACTION}\n"

    result = intake.import_analysis(text, source="reports/bugs/STARTUP_FAILURE.md", **hand)
    intake.add_all(result.analysis.pk, **hand)

    assert (result.outcome, Issue.objects.count()) == ("changed", 1)
    assert Issue.objects.get().source_line == 5


def test_checks_systems_prevention_and_unknown_fields_are_kept(take):
    backend = System.objects.get(name="backend")
    said = old(validation_steps=["It starts"], recurrence_prevention=["Test the start"], colour="red")

    take("--apply", issues={"a": said})

    issue = Issue.objects.get()
    assert [check.text for check in issue.checks.all()] == ["It starts"]
    assert list(issue.systems.all()) == [backend]
    assert "- Test the start" in issue.notes.get(kind=NoteKind.PREVENTION).text
    assert "- colour: red" in issue.notes.get(kind=NoteKind.PROGRESS).text


def test_alerts_and_figures_are_history_and_nothing_else(take):
    alert = {"alert_id": "overdue_a", "issue_id": "a", "created_at": "2026-03-25T01:00:00", "channels": ["email"]}
    figures = {"timestamp": "2026-03-25T01:00:00", "summary": {"total_mrr_at_risk": 9e9}}

    said = take("--apply", issues={"a": old()}, active={"overdue_a": alert | {"acknowledged": True}},
                history=[alert, alert | {"alert_id": "business_impact_critical", "issue_id": "MULTIPLE"}], metrics=[figures])  # fmt: skip  # noqa: E501

    assert counts(said, "alerts/active_alerts.json") == (1, 0, 0, 0)
    assert counts(said, "alerts/alert_history.json") == (1, 0, 0, 1)
    kept = PredecessorEntry.objects.filter(kind=PredecessorKind.ALERT)
    assert {row.name: row.issue for row in kept} == {"overdue_a": Issue.objects.get(), "business_impact_critical": None}
    row = PredecessorEntry.objects.get(kind=PredecessorKind.METRICS)
    assert (row.said, str(row)) == (figures, "2026-03-25T01:00:00 (predecessor's method)")
    assert not RevenueProfile.objects.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"priority": "p9"}, "“priority” is 'p9', and should be one of p0, p1, p2, p3."),
        ({"status": 4}, "“status” is a number, and should be one of"),
        ({"title": "", "description": None}, "neither a title nor a description"),
        ({"title": 7}, "“title” is a number, and should be a text or null."),
        ({"deadline": "next week"}, "“deadline” is 'next week', which is no time"),
        ({"deadline": "0001-01-01T00:00:00"}, "which is no time"),
        ({"technical_debt": float("nan")}, "“technical_debt” is NaN, which is no number"),
        ({"business_value_protected": float("inf")}, "is Infinity, which is no number"),
        ({"affected_systems": "Backend"}, "“affected_systems” is a text, and should be a list of texts or null."),
        ({"owner": "a\0b"}, "“owner” has a NUL character"),
        ({"business_impact": "\ud800"}, "has half of a character"),
    ],
)
def test_a_wrong_entry_is_refused_in_a_sentence_and_stops_no_other(take, fields, sentence):
    said = take("--apply", issues={"good": old(description="Something else"), "bad": old(**fields)})

    assert (counts(said), said["code"]) == ((1, 0, 0, 1), 3)
    [refusal] = said["of"]["tracked_issues.json"]["refusals"]
    assert refusal.startswith("tracked_issues.json, bad: ")
    assert sentence in refusal
    assert Issue.objects.count() == 1


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"metrics": '[{"timestamp": "2026-03-2'}, "dashboard/metrics_history.json: the JSON is broken at line 1"),
        ({"metrics": ""}, "it is empty"),
        ({"metrics": "{}"}, "it has an object, and should have a list of entries"),
        ({"metrics": "[" * 200_000}, "nested too deeply"),
        ({"metrics": b"[\xfa"}, "no UTF-8"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_keeps_everything_from_being_written(run, folder, files, sentence):
    ended = run("import_legacy", folder(issues={"a": old()}, **files), "--apply")

    assert ended.code == 1
    assert sentence in ended.err
    assert ended.err.rstrip().endswith("Nothing was written.")
    assert set(rows().values()) == {0}


def test_a_folder_with_none_of_the_files_is_refused(run, tmp_path):
    ended = run("import_legacy", tmp_path)

    assert (ended.code, ended.out) == (1, "")
    assert "has none of the predecessor's files" in ended.err


def test_settings_are_offered_and_never_taken_over(take):
    said = take(
        "--apply", issues={}, config={"p0_default_deadline_hours": 12, "integration_settings": {"docker": True}}
    )

    assert said["settings"] == [
        "tracker_config.json, p0_default_deadline_hours is 12: set it under Set-up, Deadlines, P0, hours, "
        "where it is 24 now."
    ]


def test_an_actor_without_the_right_imports_nothing(run, folder, make_user):
    user = make_user("vera")
    user.user_permissions.set(Permission.objects.filter(codename="view_issue"))

    ended = run("import_legacy", folder(issues={"a": old()}), "--apply", "--as", "vera")

    assert (ended.code, Issue.objects.count()) == (1, 0)
    assert "Only a manager decides" in ended.err


@pytest.mark.process
@pytest.mark.skipif(connection.vendor != "sqlite", reason="one database is enough to see the program")
@pytest.mark.django_db(transaction=True)
def test_as_a_program_it_writes_to_a_database_of_its_own(tmp_path, folder):
    connection.ensure_connection()
    file = tmp_path / "site.sqlite3"
    with closing(sqlite3.connect(file)) as copy:
        connection.connection.backup(copy)  # migrating a new one takes most of a minute
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{file}"}

    def manage(*arguments):
        command = [sys.executable, "manage.py", *map(str, arguments)]
        return subprocess.run(
            command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
        )

    where = folder(issues={"a": old()})
    first, second = (manage("import_legacy", where, "--apply") for _ in range(2))

    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout.rstrip().endswith("Written.")
    assert second.stdout.split()[5:9] == ["0", "0", "1", "0"]
