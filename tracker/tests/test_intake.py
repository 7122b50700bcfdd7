from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tracker import intake, storing
from tracker.choices import Status
from tracker.models import (
    Analysis,
    AnalysisRevision,
    Check,
    ExtractedItem,
    FieldChange,
    Issue,
    Note,
    SkippedLine,
    StatusChange,
)
from tracker.tests.extractions import check, issue, says, skipped
from tracker.tests.racing import race

pytestmark = pytest.mark.django_db

EVERYTHING = (Analysis, AnalysisRevision, ExtractedItem, SkippedLine, Issue, Check, FieldChange, Note, StatusChange)


def rows_of_everything():
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in EVERYTHING}


# -- from text to rows ------------------------------------------------------------------------------------------------

TEXT = """# Five Whys: invoices were sent twice

Date: 2026-03-09

## Why 1: Why were invoices sent twice?
Because the mail job ran on two hosts.

## Immediate actions
- [x] Stop the mail job on the second host
- [ ] Make the mail job take a lock in the database (owner: Dana Fox, due: 2026-03-20)

## Prevention
- [ ] Add an alert when an invoice is sent more than once
"""


def test_a_text_becomes_issues_and_its_next_version_is_a_diff(hand, make_owner):
    dana = make_owner("Dana Fox")
    seen = intake.preview(TEXT, source="invoices.md", now=hand["now"])
    assert not any(rows_of_everything().values())

    result = intake.import_analysis(TEXT, source="invoices.md", **hand)
    issues = intake.add_all(result.analysis.pk, **hand)

    assert [each.title for each in issues] == [entry.issue.title for entry in seen.entries]
    assert [each.source_line for each in issues] == [9, 10, 13]
    assert [each.status for each in issues] == [Status.COMPLETED, Status.IDENTIFIED, Status.IDENTIFIED]
    assert (issues[1].owner, issues[1].deadline) == (dana, datetime(2026, 3, 20, 23, 59, 59, tzinfo=UTC))
    assert [system.name for system in issues[1].systems.all()] == ["database"]

    text = TEXT.replace("# Five Whys", "Draft.\n\n# Five Whys").replace("more than once", "more than once an hour")
    again = intake.import_analysis(text, source="invoices.md", **hand)

    assert (again.outcome, again.new, again.changed, again.gone) == ("changed", 0, 1, 0)
    assert [each.source_line for each in Issue.objects.order_by("reference")] == [11, 12, 15]
    seen = intake.preview(text, source="invoices.md", now=hand["now"])
    assert [entry.reference for entry in seen.entries] == [each.reference for each in issues]


# -- the same text again ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "source"),
    [
        pytest.param("# Checkout times out", "checkout.md", id="the same source"),
        pytest.param("# Checkout times out", "copy of checkout.md", id="another source"),
        pytest.param("\ufeff# Checkout times out\r\n\r\n", "checkout.md", id="other line ends and a byte-order mark"),
    ],
)
def test_the_same_text_again_adds_nothing(put, hand, text, source):
    first = put(says(issue("Raise the pool size", 3))).analysis
    intake.add_all(first.pk, **hand)
    before = rows_of_everything()

    again = put(says(issue("Something else entirely", 4)), text, source)

    assert (again.analysis, again.outcome, again.extracted) == (first, "unchanged", None)
    assert rows_of_everything() == before


def test_an_earlier_text_of_an_analysis_adds_nothing_under_another_name(put):
    first = put(says(issue("Raise the pool size", 3)), "one").analysis
    put(says(issue("Raise the pool size", 4)), "two")
    before = rows_of_everything()

    assert put(says(issue("Raise the pool size", 3)), "one", "copy.md").analysis == first
    assert rows_of_everything() == before


def test_a_source_can_go_back_to_an_earlier_text(put):
    for text, line in (("one", 3), ("two", 4), ("one", 3)):
        assert put(says(issue("Raise the pool size", line)), text).outcome != "unchanged"

    assert [row.text for row in AnalysisRevision.objects.order_by("number")] == ["one\n", "two\n", "one\n"]
    assert ExtractedItem.objects.get().line == 3


def test_a_source_that_comes_to_say_what_another_says_adds_nothing(put):
    put(says(issue("Raise the pool size", 3)), "one", "one.md")
    other = put(says(issue("Alert on queue depth", 3)), "two", "two.md").analysis
    before = rows_of_everything()

    assert put(says(issue("Alert on queue depth", 3)), "two", "one.md").analysis == other
    assert rows_of_everything() == before


# -- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "source", "sentence"),
    [
        pytest.param("\ufeff \r\n", "a.md", "is empty", id="no text"),
        pytest.param("a\0b", "a.md", "NUL characters", id="NUL"),
        pytest.param("a \ud800 b", "a.md", "save it as UTF-8", id="half a character"),
        pytest.param("é" * 600, "a.md", r"has 1,201 bytes; at most 1,000", id="too large"),
        pytest.param("# a", "  ", "needs a source", id="no source"),
        pytest.param("# a", "a" * 501, "at most 500 characters", id="a source that is too long"),
    ],
)
def test_what_cannot_be_stored_is_refused_in_a_sentence(put, settings, text, source, sentence):
    settings.MAX_ANALYSIS_BYTES = 1000

    with pytest.raises(intake.IntakeRefused, match=sentence):
        put(says(issue("Raise the pool size", 3)), text, source)

    assert not Analysis.objects.exists()


def test_when_anything_fails_nothing_half_written_stays(tracked, monkeypatch):
    before = rows_of_everything()

    def fail(*_):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(storing, "_move_issues", fail)
    with pytest.raises(RuntimeError):
        tracked(issue("Raise the pool size to 80", 4), issue("Write a runbook", 6), skipped("It was a Monday", 9))

    assert rows_of_everything() == before


# -- previews ---------------------------------------------------------------------------------------------------------


def preview(found, text="# Checkout times out, once more", source="checkout.md", now=None):
    return intake.preview_of(found, text, source=source, meanings=intake.lookup(), now=now)


def test_a_preview_tells_what_an_import_would_do_and_writes_nothing(make_owner, now):
    dana = make_owner("Dana Fox")
    found = says(issue("Raise the pool size", 3, owner="Dana Fox"), issue("Alert on it", 5, deadline="2026-04-01"))

    seen = preview(found, now=now)

    assert (seen.extracted, seen.analysis) == (found, None)
    assert [entry.issue for entry in seen.entries] == list(found.issues)
    assert [(entry.owner, entry.deadline, entry.item, entry.reference) for entry in seen.entries] == [
        (dana, now + timedelta(hours=72), None, ""),
        (None, datetime(2026, 4, 1, 23, 59, 59, tzinfo=UTC), None, ""),
    ]
    assert not any(rows_of_everything().values())


def test_without_a_clock_a_preview_shows_only_deadlines_that_are_stated():
    assert preview(says(issue("Raise the pool size", 3))).entries[0].deadline is None


def test_a_preview_knows_the_entries_that_are_there_with_what_they_have_now(tracked, make_owner, now):
    accepted = Issue.objects.get(title="Raise the pool size to 50")
    lee = make_owner("Lee Okafor")
    Issue.objects.filter(pk=accepted.pk).update(owner=lee, deadline=now)
    before = rows_of_everything()

    known, new = preview(says(issue("Raise the pool size to 80", 3), issue("Write a runbook", 9)), now=now).entries

    assert (known.reference, known.owner, known.deadline) == (accepted.reference, lee, now)
    assert (new.reference, new.item) == ("", None)
    assert rows_of_everything() == before


def test_a_preview_finds_the_same_text_under_another_name(tracked):
    seen = preview(says(issue("Alert on queue depth", 5)), "# Checkout times out", "copy.md")

    assert seen.analysis == Analysis.objects.get()
    assert seen.entries[0].reference


# -- cost and crowds ---------------------------------------------------------------------------------------------------


def many(count, suffix=""):
    found = [issue(f"Raise the pool size of shard {number}{suffix}", 3 * number) for number in range(1, count + 1)]
    found += [check(f"Shard {number} answers", 3 * number + 1, 3 * number) for number in range(1, count + 1)]
    return says(*found, *(skipped(f"Shard {number} was slow", 3 * number + 2) for number in range(1, count + 1)))


def queries_of(put, hand, count):
    """The queries of a first import, of accepting everything, and of a second import that changes everything."""
    with CaptureQueriesContext(connection) as first:
        analysis = put(many(count), f"one {count}", f"{count}.md").analysis
    with CaptureQueriesContext(connection) as accepting:
        intake.add_all(analysis.pk, **hand)
    with CaptureQueriesContext(connection) as second:
        assert put(many(count, " now"), f"two {count}", f"{count}.md").changed == count
    return [len(first), len(accepting), len(second)]


def test_an_import_costs_batches_and_not_a_query_for_each_entry(put, hand):
    queries_of(put, hand, 2)  # the row of the day is there from now on
    few, lots = queries_of(put, hand, 20), queries_of(put, hand, 220)

    for small, large in zip(few, lots, strict=True):
        assert small < 60
        assert large - small < 200 / 2, "ten times as many entries are some more batches where a statement is limited"
        if connection.vendor == "postgresql":
            assert large - small <= 2


@pytest.mark.django_db(transaction=True)
def test_one_text_imported_by_eight_at_once_is_one_analysis(tmp_path):
    assert len(set(race("import the same", 8, tmp_path))) == 1


@pytest.mark.django_db(transaction=True)
def test_imports_and_decisions_at_once_wait_for_each_other(tmp_path):
    assert set(race("import and decide", 8, tmp_path)) == {"changed"}


@pytest.mark.django_db(transaction=True)
def test_versions_of_an_analysis_that_come_at_once_come_one_after_the_other(tmp_path):
    assert race("import versions", 8, tmp_path) == ["changed"] * 8
