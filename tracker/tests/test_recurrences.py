"""`manage.py recurrences`: which earlier analyses a new one may be the return of."""

import io
import json
import sys
from datetime import date

import pytest

from tracker.models import Analysis
from tracker.tests.test_recurrence import INVOICES, LEASE, LEASE_AGAIN


def gateway(title, cause):
    """One component, whatever is the matter with it."""
    said = "The print gateway answers `TrayLostError` and `TrayFullError`. " * 2
    return f"# Print gateway {title}\n\n{said}\n{cause} {cause}\n\n## Why 1: Why?\n{cause}\n\n## Root cause\n{cause}\n"


@pytest.fixture
def new(tmp_path):
    path = tmp_path / "no_labels.md"
    path.write_text(LEASE_AGAIN)
    return path


@pytest.fixture
def earlier(tmp_path):
    folder = tmp_path / "earlier"
    folder.mkdir()
    (folder / "printers.md").write_text(LEASE)
    (folder / "invoices.md").write_text(INVOICES)
    return folder


@pytest.fixture
def tracked(now):
    """Two analyses in the database."""
    for source, text, on in (("printers.md", LEASE, date(2026, 4, 2)), ("invoices.md", INVOICES, None)):
        Analysis.objects.create(
            source=source, title=source, text=text, sha256=source, date=on, imported_at=now, updated_at=now
        )


def test_a_folder_of_earlier_analyses_is_compared_with_the_new_one(run, new, earlier):
    ended = run("recurrences", "--against", earlier, "--analysis-file", new)

    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0] == str(new)
    assert lines[1].endswith(f"likely recurrence: {earlier}/printers.md (2026-04-02)")
    assert any("LeaseExpiredError" in line for line in lines)


def test_without_a_folder_the_analyses_in_the_database_are_compared_and_nothing_is_written(run, new, tracked):
    before = list(Analysis.objects.values())

    ended = run("recurrences", "--analysis-file", new, "--format", "json")

    match = json.loads(ended.out)["matches"][0]
    assert (match["source"], match["likely"], match["kind"]) == ("printers.md", True, "recurrence")
    assert match["date"] == "2026-04-02"
    assert list(Analysis.objects.values()) == before


def test_json_has_one_line_for_each_new_analysis_with_all_that_is_known_of_its_matches(run, new, earlier):
    ended = run(
        "recurrences", "--format", "json", "--against", earlier, "--analysis-file", new, earlier / "invoices.md"
    )

    documents = [json.loads(line) for line in ended.out.splitlines()]
    assert [document["source"] for document in documents] == [str(new), str(earlier / "invoices.md")]
    match = documents[0]["matches"][0]
    assert set(match) == {"source", "date", "score", "likely", "shown_as", "kind", "reasons"}
    assert 0.5 <= match["score"] <= 1


def test_an_analysis_in_the_folder_is_no_return_of_itself(run, earlier):
    ended = run("recurrences", "--format", "json", "--against", earlier, "--analysis-file", earlier / "printers.md")

    assert {match["source"] for match in json.loads(ended.out)["matches"]} <= {str(earlier / "invoices.md")}


def test_at_most_the_number_asked_for_is_shown(run, new, earlier):
    ended = run("recurrences", "--format", "json", "--top", "1", "--against", earlier, "--analysis-file", new)

    assert len(json.loads(ended.out)["matches"]) == 1


@pytest.mark.parametrize("number", ["0", "-3", "many"])
def test_a_number_that_is_none_is_wrong_usage(run, new, number):
    ended = run("recurrences", "--analysis-file", new, f"--top={number}")

    assert ended.code == 2
    assert "no whole number from 1 on" in ended.err


def test_an_analysis_that_is_no_return_says_so_in_a_sentence(run, tmp_path, earlier):
    path = tmp_path / "frogs.md"
    path.write_text("# Frogs in the pond\n\nThe frogs came back in spring, all of them green.\n")

    ended = run("recurrences", "--against", earlier, "--analysis-file", path)

    assert "no return of an earlier analysis (2 compared)" in ended.out


def test_an_empty_database_is_no_error(run, new):
    ended = run("recurrences", "--analysis-file", new)

    assert ended.code == 0
    assert "no return of an earlier analysis (0 compared)" in ended.out


def test_the_new_analysis_can_come_from_standard_input(run, earlier, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LEASE_AGAIN.encode())))

    ended = run("recurrences", "--against", earlier, "--analysis-file", "-")

    assert ended.out.startswith("standard input\n")
    assert "printers.md" in ended.out


@pytest.mark.parametrize("missing", ["analysis", "folder"])
def test_what_is_not_there_is_told_in_a_sentence_and_ends_with_1(run, new, earlier, tmp_path, missing):
    nowhere = tmp_path / "nowhere"
    paths = {"analysis": (earlier, nowhere), "folder": (nowhere, new)}[missing]

    ended = run("recurrences", "--against", paths[0], "--analysis-file", paths[1])

    assert ended.code == 1
    assert f"{nowhere}: there is no such file or folder." in ended.err


def test_a_file_that_cannot_be_read_does_not_keep_the_others_from_being_compared(run, new, earlier):
    (earlier / "broken.md").write_bytes(b"\0\1\2")

    ended = run("recurrences", "--against", earlier, "--analysis-file", new)

    assert ended.code == 1
    assert "printers.md" in ended.out
    assert "1 path failed" in ended.err


def test_names_and_phrases_cannot_forge_lines_on_a_terminal(run, tmp_path, earlier):
    path = tmp_path / "new\x1b[2J\n.md"
    path.write_text(LEASE_AGAIN.replace("print gateway", "print\x1b[31m gateway"))

    ended = run("recurrences", "--against", earlier, "--analysis-file", path)

    assert "\x1b" not in ended.out


def test_the_likely_ones_come_first_and_what_is_only_possible_is_called_so(run, new, earlier):
    new.write_text(gateway("slow on Monday", "A lapsed certificate slows every order."))
    (earlier / "certificate.md").write_text(gateway("down on Friday", "A lapsed certificate slows every order."))
    (earlier / "disk.md").write_text(gateway("stops at noon", "Old backups fill the disk of the rack."))

    lines = run("recurrences", "--against", earlier, "--analysis-file", new).out.splitlines()
    ended = run("recurrences", "--against", earlier, "--analysis-file", new, "--format", "json")

    verdicts = [line.split("  ")[2] for line in lines if line.startswith(("  0", "  1"))]
    assert verdicts == [f"likely recurrence: {earlier}/certificate.md", f"possible recurrence: {earlier}/disk.md"]
    shown = {match["source"].rsplit("/", 1)[1]: match for match in json.loads(ended.out)["matches"]}
    assert [(shown[f"{name}.md"]["likely"], shown[f"{name}.md"]["shown_as"]) for name in ("certificate", "disk")] == [
        (True, "likely"),
        (True, "possible"),
    ]
    assert (shown["invoices.md"]["likely"], shown["invoices.md"]["shown_as"]) == (False, "less alike")
