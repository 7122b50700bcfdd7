"""A moment of the past is told by history: whatever is changed after it changes nothing of it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from dashboard.metrics import computed, filters
from tracker import amend, prevention, workflow
from tracker.choices import Door, IssueKind, MeasureCategory, MeasureState, Priority, Status
from tracker.models import System

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def lead(make_owner):
    return make_owner("Lena Moss", role="team_lead")


@pytest.fixture
def system(db):
    return System.objects.create(name="till")


@pytest.fixture
def issue(profile, make_issue, make_owner, make_analysis, lead, system):
    """An issue with an owner, a system on which a stream depends, and a deadline with seconds."""
    for name, of in (("Shop", system), ("Rest", None)):
        stream = profile.streams.create(name=name, mrr=profile.mrr / 2)
        if of:
            stream.systems.add(of)
    made = make_issue(analysis=make_analysis(), owner=make_owner("Otto Kern", reports_to=lead), kind=IssueKind.FIX)
    deadline = made.created_at + timedelta(hours=20, seconds=59, microseconds=7)
    made.deadline = made.original_deadline = deadline
    made.save()
    made.systems.add(system)
    return made


@pytest.fixture
def hand(now):
    return {"actor": None, "door": Door.COMMAND, "now": now + 2 * DAY, "reason": "It is so."}


def told(moment, **words):
    """What all pages say of a moment, of the whole site and of a part of it."""
    asked = filters.read(words, moment, moment.tzinfo)
    return {page: computed.sheet_of(page, moment, asked) for page in computed.PAGES}


CHANGES = {
    "another deadline": lambda issue, hand: amend.move_deadline(issue.pk, issue.deadline + 9 * DAY, **hand),
    "another priority": lambda issue, hand: amend.set_priority(issue.pk, Priority.P0, **hand),
    "another owner": lambda issue, hand: amend.assign(issue.pk, None, **hand),
    "a confirmed amount": lambda issue, hand: amend.confirm_revenue(issue.pk, Decimal(77), **hand),
    "other systems": lambda issue, hand: amend.describe(issue.pk, systems=[], **hand),
    "another title": lambda issue, hand: amend.describe(issue.pk, title="Something else", **hand),
    "a step": lambda issue, hand: workflow.apply("cancel", issue.pk, **hand),
    "a note of hours": lambda issue, hand: amend.add_note(
        issue.pk, "It went on.", hours=Decimal(3), **{key: hand[key] for key in ("actor", "door", "now")}
    ),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("part", ["site", "team", "system"])
def test_a_change_after_the_moment_changes_nothing_of_it_and_what_is_told_of_now(
    change, part, issue, lead, system, hand, now
):
    words = {"site": {}, "team": {"team": str(lead.pk)}, "system": {"system": str(system.pk)}}[part]
    moment, later = now + DAY, hand["now"] + HOUR
    then, today = told(moment, **words), told(later, **words)

    CHANGES[change](issue, hand)

    assert told(moment, **words) == then
    assert told(later, **words) != today


def test_a_deadline_that_was_moved_twice_is_the_one_of_the_moment_to_the_minute(issue, hand, now):
    second, third = (issue.deadline.replace(second=0, microsecond=0) + days * DAY for days in (3, 6))
    amend.move_deadline(issue.pk, second, **hand | {"now": now + HOUR})
    moment = now + 3 * DAY
    then = told(moment)
    amend.move_deadline(issue.pk, third, **hand | {"now": moment + HOUR})

    assert told(moment) == then
    assert told(moment)["overview"].issues[0].deadline == second


def test_work_was_late_by_a_deadline_that_has_been_moved_since_and_was_not_the_first(issue, hand, now):
    issue.deadline = issue.original_deadline = now - 60 * DAY
    issue.save()
    amend.move_deadline(issue.pk, now + 2 * HOUR, **(hand | {"now": now}))
    then = told(now + DAY)["execution"].figures["on_time.moved.all"]

    amend.move_deadline(issue.pk, now + 60 * DAY, **hand)

    assert then.value == 0
    assert told(now + DAY)["execution"].figures["on_time.moved.all"] == then


def test_an_issue_that_was_closed_and_reopened_since_then_was_live(issue, hand, now):
    then = told(now + DAY)
    workflow.apply("cancel", issue.pk, **hand)
    workflow.apply("reopen", issue.pk, **hand | {"now": now + 3 * DAY})

    assert told(now + DAY) == then
    assert told(now + 2 * DAY + HOUR)["board"].extra["counts"]["open"] == 0


def test_a_measure_counts_from_when_it_was_in_place(issue, hand, now):
    by = {key: hand[key] for key in ("actor", "door")}
    measure = prevention.propose(
        issue.pk, "Watch: the pool", category=MeasureCategory.MONITORING, owner=None, now=now + HOUR, **by
    )
    before = told(now + 2 * HOUR)
    prevention.set_state(measure.pk, MeasureState.IN_PLACE, now=now + 3 * HOUR, **by)
    held = told(now + 4 * HOUR)
    prevention.set_state(measure.pk, MeasureState.PROPOSED, now=now + 5 * HOUR, reason="It did not hold.", **by)

    assert told(now + 2 * HOUR) == before
    assert told(now + 4 * HOUR) == held
    assert held["prevention"].figures["prevention_coverage.monitoring"].value == 1
    assert before["prevention"].figures["prevention_coverage.monitoring"].value == 0


def test_an_issue_that_is_tracked_later_was_not_there(issue, make_issue, now):
    then = told(now + DAY)
    make_issue(created_at=now + DAY + HOUR, status=Status.IDENTIFIED)

    assert told(now + DAY) == then
