"""Revenue at risk adds up, stays within the revenue, and counts no analysis twice."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from tracker import exposure
from tracker.choices import Priority
from tracker.exposure import Estimate, Profile, Risk, Share, Stream

CENT = Decimal("0.01")
PAGE = Path(settings.BASE_DIR, "docs", "exposure.md")
SHARES = {
    Priority.P0: Share(Decimal("0.075"), Decimal("0.15"), Decimal("0.30")),
    Priority.P1: Share(Decimal("0.04"), Decimal("0.08"), Decimal("0.16")),
    Priority.P2: Share(Decimal("0.015"), Decimal("0.03"), Decimal("0.06")),
    Priority.P3: Share(Decimal("0.005"), Decimal("0.01"), Decimal("0.02")),
}
SHOP = Stream(1, "Shop", Decimal("30000.00"))
SUBSCRIPTIONS = Stream(2, "Subscriptions", Decimal("20000.00"))
WHOLE = Profile("USD", Decimal("50000.00"), SHARES)
STREAMS = replace(WHOLE, streams=(SHOP, SUBSCRIPTIONS))
A, B, C = 10, 20, 30
EXAMPLE = [
    Risk(1, A, "P0", 0, frozenset({1})),
    Risk(2, A, "P1", 84, frozenset({1})),
    Risk(3, B, "P1", 336, frozenset({2})),
    Risk(4, None, "P2", 42),
    Risk(5, C, "P3", 0, frozenset({1, 2}), Decimal(2500)),
]


def money(*words):
    return [Decimal(word) for word in words]


# -- the worked example ------------------------------------------------------------------------------------------------
def test_the_worked_example_of_the_page_holds_to_the_cent():
    found = exposure.exposure(STREAMS, EXAMPLE)

    assert [found.totals.low, found.totals.likely, found.totals.high] == money("6979.55", "11321.94", "19595.25")
    assert found.by_stream == {1: Decimal("6683.44"), 2: Decimal("4638.50")}
    by_issue = money("2345.07", "1876.05", "2998.63", "1758.08", "2344.11")
    assert found.by_issue == dict(zip(range(1, 6), by_issue, strict=True))
    by_priority = money("2345.07", "4874.68", "1758.08", "2344.11")
    assert found.by_priority == dict(zip(Priority, by_priority, strict=True))
    by_analysis = money("4221.12", "2998.63", "2344.11", "1758.08")
    assert found.by_analysis == dict(zip((A, B, C, None), by_analysis, strict=True))
    alone = [exposure.alone(STREAMS, risk).likely for risk in EXAMPLE]
    assert alone == money("4500.00", "3600.00", "3200.00", "1875.00", "2500.00")
    added = exposure.increase(STREAMS, EXAMPLE[:2], EXAMPLE[2:3])
    tomorrow = exposure.totals(STREAMS, exposure.later(EXAMPLE, 24)).likely
    assert [added, tomorrow, sum(alone)] == money("1600.00", "12079.35", "15675.00")

    page = PAGE.read_text(encoding="utf-8")
    printed = [*by_issue, *by_priority, *by_analysis, *alone, added, tomorrow, sum(alone), found.totals.likely]
    assert [amount for amount in printed if f"{amount:,.2f}" not in page] == []


# -- properties --------------------------------------------------------------------------------------------------------
@st.composite
def shares(draw):
    parts = st.decimals(0, 1, places=4)
    return {priority: Share(*sorted((draw(parts), draw(parts), draw(parts)))) for priority in Priority}


@st.composite
def profiles(draw):
    amounts = draw(st.lists(st.decimals("0.01", 10**9, places=2), min_size=1, max_size=4))
    streams = tuple(Stream(key, f"Stream {key}", amount) for key, amount in enumerate(amounts, start=1))
    chosen = streams if len(streams) > 1 or draw(st.booleans()) else ()
    return Profile("USD", sum(amounts), draw(shares()), chosen, draw(st.booleans()))


RISK = st.builds(
    Risk,
    issue=st.just(0),
    analysis=st.none() | st.integers(1, 4),
    priority=st.sampled_from([str(priority) for priority in Priority]),
    age_hours=st.integers(0, 400),
    streams=st.frozensets(st.integers(1, 5), max_size=3),
    confirmed=st.none() | st.decimals("0.01", 10**9, places=2),
)
RISKS = st.lists(RISK, max_size=12).map(lambda risks: [risk._replace(issue=key) for key, risk in enumerate(risks, 1)])


@given(profiles(), RISKS)
def test_every_way_of_sharing_it_out_adds_up_to_the_total_in_whole_cents(profile, risks):
    found = exposure.exposure(profile, risks)

    ways = [found.by_issue, found.by_priority, found.by_analysis, *([found.by_stream] if profile.streams else [])]
    for way in ways:
        assert sum(way.values()) == found.totals.likely
        assert all(amount >= 0 and amount == amount.quantize(CENT) for amount in way.values())
    assert set(found.by_issue) == {risk.issue for risk in risks}


@given(profiles(), RISKS)
def test_a_stream_never_exceeds_its_revenue_and_the_total_never_exceeds_all_of_it(profile, risks):
    found = exposure.totals(profile, risks)

    assert 0 <= found.low <= found.likely <= found.high <= profile.mrr
    assert all(found.by_stream[stream.key] <= stream.mrr for stream in profile.streams)


@given(profiles(), RISKS, RISK)
def test_one_more_issue_never_lowers_it(profile, risks, one):
    before, after = (exposure.totals(profile, some) for some in (risks, [*risks, one._replace(issue=len(risks) + 1)]))

    assert after.likely >= before.likely
    assert after.high >= before.high


@given(profiles(), RISKS, st.integers(0, 300))
def test_it_does_not_fall_while_nothing_is_done(profile, risks, hours):
    assert exposure.totals(profile, exposure.later(risks, hours)).likely >= exposure.totals(profile, risks).likely


@given(profiles(), RISKS, st.data())
def test_a_more_urgent_priority_never_lowers_it(profile, risks, data):
    rising = sorted(profile.shares.values(), key=lambda share: share.likely, reverse=True)
    profile = replace(profile, shares=dict(zip(Priority, rising, strict=True)))
    urgent = [risk._replace(priority=min(risk.priority, data.draw(st.sampled_from(Priority)))) for risk in risks]

    assert exposure.totals(profile, urgent).likely >= exposure.totals(profile, risks).likely


@given(profiles(), RISKS, st.randoms())
def test_the_order_of_the_issues_makes_no_difference(profile, risks, random):
    shuffled = random.sample(risks, len(risks))

    assert exposure.exposure(profile, shuffled) == exposure.exposure(profile, risks)


@given(profiles(), RISKS)
def test_the_same_issue_said_again_in_its_analysis_adds_nothing(profile, risks):
    of_analyses = [risk for risk in risks if risk.analysis is not None]
    again = [risk._replace(issue=risk.issue + 100) for risk in of_analyses]

    assert exposure.totals(profile, [*risks, *again]) == exposure.totals(profile, risks)


@given(profiles(), RISK)
def test_one_issue_alone_is_what_its_page_says(profile, risk):
    found, alone = exposure.totals(profile, [risk]), exposure.alone(profile, risk)

    assert (found.low, found.likely, found.high) == (alone.low, alone.likely, alone.high)


@given(profiles(), RISK, st.sampled_from(Priority), st.integers(0, 400))
def test_a_confirmed_amount_takes_the_place_of_priority_age_and_estimates(profile, risk, priority, age):
    risk = risk._replace(confirmed=Decimal("1234.56"))
    alone = exposure.alone(profile, risk)

    assert alone.low == alone.likely == alone.high == min(Decimal("1234.56"), alone.mrr)
    assert exposure.alone(profile, risk._replace(priority=priority, age_hours=age)) == alone


@given(st.integers(-5, 10**6))
def test_growth_lies_between_one_and_two(hours):
    assert 1 <= exposure.growth(hours) <= 2
    assert exposure.growth(hours + 1) >= exposure.growth(hours)


@given(profiles(), RISKS, RISKS)
def test_what_opens_adds_no_more_than_it_would_alone(profile, standing, opening):
    opening = [risk._replace(issue=risk.issue + 100) for risk in opening]
    still = replace(profile, grows=False)

    added = exposure.increase(profile, standing, opening)

    assert 0 <= added <= exposure.totals(still, opening).likely
    assert exposure.increase(profile, [], opening) == exposure.totals(still, opening).likely


@given(profiles(), RISKS, RISKS, RISKS, st.data())
def test_risks_that_come_and_go_raise_it_by_what_combining_them_anew_says(profile, standing, more, opening, data):
    running = exposure.Standing(profile, standing)
    for risk in more:
        running.add(risk)
    there = {risk.issue: risk for risk in [*standing, *more]}
    for issue in data.draw(st.lists(st.sampled_from(sorted(there)))) if there else ():
        running.remove(issue)
        there.pop(issue, None)
    opening = [risk._replace(issue=risk.issue + 100) for risk in opening]

    assert running.open(opening) == exposure.increase(profile, there.values(), opening)
    assert running.open([]) == 0


@given(
    st.decimals(0, 10**6, places=2),
    st.dictionaries(st.integers(), st.decimals(0, 10**6, places=6), min_size=1, max_size=9),
)
def test_an_amount_shared_out_adds_up_and_no_part_is_a_cent_away_from_its_due(amount, weights):
    weights[10**6] = Decimal(1)

    parts = exposure.allocate(amount, weights)

    assert sum(parts.values()) == amount
    total = sum(weights.values())
    assert all(abs(parts[key] - amount * weights[key] / total) < CENT for key in weights)


# -- cases -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("hours", "grown"),
    [(0, "1"), (84, "1.5"), (167, str(1 + Decimal(167) / 168)), (168, "2"), (169, "2"), (10_000, "2")],
)
def test_a_share_doubles_within_a_week_and_then_stays(hours, grown):
    assert exposure.growth(hours) == Decimal(grown)
    assert exposure.share(WHOLE, Risk(1, A, "P1", hours)) == Decimal("0.08") * Decimal(grown)


def test_a_profile_can_switch_growth_off():
    still = replace(WHOLE, grows=False)

    assert exposure.alone(still, Risk(1, A, "P0", 500)).likely == Decimal("7500.00")
    assert exposure.alone(still, Risk(1, A, "P0", 500)).growth == 1


def test_no_issue_puts_nothing_at_risk():
    found = exposure.exposure(STREAMS, [])

    assert found.totals.high == 0
    assert found.by_stream == {1: 0, 2: 0}
    assert found.by_issue == found.by_analysis == found.by_priority == {}


@pytest.mark.parametrize(
    ("keys", "names", "likely"),
    [
        pytest.param({1}, ("Shop",), "4500.00", id="the stream that depends on its systems"),
        pytest.param({1, 2}, ("Shop", "Subscriptions"), "7500.00", id="every stream that depends on one of them"),
        pytest.param(set(), ("Shop", "Subscriptions"), "7500.00", id="all streams when none depends on its systems"),
    ],
)
def test_an_issue_threatens(keys, names, likely):
    alone = exposure.alone(STREAMS, Risk(1, A, "P0", 0, frozenset(keys)))

    assert (alone.streams, alone.likely) == (names, Decimal(likely))


def test_the_largest_issue_of_an_analysis_counts_in_each_stream_for_itself():
    risks = [Risk(1, A, "P0", 0, frozenset({1})), Risk(2, A, "P1", 0), Risk(3, A, "P2", 0, frozenset({2}))]

    assert exposure.totals(STREAMS, risks).by_stream == {1: Decimal("4500.00"), 2: Decimal("1600.00")}


def test_a_small_confirmed_amount_leaves_the_other_issues_of_its_analysis_as_they_are():
    risks = [Risk(1, A, "P0", confirmed=Decimal(100)), Risk(2, A, "P1")]

    assert exposure.totals(WHOLE, risks).likely == Decimal("4000.00")


def test_a_confirmed_amount_is_never_more_than_the_streams_have():
    risk = Risk(1, A, "P3", 0, frozenset({1}), Decimal(90000))

    assert exposure.exposure(STREAMS, [risk]).by_stream == {1: Decimal("30000.00"), 2: 0}


def test_issues_without_an_analysis_are_risks_of_their_own():
    risks = [Risk(1, None, "P0"), Risk(2, None, "P0")]

    assert exposure.totals(WHOLE, risks).likely == Decimal("13875.00")  # 50,000 x (1 - 0.85 x 0.85)


def test_issues_alike_share_the_cents_that_are_left_by_their_keys():
    risks = [Risk(key, A, "P0") for key in (3, 1, 2)]

    found = exposure.exposure(replace(WHOLE, mrr=Decimal("0.73"), grows=False), risks)

    assert found.totals.likely == Decimal("0.11")
    assert found.by_issue == {1: Decimal("0.04"), 2: Decimal("0.04"), 3: Decimal("0.03")}


def test_a_share_of_nothing_puts_nothing_at_risk():
    nothing = replace(STREAMS, shares=dict.fromkeys(Priority, Share(Decimal(0), Decimal(0), Decimal(0))))

    assert exposure.exposure(nothing, EXAMPLE[:4]).by_issue == dict.fromkeys(range(1, 5), 0)


def test_an_amount_is_not_shared_out_among_nobody():
    with pytest.raises(ValueError, match="without a weight above 0"):
        exposure.allocate(CENT, {1: Decimal(0)})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param({"mrr": Decimal(0)}, "an amount above 0", id="no revenue"),
        pytest.param({"mrr": Decimal(60000)}, "add up to 50,000.00 .* is 60,000.00", id="streams that add up to less"),
        pytest.param(
            {"streams": (SHOP, replace(SUBSCRIPTIONS, mrr=Decimal("20000.01")))}, "50,000.01", id="a cent too much"
        ),
        pytest.param({"streams": (replace(SHOP, mrr=Decimal(0)),)}, "an amount above 0", id="an empty stream"),
    ],
)
def test_a_profile_that_cannot_be_is_refused(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        replace(STREAMS, **change)


@pytest.mark.parametrize("parts", [("0.2", "0.1", "0.3"), ("0.1", "0.3", "0.2"), ("-0.1", "0", "0"), ("0", "0", "1.1")])
def test_estimates_that_do_not_rise_between_0_and_1_are_refused(parts):
    with pytest.raises(ValueError, match="rises from low over likely to high"):
        Share(*money(*parts))


def test_the_estimates_stand_in_the_order_of_a_share():
    assert [word.value for word in Estimate] == list(Share.__slots__)
