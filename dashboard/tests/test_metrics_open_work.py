"""What the database counts of the open work is what its rows say."""

from datetime import timedelta
from decimal import Decimal

import pytest

from dashboard.metrics import filters, open_work
from dashboard.metrics.asked import Asked
from dashboard.metrics.site import hours_between
from dashboard.value import execution
from tracker import amend
from tracker.choices import Door, NoteKind, Priority, Status

HOUR = timedelta(hours=1)
HAND = {"actor": None, "door": Door.COMMAND}


@pytest.fixture
def asked(now):
    return Asked(now, filters.read({}, now, now.tzinfo))


@pytest.fixture
def aged(make_issue, now):
    """Track an issue that is so many hours old."""
    return lambda hours, **more: make_issue(created_at=now - hours * HOUR, **more)


def on(figures):
    return {figure.key: figure for figure in figures}


@pytest.mark.parametrize("number", [1, 2, 9, 10, 11, 23])
def test_percentiles_of_age_are_those_of_the_ages_themselves(number, asked, aged, now):
    issues = [aged(7 * place % 23) for place in range(number)]
    ages = sorted(hours_between(issue.created_at, now) for issue in issues)

    assert open_work.age_figures(asked)[:2] == list(execution.open_ages(ages))


def test_issues_of_the_same_age_and_none_at_all_have_percentiles_too(asked, aged):
    nothing = on(open_work.age_figures(asked))
    for _ in range(5):
        aged(3)

    assert nothing["open_age.median"].reason == execution.NONE_OPEN
    assert on(open_work.age_figures(asked))["open_age.p90"].value == 3


def test_an_issue_is_of_the_step_of_age_that_begins_with_its_own(asked, aged):
    for hours in (0, 23, 24, 71, 72, 168, 719, 720, 9000):
        aged(hours)
    aged(24, status=Status.VALIDATED)

    numbers = [figure.value for figure in open_work.age_figures(asked)[2:]]

    assert numbers == [2, 2, 1, 2, 2]


def test_loads_count_the_work_of_each_owner_and_what_was_noted_on_it_until_then(asked, aged, make_owner, now):
    lead = make_owner("Lena Moss", role="team_lead")
    otto = make_owner("Otto Kern", reports_to=lead)
    late = aged(9, owner=otto, priority=Priority.P0, deadline=now, original_deadline=now)
    aged(9, owner=otto, priority=Priority.P0, deadline=now + HOUR, original_deadline=now)
    aged(9, owner=otto, priority=Priority.P1, status=Status.COMPLETED)
    aged(9, priority=Priority.P2)
    for hours, at in ((2, now), (1, now - HOUR), (50, now + HOUR)):
        amend.add_note(late.pk, "It went on.", kind=NoteKind.PROGRESS, hours=Decimal(hours), now=at, **HAND)

    by_owner, by_team = open_work.loads(asked)

    assert [(row.name, row.open, row.overdue, row.hours_left) for row in by_owner] == [
        ("", 1, 0, 4),
        ("Otto Kern", 2, 1, 2 * 8 - 3),
    ]
    assert [(row.name, row.open) for row in by_team] == [("", 1), ("Lena Moss", 2)]
