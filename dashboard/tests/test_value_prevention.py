"""Whether what happened once is kept from coming back, and what that is worth."""

from decimal import Decimal

import pytest

from dashboard.value import prevention
from dashboard.value.figures import Lack
from dashboard.value.prevention import Covered, Watched
from tracker.choices import MeasureCategory, ReturnCase


def by_key(figures):
    return {figure.key: figure for figure in figures}


def test_coverage_is_by_analysis_in_total_and_by_category():
    figures = by_key(prevention.coverage(Covered(8, 4, 2, {MeasureCategory.TEST: 3, MeasureCategory.DESIGN: 2})))

    assert figures["prevention_coverage"].value == Decimal("0.5")
    assert figures["prevention_verified"].value == Decimal("0.25")
    assert figures["prevention_coverage.test"].value == Decimal("0.375")
    assert figures["prevention_coverage.process"].value == 0
    assert {figure.lack for figure in prevention.coverage(Covered(0, 0, 0, {}))} == {Lack.NOTHING_YET}


def test_the_kinds_of_escape_are_told_apart():
    figures = by_key(prevention.escapes({ReturnCase.WHILE_OPEN: 3, ReturnCase.THOUGH_VALIDATED: 1}))

    assert figures["escapes.while_open"].value == 3
    assert figures["escape_rate.though_validated"].value == Decimal("0.25")
    assert figures["escapes.untreated"].value == 0
    assert by_key(prevention.escapes({}))["escape_rate.untreated"].lack == Lack.NOTHING_YET


ENOUGH = {
    "with_prevention": Watched(Decimal(730), 1),
    "without": Watched(Decimal(365), 4),
    "covered_now": 2,
    "incidents": 5,
    "cost": Decimal(1000),
    "reason": "",
}


def test_prevention_is_worth_the_returns_that_it_spares():
    found = prevention.prevention_value(**ENOUGH)

    assert (found.fewer.value, found.incident.value, found.value.value) == (7, 200, 1400)


def test_prevention_that_does_not_work_is_shown_as_a_loss():
    found = prevention.prevention_value(**ENOUGH | {"with_prevention": Watched(Decimal(365), 6)})

    assert (found.fewer.value, found.value.value) == (-4, -800)
    assert found.fewer.notes == (prevention.WORSE,)


@pytest.mark.parametrize(
    ("fields", "lack"),
    [
        pytest.param(
            {"with_prevention": Watched(Decimal("364.9"), 1)}, Lack.NOT_ENOUGH_HISTORY, id="too few days with"
        ),
        pytest.param({"without": Watched(Decimal(364), 4)}, Lack.NOT_ENOUGH_HISTORY, id="too few days without"),
        pytest.param({"without": Watched(Decimal(365), 3)}, Lack.NOT_ENOUGH_HISTORY, id="too few returns"),
        pytest.param({"with_prevention": Watched(Decimal(0), 0)}, Lack.NOT_ENOUGH_HISTORY, id="nothing watched"),
        pytest.param({"incidents": 4}, Lack.NOT_ENOUGH_HISTORY, id="too few incidents"),
        pytest.param({"cost": None, "reason": "No rate."}, Lack.NOT_SET, id="no cost"),
    ],
)
def test_without_enough_history_prevention_has_no_value_and_says_why(fields, lack):
    value = prevention.prevention_value(**ENOUGH | fields).value

    assert value.lack == lack
    assert value.reason.endswith(".")
