"""The risk level follows from written rules."""

from decimal import Decimal

import pytest

from dashboard.value import risk_level
from dashboard.value.risk_level import RiskLevel, Situation

CALM = Situation(at_risk=Decimal(0), warning=Decimal(1000), critical=Decimal(5000))


@pytest.mark.parametrize(
    ("fields", "level"),
    [
        pytest.param({}, RiskLevel.LOW, id="nothing is open"),
        pytest.param({"at_risk": Decimal("999.99")}, RiskLevel.LOW, id="below the warning"),
        pytest.param({"at_risk": Decimal(1000)}, RiskLevel.HIGH, id="at the warning"),
        pytest.param({"at_risk": Decimal("4999.99")}, RiskLevel.HIGH, id="below critical"),
        pytest.param({"at_risk": Decimal(5000)}, RiskLevel.CRITICAL, id="at critical"),
        pytest.param({"p0_open": 1}, RiskLevel.MEDIUM, id="an open P0"),
        pytest.param({"p0_open": 1, "p0_overdue": 1, "overdue": 1}, RiskLevel.HIGH, id="an overdue P0"),
        pytest.param({"p0_late": 1}, RiskLevel.CRITICAL, id="a P0 overdue for 8 hours"),
        pytest.param({"p1_late": 1}, RiskLevel.HIGH, id="a P1 overdue for a day"),
        pytest.param({"overdue": 1}, RiskLevel.MEDIUM, id="anything overdue"),
        pytest.param({"urgent_without_owner": 1}, RiskLevel.MEDIUM, id="nobody owns a P1"),
        pytest.param({"pending_reviews": 1}, RiskLevel.MEDIUM, id="an analysis waits"),
        pytest.param({"escapes": 1}, RiskLevel.HIGH, id="a validated incident returned"),
        pytest.param({"at_risk": None}, RiskLevel.LOW, id="no profile"),
    ],
)
def test_the_risk_level_is_that_of_the_highest_rule_that_applies(fields, level):
    found = risk_level.assess(Situation(**{name: getattr(CALM, name) for name in CALM.__slots__} | fields))

    assert found.level == level == found.reasons[0].level
    assert all(reason.sentence for reason in found.reasons)


def test_every_rule_that_applies_is_a_reason_with_its_number():
    found = risk_level.assess(Situation(None, Decimal(1000), Decimal(5000), overdue=3, escapes=2, p0_open=1))

    assert [reason.sentence for reason in found.reasons] == [
        "Incidents that returned although their issues were validated: 2.",
        "P0 issues that are open: 1.",
        "Issues that are overdue: 3.",
    ]
    assert found.notes == (risk_level.NO_REVENUE,)


def test_a_threshold_that_was_reached_is_named():
    found = risk_level.assess(Situation(Decimal(7000), Decimal(1000), Decimal(5000), currency="EUR"))

    assert [reason.sentence for reason in found.reasons] == [
        "Revenue at risk has reached the critical threshold of the alert settings: EUR 5,000.00 a month.",
        "Revenue at risk has reached the warning threshold of the alert settings: EUR 1,000.00 a month.",
    ]


def test_the_rules_stand_from_the_highest_level_to_the_lowest():
    levels = [rule.level for rule in risk_level.RULES]

    assert levels == sorted(levels, reverse=True)
    assert len({rule.key for rule in risk_level.RULES}) == len(levels)
