from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tracker import intake, storing
from tracker.choices import CalendarKind, Decision, Door, IssueKind, ItemKind, NoteKind, Priority, Status
from tracker.extraction.values import Amount, Impact, Reason, Statement, Why
from tracker.models import (
    Analysis,
    AnalysisRevision,
    Check,
    ExtractedItem,
    FieldChange,
    Issue,
    Note,
    Owner,
    PriorityPolicy,
    SkippedLine,
    StatusChange,
    System,
)
from tracker.tests.extractions import check, issue, says, skipped
from tracker.tests.racing import race

pytestmark = pytest.mark.django_db

EVERYTHING = (Analysis, AnalysisRevision, ExtractedItem, SkippedLine, Issue, Check, FieldChange, Note, StatusChange)


def rows_of_everything():
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in EVERYTHING}


@pytest.fixture
def hand(make_user, now):
    return {"actor": make_user("boss"), "door": Door.ADMIN, "now": now}


@pytest.fixture
def put(hand):
    """Import an extraction as if it were what the text says."""

    def store(found, text="# Checkout times out", source="checkout.md", **fields):
        return intake.store(found, text, source=source, **hand | fields)

    return store


@pytest.fixture
def tracked(put, hand, now):
    """An analysis with two tracked issues and a check, and how to import its next version a day later."""
    first = says(issue("Raise the pool size to 50", 3), issue("Alert on queue depth", 5), check("The pool is 50", 9, 3))
    analysis = put(first).analysis
    intake.add_all(analysis.pk, **hand)

    def change(*found, **fields):
        numbers = AnalysisRevision.objects.count()
        return put(says(*found, **fields), f"# Checkout times out, version {numbers}", now=now + timedelta(days=1))

    return change


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


# -- owners, systems and deadlines ------------------------------------------------------------------------------------


@pytest.fixture
def systems(make_owner):
    System.objects.all().delete()
    lee = make_owner("Lee Okafor")
    cache = System.objects.create(name="cache", keywords="cache")
    return {"database": System.objects.create(name="database", default_owner=lee), "cache": cache, "lee": lee}


def test_an_owner_as_written_is_matched(put, make_owner):
    dana = make_owner("Dana Fox", slack_name="dfox")
    put(says(issue("Raise the pool size", 3, owner="@dfox")))

    row = ExtractedItem.objects.get()
    assert (row.owner, row.owner_words) == (dana, "@dfox")


def test_an_unknown_owner_creates_no_account_and_keeps_the_words(put, systems, hand, django_user_model):
    accounts = django_user_model.objects.count()
    analysis = put(
        says(issue("Raise the pool size", 3, owner="Platform team", affected_systems=("database",)))
    ).analysis

    (accepted,) = intake.add_all(analysis.pk, **hand)

    assert (accepted.owner, accepted.owner_words) == (None, "Platform team")
    assert list(Owner.objects.all()) == [systems["lee"]]
    assert django_user_model.objects.count() == accounts


def test_an_owner_who_came_to_be_known_after_the_import_is_found_on_accepting(put, hand, make_owner):
    analysis = put(says(issue("Raise the pool size", 3, owner="Dana Fox"))).analysis
    dana = make_owner("Dana Fox")

    assert intake.add_all(analysis.pk, **hand)[0].owner == dana


@pytest.mark.parametrize(
    ("names", "has_owner"),
    [
        pytest.param(("database", "cache"), True, id="the first system has an owner"),
        pytest.param(("cache", "database"), False, id="only the second system has an owner"),
        pytest.param(("unheard of",), False, id="a system that there is no more"),
        pytest.param((), False, id="no system"),
    ],
)
def test_where_the_document_names_nobody_the_owner_of_the_first_system_does_it(put, hand, systems, names, has_owner):
    analysis = put(says(issue("Raise the pool size", 3, affected_systems=names), affected_systems=names)).analysis

    (accepted,) = intake.add_all(analysis.pk, **hand)

    known = {name for name in names if name in systems}
    assert accepted.owner == (systems["lee"] if has_owner else None)
    assert {system.name for system in accepted.systems.all()} == known
    assert {system.name for system in analysis.systems.all()} == known


@pytest.mark.parametrize(("priority", "hours"), [("P0", 24), ("P1", 72), ("P2", 336), ("P3", 720)])
def test_without_a_stated_deadline_the_policy_of_the_priority_holds_from_the_import_on(put, now, priority, hours):
    put(says(issue("Raise the pool size", 3, priority=Priority(priority))))

    row = ExtractedItem.objects.get()
    assert row.deadline == now + timedelta(hours=hours)
    assert row.deadline_words == ""


def test_a_policy_that_was_edited_holds(put, now):
    PriorityPolicy.objects.update_or_create(
        priority="P2", defaults={"hours": 24, "calendar": CalendarKind.BUSINESS, "time_zone": "UTC"}
    )
    friday = datetime(2026, 3, 13, 16, tzinfo=UTC)

    put(says(issue("Raise the pool size", 3, priority=Priority.P2)), now=friday)

    assert ExtractedItem.objects.get().deadline == friday + timedelta(days=3)


def test_a_policy_that_cannot_be_stops_the_import_with_a_sentence(put):
    PriorityPolicy.objects.update_or_create(priority="P2", defaults={"hours": 24, "country": "XX"})

    with pytest.raises(intake.IntakeRefused, match="A priority policy cannot be used: No public holidays"):
        put(says(issue("Raise the pool size", 3)))

    assert not Analysis.objects.exists()


@pytest.mark.parametrize(
    ("words", "end"),
    [
        pytest.param("2 days", datetime(2026, 3, 11, 23, 59, 59, tzinfo=UTC), id="counted from the analysis date"),
        pytest.param("2026-04-01", datetime(2026, 4, 1, 23, 59, 59, tzinfo=UTC), id="a date"),
        pytest.param("2025-12-01", datetime(2025, 12, 1, 23, 59, 59, tzinfo=UTC), id="a date that has passed"),
    ],
)
def test_a_stated_deadline_is_resolved_and_kept_even_when_it_has_passed(put, hand, words, end):
    analysis = put(says(issue("Raise the pool size", 3, deadline=words))).analysis

    (accepted,) = intake.add_all(analysis.pk, **hand)

    assert (accepted.deadline, accepted.original_deadline, accepted.deadline_words) == (end, end, words)


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        pytest.param("after the release", {}, id="words that name no moment"),
        pytest.param("2 days", {"date": None}, id="words that count from a date that the document does not state"),
    ],
)
def test_a_deadline_that_cannot_be_resolved_keeps_its_words_beside_that_of_the_policy(put, now, words, fields):
    put(says(issue("Raise the pool size", 3, deadline=words), **fields))

    row = ExtractedItem.objects.get()
    assert (row.deadline, row.deadline_words) == (now + timedelta(hours=72), words)


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
    assert item("Raise the pool size").line == 3


def test_a_source_that_comes_to_say_what_another_says_adds_nothing(put):
    put(says(issue("Raise the pool size", 3)), "one", "one.md")
    other = put(says(issue("Alert on queue depth", 3)), "two", "two.md").analysis
    before = rows_of_everything()

    assert put(says(issue("Alert on queue depth", 3)), "two", "one.md").analysis == other
    assert rows_of_everything() == before


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


# -- checks -----------------------------------------------------------------------------------------------------------


def test_a_check_found_later_is_added_to_the_issues_that_are_there(tracked):
    tracked(
        issue("Raise the pool size to 50", 3),
        issue("Alert on queue depth", 5),
        check("The pool is 50", 9, 3),
        check("No request waits", 10, 3, 5),
    )

    assert Counter(Check.objects.values_list("issue__title", "text")) == Counter(
        [
            ("Raise the pool size to 50", "The pool is 50"),
            ("Raise the pool size to 50", "No request waits"),
            ("Alert on queue depth", "No request waits"),
        ]
    )
    assert item("No request waits").decision == Decision.ADDED
    assert Issue.objects.get(title="Alert on queue depth").field_changes.get().new == "No request waits"


def test_a_check_that_changed_says_so_on_its_issue_and_one_that_vanished_stays(tracked):
    entries = (issue("Raise the pool size to 50", 3), issue("Alert on queue depth", 5))
    accepted = Issue.objects.get(title="Raise the pool size to 50")

    tracked(*entries, check("The pool is 60", 11, 3))
    assert accepted.checks.get().text == "The pool is 60"
    assert (accepted.field_changes.get().old, accepted.field_changes.get().new) == ("The pool is 50", "The pool is 60")

    tracked(*entries)
    assert (accepted.checks.get().text, accepted.checks.get().source_line) == ("The pool is 60", None)
    assert accepted.field_changes.first().reason == "The analysis does not say it any more."

    tracked(*entries, skipped("It was a Monday", 30))
    assert accepted.field_changes.count() == 2


def test_a_check_belongs_to_the_issues_that_the_latest_text_gives_it(put):
    entries = (issue("Raise the pool size", 3), issue("Alert on queue depth", 5))
    put(says(*entries, check("No request waits", 9, 3)), "one")
    put(says(*entries, check("No request waits", 9, 5)), "two")

    assert [row.title for row in item("No request waits").checked_items.all()] == ["Alert on queue depth"]


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


# -- cost and crowds --------------------------------------------------------------------------------------------------


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
