"""Whether work is tracked, completed and validated, in time."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.value import execution
from dashboard.value.execution import Assigned, Punctuality
from dashboard.value.figures import Lack, State
from dashboard.value.remediation import Terms
from tracker.choices import Priority


def by_key(figures):
    return {figure.key: figure for figure in figures}


def test_dismissing_with_a_reason_converts_as_tracking_does_and_what_waits_is_named():
    figure = execution.conversion(extracted=8, tracked=4, dismissed=2)

    assert (figure.value, figure.notes) == (Decimal("0.75"), ("2 wait(s) for a decision.",))
    assert execution.conversion(extracted=0, tracked=0, dismissed=0).lack == Lack.NOTHING_YET


@pytest.mark.parametrize(("hours", "state"), [("2", State.GOOD), ("2.01", State.BAD)])
def test_the_first_issue_is_tracked_within_2_hours(hours, state):
    figures = by_key(execution.first_issue([Decimal(hours)], within=1, late=0, waiting=0))

    assert figures["first_issue.median"].state == figures["first_issue.p90"].state == state


def test_analyses_that_wait_are_named_beside_the_percentiles_and_late_in_the_share():
    figures = by_key(execution.first_issue([Decimal(1)], within=1, late=3, waiting=3))

    assert figures["first_issue.median"].notes == ("3 analysis(es) without a tracked issue are not in it.",)
    assert figures["first_issue_in_time"].value == Decimal("0.25")


@pytest.mark.parametrize(
    ("part", "on_time", "late", "state"),
    [
        pytest.param("P0", 95, 5, State.GOOD, id="95 % of P0"),
        pytest.param("P0", 94, 6, State.BAD, id="94 % of P0"),
        pytest.param("P1", 90, 10, State.GOOD, id="90 % of P1"),
        pytest.param("P1", 89, 11, State.BAD, id="89 % of P1"),
        pytest.param("P2", 1, 99, None, id="P2 has no target of its own"),
    ],
)
def test_on_time_rates_have_their_targets(part, on_time, late, state):
    figures = by_key(execution.on_time({part: Punctuality(on_time, late)}, deadline="original"))

    assert figures[f"on_time.original.{part}"].state == state
    assert figures["on_time.original.all"].state == (State.GOOD if on_time >= 95 else State.BAD)
    assert figures["on_time.original.P3"].lack == Lack.NOTHING_YET


def test_everything_completed_should_be_validated():
    assert execution.validated(completed=3, validated=3).state == State.GOOD
    assert execution.validated(completed=3, validated=2).state == State.BAD
    assert execution.validated(completed=0, validated=0).lack == Lack.NOTHING_YET


def test_one_forgotten_issue_does_not_move_the_median_and_counts_are_as_good_as_a_list():
    listed = by_key(execution.hours_to_complete({"P1": [Decimal(1), Decimal(2), Decimal(9000)]}))
    counted = by_key(execution.hours_to_complete({"P1": {Decimal(9000): 1, Decimal(1): 1, Decimal(2): 1}}))

    assert listed == counted
    assert listed["hours_to_complete.median.P1"].value == 2
    assert listed["hours_to_complete.p90.P1"].value == 9000
    assert listed["hours_to_complete.median.P0"].lack == Lack.NOTHING_YET


def test_ages_need_a_number_for_every_class():
    with pytest.raises(ValueError, match="shorter"):
        execution.open_by_age([1, 2])


ROWS = st.lists(
    st.builds(
        Assigned,
        st.sampled_from(["", "Ana", "Ben"]),
        st.sampled_from(["", "North"]),
        st.sampled_from(list(Priority)),
        st.integers(1, 9),
        st.integers(0, 9),
        st.decimals(0, 100, places=1),
    ),
    max_size=8,
)


@given(ROWS)
def test_loads_add_up_to_all_of_the_work_whether_by_owner_or_by_team(rows):
    for found in (execution.loads(rows, Terms()), execution.team_loads(rows, Terms())):
        assert sum(row.open for row in found) == sum(row.open for row in rows)
        assert abs(sum(row.load for row in found) - bool(rows)) < Decimal("1e-20")
        assert [row.name for row in found] == sorted(row.name for row in found)


def test_every_level_has_its_number_of_escalations():
    figures = execution.escalations({1: 4, 3: 1})

    assert {figure.key: figure.value for figure in figures} == {
        "escalations.0": 0,
        "escalations.1": 4,
        "escalations.2": 0,
        "escalations.3": 1,
    }


def test_alerts_that_nobody_acknowledged_are_named():
    median, p90 = execution.hours_to_acknowledge([], waiting=2)

    assert median.lack == p90.lack == Lack.NOTHING_YET
    assert median.notes == ("2 open alert(s) that nobody acknowledged are not in it.",)
