"""Accepted risks: until when, and what happens then (tracker/workflow.py)."""

from datetime import datetime, timedelta

import pytest

from tracker import workflow
from tracker.choices import Door, Status
from tracker.models import Issue
from tracker.tests.racing import race

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def accepted(issue, hand, until):
    return workflow.apply("accept", issue.pk, reason="The vendor leaves in May.", until=until, **hand)


def test_a_risk_is_accepted_with_a_reason_and_until_a_day(make_issue, hand, now):
    issue = make_issue()

    assert accepted(issue, hand, now + 30 * DAY).status == Status.ACCEPTED

    issue.refresh_from_db()
    assert issue.accepted_until == now + 30 * DAY
    assert issue.changes.get().reason == "The vendor leaves in May."
    change = issue.field_changes.get()
    assert (change.field, change.new) == ("accepted until", "2026-04-09T12:00+00:00")


def test_everything_that_an_acceptance_lacks_is_said_at_once_and_nothing_is_changed(make_issue, hand):
    issue = make_issue()
    before = Issue.objects.values().get()

    with pytest.raises(workflow.TransitionRefused) as refused:
        workflow.apply("accept", issue.pk, **hand)

    assert refused.value.reasons == (
        "“Accept the risk” needs a reason: write it in a sentence.",
        "“Accept the risk” needs an end date, after which the issue is open again.",
    )
    assert Issue.objects.values().get() == before


def test_the_end_of_an_acceptance_is_still_to_come(make_issue, hand, now):
    with pytest.raises(workflow.TransitionRefused, match="has passed already"):
        accepted(make_issue(), hand, now)

    assert accepted(make_issue(), hand, now + timedelta(seconds=1)).status == Status.ACCEPTED


def test_the_end_of_an_acceptance_has_a_time_zone(make_issue, hand):
    with pytest.raises(workflow.TransitionRefused, match="needs a time zone"):
        accepted(make_issue(), hand, datetime(2099, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("late", "status"), [(timedelta(0), Status.IDENTIFIED), (-timedelta(seconds=1), Status.ACCEPTED)]
)
def test_an_accepted_risk_is_open_again_when_its_end_has_come(make_issue, hand, now, late, status):
    issue = accepted(make_issue(), hand, now + 30 * DAY)

    workflow.reopen_ended_acceptances(now + 30 * DAY + late)

    issue.refresh_from_db()
    assert issue.status == status


def test_the_history_says_that_it_was_the_end_of_the_acceptance_that_reopened_it(make_issue, hand, now):
    issue = accepted(make_issue(), hand, now + 30 * DAY)

    assert workflow.reopen_ended_acceptances(now + 31 * DAY) == 1
    assert workflow.reopen_ended_acceptances(now + 31 * DAY) == 0

    issue.refresh_from_db()
    assert issue.accepted_until is None
    step = issue.changes.first()
    assert (step.old_status, step.new_status, step.door, step.actor_name) == (
        "accepted",
        "identified",
        Door.TASK,
        "Task",
    )
    assert step.reason == "The acceptance of the risk ended on 2026-04-09 at 12:00 UTC."


def test_an_acceptance_that_has_no_end_is_no_acceptance(make_issue, now):
    issue = make_issue(status=Status.ACCEPTED)

    assert workflow.reopen_ended_acceptances(now) == 1

    assert issue.changes.get().reason == "The risk was accepted without an end date."


def test_one_issue_that_cannot_be_reopened_stops_no_other(make_issue, now, monkeypatch, caplog):
    stuck, other = make_issue(status=Status.ACCEPTED), make_issue(status=Status.ACCEPTED)
    apply = workflow.apply

    def broken(name, issue_id, **options):
        if issue_id == stuck.pk:
            raise RuntimeError("disk full")
        return apply(name, issue_id, **options)

    monkeypatch.setattr(workflow, "apply", broken)

    assert workflow.reopen_ended_acceptances(now) == 1

    other.refresh_from_db()
    assert other.status == Status.IDENTIFIED
    assert f"issue {stuck.pk} could not be reopened" in caplog.text


def test_a_risk_that_is_reopened_by_hand_loses_its_end(make_issue, hand, now):
    issue = accepted(make_issue(), hand, now + 30 * DAY)

    workflow.apply("reopen", issue.pk, reason="It came back.", **hand)

    issue.refresh_from_db()
    assert issue.accepted_until is None


@pytest.mark.django_db(transaction=True)
def test_workers_that_look_at_the_same_time_reopen_an_issue_once(tmp_path):
    assert sorted(race("reopen ended", 4, tmp_path)) == ["0", "0", "0", "1"]
