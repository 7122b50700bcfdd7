from datetime import timedelta
from decimal import Decimal

import pytest

from tracker import amend, workflow
from tracker.choices import Door, IssueKind, NoteKind, Priority, Status
from tracker.models import Issue, StatusChange
from tracker.querysets import LIVE
from tracker.tests.racing import race

pytestmark = pytest.mark.django_db

EVERY_WAY = {
    ("plan", Status.IDENTIFIED, Status.PLANNED),
    ("start", Status.PLANNED, Status.IN_PROGRESS),
    ("complete", Status.IN_PROGRESS, Status.COMPLETED),
    ("validate", Status.COMPLETED, Status.VALIDATED),
    ("fail", Status.COMPLETED, Status.FAILED),
    ("rework", Status.FAILED, Status.IN_PROGRESS),
    *(
        ("block", source, Status.BLOCKED)
        for source in (Status.IDENTIFIED, Status.PLANNED, Status.IN_PROGRESS, Status.COMPLETED, Status.FAILED)
    ),
    ("unblock", Status.BLOCKED, Status.IDENTIFIED),  # of an issue whose history does not tell where it came from
    *(
        ("accept", source, Status.ACCEPTED)
        for source in (
            Status.IDENTIFIED,
            Status.PLANNED,
            Status.IN_PROGRESS,
            Status.COMPLETED,
            Status.FAILED,
            Status.BLOCKED,
        )
    ),
    *(("cancel", source, Status.CANCELLED) for source in LIVE),
    *(("reopen", source, Status.IDENTIFIED) for source in (Status.VALIDATED, Status.ACCEPTED, Status.CANCELLED)),
}


@pytest.fixture
def owner(make_owner):
    return make_owner("Olga Brandt", email="olga@example.org")


@pytest.fixture
def hand(make_user, now):
    return {"actor": make_user("boss", email="boss@example.org", is_superuser=True), "door": Door.ADMIN, "now": now}


def row(issue):
    return Issue.objects.values().get(pk=issue.pk)


def test_the_table_has_these_ways_and_no_other(make_issue, owner):
    issues = [make_issue(status=status, owner=owner) for status in Status]

    ways = {
        (name, issue.status, workflow.target(name, issue)) for issue in issues for name in workflow.leading_on(issue)
    }

    assert ways == EVERY_WAY


@pytest.mark.parametrize("name", workflow.TRANSITIONS)
def test_a_transition_from_another_status_is_refused_and_changes_nothing(make_issue, owner, hand, name):
    for status in set(Status) - workflow.TRANSITIONS[name].sources:
        issue = make_issue(status=status, owner=owner)
        before = row(issue)

        with pytest.raises(workflow.TransitionRefused, match="leads on from"):
            workflow.apply(name, issue.pk, reason="It is time.", **hand)

        assert row(issue) == before
        assert not issue.changes.exists()


def test_an_issue_goes_from_identified_to_completed(make_issue, owner, hand, now):
    issue = make_issue(owner=owner)

    for step, (name, status) in enumerate((("plan", Status.PLANNED), ("start", Status.IN_PROGRESS))):
        assert workflow.apply(name, issue.pk, **hand | {"now": now + timedelta(hours=step)}).status == status
    later = now + timedelta(hours=3)
    amend.add_note(issue.pk, "Pool is at 80", kind=NoteKind.EVIDENCE, hours=Decimal("1.5"), **hand | {"now": later})
    assert workflow.apply("complete", issue.pk, **hand | {"now": later}).status == Status.COMPLETED

    issue.refresh_from_db()
    assert issue.status == Status.COMPLETED
    assert (issue.updated_at, issue.status_since, issue.worked_at) == (later, later, later)


def test_every_step_is_written_with_who_how_when_and_why(make_issue, owner, hand, now):
    issue = make_issue(owner=owner)

    workflow.apply("block", issue.pk, reason=" Waiting for the vendor. ", **hand)

    change = issue.changes.get()
    assert (change.old_status, change.new_status) == (Status.IDENTIFIED, Status.BLOCKED)
    assert (change.actor, change.actor_name, change.door) == (hand["actor"], "boss", Door.ADMIN)
    assert (change.at, change.reason) == (now, "Waiting for the vendor.")


def test_a_hand_that_nobody_signed_in_is_named_after_its_door(make_issue, owner, now):
    issue = make_issue(owner=owner)

    workflow.apply("plan", issue.pk, actor=None, door=Door.COMMAND, now=now)

    assert issue.changes.get().actor_name == "Command"


def test_a_refusal_names_everything_that_is_missing_and_changes_nothing(make_issue, hand):
    issue = make_issue(owner=None, deadline=None, original_deadline=None)
    before = row(issue)

    with pytest.raises(workflow.TransitionRefused) as refused:
        workflow.apply("plan", issue.pk, **hand)

    assert refused.value.reasons == ("It needs an owner: assign one.", "It needs a deadline: set one.")
    assert str(refused.value) == "It needs an owner: assign one. It needs a deadline: set one."
    assert row(issue) == before
    assert not issue.changes.exists()


def test_work_that_failed_validation_is_taken_up_by_an_owner_only(make_issue, owner, hand):
    issue = make_issue(status=Status.FAILED)

    with pytest.raises(workflow.TransitionRefused, match="needs an owner"):
        workflow.apply("rework", issue.pk, **hand)
    Issue.objects.filter(pk=issue.pk).update(owner=owner)

    assert workflow.apply("rework", issue.pk, **hand).status == Status.IN_PROGRESS


@pytest.mark.parametrize("name", ["block", "accept", "cancel", "fail", "reopen"])
def test_leaving_the_straight_way_needs_a_reason(make_issue, owner, hand, name):
    source = Status.VALIDATED if name == "reopen" else Status.COMPLETED
    issue = make_issue(status=source, owner=owner)
    until = {"until": hand["now"] + timedelta(days=30)} if name == "accept" else {}

    with pytest.raises(workflow.TransitionRefused, match="needs a reason"):
        workflow.apply(name, issue.pk, reason=" \n", **hand | until)
    assert not issue.changes.exists()
    workflow.apply(name, issue.pk, reason="The vendor says so.", **hand | until)

    assert issue.changes.get().reason == "The vendor says so."


@pytest.fixture
def started(make_issue, owner, hand):
    issue = make_issue(status=Status.PLANNED, owner=owner)
    return workflow.apply("start", issue.pk, **hand)


def test_work_without_a_note_is_not_completed(started, hand):
    with pytest.raises(workflow.TransitionRefused) as refused:
        workflow.apply("complete", started.pk, **hand)

    assert refused.value.reasons == (
        "It needs a progress or evidence note that is newer than the start of the work.",
        "It needs the hours spent: add them to a note, or say that they are unknown.",
    )
    assert not started.changes.filter(new_status=Status.COMPLETED).exists()


@pytest.mark.parametrize(
    ("note", "opens"),
    [
        pytest.param((NoteKind.PROGRESS, 1), True, id="a progress note after the start"),
        pytest.param((NoteKind.EVIDENCE, 1), True, id="evidence after the start"),
        pytest.param((NoteKind.PROGRESS, 0), False, id="a note at the very start"),
        pytest.param((NoteKind.PROGRESS, -1), False, id="a note before the start"),
        pytest.param((NoteKind.BLOCKER, 1), False, id="a note about what is in the way"),
        pytest.param((NoteKind.DECISION, 1), False, id="a decision"),
    ],
)
def test_completion_needs_a_note_about_the_work_that_is_newer_than_its_start(started, hand, now, note, opens):
    kind, seconds = note
    at = now + timedelta(seconds=seconds)
    started.notes.create(kind=kind, text="About it", actor_name="boss", door=Door.ADMIN, at=at)
    started.refresh_from_db()

    assert (not workflow.refusals("complete", started, hand["actor"])) == opens


def test_a_note_from_before_a_block_still_tells_about_the_work(started, hand, now):
    at = [now + timedelta(hours=hour) for hour in range(5)]
    amend.add_note(started.pk, "Half done", hours=Decimal(2), **hand | {"now": at[1]})
    workflow.apply("block", started.pk, reason="No access.", **hand | {"now": at[2]})
    workflow.apply("unblock", started.pk, **hand | {"now": at[3]})

    assert workflow.apply("complete", started.pk, **hand | {"now": at[4]}).status == Status.COMPLETED


def test_a_note_from_before_a_failed_validation_does_not_tell_about_the_new_work(started, hand, now):
    at = [now + timedelta(hours=hour) for hour in range(5)]
    amend.add_note(started.pk, "Done", hours=Decimal(2), **hand | {"now": at[1]})
    workflow.apply("complete", started.pk, **hand | {"now": at[2]})
    workflow.apply("fail", started.pk, reason="It still times out.", **hand | {"now": at[3]})
    workflow.apply("rework", started.pk, **hand | {"now": at[4]})

    with pytest.raises(workflow.TransitionRefused, match="newer than the start"):
        workflow.apply("complete", started.pk, **hand | {"now": at[4]})


# -- hours spent -------------------------------------------------------------------------------------------------------
@pytest.fixture
def told(started, hand, now):
    """Started work with a progress note, and no hours."""
    amend.add_note(started.pk, "The pool is at 80", **hand | {"now": now + timedelta(hours=1)})
    return started


def test_work_is_completed_with_the_hours_that_somebody_noted(told, hand, now):
    later = hand | {"now": now + timedelta(hours=2)}

    with pytest.raises(workflow.TransitionRefused, match="needs the hours spent"):
        workflow.apply("complete", told.pk, **later)
    amend.add_note(told.pk, "Looked at the graphs", kind=NoteKind.DECISION, hours=Decimal("0.25"), **later)

    assert workflow.apply("complete", told.pk, **later).hours_unknown is False
    assert not told.field_changes.exists()


def test_hours_that_nobody_knows_are_said_to_be_unknown_and_by_whom(told, hand, now):
    later = hand | {"now": now + timedelta(hours=2)}

    assert workflow.apply("complete", told.pk, hours_unknown=True, **later).hours_unknown is True

    told.refresh_from_db()
    assert told.hours_unknown is True
    change = told.field_changes.get()
    assert (change.field, change.old, change.new, change.actor_name) == ("hours spent", "", "unknown", "boss")


def test_noted_hours_are_never_unknown(told, hand, now):
    later = hand | {"now": now + timedelta(hours=2)}
    amend.add_note(told.pk, "Half a day", hours=Decimal(4), **later)

    assert workflow.apply("complete", told.pk, hours_unknown=True, **later).hours_unknown is False


def test_the_hours_of_work_that_failed_validation_do_not_count_for_the_next_attempt(told, hand, now):
    at = [now + timedelta(hours=hour) for hour in range(6)]
    amend.add_note(told.pk, "Half a day", hours=Decimal(4), **hand | {"now": at[1]})
    workflow.apply("complete", told.pk, **hand | {"now": at[2]})
    workflow.apply("fail", told.pk, reason="It still times out.", **hand | {"now": at[3]})
    workflow.apply("rework", told.pk, **hand | {"now": at[4]})
    amend.add_note(told.pk, "Raised it again", **hand | {"now": at[5]})

    with pytest.raises(workflow.TransitionRefused, match="needs the hours spent"):
        workflow.apply("complete", told.pk, **hand | {"now": at[5]})


# -- blocked -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "source", [Status.IDENTIFIED, Status.PLANNED, Status.IN_PROGRESS, Status.COMPLETED, Status.FAILED]
)
def test_a_blocked_issue_returns_where_it_came_from(make_issue, owner, hand, now, source):
    issue = make_issue(status=source, owner=owner)

    workflow.apply("block", issue.pk, reason="No access.", **hand)

    assert workflow.apply("unblock", issue.pk, **hand | {"now": now + timedelta(hours=1)}).status == source


def test_a_blocked_issue_that_lost_its_owner_does_not_return_to_work(make_issue, owner, hand):
    issue = make_issue(status=Status.IN_PROGRESS, owner=owner)
    workflow.apply("block", issue.pk, reason="No access.", **hand)
    Issue.objects.filter(pk=issue.pk).update(owner=None)

    with pytest.raises(workflow.TransitionRefused, match="needs an owner"):
        workflow.apply("unblock", issue.pk, **hand)


def test_what_is_allowed_asks_for_a_reason_only_when_it_is_carried_out(make_issue, owner, hand):
    issue = make_issue(owner=owner)

    assert workflow.allowed(issue, hand["actor"]) == ["plan", "block", "accept", "cancel"]
    assert workflow.refusals("cancel", issue, hand["actor"]) == []
    assert workflow.refusals("cancel", issue, hand["actor"], answers=workflow.Answers(hand["now"])) != []


def test_a_person_is_asked_for_what_a_transition_needs_and_for_no_more(started, hand, now):
    assert {name: workflow.asks(name, started) for name in workflow.leading_on(started)} == {
        "complete": ("hours_unknown",),
        "block": ("reason",),
        "accept": ("reason", "until"),
        "cancel": ("reason",),
    }
    assert workflow.asks("plan", started) == ()

    amend.add_note(started.pk, "Half done", hours=Decimal(2), **hand | {"now": now + timedelta(hours=1)})

    assert workflow.asks("complete", started) == ()


def test_the_way_to_a_status_is_found_by_its_name(make_issue, owner, hand):
    issue = make_issue(status=Status.COMPLETED, owner=owner)
    assert workflow.transition_to(Status.FAILED, issue) == "fail"

    workflow.apply("block", issue.pk, reason="No access.", **hand)
    issue.refresh_from_db()

    assert workflow.transition_to(Status.COMPLETED, issue) == "unblock"
    assert workflow.transition_to(Status.ACCEPTED, issue) == "accept"


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (Status.IDENTIFIED, r"^P1-\S+ is identified already\.$"),
        (Status.COMPLETED, "from there it goes to planned, blocked, risk accepted, cancelled, not to completed"),
    ],
)
def test_a_status_that_no_way_leads_to_is_refused_with_those_that_are_open(make_issue, status, sentence):
    with pytest.raises(workflow.TransitionRefused, match=sentence):
        workflow.transition_to(status, make_issue())


def test_an_unknown_transition_is_refused(make_issue, hand):
    with pytest.raises(workflow.TransitionRefused, match="no transition called 'finish'"):
        workflow.apply("finish", make_issue().pk, **hand)


def test_the_returned_issue_knows_that_it_is_closed(make_issue, hand):
    assert workflow.apply("cancel", make_issue().pk, reason="A duplicate.", **hand).is_closed is True


def test_a_new_issue_begins_with_its_first_step(now, hand):
    new = [
        Issue(reference=f"P1-20260310-{number}", title="x", kind=IssueKind.FIX, priority=Priority.P1)
        for number in (901, 902)
    ]
    for issue in new:
        issue.created_at = issue.updated_at = now

    workflow.open_all(new, status=Status.COMPLETED, reason="Stated as done.", **hand)

    steps = StatusChange.objects.order_by("issue__reference")
    assert [(step.issue.reference, step.old_status, step.new_status, step.reason) for step in steps] == [
        ("P1-20260310-901", "", Status.COMPLETED, "Stated as done."),
        ("P1-20260310-902", "", Status.COMPLETED, "Stated as done."),
    ]
    assert set(Issue.objects.values_list("status", flat=True)) == {Status.COMPLETED}
    assert set(Issue.objects.values_list("status_since", "worked_at")) == {(now, now)}


def test_an_issue_cannot_be_born_validated(hand):
    with pytest.raises(workflow.TransitionRefused, match="never validated"):
        workflow.open_all([Issue()], status=Status.VALIDATED, **hand)


@pytest.mark.django_db(transaction=True)
def test_eight_people_at_once_move_an_issue_once(tmp_path):
    answers = race("plan", 8, tmp_path)

    assert answers.count(Status.PLANNED) == 1
    assert sum("is planned: “Plan” leads on from identified" in answer for answer in answers) == 7
