"""The return is a reproducible range, or blank with the reason."""

from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.tests.example_values import PROFILE
from dashboard.value import remediation, roi
from dashboard.value.figures import Lack
from dashboard.value.protection import Month, protected
from dashboard.value.remediation import Terms, Work
from dashboard.value.roi import Counted
from tracker.choices import Priority
from tracker.exposure import Share

PAID = Terms(hourly_rate=Decimal(100))
CERTAIN = replace(PROFILE, shares={priority: Share(*[Decimal("0.1")] * 3) for priority in Priority})
AMOUNTS = st.decimals(0, 10**6, places=2)


def simulate(counted, work, *, profile=PROFILE, terms=PAID, seed=1):
    total = sum(counted.by_leading.values(), counted.confirmed)
    shown = protected([Month("2026-11", total, counted.most)], stakes=1)
    cost = remediation.remediation(work, terms).cost
    return roi.simulated_return(shown, counted, profile, work, terms, cost=cost, seed=seed)


BASE = Counted({"P0": Decimal(5000), "P1": Decimal(1000)}, Decimal(500), PROFILE.mrr)
WORK = [Work("P0", Decimal(10), 2), Work("P2", Decimal(3))]


def test_the_same_seed_gives_the_same_figures_and_another_seed_gives_others():
    assert simulate(BASE, WORK) == simulate(BASE, WORK)
    assert simulate(BASE, WORK) != simulate(BASE, WORK, seed=2)


@settings(max_examples=5, deadline=None)
@given(AMOUNTS, AMOUNTS, AMOUNTS, st.integers(1, 5), st.integers(0, 99))
def test_the_range_lies_between_the_worst_and_the_best_case(p0, p1, confirmed, unnoted, seed):
    counted = Counted({"P0": p0, "P1": p1}, confirmed, PROFILE.mrr)
    p10, p50, p90 = (figure.value for figure in simulate(counted, [Work("P1", Decimal(1), unnoted)], seed=seed))
    worst = min(PROFILE.mrr, (p0 + p1) / 2 + confirmed) / (100 * (1 + 32 * unnoted)) - 1
    best = min(PROFILE.mrr, (p0 + p1) * 2 + confirmed) / (100 * (1 + 8 * unnoted)) - 1

    assert worst - Decimal("0.0001") <= p10 <= p50 <= p90 <= best + Decimal("0.0001")


def test_without_uncertainty_the_range_is_the_formula():
    counted = Counted({"P0": Decimal(2000)}, Decimal(100), PROFILE.mrr)
    terms = replace(PAID, months_counted=2)
    figures = simulate(counted, [Work("P0", Decimal(10))], profile=CERTAIN, terms=terms)

    assert {figure.value for figure in figures} == {Decimal("3.2")}  # (2,100 x 2 - 1,000) / 1,000


def test_no_draw_protects_more_than_the_revenue_of_the_period():
    counted = Counted({"P0": PROFILE.mrr}, PROFILE.mrr, PROFILE.mrr)

    assert {figure.value for figure in simulate(counted, [Work("P0", Decimal(10))])} == {PROFILE.mrr / 1000 - 1}


def test_amounts_of_one_priority_vary_together_as_one_amount_does():
    assert simulate(BASE, WORK) == simulate(replace(BASE, by_leading={"P1": Decimal(1000), "P0": Decimal(5000)}), WORK)


@pytest.mark.parametrize(("low", "likely", "high"), [(1, 2, 5), (1, 1, 5), (1, 5, 5), (3, 3, 3)])
def test_a_draw_is_that_of_the_standard_library_for_the_same_seed(low, likely, high):
    ours, theirs = Random(7), Random(7)
    for _ in range(100):
        drawn = roi.triangular(ours, Decimal(low), Decimal(likely), Decimal(high))
        assert float(drawn) == pytest.approx(theirs.triangular(low, high, likely))


@pytest.mark.parametrize(
    ("fields", "lack", "reason"),
    [
        pytest.param({"terms": Terms()}, Lack.NOT_SET, remediation.NO_RATE, id="no cost of an hour"),
        pytest.param({"profile": None}, Lack.NOT_SET, roi.NO_REVENUE, id="no revenue profile"),
        pytest.param({"work": []}, Lack.NOTHING_YET, roi.NO_COST, id="no work"),
    ],
)
def test_a_return_with_a_missing_input_is_blank_with_the_reason(fields, lack, reason):
    work = fields.pop("work", WORK)

    assert {(figure.lack, figure.reason) for figure in simulate(BASE, work, **fields)} == {(lack, reason)}


def test_a_return_is_blank_where_the_revenue_protected_is():
    shown = protected([Month("2026-11", Decimal(0), None)], stakes=1)
    cost = remediation.remediation(WORK, PAID).cost
    figures = roi.simulated_return(shown, BASE, PROFILE, WORK, PAID, cost=cost)

    assert {figure.reason for figure in figures} == {shown.reason}
