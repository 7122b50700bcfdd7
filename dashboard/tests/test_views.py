"""The pages as a browser gets them: who may see which, what they say, where their links lead, what they cost."""

import json
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.layout import PAGES
from dashboard.metrics import filters
from dashboard.tests import example_rows
from tracker.choices import Priority, Status
from tracker.models import System

ADDRESSES = {page.key: "/" if page.key == "overview" else f"/{page.key}/" for page in PAGES}
INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son[a-z]+=[\"']|javascript:", re.IGNORECASE)
MOST_QUERIES = {
    "page": 7,
    "charts": 3,
}  # session, person, time zone; teams, systems, titles, whether anything is tracked
EVERY_PAGE = pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)


@pytest.fixture
def browser_of(make_user):
    """A browser of somebody in a group; of somebody who may do everything without one."""

    def log_in(group=None):
        client = Client()
        client.user = make_user((group or "mona").lower(), is_staff=True, is_superuser=group is None)
        if group:
            client.user.groups.add(Group.objects.get(name=group))
        client.force_login(client.user)
        return client

    return log_in


@pytest.fixture
def mona(browser_of):
    return browser_of()


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# who sees what


@EVERY_PAGE
def test_who_is_not_logged_in_is_asked_to_and_comes_back(client, db, address):
    response = client.get(f"{address}?period=week")

    assert response.status_code == 302
    assert response.url == f"/admin/login/?next={address}%3Fperiod%3Dweek"


@pytest.mark.parametrize("group", ["Executive", "Manager", "Auditor"])
@EVERY_PAGE
def test_executives_managers_and_auditors_see_every_page(browser_of, group, address):
    assert browser_of(group).get(address).status_code == 200


@pytest.mark.parametrize(
    ("page", "status"),
    [("board", 200), ("execution", 200), ("prevention", 403), ("value", 403), ("health", 403)],
)
@pytest.mark.parametrize("kind", ["/{}/", "/charts/{}/"])
def test_an_engineer_sees_the_board_and_execution_and_no_other_page(browser_of, page, status, kind):
    assert browser_of("Engineer").get(kind.format(page)).status_code == status


def test_the_first_page_is_the_first_that_one_may_see(browser_of, client, make_user):
    client.force_login(make_user("nemo", is_staff=True))

    assert browser_of("Engineer").get("/").url == "/board/"
    assert client.get("/").url == "/admin/"


def test_from_the_page_that_an_engineer_comes_to_the_start_page_is_one_click_away(browser_of):
    page = browser_of("Engineer").get("/board/")

    assert "Start page" in text(page)
    assert 'href="/admin/"' in page.content.decode()


def test_an_engineer_reads_no_amount_on_any_page_chart_or_file(browser_of, profile, make_issue, now):
    make_issue(deadline=now, created_at=now - timedelta(days=400))
    engineer = browser_of("Engineer")

    for address in ("/board/", "/execution/", "/charts/board/", "/charts/execution/"):
        assert "USD" not in engineer.get(address).content.decode(), address
    assert engineer.get("/charts/overview/exposure_trend.csv").status_code == 403


def test_pages_are_read_and_never_written_to(mona):
    assert [mona.post(address).status_code for address in ADDRESSES.values()] == [405] * len(ADDRESSES)


# what they say


def test_the_overview_answers_so_what(mona, profile, make_issue):
    now = timezone.now()
    late = make_issue(title="Orders are lost", priority=Priority.P0, deadline=now - timedelta(hours=9))

    page = mona.get("/")
    said = text(page)

    assert "Risk level: Critical" in said
    assert "P0 issues that are overdue by 8 hours or more: 1." in said
    assert re.search(r"What to do next.*Orders are lost.*waiting costs USD", said)
    assert re.search(r"The issues that put most at risk.*Orders are lost", said)
    assert [card.key.split(".")[0] for card in page.context["cards"]] == [
        *("revenue_at_risk", "revenue_protected", "remediation_cost", "on_time", "prevention_coverage")
    ]
    assert f"/admin/tracker/issue/{late.pk}/change/" in page.content.decode()


@EVERY_PAGE
def test_a_page_says_when_its_figures_are_from_and_what_they_are_compared_with(mona, address):
    said = text(mona.get(f"{address}?period=quarter"))

    assert re.search(r"As of \w{3} \d+ \w{3} \d{4}, \d\d:\d\d UTC .*, compared with ", said)


def test_times_are_those_of_the_viewers_zone(mona, make_owner):
    make_owner("Mona Reyes", user=mona.user, time_zone="Asia/Tokyo")

    assert re.search(r"As of [^·]+ JST", text(mona.get("/board/")))


@EVERY_PAGE
def test_an_empty_site_says_what_to_enter_and_leads_there(mona, address):
    page = mona.get(address)

    assert "No analysis was added yet" in text(page)
    assert '"/admin/tracker/analysis/add/"' in page.content.decode()
    assert '"/admin/tracker/revenueprofile/add/"' in page.content.decode()


def test_without_a_profile_the_overview_names_the_most_urgent_work(mona, make_issue, now):
    make_issue(title="Done already", priority=Priority.P0, status=Status.COMPLETED, deadline=now - timedelta(days=9))
    make_issue(title="Due later", priority=Priority.P0, deadline=now + timedelta(days=9000))
    make_issue(title="Late", priority=Priority.P0, deadline=now)

    said = text(mona.get("/")).partition("The most urgent until then:")[2]

    assert said.index("Late") < said.index("Due later") < said.index("Done already")


def test_the_risk_level_is_given_of_the_whole_site_and_of_no_system_alone(mona, profile, make_issue):
    make_issue(priority=Priority.P0)
    system = System.objects.create(name="till")

    assert "Risk level" in text(mona.get("/"))
    assert "Risk level" not in text(mona.get(f"/?system={system.pk}"))


def test_who_cannot_enter_the_revenue_is_told_whom_to_ask(browser_of, make_issue):
    make_issue()

    page = browser_of("Executive").get("/")

    assert "No revenue profile is in force, so no figure about money has a number. Nothing is assumed. Ask" in text(
        page
    )
    assert "/revenueprofile/add/" not in page.content.decode()


def test_hours_of_downtime_are_entered_where_they_are_missing(mona, profile):
    assert "/admin/dashboard/downtime/add/" in mona.get("/value/").content.decode()


def test_what_an_issue_is_called_is_shown_as_it_is_written(mona, profile, make_issue):
    make_issue(title="<script>alert(1)</script>", priority=Priority.P0)

    page = mona.get("/").content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_without_charts_the_tables_are_open_and_it_says_why(mona, make_issue, settings):
    settings.CHARTS_INSTALLED = False
    make_issue()

    page = mona.get("/board/").content.decode()

    assert "Charts are not installed on this machine" in page
    assert "<canvas" not in page
    assert "chart.umd" not in page
    assert "<details open>" in page


# filters


@pytest.mark.parametrize(
    "query", ["period=year", "team=x", "team=77", "system=77", "system=-1", "system=99999999999999999999"]
)
def test_an_address_that_asks_for_what_there_is_not_is_refused_in_a_sentence(mona, query):
    response = mona.get(f"/board/?{query}")

    assert response.status_code == 400
    assert "This address asks for something that there is not" in text(response)


@pytest.mark.parametrize("address", ["/charts/nowhere/", "/charts/nowhere/forecast.csv", "/charts/value/nothing.csv"])
def test_what_no_page_has_is_not_found(mona, address):
    assert mona.get(address).status_code == 404


def test_a_count_leads_to_a_list_of_as_many(mona, make_issue):
    make_issue()
    make_issue(status="completed")

    counts = {count.title: count for count in mona.get("/board/").context["counts"]}

    for count in counts.values():
        assert mona.get(count.url).context["cl"].result_count == count.number, count.title
    assert counts["Open work"].number == 1


def test_a_page_about_a_team_and_a_system_says_so_and_keeps_it_in_its_links(mona, make_owner, make_issue):
    lead = make_owner("Lena Moss", role="team_lead")
    issue = make_issue(title="Ours", owner=make_owner("Otto Kern", reports_to=lead), deadline=timezone.now())
    make_issue(title="Theirs", deadline=timezone.now())
    system = System.objects.create(name="till")
    issue.systems.add(system)

    page = mona.get(f"/board/?team={lead.pk}&system={system.pk}")
    html = page.content.decode()

    assert "team of Lena Moss" in text(page)
    assert "system till" in text(page)
    assert [row.title for row in page.context["issues"]] == ["Ours"]
    assert f"due=overdue&amp;team={lead.pk}&amp;system={system.pk}" in html
    assert f"/charts/board/?period=month&amp;team={lead.pk}&amp;system={system.pk}" in html


# links and costs


@EVERY_PAGE
def test_every_link_of_a_page_opens(mona, transactional_db, address):
    example_rows.write()

    hrefs = set(re.findall(r'href="(/[^"#]*)', mona.get(address).content.decode()))

    opened = {href: mona.get(href.replace("&amp;", "&")).status_code for href in hrefs if "/static/" not in href}
    assert {href: code for href, code in opened.items() if code != 200} == {}
    assert any("/admin/tracker/issue/" in href for href in opened)


@pytest.mark.parametrize("page", PAGES, ids=ADDRESSES)
@pytest.mark.parametrize("kind", ["page", "charts"])
def test_showing_figures_costs_few_queries_beyond_calculating_them(mona, page, kind):
    example_rows.write()
    address = ADDRESSES[page.key] if kind == "page" else f"/charts/{page.key}/"
    now = timezone.now()
    mona.get(address)

    with CaptureQueriesContext(connection) as calculated:
        page.read(now, filters.read({}, now, timezone.get_default_timezone()))
    with CaptureQueriesContext(connection) as shown:
        mona.get(address)

    assert len(shown) - len(calculated) <= MOST_QUERIES[kind], "\n".join(query["sql"][:160] for query in shown)


@EVERY_PAGE
def test_pages_keep_to_the_strict_policy(mona, profile, make_issue, address):
    make_issue(status=Status.BLOCKED)

    response = mona.get(address)

    assert "'unsafe" not in response["Content-Security-Policy"]
    assert INLINE.findall(response.content.decode()) == []


def test_every_chart_has_its_numbers_its_table_and_its_file(mona, db):
    example_rows.write()

    for page in PAGES:
        html = mona.get(ADDRESSES[page.key]).content.decode()
        data = json.loads(mona.get(f"/charts/{page.key}/").content)["charts"]
        drawn = set(re.findall(r'data-chart="([^"]+)"', html))
        files = [href.replace("&amp;", "&") for href in re.findall(r'href="(/charts/[^"]+\.csv[^"]*)"', html)]
        assert drawn <= set(data), page.key
        assert len(files) == len(data) == html.count("<figure "), page.key
        assert html.count('<div class="sideways"') == len(data)
        assert all(mona.get(href)["Content-Type"].startswith("text/csv") for href in files)
