"""From rows to revenue at risk: which profile counts, which issues, and at what cost."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from tracker import exposure, revenue
from tracker.choices import Priority, Status
from tracker.models import RevenueProfile, RevenueStream, System
from tracker.querysets import CLOSED

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 1)


@pytest.fixture
def make_profile():
    def make(effective_on=DAY, mrr="50000.00", streams=None, **fields):
        values = {"effective_on": effective_on, "currency": "USD", "mrr": Decimal(mrr)}
        row = RevenueProfile.objects.create(**(values | fields))
        for name, (amount, *systems) in (streams or {}).items():
            row.streams.create(name=name, mrr=Decimal(amount)).systems.set(systems)
        return row

    return make


@pytest.fixture
def checkout():
    return System.objects.create(name="till")


@pytest.fixture
def billing():
    return System.objects.create(name="invoices")


# -- which profile -----------------------------------------------------------------------------------------------------
def test_without_a_profile_nothing_is_assumed(make_issue, now):
    make_issue(priority=Priority.P0)

    assert revenue.profile(now) is None
    assert revenue.totals(now) is None
    assert revenue.at_risk(now) is None


def test_the_latest_profile_that_has_taken_effect_counts(make_profile, now):
    for days, mrr in ((-30, "1000"), (0, "2000"), (1, "3000")):
        make_profile(now.date() + timedelta(days=days), mrr)

    assert revenue.profile(now).mrr == 2000
    assert revenue.profile(now - timedelta(days=1)).mrr == 1000
    assert revenue.profile(now + timedelta(days=400)).mrr == 3000
    assert revenue.profile(now - timedelta(days=31)) is None


def test_a_profile_takes_effect_with_the_day_of_the_site(make_profile, settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    make_profile(date(2026, 3, 10))

    assert revenue.profile(datetime(2026, 3, 9, 14, 59, tzinfo=UTC)) is None
    assert revenue.profile(datetime(2026, 3, 9, 15, 0, tzinfo=UTC)) is not None


def test_a_row_becomes_a_profile_with_shares_of_one_and_its_streams(make_profile, checkout, now):
    make_profile(
        streams={"Shop": ("30000", checkout), "Rest": ("20000",)}, p0_low=1, p0_likely=2, p0_high=3, grows=False
    )

    found = revenue.profile(now)

    assert found.shares[Priority.P0] == exposure.Share(Decimal("0.01"), Decimal("0.02"), Decimal("0.03"))
    assert found.shares[Priority.P3] == exposure.Share(Decimal("0.005"), Decimal("0.01"), Decimal("0.02"))
    assert [(stream.name, stream.mrr) for stream in found.streams] == [("Shop", 30000), ("Rest", 20000)]
    assert (found.currency, found.grows) == ("USD", False)


def test_the_suggested_shares_are_those_of_the_page():
    suggested = RevenueProfile(currency="USD", mrr=Decimal(1)).as_profile()

    likely = [suggested.shares[priority].likely for priority in Priority]
    assert likely == [Decimal("0.15"), Decimal("0.08"), Decimal("0.03"), Decimal("0.01")]
    assert all(share.low == share.likely / 2 and share.high == share.likely * 2 for share in suggested.shares.values())


def test_hours_are_averaged_by_priority_as_the_profile_says():
    row = RevenueProfile(p1_hours=Decimal(20))

    assert [row.hours_for(priority) for priority in Priority] == [8, 20, 4, 4]


def test_streams_that_a_shell_left_unequal_are_refused_in_a_sentence(make_profile, now):
    make_profile(streams={"Shop": ("30000",)})

    with pytest.raises(ValueError, match=r"The streams add up to 30,000\.00"):
        revenue.totals(now)


@pytest.mark.parametrize(
    "wrong",
    [
        {"mrr": 0},
        {"p0_low": 20},
        {"p1_likely": 17},
        {"p2_high": 101},
        {"p3_low": -1},
        {"months_counted": 0},
        {"hourly_rate": 0},
        {"p0_hours": 0},
        {"downtime_impact_percent": 101},
        {"churn_percent_per_hour": -1},
        {"recovery_cost_per_hour": 0},
    ],
    ids=" ".join,
)
def test_a_profile_that_cannot_be_is_refused_by_the_form_and_by_the_database(make_profile, wrong):
    with pytest.raises(ValidationError):
        RevenueProfile(**{"effective_on": DAY, "currency": "USD", "mrr": Decimal(5)} | wrong).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_profile(**wrong)


def test_there_is_one_profile_a_day_and_one_stream_of_a_name(make_profile):
    row = make_profile(streams={"Shop": ("50000",)})

    for again in (make_profile, lambda: RevenueStream.objects.create(profile=row, name="Shop", mrr=1)):
        with pytest.raises(IntegrityError), transaction.atomic():
            again()


def test_all_profiles_are_in_one_currency(make_profile):
    make_profile()

    with pytest.raises(ValidationError, match="The other profiles are in USD"):
        RevenueProfile(effective_on=DAY + timedelta(days=1), currency="EUR", mrr=Decimal(5)).full_clean()
    RevenueProfile(effective_on=DAY + timedelta(days=1), currency="USD", mrr=Decimal(5)).full_clean()


@pytest.mark.parametrize("word", ["usd", "US", "U5D", "EURO", "USD\n"])
def test_a_currency_is_three_capital_letters(word):
    with pytest.raises(ValidationError, match="currency"):
        RevenueProfile(effective_on=DAY, currency=word, mrr=Decimal(5)).full_clean()


# -- which issues ------------------------------------------------------------------------------------------------------
def test_what_is_not_validated_or_cancelled_is_at_risk(make_profile, make_issue, make_owner, now):
    make_profile()
    owner = make_owner()
    issues = {status: make_issue(status=status, owner=owner) for status in Status}

    assert set(revenue.at_risk(now).by_issue) == {issues[status].pk for status in set(Status) - set(CLOSED)}


def test_an_issue_counts_with_its_analysis_its_age_its_streams_and_its_confirmed_amount(
    make_profile, make_issue, make_analysis, checkout, billing, now
):
    make_profile(streams={"Shop": ("30000", checkout, billing), "Rest": ("20000", billing)})
    shop, rest = revenue.profile(now).streams
    analysis = make_analysis()
    old = make_issue(analysis=analysis, created_at=now - timedelta(hours=84, minutes=59))
    old.systems.add(checkout, System.objects.create(name="wiki"))
    both = make_issue(revenue_at_risk=Decimal("1234.50"), created_at=now + timedelta(hours=3))
    both.systems.add(checkout, billing)
    none = make_issue(priority=Priority.P3)

    risks = revenue.risks(revenue.profile(now), now)

    assert sorted(risks) == [
        exposure.Risk(old.pk, analysis.pk, "P1", 84, frozenset({shop.key})),
        exposure.Risk(both.pk, None, "P1", 0, frozenset({shop.key, rest.key}), Decimal("1234.50")),
        exposure.Risk(none.pk, None, "P3", 0),
    ]


def test_the_streams_of_another_profile_threaten_nothing(make_profile, make_issue, checkout, now):
    make_profile(DAY, streams={"Old": ("50000", checkout)})
    make_profile(DAY + timedelta(days=1), streams={"Shop": ("50000", checkout)})
    issue = make_issue()
    issue.systems.add(checkout)

    found = revenue.profile(now)

    assert [risk.streams for risk in revenue.risks(found, now)] == [frozenset({found.streams[0].key})]


def test_the_worked_example_comes_out_of_the_rows(make_profile, make_issue, make_analysis, checkout, billing, now):
    make_profile(streams={"Shop": ("30000", checkout), "Subscriptions": ("20000", billing)})
    first, second, third = make_analysis(), make_analysis(), make_analysis()
    rows = (
        (first, "P0", 0, [checkout], None),
        (first, "P1", 84, [checkout], None),
        (second, "P1", 336, [billing], None),
        (None, "P2", 42, [], None),
        (third, "P3", 0, [checkout, billing], Decimal("2500")),
    )
    for analysis, priority, hours, systems, amount in rows:
        age = {"created_at": now - timedelta(hours=hours)}
        make_issue(analysis=analysis, priority=priority, revenue_at_risk=amount, **age).systems.set(systems)

    found = revenue.at_risk(now)

    assert revenue.totals(now) == found.totals
    assert found.totals.likely == Decimal("11321.94")
    assert list(found.by_stream.values()) == [Decimal("6683.44"), Decimal("4638.50")]
    assert found.by_analysis[first.pk] == Decimal("4221.12")
    assert sum(found.by_issue.values()) == sum(found.by_priority.values()) == found.totals.likely


def test_one_issue_alone_is_what_it_puts_at_risk_by_itself(make_profile, make_issue, checkout, now):
    make_profile(streams={"Shop": ("30000", checkout), "Rest": ("20000",)})
    issue = make_issue(priority=Priority.P0, created_at=now - timedelta(hours=84))
    issue.systems.add(checkout)

    profile, alone = revenue.profile_with_alone(issue, now)

    assert profile == revenue.profile(now)
    assert (alone.streams, alone.mrr, alone.growth) == (("Shop",), 30000, Decimal("1.5"))
    assert (alone.low, alone.likely, alone.high) == (3375, 6750, 13500)


def test_one_issue_that_names_no_system_of_a_stream_threatens_all_revenue(make_profile, make_issue, checkout, now):
    issue = make_issue(priority=Priority.P0, created_at=now)
    assert revenue.profile_with_alone(issue, now) is None
    row = make_profile()

    profile, alone = revenue.profile_with_alone(issue, now)

    assert (profile, alone.streams, alone.mrr) == (revenue.profile(now), (), row.mrr)
    row.delete()
    make_profile(streams={"Rest": ("20000",), "Shop": ("30000", checkout)})
    assert revenue.profile_with_alone(issue, now)[1].streams == ("Shop", "Rest")


def test_the_cost_does_not_grow_with_the_rows(
    make_profile, make_issue, make_analysis, checkout, now, django_assert_num_queries
):
    make_profile(streams={"Shop": ("30000", checkout), "Rest": ("20000",)})
    for number in (1, 20):
        for _ in range(number):
            make_issue(analysis=make_analysis()).systems.add(checkout)
        with django_assert_num_queries(4):
            revenue.at_risk(now)
        with django_assert_num_queries(4):
            revenue.totals(now)


def test_the_database_keeps_no_confirmed_amount_of_nothing(make_issue):
    for amount in (0, -1):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_issue(revenue_at_risk=Decimal(amount))


def test_a_site_is_forecast_by_the_same_risks_later(make_profile, make_issue, now):
    make_profile()
    make_issue(priority=Priority.P1)
    found = revenue.profile(now)
    risks = revenue.risks(found, now)

    week, month = (exposure.totals(found, exposure.later(risks, hours)).likely for hours in (7 * 24, 30 * 24))

    assert week == month == 2 * exposure.totals(replace(found, grows=False), risks).likely == 8000
