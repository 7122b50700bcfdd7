"""What the figures are made of, in the admin."""

from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group

from dashboard.models import Downtime, MetricSnapshot, Stake
from dashboard.tests import example_rows

LISTS = ("stake", "protectionentry", "metricsnapshot", "downtime")


@pytest.fixture
def log_in(client, make_user):
    def log_in(group):
        user = make_user(group.lower(), is_staff=True, first_name="Ana", last_name="Ruiz")
        user.groups.add(Group.objects.get(name=group))
        client.force_login(user)
        return client

    return log_in


@pytest.mark.parametrize(
    ("group", "status"), [("Executive", 200), ("Manager", 200), ("Auditor", 200), ("Engineer", 403)]
)
def test_who_may_see_the_revenue_sees_what_the_figures_are_made_of(log_in, group, status):
    browser = log_in(group)

    assert [browser.get(f"/admin/dashboard/{name}/").status_code for name in LISTS] == [status] * len(LISTS)


def test_the_ledger_of_a_month_has_its_amounts_and_nothing_to_change(log_in, db):
    example_rows.write()
    manager = log_in("Manager")

    november, october = (
        manager.get(f"/admin/dashboard/protectionentry/?month={month}").content.decode()
        for month in ("2026-11", "2026-10")
    )

    assert "USD 3,521.74" in november
    assert "USD" not in october
    assert manager.get("/admin/dashboard/protectionentry/add/").status_code == 403


def test_a_stake_tells_what_it_was_calculated_from_and_who_has_how_much_of_it(log_in, db):
    example_rows.write()
    auditor = log_in("Auditor")
    stake = Stake.objects.get(analysis__title="Orders are lost")

    listed = auditor.get("/admin/dashboard/stake/?q=P0-20261128").content.decode()
    page = auditor.get(f"/admin/dashboard/stake/{stake.pk}/change/").content.decode()

    assert "USD 4,818.96" in listed
    assert "USD 5,400.00" not in listed
    assert "USD 4,015.80" in page
    assert "USD 803.16" in page
    assert "standing_issues" in page
    assert auditor.post(f"/admin/dashboard/stake/{stake.pk}/change/", {}).status_code == 403


def test_the_list_of_stakes_costs_the_same_however_many_there_are(log_in, db, django_assert_max_num_queries):
    example_rows.write()
    auditor = log_in("Auditor")

    with django_assert_max_num_queries(10):
        auditor.get("/admin/dashboard/stake/")


def test_a_figure_of_a_day_reads_as_on_the_pages(log_in, profile, now):
    row = {"day": date(2026, 3, 9), "taken_at": now}
    MetricSnapshot.objects.create(key="revenue_at_risk", unit="money a month", value=Decimal("1234.5"), **row)
    MetricSnapshot.objects.create(key="return.p50", unit="ratio", lack="not set", **row)

    page = log_in("Executive").get("/admin/dashboard/metricsnapshot/").content.decode()

    assert "USD 1,234.50 a month" in page
    assert "not set" in page


def test_a_manager_enters_downtime_and_the_row_says_who_did(log_in):
    fields = {"started_at_0": "2026-03-09", "started_at_1": "08:00", "hours": "2.5", "text": "The shop"}

    response = log_in("Manager").post("/admin/dashboard/downtime/add/", fields)

    row = Downtime.objects.get()
    assert response.status_code == 302
    assert (row.hours, row.text, row.entered_by_name) == (Decimal("2.50"), "The shop", "Ana Ruiz")


def test_who_only_looks_enters_nothing(log_in):
    assert log_in("Executive").get("/admin/dashboard/downtime/add/").status_code == 403
