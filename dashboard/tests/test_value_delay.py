"""What delay costs, and what to do next about it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.value import delay
from dashboard.value.delay import Candidate, Late
from dashboard.value.figures import Lack
from dashboard.value.remediation import Terms
from tracker.choices import Priority

AMOUNTS = st.decimals(0, 10**6, places=2)


def test_the_cost_of_delay_is_the_part_of_the_month_that_has_gone_by():
    a_day, so_far = delay.cost_of_delay([Late(Decimal(300), Decimal(36)), Late(Decimal(30), Decimal(24), issues=10)])

    assert (a_day.value, a_day.sample) == (20, 11)
    assert so_far.value == 15 + 10


def test_nothing_overdue_costs_nothing_and_without_a_profile_nobody_knows():
    assert [figure.value for figure in delay.cost_of_delay([])] == [0, 0]
    assert {figure.lack for figure in delay.cost_of_delay(None)} == {Lack.NOT_SET}


def test_the_next_actions_are_those_with_the_highest_cost_of_delay_by_hour_left():
    candidates = [
        Candidate(1, "P1-1", "P1", Decimal(4800)),  # 160 a day / 16 h = 10
        Candidate(2, "P0-1", "P0", Decimal(4800), Decimal(4)),  # 160 / 4 = 40
        Candidate(3, "A-1", "P3", Decimal(1200)),  # 40 / 4 = 10, less urgent
        Candidate(4, "P1-0", "P1", Decimal(4800)),  # 10
        Candidate(5, "P2-1", "P2", Decimal(0)),
    ]
    actions = delay.next_actions(candidates, Terms()).actions

    assert [(row.reference, row.by_hour.value) for row in actions] == [("P0-1", 40), ("P1-0", 10), ("P1-1", 10)]


@given(st.lists(st.tuples(AMOUNTS, st.sampled_from(list(Priority)), st.integers(0, 30)), max_size=12))
def test_no_other_work_reduces_more_by_hour_than_the_next_actions(rows):
    candidates = [
        Candidate(number, f"{number:03}", priority, amount, Decimal(noted))
        for number, (amount, priority, noted) in enumerate(rows)
    ]
    chosen = delay.next_actions(candidates, Terms()).actions
    rates = {row.issue: row.at_risk / 30 / Terms().hours_left(row.priority, row.noted) for row in candidates}

    assert [rates[row.issue] for row in chosen] == sorted(rates.values(), reverse=True)[:3]


@pytest.mark.parametrize(
    ("candidates", "lack"),
    [pytest.param(None, Lack.NOT_SET, id="no profile"), pytest.param([], Lack.NOTHING_YET, id="no open work")],
)
def test_without_a_profile_or_work_there_is_no_next_action(candidates, lack):
    found = delay.next_actions(candidates, Terms())

    assert (found.actions, found.lack) == ((), lack)
    assert found.reason
