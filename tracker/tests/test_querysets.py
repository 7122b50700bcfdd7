from datetime import timedelta

import pytest

from tracker.choices import Decision, ItemKind, Priority, Status
from tracker.models import Analysis, ExtractedItem, Issue
from tracker.querysets import CLOSED, LIVE, OPEN_WORK

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
