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


def counted(name, by_leading, confirmed=0, *, mrr=PROFILE.mrr):
    by_leading = {priority: Decimal(amount) for priority, amount in by_leading.items()}
    total = sum(by_leading.values(), Decimal(confirmed))
    return Counted(Month(name, total, mrr), by_leading, Decimal(confirmed))


def simulate(counted, work, *, profile=PROFILE, terms=PAID, seed=1):
    shown = protected([each.month for each in counted], stakes=1)
    cost = remediation.remediation(work, terms).cost
    return roi.simulated_return(shown, counted, profile, work, terms, cost=cost, seed=seed)


BASE = [counted("2026-11", {"P0": 5000, "P1": 1000}, 500)]
WORK = [Work("P0", Decimal(10), 2), Work("P2", Decimal(3))]


def test_the_same_seed_gives_the_same_figures_and_another_seed_gives_others():
    assert simulate(BASE, WORK) == simulate(BASE, WORK)
    assert simulate(BASE, WORK) != simulate(BASE, WORK, seed=2)


@settings(max_examples=5, deadline=None)
@given(AMOUNTS, AMOUNTS, AMOUNTS, st.integers(1, 5), st.integers(0, 99))
def test_the_range_lies_between_the_worst_and_the_best_case(p0, p1, confirmed, unnoted, seed):
    month = counted("2026-11", {"P0": p0, "P1": p1}, confirmed)
    p10, p50, p90 = (figure.value for figure in simulate([month], [Work("P1", Decimal(1), unnoted)], seed=seed))
    worst = min(PROFILE.mrr, (p0 + p1) / 2 + confirmed) / (100 * (1 + 32 * unnoted)) - 1
    best = min(PROFILE.mrr, (p0 + p1) * 2 + confirmed) / (100 * (1 + 8 * unnoted)) - 1

    assert worst - Decimal("0.0001") <= p10 <= p50 <= p90 <= best + Decimal("0.0001")


def test_without_uncertainty_the_range_is_the_formula():
    month = counted("2026-11", {"P0": 2000}, 100)
    terms = replace(PAID, months_counted=2)
    figures = simulate([month], [Work("P0", Decimal(10))], profile=CERTAIN, terms=terms)

    assert {figure.value for figure in figures} == {Decimal("3.2")}  # (2,100 x 2 - 1,000) / 1,000


def test_no_draw_protects_more_than_the_revenue_of_the_period():
    month = counted("2026-11", {"P0": PROFILE.mrr}, PROFILE.mrr)

    assert {figure.value for figure in simulate([month], [Work("P0", Decimal(10))])} == {PROFILE.mrr / 1000 - 1}


def test_amounts_of_one_priority_vary_together_as_one_amount_does():
    turned = [counted("2026-11", {"P1": 1000, "P0": 5000}, 500)]

    assert simulate(BASE, WORK) == simulate(turned, WORK)


def test_the_cap_holds_in_each_draw_month_by_month_so_that_the_middle_agrees_with_the_figure():
    """What a month lost to its cap does not come back in another month that has room for it."""
    months = [
        counted("2026-10", {"P0": 135_000}, mrr=Decimal(100_000)),
        counted("2026-11", {}, "7350.44", mrr=Decimal(120_000)),
    ]
    certain = {figure.value for figure in simulate(months, [Work("P0", Decimal(151))], profile=CERTAIN)}
    drawn = [figure.value for figure in simulate(months, [Work("P0", Decimal(151))])]

    assert certain == {Decimal("6.1093")}  # (100,000 + 7,350.44 - 15,100) / 15,100
    assert drawn[1] == drawn[2] == Decimal("6.1093")


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
