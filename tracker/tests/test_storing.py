from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from tracker import intake
from tracker.choices import Decision, Door, IssueKind, ItemKind, NoteKind, Priority, Status
from tracker.extraction.values import Amount, Impact, Reason, Statement, Why
from tracker.models import (
    Analysis,
    AnalysisRevision,
    Check,
    ExtractedItem,
    FieldChange,
    Issue,
    SkippedLine,
)
from tracker.tests.extractions import check, issue, says, skipped

pytestmark = pytest.mark.django_db


def item(title):
    return ExtractedItem.objects.get(title=title)


# -- a first import ---------------------------------------------------------------------------------------------------


def test_an_import_keeps_what_the_analysis_says(put, hand, now):
    found = says(
        issue("Raise the pool size", 3),
        title="Checkout times out",
        priority=Priority.P1,
        root_cause=Statement(12, "The pool was too small."),
        whys=(Why(1, 1, 7, "Why did it time out?", "The pool was empty."),),
        impact=Impact((Statement(5, "Lost € 1200.50"),), (Amount(5, "€ 1200.50", Decimal("1200.50"), "EUR"),)),
    )

    result = put(found, "# Checkout times out\r\n\r\nText\r\n")

    analysis = result.analysis
    analysis.refresh_from_db()
    assert (result.outcome, result.new, result.changed, result.gone) == ("created", 1, 0, 0)
    assert result.extracted == found
    assert (analysis.source, analysis.title) == ("checkout.md", "Checkout times out")
    assert analysis.text == "# Checkout times out\n\nText\n"
    assert (analysis.date, analysis.priority) == (found.date, "P1")
    assert (analysis.root_cause, analysis.root_cause_line) == ("The pool was too small.", 12)
    assert analysis.whys == [
        {"chain": 1, "number": 1, "line": 7, "question": "Why did it time out?", "answer": "The pool was empty."}
    ]
    assert analysis.stated_impact == {
        "statements": [{"line": 5, "text": "Lost € 1200.50"}],
        "amounts": [{"line": 5, "text": "€ 1200.50", "value": "1200.50", "currency": "EUR"}],
    }
    assert (analysis.imported_at, analysis.updated_at, analysis.imported_by) == (now, now, hand["actor"])
    revision = analysis.revisions.get()
    assert (revision.number, revision.text, revision.sha256) == (1, analysis.text, analysis.sha256)


def test_every_entry_becomes_a_pending_item_with_its_place_and_its_reasons(put, now):
    put(
        says(
            issue(
                "Raise the pool size",
                3,
                end_line=5,
                description="Raise the pool size\n- in every region",
                kind=IssueKind.PREVENT,
                priority=Priority.P3,
                priority_stated=True,
                duplicate_lines=(20, 31),
                score=0.87,
                reasons=(Reason("an imperative verb", 1.5),),
            ),
            check("The pool is 50", 9, 3),
            skipped("The pool was 10", 7, score=0.2, reasons=(Reason("a statement", -2.0),)),
        )
    )

    row = item("Raise the pool size")
    assert (row.kind, row.decision, row.line, row.end_line) == (ItemKind.PREVENT, Decision.PENDING, 3, 5)
    assert row.text == "Raise the pool size\n- in every region"
    assert (row.priority, row.priority_stated, row.duplicate_lines) == ("P3", True, [20, 31])
    assert (row.section, row.score) == (["Checkout times out", "Actions"], 0.87)
    assert row.reasons == [{"text": "an imperative verb", "weight": 1.5}]
    assert row.found_at == now
    assert item("The pool is 50").kind == ItemKind.CHECK
    assert [each.title for each in row.checks.all()] == ["The pool is 50"]
    line = SkippedLine.objects.get()
    assert (line.line, line.text, line.reason, line.score) == (7, "The pool was 10", "It describes what happened.", 0.2)
    assert not Issue.objects.exists()


def test_what_is_longer_than_its_column_is_clipped_and_nothing_is_lost(put):
    long = "word " * 200
    result = put(
        says(
            issue(long, 3, owner=long, deadline=long),
            check(long, 5),
            skipped(long, 7, reason=long),
            title=long,
        )
    )

    row = ExtractedItem.objects.issues().get()
    assert result.analysis.title.endswith("word…")
    assert max(len(text) for text in (result.analysis.title, row.title)) <= 300
    assert max(len(text) for text in (row.owner_words, row.deadline_words)) <= 200
    assert row.text == long
    assert row.full_clean() is None


def test_an_analysis_without_a_title_is_called_by_its_source(put):
    assert put(says(title=" "), source="incidents/2026/checkout-slow.md").analysis.title == "checkout-slow"


def test_an_analysis_without_entries_is_kept_too(put):
    result = put(says())

    assert (result.outcome, result.new) == ("created", 0)
    assert Analysis.objects.with_conversion().get().conversion is None


# -- a changed text ---------------------------------------------------------------------------------------------------


def test_a_new_entry_becomes_a_pending_item(tracked):
    result = tracked(
        issue("Raise the pool size to 50", 3), issue("Alert on queue depth", 5), issue("Write a runbook", 6)
    )

    assert (result.outcome, result.new, result.changed) == ("changed", 1, 0)
    assert [row.title for row in result.analysis.items.issues().pending()] == ["Write a runbook"]
    assert Issue.objects.count() == 2


def test_moved_lines_only_move_the_items_and_their_issues(tracked):
    before = {row["id"]: row for row in ExtractedItem.objects.values()}

    result = tracked(
        issue("Raise the pool size to 50", 13, end_line=14),
        issue("Alert on queue depth", 15),
        check("The pool is 50", 19, 13),
    )

    assert (result.new, result.changed, result.gone) == (0, 0, 0)
    lines = {"Raise the pool size to 50": (13, 14), "Alert on queue depth": (15, 15), "The pool is 50": (19, 19)}
    for row in ExtractedItem.objects.values():
        line, end_line = lines[row["title"]]
        assert row == before[row["id"]] | {"line": line, "end_line": end_line}
    assert {(each.title, each.source_line) for each in Issue.objects.all()} == {
        ("Raise the pool size to 50", 13),
        ("Alert on queue depth", 15),
    }
    assert Check.objects.get().source_line == 19
    assert not FieldChange.objects.exists()


def test_a_changed_entry_keeps_its_issue_and_shows_both_texts(tracked, now):
    accepted = Issue.objects.get(title="Raise the pool size to 50")
    before = Issue.objects.values().get(pk=accepted.pk)

    result = tracked(
        issue("Raise the pool size to 80", 3), issue("Alert on queue depth", 5), check("The pool is 50", 9, 3)
    )

    row = ExtractedItem.objects.get(issue=accepted)
    assert (result.new, result.changed, result.gone) == (0, 1, 0)
    assert (row.title, row.text) == ("Raise the pool size to 80", "Raise the pool size to 80")
    assert (row.previous_text, row.decision) == ("Raise the pool size to 50", Decision.ADDED)
    assert Issue.objects.values().get(pk=accepted.pk) == before
    change = accepted.field_changes.get()
    assert (change.field, change.old, change.new) == (
        "source text",
        "Raise the pool size to 50",
        "Raise the pool size to 80",
    )
    assert (change.actor_name, change.door, change.at) == ("boss", Door.ADMIN, now + timedelta(days=1))


def test_a_vanished_entry_is_marked_and_its_issue_told_and_nothing_is_deleted(tracked, now):
    result = tracked(issue("Raise the pool size to 50", 3))

    row = item("Alert on queue depth")
    assert (result.new, result.changed, result.gone) == (0, 0, 2)
    assert row.gone_at == now + timedelta(days=1)
    assert row.decision == Decision.ADDED
    assert (row.issue.status, row.issue.source_line) == (Status.IDENTIFIED, None)
    change = row.issue.field_changes.get()
    assert (change.field, change.old, change.new) == ("source text", "Alert on queue depth", "")
    assert change.reason == "The analysis does not say it any more."
    assert Check.objects.count() == 1


def test_an_entry_that_stays_away_is_told_once(tracked):
    tracked(issue("Raise the pool size to 50", 3))
    gone_at = item("Alert on queue depth").gone_at
    told = FieldChange.objects.count()

    assert tracked(issue("Raise the pool size to 50", 4)).gone == 0

    assert item("Alert on queue depth").gone_at == gone_at
    assert FieldChange.objects.count() == told


def test_an_entry_that_is_back_is_there_again(tracked):
    tracked(issue("Raise the pool size to 50", 3))

    result = tracked(issue("Raise the pool size to 50", 3), issue("Alert on queue depth", 8))

    row = item("Alert on queue depth")
    assert (result.new, result.gone) == (0, 0)
    assert (row.gone_at, row.line, row.issue.source_line) == (None, 8, 8)
    assert row.issue.field_changes.first().reason == "The analysis says it again."
    assert Issue.objects.count() == 2


def test_status_owner_notes_priority_and_deadline_of_an_issue_stay(tracked, make_owner, now):
    dana = make_owner("Dana Fox")
    accepted = Issue.objects.get(title="Alert on queue depth")
    Issue.objects.filter(pk=accepted.pk).update(status=Status.IN_PROGRESS, owner=dana)
    accepted.notes.create(text="Half done", actor_name="boss", door=Door.ADMIN, at=now)
    before = Issue.objects.values().get(pk=accepted.pk)

    tracked(
        issue("Raise the pool size to 50", 3),
        issue(
            "Alert on queue depth", 5, owner="Lee", deadline="2026-12-01", priority=Priority.P0, priority_stated=True
        ),
    )

    assert Issue.objects.values().get(pk=accepted.pk) == before
    assert accepted.notes.get().text == "Half done"
    told = {(change.field, change.old, change.new) for change in accepted.field_changes.all()}
    assert told == {
        ("stated owner", "", "Lee"),
        ("stated deadline", "", "2026-12-01"),
        ("stated priority", "", "P0"),
    }


def test_what_the_document_now_states_as_done_is_written_on_the_issue_and_its_status_stays(tracked):
    tracked(issue("Raise the pool size to 50", 3), issue("Alert on queue depth", 5, done=True))

    row = item("Alert on queue depth")
    assert row.issue.status == Status.IDENTIFIED
    note = row.issue.notes.get()
    assert row.issue.worked_at == note.at
    assert item("Raise the pool size to 50").issue.worked_at < note.at
    assert (note.kind, note.text) == (
        NoteKind.EVIDENCE,
        "The analysis states it as done (checkout.md:5). It still has to be validated.",
    )

    tracked(issue("Raise the pool size to 50", 3), issue("Alert on queue depth", 5))
    assert row.issue.field_changes.first().old == "done"
    assert row.issue.notes.count() == 1


def test_the_same_change_is_not_told_twice(tracked):
    stated = {"owner": "Lee", "priority": Priority.P0, "priority_stated": True, "done": True}
    for line in (5, 6):
        tracked(issue("Raise the pool size to 80", line, **stated), check("The pool is 50", 9, line))

    accepted = Issue.objects.get(title="Raise the pool size to 50")
    assert Counter(accepted.field_changes.values_list("field", flat=True)) == Counter(
        ["source text", "stated owner", "stated priority", "stated as done"]
    )


def test_a_pending_entry_follows_the_document(put, make_owner, now):
    dana = make_owner("Dana Fox")
    put(says(issue("Raise the pool size", 3)), "one")

    later = {"now": now + timedelta(days=1)}
    put(
        says(issue("Raise the pool size", 3, owner="Dana Fox", priority=Priority.P0, kind=IssueKind.PREVENT)),
        "two",
        **later,
    )

    row = ExtractedItem.objects.get()
    assert (row.owner, row.priority, row.kind) == (dana, "P0", ItemKind.PREVENT)
    assert row.deadline == now + timedelta(hours=24), "the clock runs since the entry came in"


def test_what_a_person_set_on_a_pending_entry_stays(put, make_owner, hand, now):
    dana = make_owner("Dana Fox")
    put(says(issue("Raise the pool size to 50", 3)), "one")
    saturday = now + timedelta(days=4)
    intake.edit(
        ExtractedItem.objects.get().pk,
        title="More connections",
        kind=ItemKind.PREVENT,
        priority=Priority.P3,
        owner=dana,
        deadline=saturday,
        **hand,
    )

    put(says(issue("Raise the pool size to 80", 3, owner="Lee", deadline="1 day", priority=Priority.P0)), "two")

    row = ExtractedItem.objects.get()
    assert (row.title, row.kind, row.priority, row.owner, row.deadline) == (
        "More connections",
        ItemKind.PREVENT,
        "P3",
        dana,
        saturday,
    )
    assert (row.text, row.previous_text) == ("Raise the pool size to 80", "Raise the pool size to 50")


def test_a_dismissal_stays_when_the_entry_changes(put, hand):
    put(says(issue("Raise the pool size to 50", 3)), "one")
    intake.dismiss(ExtractedItem.objects.get().pk, reason="Not ours.", **hand)

    put(says(issue("Raise the pool size to 80", 3)), "two")

    row = ExtractedItem.objects.get()
    assert (row.decision, row.decision_reason) == (Decision.DISMISSED, "Not ours.")
    assert row.previous_text == "Raise the pool size to 50"


def test_the_systems_of_undecided_entries_follow_the_document_and_those_of_issues_stay(put, hand, systems):
    def version(text, *names):
        return put(
            says(
                issue("Raise the pool size", 3, affected_systems=names), issue("Alert on it", 4, affected_systems=names)
            ),
            text,
        )

    version("one", "database")
    accepted = intake.add(item("Alert on it").pk, **hand)
    version("two", "cache")

    assert [system.name for system in item("Raise the pool size").systems.all()] == ["cache"]
    assert [system.name for system in accepted.systems.all()] == ["database"]


def test_skipped_lines_are_those_of_the_latest_text(put):
    put(says(skipped("The pool was 10", 7), skipped("It was a Monday", 8)), "one")
    put(says(skipped("It was a Tuesday", 6)), "two")

    assert [line.text for line in SkippedLine.objects.all()] == ["It was a Tuesday"]


def test_a_line_tracked_by_hand_stays_an_item_while_the_text_has_it(put, hand):
    put(says(skipped("The pool should grow with the traffic", 7)), "one")
    row = intake.track_skipped(SkippedLine.objects.get().pk, kind=ItemKind.PREVENT, **hand)

    put(says(skipped("The pool should grow with the traffic", 9), skipped("It was a Monday", 12)), "two")
    row.refresh_from_db()
    assert (row.line, row.gone_at, row.kind) == (9, None, ItemKind.PREVENT)
    assert [line.text for line in SkippedLine.objects.all()] == ["It was a Monday"]

    put(says(skipped("The pool should shrink with the traffic", 9), skipped("It was a Monday", 12)), "three")
    row.refresh_from_db()
    assert row.previous_text == "The pool should grow with the traffic"

    put(says(skipped("It was a Monday", 12)), "four")
    row.refresh_from_db()
    assert row.gone_at is not None


def test_every_text_is_kept_with_who_brought_it(tracked, hand):
    tracked(issue("Raise the pool size to 80", 3))

    revisions = AnalysisRevision.objects.order_by("number")
    assert [(row.number, row.text) for row in revisions] == [
        (1, "# Checkout times out\n"),
        (2, "# Checkout times out, version 1\n"),
    ]
    assert {row.imported_by for row in revisions} == {hand["actor"]}
    assert Analysis.objects.get().text == "# Checkout times out, version 1\n"
