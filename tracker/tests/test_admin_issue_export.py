"""The list of issues as a file: what is in it, and who may have it."""

import csv
import io

import pytest
from django.contrib.auth.models import Group, Permission
from openpyxl import load_workbook

from tracker.admin import issue_export
from tracker.choices import Priority, Status

LIST = "/admin/tracker/issue/"
CSV, XLSX = f"{LIST}export/issues.csv", f"{LIST}export/issues.xlsx"
WITH_TEXT = f"{LIST}export/issues-with-text.csv"
SECRET = "the password was hunter2"


@pytest.fixture
def browser_of(client, make_user):
    """A browser of somebody in a group."""

    def browser_of(group):
        user = make_user(group.lower(), is_staff=True)
        user.groups.add(Group.objects.get(name=group))
        client.force_login(user)
        return client

    return browser_of


def rows_of(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_file_has_what_the_filters_show_in_the_order_of_the_list(manager, make_issue, make_owner):
    make_issue(title="Second", priority=Priority.P1)
    make_issue(title="First", priority=Priority.P0, owner=make_owner("Olga Brandt"))
    make_issue(title="Not urgent", priority=Priority.P3)
    make_issue(title="Closed", priority=Priority.P0, status=Status.VALIDATED)

    found = rows_of(manager.get(CSV, {"priority": "urgent"}))

    assert [(row["Title"], row["Priority"], row["Owner"]) for row in found] == [
        ("First", "P0 (critical)", "Olga Brandt"),
        ("Second", "P1 (high)", ""),
    ]


def test_the_list_links_to_the_files_with_its_filters(manager):
    page = manager.get(LIST, {"priority": "urgent", "p": "0"}).text

    assert f'href="{CSV}?priority=urgent"' in page
    assert f'href="{XLSX}?priority=urgent"' in page


def test_a_workbook_has_the_same_rows_and_no_formula(manager, make_issue):
    make_issue(title="=cmd|'/c calc'!A1")

    book = load_workbook(io.BytesIO(b"".join(manager.get(XLSX).streaming_content)))

    title = book["Issues"]["B2"]
    assert (title.value, title.data_type) == ("=cmd|'/c calc'!A1", "s")


def test_a_filter_that_is_none_leads_back_to_the_list(manager):
    assert manager.get(CSV, {"nothing_like_this": "1"}).status_code in (302, 400)


@pytest.mark.parametrize(
    ("group", "plain", "with_text"), [("Engineer", 403, 403), ("Executive", 200, 403), ("Manager", 200, 200)]
)
def test_who_may_have_what(browser_of, make_issue, group, plain, with_text):
    make_issue(description=SECRET)
    browser = browser_of(group)

    assert (browser.get(CSV).status_code, browser.get(WITH_TEXT).status_code) == (plain, with_text)


def test_what_analyses_say_is_only_in_the_files_that_are_called_so(browser_of, make_issue, make_analysis):
    make_issue(description=SECRET, analysis=make_analysis(root_cause=SECRET))
    browser = browser_of("Manager")

    assert SECRET not in str(rows_of(browser.get(CSV)))
    assert str(rows_of(browser.get(WITH_TEXT))).count(SECRET) == 2


def test_amounts_are_only_for_those_who_may_see_the_revenue(viewer, make_issue):
    make_issue(revenue_at_risk=1234)
    viewer.user.user_permissions.add(*_rights("export_issue"))
    assert "1234.00" in str(rows_of(viewer.get(CSV)))

    viewer.user.user_permissions.remove(*_rights("view_revenueprofile"))
    assert "1234" not in str(rows_of(viewer.get(CSV)))


def _rights(*codenames):
    return Permission.objects.filter(codename__in=codenames)


def test_who_is_not_logged_in_is_asked_to(client):
    assert client.get(CSV).status_code == 302


def test_nothing_is_posted_to_it(manager):
    assert manager.post(CSV).status_code == 405


def test_a_workbook_of_too_many_issues_is_refused(manager, make_issue, monkeypatch):
    monkeypatch.setattr(issue_export, "MOST_XLSX", 1)
    make_issue()
    make_issue()

    response = manager.get(XLSX)

    assert response.status_code == 400
    assert "take the CSV" in response.text
    assert len(rows_of(manager.get(CSV))) == 2


def test_ten_times_the_issues_take_no_more_queries_by_thousand(manager, make_issue, django_assert_max_num_queries):
    for _ in range(30):
        make_issue()

    with django_assert_max_num_queries(12):
        assert len(rows_of(manager.get(CSV))) == 30
