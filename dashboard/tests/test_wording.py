"""Figures in words."""

from decimal import Decimal

import pytest

from dashboard import wording
from dashboard.tests.sheets import AT_RISK, ON_TIME, compared
from dashboard.value import catalogue, execution, forecast, prevention, remediation
from dashboard.value.figures import Lack, State, Target, Unit


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        pytest.param("1234.5", Unit.MONEY, "USD 1,234.50", id="money"),
        pytest.param("1234.5", Unit.MONEY_A_MONTH, "USD 1,234.50 a month", id="money a month"),
        pytest.param("-7", Unit.MONEY_A_DAY, "USD -7.00 a day", id="money that came back"),
        pytest.param("0.8824", Unit.SHARE, "88.24 %", id="a share is in percent"),
        pytest.param("1.2484", Unit.RATIO, "124.84 %", id="a return is in percent"),
        pytest.param("1.25", Unit.HOURS, "1.25 h", id="few hours"),
        pytest.param("71.96", Unit.HOURS, "72 h", id="hours just below three days"),
        pytest.param("72", Unit.HOURS, "72 h (3 days)", id="from three days on in days, too"),
        pytest.param("1234567", Unit.COUNT, "1,234,567", id="a number is grouped"),
        pytest.param("2.75", Unit.A_YEAR, "2.75 a year", id="by year"),
    ],
)
def test_a_number_is_said_with_its_unit(value, unit, words):
    assert wording.amount(Decimal(value), unit, "USD") == words


def test_hours_of_work_are_no_days_of_the_calendar():
    figure = remediation.HOURS.of(Decimal(80))

    assert wording.figure_words(figure, "USD") == "80 h"
    assert wording.change_words(figure, "USD") == "▲ 80 h more"


def test_a_figure_without_a_number_says_why_and_never_0():
    figure = remediation.COST.without(Lack.NOT_SET, "Enter the rate.")

    assert wording.figure_words(figure, "USD") == "not set"
    assert wording.split_words(figure, "USD") == ("not set", "")
    assert wording.cell_words(None, Unit.COUNT, "") == "none"


def test_the_time_that_money_is_for_can_stand_apart():
    assert wording.split_words(AT_RISK, "USD") == ("USD 1,234.50", "a month")


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (ON_TIME, "Completed by the deadline: original deadline, P1"),
        (execution.ON_TIME.of(1, part="moved.all"), "Completed by the deadline: moved deadline"),
        (execution.ESCALATIONS.of(1, part="2"), "Escalations by level: Manager"),
        (forecast.NOW.of(1, part="stream.P0.shop"), "Revenue at risk now: P0.shop"),
        (forecast.NOW.of(1, part="priority.P0"), "Revenue at risk now: P0"),
        (forecast.UNCHANGED.of(1, part="168_h"), "Revenue at risk if nothing changes: in 7 days"),
    ],
)
def test_the_part_of_a_figure_is_in_its_name(figure, words):
    assert wording.name_words(figure) == words


def test_a_target_and_how_a_number_stands_to_it_are_words():
    assert wording.target_words(ON_TIME.target, Unit.SHARE, "") == "at least 90 %"
    assert wording.target_words(Target(Decimal(2), at_most=True), Unit.HOURS, "") == "at most 2 h"
    assert wording.state_words(ON_TIME) == wording.STATES[State.GOOD]
    assert wording.state_words(AT_RISK) == ""


@pytest.mark.parametrize(
    ("figure", "before", "words", "judged"),
    [
        pytest.param(AT_RISK, "1000", "▲ USD 234.50 a month more", "worse", id="more at risk is worse"),
        pytest.param(AT_RISK, "2000", "▼ USD 765.50 a month less", "better", id="less at risk is better"),
        pytest.param(ON_TIME, "0.8", "▲ 10 points more", "better", id="more in time is better"),
        pytest.param(remediation.HOURS.of(5), "4", "▲ 1 h more", "", id="more work is neither"),
        pytest.param(AT_RISK, "1234.5", "no change", "", id="the same"),
    ],
)
def test_a_change_says_how_much_and_whether_that_is_better(figure, before, words, judged):
    change = compared(figure, Decimal(before))[figure.key]

    assert (wording.change_words(change, "USD"), wording.judgement(change)) == (words, judged)


def test_every_kind_of_figure_that_is_better_or_worse_is_a_kind_of_figure():
    assert set(catalogue.DEFINITIONS) >= wording.MORE | wording.LESS
    assert not wording.MORE & wording.LESS


def test_every_category_of_prevention_has_its_name():
    figure = prevention.COVERAGE.of(1, part="monitoring")

    assert wording.part_words(figure) == "Monitoring"
