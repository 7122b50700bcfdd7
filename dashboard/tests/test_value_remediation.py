"""What the work costs: hours noted as they are, the rest estimated and named."""

from decimal import Decimal

import pytest

from dashboard.value import remediation
from dashboard.value.figures import Lack
from dashboard.value.remediation import Terms, Work

PAID = Terms(hourly_rate=Decimal(100))


def test_hours_noted_count_as_they_are_and_only_issues_without_any_are_estimated():
    found = remediation.remediation(
        [Work("P0", Decimal("2.5"), 1), Work("P1", Decimal(0), 2), Work("P3", unnoted=1)], PAID
    )

    assert found.hours.value == Decimal("2.5") + 8 + 2 * 16 + 4
    assert found.cost.value == 4650
    assert found.estimated.value == Decimal("0.9462")
    assert found.cost.notes == ("94.62% of the hours are estimated from averages.", remediation.ONE_RATE)


def test_without_a_cost_of_an_hour_there_are_hours_and_no_cost():
    found = remediation.remediation([Work("P0", Decimal(1))], Terms())

    assert (found.hours.value, found.cost.lack) == (1, Lack.NOT_SET)


def test_no_work_costs_nothing_and_has_no_share_of_estimates():
    found = remediation.remediation([], PAID)

    assert (found.cost.value, found.estimated.lack) == (0, Lack.NOTHING_YET)


@pytest.mark.parametrize(
    ("noted", "issues", "left"),
    [
        pytest.param(0, 1, 16, id="nothing noted: the average"),
        pytest.param(15, 1, 1, id="up to the last hour"),
        pytest.param(40, 1, 1, id="longer than the average: an hour is left"),
        pytest.param(100, 4, 4, id="and an hour for each of several"),
    ],
)
def test_the_hours_left_are_the_average_less_the_hours_noted(noted, issues, left):
    assert Terms().hours_left("P1", Decimal(noted), issues) == left
