"""What was at stake adds up, and finishing later never earns more."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.tests.example_values import PROFILE
from dashboard.tests.test_value_forecast import RISKS
from dashboard.value import protection
from dashboard.value.figures import Lack
from dashboard.value.protection import Month
from tracker import exposure
from tracker.exposure import Risk

CENT = Decimal("0.01")
SHARES = st.decimals(0, 10**7, places=2)
HOURS = st.decimals(0, 5000, places=3)
DEADLINE = datetime(2026, 11, 23, 12, tzinfo=UTC)


@given(RISKS, RISKS, st.sets(st.integers(1, 5)))
def test_the_shares_of_the_fixes_add_up_to_the_stake_to_the_cent(standing, opening, fixes):
    opening = [risk._replace(issue=risk.issue, analysis=9) for risk in opening]
    standing = [risk._replace(issue=risk.issue + 100) for risk in standing]
    if not opening:
        return
    stake = protection.stake(PROFILE, standing, opening, fixes)

    assert sum(stake.shares.values()) == stake.increase >= 0
    chosen = {risk.issue for risk in opening} & fixes
    assert set(stake.shares) == (chosen or {risk.issue for risk in opening})


@given(RISKS, RISKS)
def test_issues_that_follow_later_put_at_stake_only_what_they_add(first, second):
    first = [risk._replace(analysis=9) for risk in first]
    second = [risk._replace(analysis=9, issue=risk.issue + 100) for risk in second]
    if not first or not second:
        return
    one = protection.stake(PROFILE, [], first, ()).increase
    two = protection.stake(PROFILE, first, second, ()).increase
    both = protection.stake(PROFILE, [], first + second, ()).increase

    assert abs(one + two - both) <= CENT


def test_age_puts_nothing_more_at_stake():
    young, old = ([Risk(1, 1, "P0"), Risk(2, 1, "P1", hours)] for hours in (0, 400))

    assert protection.stake(PROFILE, [], young, {1, 2}) == protection.stake(PROFILE, [], old, {1, 2})


def test_what_leads_is_the_priority_of_the_largest_risk_or_a_confirmed_amount():
    risks = [Risk(1, 1, "P1"), Risk(2, 1, "P0")]

    assert protection.stake(PROFILE, [], risks, {1}).leading == "P0"
    confirmed = [*risks, Risk(3, 1, "P3", confirmed=Decimal(50_000))]
    assert protection.stake(PROFILE, [], confirmed, {1}).leading is None


def test_fixes_that_put_nothing_at_risk_themselves_share_evenly():
    zero = Risk(1, 1, "P3", confirmed=Decimal(0))
    stake = protection.stake(PROFILE, [], [zero, zero._replace(issue=2), Risk(3, 1, "P0")], {1, 2})

    assert stake.shares == {1: Decimal("4500.00"), 2: Decimal("4500.00")}


def test_an_analysis_that_opens_no_issue_has_no_stake():
    with pytest.raises(ValueError, match="opens no issue"):
        protection.stake(PROFILE, [Risk(1, 1, "P0")], [], ())


@given(SHARES, HOURS, HOURS)
def test_finishing_later_never_earns_more(share, hours, more):
    assert 0 <= protection.counted(share, hours + more) <= protection.counted(share, hours) <= share


@given(SHARES)
def test_in_time_all_of_the_share_counts_and_after_30_days_nothing(share):
    assert protection.counted(share, Decimal(0)) == share
    assert protection.counted(share, Decimal(720)) == 0


@given(SHARES, st.lists(HOURS, min_size=1, max_size=6))
def test_reopening_takes_back_all_that_was_counted_so_that_no_history_earns_more_than_the_first_finish(share, times):
    rows = []
    for hours in sorted(times):
        rows.append(protection.taken_back(rows))
        rows.append(protection.counted(share, hours))
        assert sum(rows) == rows[-1] <= protection.counted(share, min(times))


def test_it_is_overdue_only_past_the_original_deadline():
    second = timedelta(seconds=1)

    assert protection.overdue_hours(DEADLINE, DEADLINE) == 0
    assert protection.overdue_hours(DEADLINE, DEADLINE - second) == 0
    assert protection.overdue_hours(DEADLINE, DEADLINE + 9 * second) == Decimal("0.0025")
    assert protection.overdue_hours(None, DEADLINE) == 0


@pytest.mark.parametrize(("share", "hours"), [("-0.01", 0), (1, -1)])
def test_nothing_negative_is_counted(share, hours):
    with pytest.raises(ValueError, match="not negative"):
        protection.counted(Decimal(share), Decimal(hours))


@pytest.mark.parametrize(
    ("counted", "value", "notes"),
    [
        pytest.param("99.99", "99.99", (), id="below the MRR"),
        pytest.param("100", "100.00", (), id="at the MRR the cap does not bite"),
        pytest.param("100.01", "100.00", ("2026-11 is capped at its MRR: 100.01 was counted.",), id="above the MRR"),
        pytest.param("-5", "-5.00", (), id="more was reopened than validated"),
    ],
)
def test_a_month_counts_at_most_its_revenue_and_says_when_the_cap_bites(counted, value, notes):
    figure = protection.protected([Month("2026-11", Decimal(counted), Decimal(100))], stakes=1)

    assert (str(figure.value), figure.notes) == (value, notes)
    assert figure.key == "revenue_protected.2026-11"


def test_months_without_a_profile_are_named_and_so_is_each_month_whose_cap_bit():
    months = [
        Month("2026-09", Decimal(0), None),
        Month("2026-10", Decimal(300), Decimal(100), unpriced=2),
        Month("2026-11", Decimal(50), Decimal(120)),
        Month("2026-12", Decimal(-230), Decimal(120)),
    ]
    figure = protection.protected(months, stakes=4)

    assert (figure.key, figure.value) == ("revenue_protected", 120)
    assert figure.notes == (
        "2026-09 is left out: no revenue profile was in force.",
        "2026-10 is capped at its MRR: 300.00 was counted.",
        "2026-11 is capped: the ledger has 50.00, and a quarter counts at most its MRR.",
        "2026-12 takes back 0.00: the ledger has -230.00, of which the rest was above the cap.",
        "2 validated fix(es) have no share: they were tracked before a revenue profile.",
    )


AMOUNTS = st.decimals(-300, 300, places=2)
ENTRIES = st.lists(AMOUNTS, min_size=3, max_size=3)
REVENUES = st.lists(st.decimals(1, 120, places=2), min_size=3, max_size=3)


def quarter(amounts, revenues):
    names = ("2026-10", "2026-11", "2026-12")
    return [Month(name, amount, mrr) for name, amount, mrr in zip(names, amounts, revenues, strict=True)]


@given(ENTRIES, REVENUES)
def test_no_month_and_no_quarter_counts_more_than_its_revenue(amounts, revenues):
    months = quarter(amounts, revenues)

    assert all(total <= mrr for total, mrr in zip(protection.month_totals(months), revenues, strict=True))
    assert protection.total(months) <= max(revenues)


@given(ENTRIES)
def test_neither_a_month_nor_a_quarter_is_negative_unless_the_ledger_is(amounts):
    months = quarter(amounts, [Decimal(100)] * 3)

    assert all(
        total >= 0 for total, amount in zip(protection.month_totals(months), amounts, strict=True) if amount >= 0
    )
    assert protection.total(months) >= min(0, max(-100, sum(amounts)))


@given(ENTRIES, REVENUES)
def test_what_a_month_counts_is_the_same_in_its_quarter_and_by_itself(amounts, revenues):
    months = quarter(amounts, revenues)
    alone = [
        protection.protected([month._replace(before=month.name < each.name) for month in months[: place + 1]], stakes=1)
        for place, each in enumerate(months)
    ]

    assert [figure.key[-7:] for figure in alone] == [month.name for month in months]
    assert sum(figure.value for figure in alone) == protection.protected(months, stakes=1).value


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        pytest.param((135, -135, 0), (100, -100, 0), id="all is reopened: what had counted is given back"),
        pytest.param((135, -35, 0), (100, 0, 0), id="what had not counted comes off first"),
        pytest.param((120, 120, 0), (100, 0, 0), id="a quarter counts at most the MRR"),
        pytest.param((-135, 150, 20), (-100, 100, 20), id="of earlier quarters at most the MRR is given back"),
    ],
)
def test_the_cap_is_taken_on_the_way_out_as_on_the_way_in(amounts, expected):
    assert protection.month_totals(quarter(map(Decimal, amounts), [Decimal(100)] * 3)) == list(expected)


def test_a_quarter_begins_with_nothing_counted():
    months = [Month("2026-09", Decimal(90), Decimal(100)), Month("2026-10", Decimal(90), Decimal(100))]

    assert protection.month_totals(months) == [90, 90]


@pytest.mark.parametrize(
    ("mrr", "stakes", "lack"),
    [
        pytest.param(None, 3, Lack.NOT_SET, id="no profile"),
        pytest.param(Decimal(100), 0, Lack.NOTHING_YET, id="no stake"),
        pytest.param(Decimal(100), 1, None, id="a stake, and nothing validated: 0 is a fact"),
    ],
)
def test_without_a_profile_or_a_stake_there_is_no_number(mrr, stakes, lack):
    assert protection.protected([Month("2026-11", Decimal(0), mrr)], stakes=stakes).lack == lack


def test_what_an_analysis_puts_at_stake_is_the_difference_that_it_makes():
    standing, opening = [Risk(1, 1, "P0"), Risk(2, 2, "P1")], [Risk(3, 3, "P0")]
    with_it, without = (exposure.totals(PROFILE, risks).likely for risks in (standing + opening, standing))

    assert protection.stake(PROFILE, standing, opening, {3}).increase == with_it - without
