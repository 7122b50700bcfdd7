"""How often the site was up, and what it cost when it was not."""

from decimal import Decimal

import pytest

from dashboard.value import downtime
from dashboard.value.figures import Lack, State
from dashboard.value.remediation import Terms


def test_downtime_costs_revenue_and_churn_and_recovery_where_they_are_stated():
    terms = Terms(churn_per_hour=Decimal("0.01"), recovery_per_hour=Decimal(50), months_counted=2)
    found = downtime.downtime(Decimal(3), Decimal(72_000), terms)

    assert [found.revenue.value, found.churn.value, found.recovery.value] == [240, 4320, 150]
    assert (found.total.value, found.total.notes) == (4710, ())


def test_what_is_not_stated_is_not_counted_and_named():
    found = downtime.downtime(Decimal(3), Decimal(72_000), Terms())

    assert (found.churn.lack, found.recovery.lack) == (Lack.NOT_SET, Lack.NOT_SET)
    assert found.total.value == found.revenue.value == 240
    assert found.total.notes == (f"Not counted: {downtime.NO_CHURN}", f"Not counted: {downtime.NO_RECOVERY}")


def test_no_more_than_all_customers_leave():
    terms = Terms(churn_per_hour=Decimal("0.5"))

    assert downtime.downtime(Decimal(3), Decimal(100), terms).churn.value == 100


@pytest.mark.parametrize(
    ("hours", "mrr", "reason"),
    [
        pytest.param(None, Decimal(100), downtime.NO_HOURS, id="nobody entered hours"),
        pytest.param(Decimal(1), None, downtime.NO_REVENUE, id="no profile"),
    ],
)
def test_downtime_without_its_inputs_has_no_cost_rather_than_0(hours, mrr, reason):
    total = downtime.downtime(hours, mrr, Terms()).total

    assert (total.lack, total.reason) == (Lack.NOT_SET, reason)


def test_hours_of_downtime_are_not_negative():
    with pytest.raises(ValueError, match="not negative"):
        downtime.downtime(Decimal(-1), Decimal(100), Terms())


@pytest.mark.parametrize(
    ("passed", "failed", "state"),
    [
        pytest.param(99, 1, State.GOOD, id="99 %"),
        pytest.param(98, 2, State.WARNING, id="98 %"),
        pytest.param(95, 5, State.WARNING, id="95 %"),
        pytest.param(94, 6, State.BAD, id="94 %"),
        pytest.param(0, 1, State.BAD, id="0 %"),
    ],
)
def test_availability_is_good_from_99_and_a_warning_from_95_percent(passed, failed, state):
    figure = downtime.availability(passed=passed, failed=failed)

    assert (figure.state, figure.sample) == (state, passed + failed)


def test_a_check_that_could_not_be_run_says_nothing_about_availability():
    assert downtime.availability(passed=0, failed=0, errors=5).lack == Lack.NOTHING_YET
    figure = downtime.availability(passed=1, failed=0, errors=5)
    assert (figure.value, figure.notes) == (1, ("5 check(s) could not be run and are not counted.",))
