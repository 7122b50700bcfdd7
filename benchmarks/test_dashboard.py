"""The SQL by hand answers what the pages answer, of now and of the previous period; pages take few queries."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks import dashboard_by_hand as by_hand
from benchmarks import synthetic_business
from benchmarks.dashboard import MOST_QUERIES
from benchmarks.dashboard_turns import addresses, answers_by_hand, this_month
from benchmarks.synthetic_site import Wish, fill
from dashboard import refresh
from dashboard.metrics import computed, pages
from dashboard.metrics.asked import Asked
from tracker.choices import Priority

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="written in the SQL of PostgreSQL"),
]
CENT = Decimal("0.01")


@pytest.fixture
def site():
    """A made-up site of 6,000 issues whose ledger is up to now; the moment and what is asked about it."""
    now = timezone.now()
    synthetic_business.before(now)
    fill(Wish(6000, now))
    synthetic_business.after(now)
    refresh.bring_ledger_up(now)
    return Asked(now, this_month(now))


def near(value, by_sql):
    return abs(value - Decimal(by_sql)) <= CENT


def test_by_hand_the_same_is_at_risk_late_and_open(site):
    figures, found = computed.overview(site).figures, answers_by_hand("overview", site.now)

    [[(_, likely, _)]] = found[by_hand.TOTAL]
    [[(a_day, so_far, overdue)]] = found[by_hand.DELAY]
    assert near(figures["revenue_at_risk"].value, likely)
    assert near(figures["delay_a_day"].value, a_day)
    assert abs(figures["delay_so_far"].value - Decimal(so_far)) < 1  # of cents that add up, over many hours
    assert figures["delay_a_day"].sample == overdue
    assert tuple(computed.board(site).extra["counts"].values()) == found[by_hand.COUNTS][0][0]
    [worst] = found[by_hand.WORST]
    assert near(computed.overview(site).issues[0].at_risk, max(row[8] for row in worst))


@pytest.mark.parametrize("place", [0, 1], ids=["now", "in the previous period"])
def test_by_hand_the_same_was_done_in_time_and_cost_as_much(site, place):
    asked = (site, site.before())[place]
    found = {key: rows[place] for key, rows in answers_by_hand("overview", site.now).items() if len(rows) > 1}

    on_time = sum(row[3] for row in found[by_hand.COMPLETED])
    late = sum(row[5] for row in found[by_hand.COMPLETED]) + sum(row[1] for row in found[by_hand.LATE])
    hours = sum(row[1] for row in found[by_hand.HOURS])
    [(extracted, tracked, dismissed)] = found[by_hand.CONVERSION]
    figures = computed.overview(asked).figures
    assert figures["on_time.original.all"].value == pytest.approx(
        Decimal(on_time) / (on_time + late), abs=Decimal("1e-4")
    )
    assert figures["conversion"].value == pytest.approx(Decimal(tracked + dismissed) / extracted, abs=Decimal("1e-4"))
    estimates = dict(found[by_hand.UNNOTED])
    work = {row.priority: row for row in computed.Rows(asked).money.work}
    assert sum(row.noted for row in work.values()) == hours
    assert {priority: work[priority].unnoted for priority in Priority} == {
        priority: estimates.get(priority, 0) for priority in Priority
    }
    assert sum(row[2] for row in found[by_hand.PROTECTED]) == sum(
        month.counted for month in computed.Rows(asked).money.months
    )


def test_a_page_that_a_refresh_has_kept_takes_at_most_25_queries(site, admin_user, monkeypatch):
    monkeypatch.setattr(pages, "MOST_LIVE", 0)
    refresh.save_figures(site.now, refresh.of_site(site), keep=True)
    client = Client()
    client.force_login(admin_user, "remediation_site.accounts.AccountBackend")

    for address in addresses():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        assert len(captured) <= MOST_QUERIES
