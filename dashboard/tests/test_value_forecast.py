"""Revenue at risk later: if nothing changes, and as fast as issues were resolved here."""

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.tests.example_values import PROFILE
from dashboard.value import forecast
from dashboard.value.figures import Lack
from dashboard.value.forecast import Observed
from tracker import exposure
from tracker.choices import Priority
from tracker.exposure import Risk

CENT = Decimal("0.01")
# Weeks in remission under 6-mercaptopurine: Freireich et al. (1963), the classic example of the estimate.
REMISSION = [
    Observed(6, 3, 1), Observed(7, 1), Observed(9, 0, 1), Observed(10, 1, 1), Observed(11, 0, 1), Observed(13, 1),
    Observed(16, 1), Observed(17, 0, 1), Observed(19, 0, 1), Observed(20, 0, 1), Observed(22, 1), Observed(23, 1),
    Observed(25, 0, 1), Observed(32, 0, 2), Observed(34, 0, 1), Observed(35, 0, 1),
]  # fmt: skip
PUBLISHED = {6: "0.857", 7: "0.807", 10: "0.753", 13: "0.690", 16: "0.627", 22: "0.538", 23: "0.448"}

PRIORITIES = [str(priority) for priority in Priority]
OBSERVED = st.lists(
    st.builds(Observed, st.integers(0, 400), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=8
)
RISK = st.builds(
    Risk,
    issue=st.just(0),
    analysis=st.none() | st.integers(1, 3),
    priority=st.sampled_from(PRIORITIES),
    age_hours=st.integers(0, 400),
    streams=st.frozensets(st.integers(1, 2)),
    confirmed=st.none() | st.decimals("0.01", 70_000, places=2),
)
RISKS = st.lists(RISK, max_size=5).map(lambda risks: [risk._replace(issue=key) for key, risk in enumerate(risks, 1)])
CURVES = st.dictionaries(st.sampled_from(PRIORITIES), OBSERVED.map(forecast.survival))


def test_the_estimate_is_that_of_the_published_example():
    curve = forecast.survival(REMISSION)

    assert {week: f"{share:.3f}" for week, share in curve.steps} == PUBLISHED
    assert curve.resolved == 9
    assert [curve.at(5), curve.at(100)] == [1, curve.at(23)]


@given(st.lists(st.integers(0, 50), min_size=1, max_size=40), st.integers(0, 60))
def test_without_open_issues_the_estimate_is_the_share_that_took_longer(times, hours):
    curve = forecast.survival(Observed(time, 1) for time in times)

    longer = Decimal(sum(time > hours for time in times)) / len(times)
    assert abs(curve.at(hours) - longer) < Decimal("1e-20")


@given(OBSERVED, st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_the_chance_to_be_still_open_falls_with_time_between_1_and_0(observed, age, hours, more):
    curve = forecast.survival(observed)

    assert 0 <= curve.still_open(age, hours + more) <= curve.still_open(age, hours) <= 1
    assert curve.still_open(age, 0) == 1


def test_an_issue_older_than_all_that_history_knows_stays_open():
    curve = forecast.survival([Observed(10, 20)])

    assert curve.still_open(9, 1) == 0
    assert curve.still_open(10, 1000) == 1


@given(RISKS, CURVES, st.sampled_from(forecast.HORIZONS))
def test_the_expected_exposure_is_the_mean_over_every_way_in_which_issues_may_be_resolved(risks, curves, hours):
    later = exposure.later(risks, hours)
    mean = Decimal(0)
    for stays in product((True, False), repeat=len(risks)):
        chance = Decimal(1)
        for risk, stay in zip(risks, stays, strict=True):
            curve = curves.get(risk.priority)
            still = curve.still_open(risk.age_hours, hours) if curve else Decimal(1)
            chance *= still if stay else 1 - still
        rest = [risk for risk, stay in zip(later, stays, strict=True) if stay]
        mean += chance * exposure.totals(PROFILE, rest).likely

    assert abs(forecast.expected_exposure(PROFILE, risks, curves, hours) - mean) <= CENT


@given(RISKS, CURVES, st.sampled_from(forecast.HORIZONS))
def test_what_is_expected_is_never_more_than_if_nothing_changes(risks, curves, hours):
    unchanged = exposure.totals(PROFILE, exposure.later(risks, hours)).likely

    assert 0 <= forecast.expected_exposure(PROFILE, risks, curves, hours) <= unchanged
    assert forecast.expected_exposure(PROFILE, risks, {}, hours) == unchanged


@pytest.mark.parametrize(("resolved", "lack"), [(19, Lack.NOT_ENOUGH_HISTORY), (20, None)])
def test_nothing_is_expected_below_20_resolved_issues(resolved, lack):
    figures = forecast.expected(PROFILE, [Risk(1, None, "P1")], {"P1": [Observed(10, resolved, 50)]})

    assert {figure.lack for figure in figures} == {lack}


def test_a_priority_with_too_little_history_of_its_own_stays_open_and_is_named():
    history = {"P1": [Observed(10, 20)], "P0": [Observed(1, 19)]}
    figure = forecast.expected(PROFILE, [Risk(1, None, "P0")], history)[0]

    assert figure.value == forecast.unchanged(PROFILE, [Risk(1, None, "P0")])[0].value
    assert figure.notes == ("P0: 19 resolved issue(s), fewer than 20, so they are taken to stay open.",)


def test_without_a_profile_nothing_is_forecast():
    figures = [forecast.revenue_at_risk(None), *forecast.unchanged(None, []), *forecast.expected(None, [], {})]

    assert {figure.lack for figure in figures} == {Lack.NOT_SET}
