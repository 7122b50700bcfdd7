from datetime import timedelta

import pytest

from tracker import workflow
from tracker.choices import Decision, Door, ItemKind, Priority, ReturnCase, ReturnDecision, Status
from tracker.models import Analysis, ExtractedItem, Issue, Recurrence
from tracker.querysets import CLOSED, LIVE, MOVING, OPEN_WORK

pytestmark = pytest.mark.django_db


@pytest.fixture
def make_item(make_issue):
    def make(analysis, kind=ItemKind.FIX, decision=Decision.PENDING, **fields):
        values = {
            "line": 3,
            "end_line": 3,
            "title": "Raise the pool size",
            "text": "Raise the pool size",
            "fingerprint": "f",
            "decision_reason": "Not ours." if decision == Decision.DISMISSED else "",
            "issue": make_issue() if decision == Decision.ADDED and kind != ItemKind.CHECK else None,
        }
        return ExtractedItem.objects.create(analysis=analysis, kind=kind, decision=decision, **(values | fields))

    return make


@pytest.fixture
def one_of_each(make_issue, make_owner):
    owner = make_owner()
    return {status: make_issue(status=status, owner=owner) for status in Status}


def statuses(issues):
    return {issue.status for issue in issues}


def test_live_is_everything_but_validated_and_cancelled(one_of_each):
    assert statuses(Issue.objects.live()) == set(Status) - {Status.VALIDATED, Status.CANCELLED}
    assert set(LIVE) | set(CLOSED) == set(Status)


def test_the_database_knows_which_issues_are_closed(one_of_each):
    assert statuses(Issue.objects.filter(is_closed=True)) == set(CLOSED)


def test_a_deadline_binds_what_somebody_still_has_to_work_on(one_of_each, now):
    long_after = now + timedelta(days=900)

    assert statuses(Issue.objects.overdue(long_after)) == statuses(Issue.objects.open_work()) == set(OPEN_WORK)
    assert not {Status.COMPLETED, Status.ACCEPTED, Status.VALIDATED, Status.CANCELLED} & set(OPEN_WORK)


@pytest.mark.parametrize(
    ("seconds", "overdue", "soon"),
    [
        pytest.param(-1, True, False, id="a second ago"),
        pytest.param(0, True, False, id="right now"),
        pytest.param(1, False, True, id="in a second"),
        pytest.param(24 * 3600, False, True, id="at the end of the window"),
        pytest.param(24 * 3600 + 1, False, False, id="a second after the window"),
    ],
)
def test_overdue_begins_at_the_deadline_and_the_window_ends_with_it(make_issue, now, seconds, overdue, soon):
    make_issue(deadline=now + timedelta(seconds=seconds))

    assert Issue.objects.overdue(now).exists() == overdue
    assert Issue.objects.due_within(now, timedelta(hours=24)).exists() == soon


def test_an_issue_without_a_deadline_is_never_overdue(make_issue, now):
    make_issue(deadline=None)

    assert not Issue.objects.overdue(now).exists()
    assert not Issue.objects.due_within(now, timedelta(days=1)).exists()


def test_unassigned_is_what_is_live_and_has_no_owner(make_issue, make_owner):
    mine = make_issue(priority=Priority.P3)
    urgent = make_issue(priority=Priority.P0)
    make_issue(owner=make_owner())
    make_issue(status=Status.CANCELLED)

    assert set(Issue.objects.unassigned()) == {mine, urgent}
    assert list(Issue.objects.urgent_without_owner()) == [urgent]


def test_each_priority_is_due_soon_in_a_window_of_its_own(make_issue, now):
    windows = {Priority.P0: timedelta(hours=24), Priority.P2: timedelta(hours=48)}
    found = [
        make_issue(priority=Priority.P0, deadline=now + timedelta(seconds=1)),
        make_issue(priority=Priority.P0, deadline=now + timedelta(hours=24)),
        make_issue(priority=Priority.P2, deadline=now + timedelta(hours=48)),
    ]
    make_issue(priority=Priority.P0, deadline=now)
    make_issue(priority=Priority.P0, deadline=now + timedelta(hours=24, seconds=1))
    make_issue(priority=Priority.P2, deadline=now + timedelta(hours=48, seconds=1))
    make_issue(priority=Priority.P3, deadline=now + timedelta(hours=1))
    make_issue(priority=Priority.P0, deadline=now + timedelta(hours=1), status=Status.COMPLETED)

    assert set(Issue.objects.due_soon(now, windows)) == set(found)
    assert not Issue.objects.due_soon(now, {}).exists()


def test_work_is_stalled_from_the_span_of_its_priority_on(make_issue, now):
    spans = {Priority.P0: timedelta(hours=6), Priority.P1: timedelta(hours=24), Priority.P3: None}
    found = [
        make_issue(priority=Priority.P0, worked_at=now - timedelta(hours=6)),
        make_issue(priority=Priority.P1, worked_at=now - timedelta(hours=25)),
    ]
    make_issue(priority=Priority.P0, worked_at=now - timedelta(hours=6) + timedelta(seconds=1))
    make_issue(priority=Priority.P1, worked_at=now - timedelta(hours=23))
    make_issue(priority=Priority.P3, worked_at=now - timedelta(days=99))

    assert set(Issue.objects.stalled(now, spans)) == set(found)
    assert not Issue.objects.stalled(now, {Priority.P0: None}).exists()


def test_only_work_that_its_owner_could_go_on_with_is_stalled(one_of_each, now):
    assert statuses(Issue.objects.stalled(now, {Priority.P1: timedelta(0)})) == set(MOVING)
    assert set(MOVING) == set(OPEN_WORK) - {Status.BLOCKED}


def test_an_issue_is_blocked_since_it_came_to_be(make_issue, now):
    long, just = (make_issue(status=Status.BLOCKED, status_since=now - timedelta(hours=hours)) for hours in (24, 23))
    make_issue(status=Status.IDENTIFIED, status_since=now - timedelta(hours=99))

    assert list(Issue.objects.blocked_since(now - timedelta(hours=24))) == [long]
    assert set(Issue.objects.blocked_since(now)) == {long, just}


def test_an_acceptance_has_ended_until_somebody_moves_the_issue_on(make_issue, now):
    ended = make_issue(status=Status.ACCEPTED, accepted_until=now)
    endless = make_issue(status=Status.ACCEPTED)
    make_issue(status=Status.ACCEPTED, accepted_until=now + timedelta(seconds=1))
    make_issue(status=Status.IDENTIFIED)
    assert set(Issue.objects.acceptance_ended(now)) == {ended, endless}

    workflow.reopen_ended_acceptances(now)
    assert set(Issue.objects.acceptance_ended(now)) == {ended, endless}

    workflow.apply("cancel", ended.pk, reason="It is gone.", actor=None, door=Door.COMMAND, now=now)
    assert list(Issue.objects.acceptance_ended(now)) == [endless]


def test_an_acceptance_that_a_person_ended_has_not_come_to_its_end(make_issue, now):
    issue = make_issue(status=Status.ACCEPTED, accepted_until=now + timedelta(days=9))

    workflow.apply("reopen", issue.pk, reason="It is bad.", actor=None, door=Door.COMMAND, now=now)

    assert not Issue.objects.acceptance_ended(now + timedelta(days=10)).exists()


def test_urgency_is_live_first_then_priority_then_deadline(make_issue, now):
    closed = make_issue(priority=Priority.P0, status=Status.CANCELLED)
    later = make_issue(priority=Priority.P1, deadline=now + timedelta(hours=9))
    sooner = make_issue(priority=Priority.P1, deadline=now + timedelta(hours=2))
    top = make_issue(priority=Priority.P0, deadline=now + timedelta(days=9))

    assert list(Issue.objects.by_urgency()) == [top, sooner, later, closed]


def test_conversion_is_the_share_of_entries_that_are_tracked_or_dismissed(make_analysis, make_item, now):
    analysis = make_analysis()
    for decision in (Decision.PENDING, Decision.ADDED, Decision.DISMISSED, Decision.DISMISSED):
        make_item(analysis, decision=decision)
    make_item(analysis, kind=ItemKind.CHECK)
    make_item(analysis, gone_at=now)

    found = Analysis.objects.with_conversion().get()

    assert (found.extracted, found.tracked, found.dismissed, found.pending) == (4, 1, 2, 1)
    assert found.conversion == 0.75


def test_an_analysis_without_entries_has_no_conversion(make_analysis):
    make_analysis()

    assert Analysis.objects.with_conversion().get().conversion is None


def test_entries_are_asked_for_by_what_they_are_and_what_was_decided(make_analysis, make_item, now):
    analysis = make_analysis()
    fix, check = make_item(analysis), make_item(analysis, kind=ItemKind.CHECK)
    gone = make_item(analysis, gone_at=now)
    added = make_item(analysis, decision=Decision.ADDED)

    assert set(ExtractedItem.objects.issues()) == {fix, gone, added}
    assert set(ExtractedItem.objects.checks()) == {check}
    assert set(ExtractedItem.objects.present()) == {fix, check, added}
    assert set(ExtractedItem.objects.pending()) == {fix, check}


def test_an_analysis_waits_for_its_review_while_an_entry_is_not_decided(make_analysis, make_item, now):
    early = now - timedelta(hours=2)
    waiting, told_later, undated, fresh = (make_analysis() for _ in range(4))
    make_item(waiting, found_at=early)
    make_item(waiting, found_at=early)
    make_item(told_later, found_at=early + timedelta(seconds=1))
    Analysis.objects.filter(pk=undated.pk).update(imported_at=early)
    make_item(undated)
    make_item(fresh)
    for fields in ({"decision": Decision.ADDED}, {"kind": ItemKind.CHECK}, {"gone_at": now}):
        make_item(make_analysis(), found_at=early, **fields)

    assert set(Analysis.objects.waiting_for_review(early)) == {waiting, undated}


def test_a_confirmed_return_is_open_while_an_issue_of_it_is(make_analysis, make_issue, now):
    earlier, returned, closed, undecided = (make_analysis() for _ in range(4))
    for analysis, decision in (
        (returned, ReturnDecision.CONFIRMED),
        (closed, ReturnDecision.CONFIRMED),
        (undecided, ReturnDecision.PENDING),
    ):
        confirmed = decision == ReturnDecision.CONFIRMED
        Recurrence.objects.create(
            analysis=analysis,
            earlier=earlier,
            score=0.9,
            kind="recurrence",
            found_at=now,
            decision=decision,
            decided_at=now if confirmed else None,
            case=ReturnCase.UNTREATED if confirmed else "",
        )
        for _ in range(2):
            make_issue(analysis=analysis, status=Status.VALIDATED if analysis == closed else Status.COMPLETED)

    assert list(Analysis.objects.returned_and_open()) == [returned]
