"""Figures as files for spreadsheets: what is in them, and who may have them."""

import csv
import io
import tracemalloc
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, Permission
from openpyxl import load_workbook

from dashboard import exports
from dashboard.models import MetricSnapshot
from dashboard.tests import example_site as site
from tracker.choices import AuditVerb
from tracker.models import AuditEvent

FIGURES, HISTORY = "/exports/figures.csv", "/exports/history.csv"


@pytest.fixture
def browser_of(client, make_user):
    """A browser of somebody in a group."""

    def browser_of(group):
        client.user = make_user(group.lower(), is_staff=True)
        client.user.groups.add(Group.objects.get(name=group))
        client.force_login(client.user)
        return client

    return browser_of


def rows_of(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def snapshot(day, key="revenue_at_risk", unit="money a month", value=Decimal("1234.50")):
    return MetricSnapshot(day=day, key=key, unit=unit, value=value, taken_at=site.NOW)


def test_the_figures_of_every_page_are_in_it_with_their_reasons(browser_of, profile, make_issue):
    make_issue(priority="P0")

    found = {(row["Page"], row["Key"]): row for row in rows_of(browser_of("Manager").get(FIGURES, {"period": "week"}))}

    events = AuditEvent.objects.filter(verb=AuditVerb.EXPORT)
    assert [(row.actor_name, row.label, row.changes) for row in events] == [
        ("manager", "Figures, CSV", {"filters": [None, "period=week"]})
    ]
    assert {page for page, _ in found} == {"Overview", "Board", "Execution", "Prevention", "Value", "Health"}
    row = found["Overview", "revenue_at_risk"]
    assert (row["Unit"], row["Why there is no number"]) == ("USD a month", "")
    assert Decimal(row["Number"]) > 0
    (issue,) = [row["Figure"] for key, row in found.items() if key[1].startswith("revenue_at_risk.issue.")][:1]
    assert issue == "Revenue at risk now: Raise the pool size"
    assert found["Health", "availability"]["Why there is no number"]


def test_an_engineer_has_the_figures_of_their_pages_without_amounts(browser_of, profile, make_issue):
    make_issue(priority="P0")
    browser = browser_of("Engineer")

    found = rows_of(browser.get(FIGURES))

    assert {row["Page"] for row in found} == {"Board", "Execution"}
    assert not [row for row in found if "USD" in row["Unit"] or "money" in row["Unit"]]
    assert browser.get(HISTORY).status_code == 403


def test_a_period_that_is_none_is_refused(browser_of):
    assert browser_of("Manager").get(FIGURES, {"period": "year"}).status_code == 400


def test_who_is_not_logged_in_is_asked_to(client):
    assert client.get(FIGURES).status_code == 302


def test_an_analysis_is_named_by_its_title(browser_of, profile, make_issue, make_analysis):
    analysis = make_analysis("Orders are =lost")
    make_issue(analysis=analysis)

    found = {row["Key"]: row["Figure"] for row in rows_of(browser_of("Executive").get(FIGURES))}

    assert found[f"revenue_at_risk.analysis.{analysis.pk}"] == "Revenue at risk now: Orders are =lost"


def test_the_history_says_the_currency_of_each_day_and_counts_as_whole_numbers(browser_of, profile):
    profile.__class__.objects.create(effective_on=date(2026, 11, 30), currency="EUR", mrr=1)
    MetricSnapshot.objects.bulk_create(
        [
            snapshot(date(2026, 11, 29)),
            snapshot(date(2026, 11, 30)),
            snapshot(date(2026, 11, 28), "escapes.untreated", "count", Decimal(87)),
            snapshot(date(2025, 11, 28)),
        ]
    )

    found = [(row["Number"], row["Unit"]) for row in rows_of(browser_of("Executive").get(HISTORY))]

    assert found == [
        ("1234.50", "EUR a month"),
        ("1234.50", "USD a month"),
        ("87", "count"),
        ("1234.50", "money a month"),
    ]


def test_the_history_has_a_row_for_each_figure_of_each_day(browser_of):
    MetricSnapshot.objects.bulk_create(
        [
            snapshot(date(2026, 11, 29)),
            snapshot(date(2026, 11, 30), key="=cmd", unit="count", value=Decimal(3)),
        ]
    )

    found = rows_of(browser_of("Executive").get(HISTORY))

    assert [(row["Day"], row["Key"], row["Figure"], Decimal(row["Number"])) for row in found] == [
        ("2026-11-30", "'=cmd", "", 3),
        ("2026-11-29", "revenue_at_risk", "Revenue at risk now", Decimal("1234.50")),
    ]


def test_who_may_not_see_amounts_has_a_history_without_them(browser_of):
    MetricSnapshot.objects.bulk_create([snapshot(date(2026, 11, 29)), snapshot(date(2026, 11, 29), "open", "count")])
    browser = browser_of("Engineer")
    browser.user.user_permissions.add(Permission.objects.get(codename="view_metricsnapshot"))

    assert [row["Key"] for row in rows_of(browser.get(HISTORY))] == ["open"]


def test_a_workbook_has_the_same_rows(browser_of):
    MetricSnapshot.objects.bulk_create([snapshot(date(2026, 11, 29))])

    response = browser_of("Manager").get("/exports/history.xlsx")

    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content)))["Figures of each day"]
    assert [cell.value for cell in sheet[2]][:5] == [
        "2026-11-29", "revenue_at_risk", "Revenue at risk now", 1234.5, "money a month",
    ]  # fmt: skip


def test_a_workbook_of_too_many_days_is_refused(browser_of, monkeypatch):
    monkeypatch.setattr(exports, "MOST_XLSX", 1)
    MetricSnapshot.objects.bulk_create([snapshot(date(2026, 11, day)) for day in (28, 29)])

    assert browser_of("Manager").get("/exports/history.xlsx").status_code == 400


def test_ten_times_the_days_take_no_more_memory(browser_of):
    browser = browser_of("Manager")

    def peak():
        tracemalloc.start()
        for _ in browser.get(HISTORY).streaming_content:
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    def add(first, number):
        days = (date(2000, 1, 1) + timedelta(days=each) for each in range(first, first + number))
        MetricSnapshot.objects.bulk_create((snapshot(day) for day in days), batch_size=500)

    add(0, 4_000)
    peak()
    few = peak()
    add(4_000, 16_000)

    assert peak() < few * 1.5


def test_the_pages_link_to_the_files_with_their_filters(browser_of):
    page = browser_of("Manager").get("/board/", {"period": "week"}).text

    assert 'href="/exports/figures.csv?period=week"' in page
    assert 'href="/exports/history.xlsx"' in page
    assert 'href="/admin/dashboard/storedreport/"' in page
