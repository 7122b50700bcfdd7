"""Kept reports and subscriptions in the admin: who reads what."""

import pytest
from django.contrib.auth.models import Group, Permission

from dashboard.models import ReportSubscription, StoredReport
from dashboard.reports import formats, report
from dashboard.reports.keeping import keep
from dashboard.tests import example_site as site
from tracker.choices import Role

LIST = "/admin/dashboard/storedreport/"


@pytest.fixture
def browser_of(client, make_user):
    """A browser of somebody in a group."""

    def browser_of(group):
        client.user = make_user(group.lower(), is_staff=True)
        client.user.groups.add(Group.objects.get(name=group))
        client.force_login(client.user)
        return client

    return browser_of


@pytest.fixture
def stored(db):
    found = report.build("month", site.NOW)
    return keep(formats.write(found, "html", site.NOW), now=site.NOW)[0]


@pytest.mark.parametrize(
    ("group", "status"), [("Engineer", 403), ("Executive", 200), ("Manager", 200), ("Auditor", 200)]
)
def test_who_reads_reports(browser_of, stored, group, status):
    browser = browser_of(group)

    assert browser.get(f"{LIST}{stored.pk}/file/").status_code == status
    assert browser.get(LIST).status_code == status


def test_who_may_not_see_amounts_reads_no_report(browser_of, stored):
    browser = browser_of("Engineer")
    browser.user.user_permissions.add(Permission.objects.get(codename="view_storedreport"))

    assert browser.get(f"{LIST}{stored.pk}/file/").status_code == 403


def test_a_page_is_shown_under_a_policy_that_loads_nothing(browser_of, stored):
    response = browser_of("Executive").get(f"{LIST}{stored.pk}/file/")

    assert response.content == bytes(stored.content)
    assert response["Content-Security-Policy"].startswith("default-src 'none'")
    assert response["Content-Disposition"] == 'inline; filename="report-month-2026-11-30.html"'


def test_anything_else_is_downloaded(browser_of, db):
    found = report.build("month", site.NOW)
    stored = keep(formats.write(found, "json", site.NOW), now=site.NOW)[0]

    response = browser_of("Executive").get(f"{LIST}{stored.pk}/file/")

    assert response["Content-Disposition"] == 'attachment; filename="report-month-2026-11-30.json"'


def test_nobody_changes_or_deletes_a_report(manager_browser, stored):
    assert manager_browser.post(f"{LIST}{stored.pk}/change/").status_code == 405
    assert manager_browser.post(f"{LIST}{stored.pk}/delete/", {"post": "yes"}).status_code == 403
    assert StoredReport.objects.count() == 1


@pytest.fixture
def manager_browser(browser_of):
    return browser_of("Manager")


def test_the_list_costs_the_same_for_any_number_of_reports(manager_browser, django_assert_max_num_queries, stored):
    for number in range(30):
        StoredReport.objects.create(
            period="week", as_of=site.NOW, format="md", content=b"x", fingerprint=str(number), made_at=site.NOW
        )
    with django_assert_max_num_queries(10):
        assert manager_browser.get(LIST).status_code == 200


def test_only_who_may_see_reports_is_subscribed(manager_browser, make_owner, make_user):
    olga = make_owner("Olga", user=make_user("olga"))
    eva = make_owner("Eva", role=Role.EXECUTIVE)

    def add(owner):
        data = {"owner": owner.pk, "period": "month", "active": "on"}
        return manager_browser.post("/admin/dashboard/reportsubscription/add/", data)

    assert "Olga may not see reports" in add(olga).text
    assert add(eva).status_code == 302
    assert [row.owner for row in ReportSubscription.objects.all()] == [eva]


UNCONNECTED = "your account is not connected with one yet. An administrator connects them: Owners"
SUBSCRIPTIONS = "/admin/dashboard/reportsubscription/"


@pytest.mark.parametrize("group", ["Executive", "Auditor"])
def test_who_reads_reports_subscribes_themselves_and_nobody_else(browser_of, make_owner, group):
    browser, eva = browser_of(group), make_owner("Eva", role=Role.EXECUTIVE)
    refused = browser.get(f"{SUBSCRIPTIONS}add/")  # an account without an owner gets no mail
    assert (refused.status_code, UNCONNECTED in refused.text) == (403, True)
    assert UNCONNECTED in browser.get(SUBSCRIPTIONS).text
    me = make_owner("Mia", user=browser.user)
    other = ReportSubscription.objects.create(owner=eva, period="month")

    asked = {"owner": eva.pk, "period": "month", "active": "on"}
    assert UNCONNECTED not in browser.get(SUBSCRIPTIONS).text
    assert browser.post(f"{SUBSCRIPTIONS}add/", asked).status_code == 302
    mine = ReportSubscription.objects.exclude(pk=other.pk).get()
    assert (mine.owner, mine.period) == (me, "month")
    assert "change that one" in browser.post(f"{SUBSCRIPTIONS}add/", asked).text
    assert browser.post(f"{SUBSCRIPTIONS}{mine.pk}/change/", {"period": "quarter"}).status_code == 302
    assert browser.post(f"{SUBSCRIPTIONS}{other.pk}/change/", {"period": "quarter"}).status_code == 403
    assert browser.post(f"{SUBSCRIPTIONS}{other.pk}/delete/", {"post": "yes"}).status_code == 403
    assert browser.post(f"{SUBSCRIPTIONS}{mine.pk}/delete/", {"post": "yes"}).status_code == 302
    assert list(ReportSubscription.objects.all()) == [other]


def test_an_engineer_subscribes_to_nothing(browser_of, make_owner):
    browser = browser_of("Engineer")
    make_owner("Otto", user=browser.user)

    assert browser.get(f"{SUBSCRIPTIONS}add/").status_code == 403
    assert browser.get(SUBSCRIPTIONS).status_code == 403


def test_the_same_report_is_kept_once(stored):
    found = report.build("month", site.NOW)

    assert keep(formats.write(found, "html", site.NOW), now=site.NOW) == (stored, False)
    assert keep(formats.write(found, "md", site.NOW), now=site.NOW)[1]
