"""`manage.py extract_issues`: what analyses ask for, listed or tracked."""

import io
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tracker import intake
from tracker.choices import Decision, Door, Status
from tracker.models import Analysis, ExtractedItem, Issue, Owner, System

DOC = """# Login fails

**Date:** 2026-03-09

## Root cause

Nobody renews the certificate.

## Action items

- [ ] Renew the certificate on all hosts
- [x] Restart the login service
- [ ] Alert two weeks before a certificate expires

## Success criteria

- [ ] Login works on every host for a week
"""
TITLES = [
    "Renew the certificate on all hosts",
    "Restart the login service",
    "Alert two weeks before a certificate expires",
]
LONGER = DOC.replace("\n## Success", "- [ ] Write down how a certificate is renewed\n\n## Success")


@pytest.fixture
def doc(tmp_path) -> Path:
    path = tmp_path / "login.md"
    path.write_text(DOC)
    return path


@pytest.fixture
def as_json(run):
    """Run the command on files and read what it printed, one object a file."""

    def as_json(*arguments: object) -> list[dict]:
        ended = run("extract_issues", "--format", "json", "--analysis-file", *arguments)
        assert ended.code == 0, ended.err
        return [json.loads(line) for line in ended.out.splitlines()]

    return as_json


# -- without --auto-add -----------------------------------------------------------------------------------------------
def test_nothing_is_written_unless_asked(as_json, doc):
    as_json(doc)

    assert not Analysis.objects.exists()
    assert not ExtractedItem.objects.exists()


def test_json_has_exactly_the_documented_fields(as_json, doc):
    (told,) = as_json(doc)

    assert set(told) == {"analysis", "issues", "validation_steps", "skipped"}
    assert set(told["analysis"]) == {"source", "title", "root_cause", "whys"}
    assert [set(issue) for issue in told["issues"]] == [
        {
            "line", "kind", "priority", "priority_stated", "done", "duplicate_lines", "title", "description", "owner",
            "deadline", "affected_systems",
        }
    ] * 3  # fmt: skip
    assert [set(check) for check in told["validation_steps"]] == [{"line", "title"}]
    assert all(set(line) == {"line", "title", "reason"} for line in told["skipped"])


def test_json_says_what_the_document_says(as_json, doc):
    (told,) = as_json(doc)

    assert told["analysis"]["title"] == "Login fails"
    assert told["analysis"]["source"] == str(doc)
    assert told["analysis"]["root_cause"]["line"] in (5, 7)
    assert [(issue["line"], issue["title"]) for issue in told["issues"]] == list(zip((11, 12, 13), TITLES, strict=True))
    assert [issue["done"] for issue in told["issues"]] == [False, True, False]
    assert told["validation_steps"] == [{"line": 17, "title": "Login works on every host for a week"}]


def test_an_owner_is_the_known_one_else_the_words_else_nobody(as_json, tmp_path):
    Owner.objects.create(name="Dana Fox", slack_name="dana")
    (tmp_path / "a.md").write_text(
        "# Login fails\n\n## Action items\n\n| Action | Owner |\n|---|---|\n"
        "| Renew the certificate on all hosts | @dana |\n| Rotate the signing key | Omar H. |\n"
        "| Add an alert for expiring certificates | |\n"
    )

    (told,) = as_json(tmp_path / "a.md")

    assert [issue["owner"] for issue in told["issues"]] == ["Dana Fox", "Omar H.", None]


def test_a_deadline_is_the_one_that_the_priority_s_policy_gives_in_utc(as_json, doc):
    before = datetime.now(UTC)

    (told,) = as_json(doc)

    hours = {"P0": 24, "P1": 72, "P2": 14 * 24, "P3": 30 * 24}
    for issue in told["issues"]:
        assert issue["deadline"].endswith("+00:00")
        late = datetime.fromisoformat(issue["deadline"]) - before - timedelta(hours=hours[issue["priority"]])
        assert timedelta(0) <= late < timedelta(minutes=5)


def test_text_shows_a_table_the_place_of_each_issue_and_the_counts(run, doc):
    ended = run("extract_issues", "--analysis-file", doc)

    lines = ended.out.splitlines()
    assert ended.code == 0
    assert lines[0] == f"{doc}: Login fails"
    assert lines[1].split() == ["Reference", "Pri", "Kind", "Deadline", "Title", "Place"]
    assert [line.split()[0] for line in lines[2:5]] == ["-", "-", "-"]
    assert [line.endswith(f"{doc}:{number}") for line, number in zip(lines[2:5], (11, 12, 13), strict=True)] == [
        True
    ] * 3
    assert "Restart the login service (done)" in lines[3]
    assert lines[5].startswith("3 issues, 1 check, ")
    assert lines[5].endswith(" skipped, 0 already known")
    assert "\x1b" not in ended.out


def test_a_file_without_issues_has_no_table_and_is_no_failure(run, tmp_path):
    (tmp_path / "a.md").write_text("# Nothing happened\n\nAll was well.\n")

    ended = run("extract_issues", "--analysis-file", tmp_path / "a.md")

    assert (ended.code, ended.err) == (0, "")
    assert "Reference" not in ended.out
    assert "0 issues, 0 checks, " in ended.out


def test_standard_input_is_read_and_known_by_what_it_says(as_json, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(DOC.encode())))

    (told,) = as_json("-")

    assert told["analysis"]["source"].startswith("stdin:")
    assert len(told["issues"]) == 3


# -- with --auto-add --------------------------------------------------------------------------------------------------
def test_every_issue_is_tracked_and_its_reference_told(as_json, doc):
    (told,) = as_json(doc, "--auto-add")

    issues = {issue.reference: issue for issue in Issue.objects.all()}
    assert [issues[issue["reference"]].title for issue in told["issues"]] == TITLES
    assert {change.door for issue in issues.values() for change in issue.changes.all()} == {Door.COMMAND}
    done = issues[told["issues"][1]["reference"]]
    assert done.status == Status.COMPLETED


def test_what_is_told_of_a_tracked_issue_is_what_it_has(as_json, doc):
    as_json(doc, "--auto-add")
    owner = Owner.objects.create(name="Dana Fox")
    deadline = datetime(2099, 1, 1, tzinfo=UTC)
    Issue.objects.filter(title=TITLES[0]).update(owner=owner, deadline=deadline, priority="P3")

    for arguments in ([doc], [doc, "--auto-add"]):
        first = as_json(*arguments)[0]["issues"][0]
        assert (first["owner"], first["priority"]) == ("Dana Fox", "P3")
        assert datetime.fromisoformat(first["deadline"]) == deadline


def test_the_same_file_again_adds_nothing_and_tells_the_same_references(as_json, run, doc):
    (first,) = as_json(doc, "--auto-add")

    (second,) = as_json(doc, "--auto-add")

    assert second == first
    assert Issue.objects.count() == 3
    assert "3 issues, 1 check" in (shown := run("extract_issues", "--analysis-file", doc).out)
    assert "3 already known" in shown
    assert first["issues"][0]["reference"] in shown


def test_a_changed_file_adds_what_is_new_in_it(as_json, run, doc):
    (first,) = as_json(doc, "--auto-add")
    doc.write_text(LONGER)

    shown = run("extract_issues", "--analysis-file", doc, "--auto-add").out

    (second,) = as_json(doc)
    assert Issue.objects.count() == 4
    assert "4 issues, 1 check" in shown
    assert "3 already known" in shown
    assert "The text has changed since the last import: 1 new, 0 changed, 0 gone" in shown
    assert all(issue["reference"] in shown for issue in first["issues"])
    assert len(second["issues"]) == 4


def test_a_dismissed_entry_stays_dismissed(as_json, doc, now):
    hand = {"actor": None, "door": Door.ADMIN, "now": now}
    intake.import_analysis(DOC, source=str(doc), **hand)
    item = ExtractedItem.objects.get(title=TITLES[2])
    intake.dismiss(item.pk, reason="It has one.", **hand)

    (told,) = as_json(doc, "--auto-add")

    item.refresh_from_db()
    assert item.decision == Decision.DISMISSED
    assert [bool(issue["reference"]) for issue in told["issues"]] == [True, True, False]


def test_a_copy_of_a_file_is_the_analysis_that_is_there_already(as_json, run, doc, tmp_path):
    as_json(doc, "--auto-add")
    copy = tmp_path / "copy.md"
    copy.write_text(DOC)

    shown = run("extract_issues", "--analysis-file", copy, "--auto-add").out

    assert Analysis.objects.get().source == str(doc)
    assert Issue.objects.count() == 3
    assert f"This is {doc}, which is there already." in shown
    assert "3 already known" in shown


def test_a_file_that_was_uploaded_earlier_is_a_new_version_of_it(as_json, doc, now):
    intake.import_analysis(DOC, source="login.md", actor=None, door=Door.ADMIN, now=now)
    doc.write_text(LONGER)

    as_json(doc, "--auto-add")

    assert Analysis.objects.get().source == "login.md"
    assert Issue.objects.count() == 4


def test_another_document_with_the_name_of_an_upload_is_an_analysis_of_its_own(as_json, doc, now):
    other = "# The lift stops\n\n## Action items\n\n- [ ] Replace the worn cable of the second lift\n"
    intake.import_analysis(other, source="login.md", actor=None, door=Door.ADMIN, now=now)

    as_json(doc, "--auto-add")

    assert {analysis.source for analysis in Analysis.objects.all()} == {"login.md", str(doc)}


def test_the_same_file_from_another_folder_is_the_same_analysis(as_json, doc, monkeypatch):
    as_json(doc, "--auto-add")
    doc.write_text(LONGER)
    monkeypatch.chdir(doc.parent)

    as_json(doc.name, "--auto-add")

    assert Analysis.objects.count() == 1
    assert Issue.objects.count() == 4


def test_systems_and_their_default_owners_are_those_of_the_site(as_json, doc):
    owner = Owner.objects.create(name="Omar Haddad")
    System.objects.all().delete()
    System.objects.create(name="gatehouse", keywords="certificate\nlogin", default_owner=owner)

    (told,) = as_json(doc, "--auto-add")

    assert told["issues"][0]["affected_systems"] == ["gatehouse"]
    assert told["issues"][0]["owner"] == "Omar Haddad"


# -- several files ----------------------------------------------------------------------------------------------------
def test_a_folder_and_files_are_told_each_once_in_order(as_json, tmp_path):
    for name in ("b.md", "a.md", "sub/c.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(DOC.replace("Login", name))

    told = as_json(tmp_path / "b.md", tmp_path, tmp_path / "b.md")

    assert [Path(each["analysis"]["source"]).name for each in told] == ["b.md", "a.md", "c.md"]


def test_a_bad_file_does_not_stop_the_others_and_the_end_lists_it(run, doc, tmp_path):
    (tmp_path / "0bad.md").write_bytes(b"\0")

    ended = run("extract_issues", "--analysis-file", tmp_path, tmp_path / "gone", "--auto-add")

    assert ended.code == 1
    assert Issue.objects.count() == 3
    assert ended.err.splitlines() == [
        f"{tmp_path}/gone: there is no such file or folder.",
        f"{tmp_path}/0bad.md:1: a NUL character: this is not text. Save it as UTF-8, or remove the character.",
        f"2 paths failed: {tmp_path}/gone, {tmp_path}/0bad.md:1.",
    ]
    assert "1 file: 3 issues, 1 check" in ended.out


def test_a_file_that_breaks_the_extraction_is_one_sentence_too(run, doc, tmp_path, monkeypatch):
    def fail_on_bad(text, *arguments):
        raise RecursionError if "Bad" in text else LookupError

    (tmp_path / "bad.md").write_text("# Bad\n")
    monkeypatch.setattr("tracker.extraction.extract", fail_on_bad)

    ended = run("extract_issues", "--analysis-file", tmp_path / "bad.md")

    assert (ended.code, ended.out) == (1, "")
    assert ended.err == f"{tmp_path}/bad.md: it could not be taken in (RecursionError); --traceback tells more.\n"


def test_many_files_cost_a_constant_number_of_queries_each(run, tmp_path, django_assert_max_num_queries):
    for number in range(5):
        (tmp_path / f"{number}.md").write_text(DOC.replace("Login", f"Door {number}"))

    with django_assert_max_num_queries(5 * 8):
        run("extract_issues", "--analysis-file", tmp_path)
