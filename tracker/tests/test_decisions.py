from datetime import UTC, datetime, timedelta

import pytest

from tracker import decisions, intake
from tracker.choices import Decision, Door, IssueKind, ItemKind, NoteKind, Priority, Status
from tracker.models import Check, ExtractedItem, Issue, ReferenceDay, SkippedLine, System
from tracker.tests.extractions import check, issue, says, skipped
from tracker.tests.racing import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def hand(make_user, now):
    return {"actor": make_user("boss", is_superuser=True), "door": Door.ADMIN, "now": now + timedelta(hours=1)}


@pytest.fixture
def put(hand, now):
    def store(*found, text="# Checkout times out", source="checkout.md", **fields):
        result = intake.store(says(*found, **fields), text, source=source, **hand | {"now": now})
        return list(result.analysis.items.order_by("line"))

    return store


# -- accepting --------------------------------------------------------------------------------------------------------


def test_an_accepted_entry_becomes_an_issue_with_all_that_the_entry_has(put, hand, make_owner, now):
    dana = make_owner("Dana Fox")
    (row,) = put(
        issue(
            "Raise the pool size",
            3,
            end_line=5,
            description="Raise the pool size\n- in every region",
            kind=IssueKind.PREVENT,
            priority=Priority.P2,
            owner="dana fox",
            deadline="2026-04-01",
            affected_systems=("database",),
        )
    )
    System.objects.get_or_create(name="database")

    accepted = decisions.add(row.pk, **hand)

    accepted.refresh_from_db()
    assert accepted.reference == "P2-20260310-001"
    assert (accepted.title, accepted.description) == ("Raise the pool size", "Raise the pool size\n- in every region")
    assert (accepted.kind, accepted.priority, accepted.status) == (IssueKind.PREVENT, "P2", Status.IDENTIFIED)
    assert (accepted.owner, accepted.owner_words) == (dana, "dana fox")
    assert accepted.deadline == accepted.original_deadline == row.deadline
    assert (accepted.deadline_words, accepted.fingerprint) == ("2026-04-01", row.fingerprint)
    assert (accepted.analysis, accepted.source_line, accepted.source_end_line) == (row.analysis, 3, 5)
    assert accepted.created_at == accepted.updated_at == hand["now"]


def test_accepting_writes_who_decided_and_the_first_step_of_the_issue(put, hand):
    (row,) = put(issue("Raise the pool size", 3))

    accepted = decisions.add(row.pk, **hand)

    row.refresh_from_db()
    assert (row.decision, row.issue) == (Decision.ADDED, accepted)
    assert (row.decided_by, row.decided_at) == (hand["actor"], hand["now"])
    step = accepted.changes.get()
    assert (step.old_status, step.new_status, step.actor_name, step.at) == ("", "identified", "boss", hand["now"])


def test_accepting_an_entry_twice_gives_the_same_issue(put, hand):
    (row,) = put(issue("Raise the pool size", 3))

    assert decisions.add(row.pk, **hand) == decisions.add(row.pk, **hand)
    assert Issue.objects.count() == 1
    assert ReferenceDay.objects.get().last == 1


def test_an_entry_that_is_stated_as_done_still_has_to_be_validated(put, hand):
    (row,) = put(issue("Raise the pool size", 3, done=True))

    accepted = decisions.add(row.pk, **hand)

    assert accepted.status == Status.COMPLETED
    note = accepted.notes.get()
    assert note.kind == NoteKind.EVIDENCE
    assert note.text == "The analysis states it as done (checkout.md:3). It still has to be validated."
    assert accepted.changes.get().new_status == Status.COMPLETED


def test_an_issue_gets_the_checks_of_its_entry_and_no_dismissed_one(put, hand):
    fix, alert, *checks = put(
        issue("Raise the pool size", 3),
        issue("Alert on queue depth", 5),
        check("The pool is 50", 9, 3),
        check("No request waits", 10, 3, 5),
        check("Everybody is happy", 11, 3, 5),
        check("The moon is full", 12),
    )
    decisions.dismiss(checks[2].pk, reason="Cannot be measured.", **hand)

    accepted = decisions.add(fix.pk, **hand)

    assert {(row.text, row.source_line, row.item) for row in accepted.checks.all()} == {
        ("The pool is 50", 9, checks[0]),
        ("No request waits", 10, checks[1]),
    }
    assert list(ExtractedItem.objects.checks().order_by("line").values_list("decision", flat=True)) == [
        Decision.ADDED,
        Decision.ADDED,
        Decision.DISMISSED,
        Decision.PENDING,
    ]
    assert decisions.add(alert.pk, **hand).checks.get().text == "No request waits"


def test_accepting_everything_takes_the_pending_entries_in_the_order_of_their_lines(put, hand):
    first, _, third, _ = put(
        issue("Alert on queue depth", 2, priority=Priority.P3),
        issue("Raise the pool size", 3, done=True),
        issue("Write a runbook", 4),
        check("The pool is 50", 9),
    )
    decisions.dismiss(third.pk, reason="There is one.", **hand)

    accepted = decisions.add_all(first.analysis_id, **hand)

    assert [(each.reference, each.title, each.status) for each in accepted] == [
        ("P3-20260310-001", "Alert on queue depth", Status.IDENTIFIED),
        ("P1-20260310-002", "Raise the pool size", Status.COMPLETED),
    ]
    assert decisions.add_all(first.analysis_id, **hand) == []
    assert Issue.objects.count() == 2


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        pytest.param({"kind": ItemKind.CHECK}, "A check is tracked with the issues", id="a check"),
        pytest.param(
            {"decision": Decision.DISMISSED, "decision_reason": "Not ours."},
            r"was dismissed \(Not ours\.\): reconsider it first",
            id="a dismissed entry",
        ),
        pytest.param({"gone_at": datetime(2026, 3, 10, tzinfo=UTC)}, "not say it any more", id="a gone entry"),
    ],
)
def test_what_is_no_pending_entry_is_not_accepted(put, hand, spoil, sentence):
    (row,) = put(issue("Raise the pool size", 3))
    ExtractedItem.objects.filter(pk=row.pk).update(**spoil)

    with pytest.raises(decisions.IntakeRefused, match=sentence):
        decisions.add(row.pk, **hand)

    assert not Issue.objects.exists()
    assert decisions.add_all(row.analysis_id, **hand) == []


@pytest.mark.django_db(transaction=True)
def test_eight_people_who_accept_an_entry_at_once_get_the_same_issue(tmp_path):
    assert set(race("accept", 8, tmp_path)) == {"P1-20260310-001"}


# -- dismissing -------------------------------------------------------------------------------------------------------


def test_an_entry_is_dismissed_with_a_reason_by_somebody(put, hand):
    (row,) = put(issue("Raise the pool size", 3))

    decisions.dismiss(row.pk, reason=" Not ours. ", **hand)

    row.refresh_from_db()
    assert (row.decision, row.decision_reason) == (Decision.DISMISSED, "Not ours.")
    assert (row.decided_by, row.decided_at) == (hand["actor"], hand["now"])


def test_an_entry_is_not_dismissed_without_a_reason(put, hand):
    (row,) = put(issue("Raise the pool size", 3))

    with pytest.raises(decisions.IntakeRefused, match="needs a reason"):
        decisions.dismiss(row.pk, reason=" \n", **hand)

    row.refresh_from_db()
    assert row.decision == Decision.PENDING


def test_a_second_dismissal_keeps_the_first_reason(put, hand):
    (row,) = put(issue("Raise the pool size", 3))
    decisions.dismiss(row.pk, reason="Not ours.", **hand)

    assert decisions.dismiss(row.pk, reason="Too late.", **hand).decision_reason == "Not ours."


def test_what_is_tracked_is_cancelled_and_not_dismissed(put, hand):
    (row,) = put(issue("Raise the pool size", 3))
    reference = decisions.add(row.pk, **hand).reference

    with pytest.raises(decisions.IntakeRefused, match=f"tracked as {reference}: cancel that issue instead"):
        decisions.dismiss(row.pk, reason="Not ours.", **hand)


def test_a_check_that_is_dismissed_leaves_its_issues_and_is_back_when_it_is_reconsidered(put, hand):
    fix, wrong = put(issue("Raise the pool size", 3), check("Everybody is happy", 9, 3))
    accepted = decisions.add(fix.pk, **hand)

    decisions.dismiss(wrong.pk, reason="Cannot be measured.", **hand)
    assert not accepted.checks.exists()
    told = accepted.field_changes.get()
    assert (told.field, told.old, told.new, told.reason) == ("check", "Everybody is happy", "", "Cannot be measured.")

    assert decisions.reconsider(wrong.pk, **hand).decision == Decision.ADDED
    assert accepted.checks.get().text == "Everybody is happy"


def test_a_dismissed_entry_that_is_reconsidered_is_pending_again(put, hand):
    (row,) = put(issue("Raise the pool size", 3))
    decisions.dismiss(row.pk, reason="Not ours.", **hand)

    for _ in range(2):
        decisions.reconsider(row.pk, **hand)

    row.refresh_from_db()
    assert (row.decision, row.decision_reason, row.decided_at, row.decided_by) == (Decision.PENDING, "", None, None)


def test_a_tracked_entry_is_not_reconsidered(put, hand):
    (row,) = put(issue("Raise the pool size", 3))
    decisions.add(row.pk, **hand)

    with pytest.raises(decisions.IntakeRefused, match="It is tracked"):
        decisions.reconsider(row.pk, **hand)


# -- editing ----------------------------------------------------------------------------------------------------------


def test_what_is_edited_before_accepting_is_what_the_issue_gets(put, hand, make_owner, now):
    dana = make_owner("Dana Fox")
    (row,) = put(issue("Raise the pool size", 3, owner="Lee"))
    end = now + timedelta(days=30)

    decisions.edit(row.pk, title="More", kind=ItemKind.PREVENT, priority=Priority.P3, owner=dana, deadline=end, **hand)
    accepted = decisions.add(row.pk, **hand)

    assert (accepted.title, accepted.kind, accepted.owner, accepted.deadline) == ("More", "prevent", dana, end)
    assert accepted.reference.startswith("P3-")


def test_another_priority_brings_the_deadline_of_its_policy_counted_from_the_import(put, hand, now):
    (row,) = put(issue("Raise the pool size", 3, priority=Priority.P2))

    assert decisions.edit(row.pk, priority=Priority.P0, **hand).deadline == now + timedelta(hours=24)


@pytest.mark.parametrize("fields", [{"deadline": "2026-04-01"}, {}], ids=["stated", "set by a person"])
def test_another_priority_leaves_a_deadline_that_somebody_chose(put, hand, now, fields):
    (row,) = put(issue("Raise the pool size", 3, priority=Priority.P2, **fields))
    if not fields:
        row = decisions.edit(row.pk, deadline=now + timedelta(days=5), **hand)

    assert decisions.edit(row.pk, priority=Priority.P0, **hand).deadline == row.deadline


def test_a_deadline_that_is_taken_back_is_that_of_the_policy_again(put, hand, now):
    (row,) = put(issue("Raise the pool size", 3))
    decisions.edit(row.pk, deadline=now + timedelta(days=30), **hand)

    row = decisions.edit(row.pk, deadline=None, **hand)

    assert (row.deadline, row.edited_fields) == (now + timedelta(hours=72), [])


def test_to_choose_nobody_is_a_choice(put, hand, make_owner):
    make_owner("Dana Fox")
    (row,) = put(issue("Raise the pool size", 3, owner="Dana Fox"))

    decisions.edit(row.pk, owner=None, **hand)

    assert decisions.add(row.pk, **hand).owner is None


def test_what_is_given_as_it_is_already_is_no_edit(put, hand):
    (row,) = put(issue("Raise the pool size", 3))

    given = {name: getattr(row, name) for name in ("title", "kind", "priority", "owner", "deadline")}

    assert decisions.edit(row.pk, **given, **hand).edited_fields == []


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        pytest.param({"title": " "}, "needs a title", id="no title"),
        pytest.param({"deadline": datetime(2026, 4, 1)}, "needs a time zone", id="a naive deadline"),  # noqa: DTZ001
        pytest.param(
            {"deadline": datetime(9999, 12, 31, tzinfo=UTC)}, "between the years", id="a deadline out of reach"
        ),
        pytest.param({"kind": "wish"}, "no kind 'wish': choose one of fix, investigate", id="an unknown kind"),
        pytest.param({"priority": "P9"}, "no priority 'P9': choose one of P0", id="an unknown priority"),
    ],
)
def test_an_edit_that_cannot_be_is_refused(put, hand, given, sentence):
    (row,) = put(issue("Raise the pool size", 3))
    before = ExtractedItem.objects.values().get()

    with pytest.raises(decisions.IntakeRefused, match=sentence):
        decisions.edit(row.pk, **given, **hand)

    assert ExtractedItem.objects.values().get() == before


def test_a_decided_entry_is_not_edited(put, hand):
    (row,) = put(issue("Raise the pool size", 3))
    decisions.add(row.pk, **hand)

    with pytest.raises(decisions.IntakeRefused, match="Only a pending entry"):
        decisions.edit(row.pk, priority=Priority.P0, **hand)


def test_a_check_can_be_made_an_issue_of_its_own_and_stays_one(put, hand, now):
    fix, row = put(issue("Raise the pool size", 3), check("Run the load test", 9, 3))

    row = decisions.edit(row.pk, kind=ItemKind.INVESTIGATE, **hand)
    put(issue("Raise the pool size", 4), check("Run the load test", 10, 4), text="# Another version")

    accepted = decisions.add(row.pk, **hand)
    assert (accepted.kind, accepted.priority) == ("investigate", "P1")
    assert accepted.deadline == now + timedelta(hours=72)
    assert not fix.checks.exists()


def test_an_issue_can_be_made_a_check(put, hand):
    fix, _ = put(issue("Look at the graphs", 3), check("The pool is 50", 9, 3))

    row = decisions.edit(fix.pk, kind=ItemKind.CHECK, **hand)

    assert (row.priority, row.deadline) == ("", None)
    assert not row.checks.exists()
    assert decisions.add_all(row.analysis_id, **hand) == []


# -- skipped lines ----------------------------------------------------------------------------------------------------


def test_a_skipped_line_can_be_tracked_anyway(put, hand, make_owner):
    lee = make_owner("Lee Okafor")
    System.objects.update_or_create(name="cache", defaults={"keywords": "cache", "default_owner": lee})
    (row,) = put(issue("Raise the pool size", 3), skipped("The *cache* was cold\nand small", 7, end_line=8, score=0.3))
    line = SkippedLine.objects.get()

    item = decisions.track_skipped(line.pk, kind=ItemKind.PREVENT, **hand)

    assert (item.kind, item.decision) == (ItemKind.PREVENT, Decision.PENDING)
    assert (item.line, item.end_line, item.text) == (7, 8, "The *cache* was cold\nand small")
    assert (item.title, item.score, item.analysis) == ("The *cache* was cold", 0.3, row.analysis)
    assert (item.priority, item.deadline) == (Priority.P2, hand["now"] + timedelta(hours=336))
    assert (item.owner, [system.name for system in item.systems.all()]) == (lee, ["cache"])
    assert not SkippedLine.objects.exists()
    assert decisions.add(item.pk, **hand).systems.get().name == "cache"


@pytest.mark.parametrize(
    "case",
    [
        (ItemKind.FIX, None, "Notes", Priority.P2),
        (ItemKind.FIX, Priority.P0, "Notes", Priority.P0),
        (ItemKind.INVESTIGATE, Priority.P0, "Notes", Priority.P1),
        (ItemKind.FIX, None, "Immediate actions", Priority.P0),
    ],
)
def test_a_line_tracked_by_hand_has_the_priority_of_an_entry(put, hand, case):
    kind, incident, section, priority = case
    put(skipped("Look at the pool", 7, section=("Outage", section)), priority=incident)

    assert decisions.track_skipped(SkippedLine.objects.get().pk, kind=kind, **hand).priority == priority


def test_a_skipped_line_can_be_tracked_as_a_check(put, hand):
    put(skipped("The pool is at 50", 7))

    item = decisions.track_skipped(SkippedLine.objects.get().pk, kind=ItemKind.CHECK, **hand)

    assert (item.kind, item.priority, item.deadline) == (ItemKind.CHECK, "", None)


def test_a_skipped_line_is_tracked_once(put, hand):
    put(skipped("Look at the pool", 7))
    line = SkippedLine.objects.get()
    decisions.track_skipped(line.pk, kind=ItemKind.FIX, **hand)

    with pytest.raises(decisions.IntakeRefused, match="not there any more"):
        decisions.track_skipped(line.pk, kind=ItemKind.FIX, **hand)

    assert ExtractedItem.objects.count() == 1
    assert not Check.objects.exists()


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        pytest.param("x" * 2001, "at most 2,000 characters", id="longer than a page"),
        pytest.param("Not\0ours", "cannot hold NUL", id="what no database keeps"),
    ],
)
def test_a_reason_that_cannot_be_kept_dismisses_nothing(put, hand, reason, sentence):
    row = put(issue("Raise the pool size to 50", 3))[0]

    with pytest.raises(decisions.IntakeRefused, match=sentence):
        decisions.dismiss(row.pk, reason=reason, **hand)

    row.refresh_from_db()
    assert row.decision == Decision.PENDING
