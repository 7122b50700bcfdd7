"""Every figure opens its rows, for who may see the figure: as many as it counts, and no text that the site hides."""

import re
from dataclasses import dataclass
from decimal import Decimal
from html import unescape

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.drilldown import rows_of
from dashboard.layout import PAGES
from dashboard.metrics.filters import read
from dashboard.metrics.sheet import Sheet
from dashboard.rows.catalogue import BEHIND
from dashboard.tests import example_rows
from dashboard.tests import example_site as site
from dashboard.value.figures import Unit
from tracker import amend
from tracker.choices import Door, Role
from tracker.models import Issue, Note, Owner, System

ADDRESSES = {page.key: "/" if page.key == "overview" else f"/{page.key}/" for page in PAGES}
LINK = re.compile(r'<a [^>]*href="(/[^"]*)"')
SECRET = "Nobody but managers reads this."
# How many rows a share, or a median, is made of is its sample; these are made of something else besides.
OTHER_SAMPLES = {"escape_rate", "prevention_coverage", "prevention_verified", "return", "incident_cost"}


@dataclass
class Walker:
    """Somebody who follows links."""

    client: Client
    user: User

    def rows(self, address: str) -> int:
        """How many rows there are at an address."""
        answer = self.client.get(address)
        assert answer.status_code == 200, address
        if "listings" in answer.context:
            listings = [each for each in answer.context["listings"] if each.key != "errors"]
            return sum(each.total for each in listings)
        return answer.context["cl"].paginator.count


@pytest.fixture
def written(db):
    with time_machine.travel(site.NOW, tick=False):
        story = example_rows.write()
        Note.objects.filter(hours__isnull=False).update(text=SECRET)
        yield story


@pytest.fixture
def executive(make_user):
    user = make_user("eva", is_staff=True)
    user.groups.add(Group.objects.get(name="Executive"))
    Owner.objects.create(name="Eva Sand", role=Role.EXECUTIVE, user=user)
    client = Client()
    client.force_login(user)
    return Walker(client, user)


def parts(written):
    lead = Owner.objects.get(name="Bo Lind")
    return ["", f"?team={lead.pk}", f"?system={System.objects.get(name='checkout').pk}", "?period=week"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.key)
def test_an_executive_opens_the_rows_of_every_figure_and_there_are_as_many_as_it_counts(page, written, executive):
    for part in parts(written):
        answer = executive.client.get(ADDRESSES[page.key] + part)
        sheet: Sheet = answer.context["sheet"]
        shown = {each.key: each for each in answer.context["cards"]}
        shown |= {each.key: each for table in answer.context["tables"] for each in table.figures}
        for key, each in shown.items():
            assert each.rows, f"{key} opens nothing"
            number, figure = executive.rows(each.rows.url), sheet.figures[key]
            if figure.unit == Unit.COUNT:
                assert number == figure.value, (key, part)
            elif figure.sample is not None and key.partition(".")[0] not in OTHER_SAMPLES:
                assert number == figure.sample, (key, part)
        for count in answer.context["counts"]:
            assert executive.rows(count.url) == count.number, (count, part)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.key)
def test_an_executive_opens_the_rows_of_every_label_of_a_chart_and_of_every_owner(page, written, executive):
    for part in parts(written):
        answer = executive.client.get(ADDRESSES[page.key] + part)
        for series in answer.context["sheet"].series:
            for place, url in enumerate(series.links):
                number = executive.rows(url) if url else None
                if number is not None and series.unit == Unit.COUNT:
                    told = sum((line.values[place] for line in series.lines), Decimal(0))
                    assert number == told, (series.key, series.labels[place], part)
        for load in (*answer.context["owners"], *answer.context["teams"]):
            assert not load.url or executive.rows(load.url) == load.open, (load, part)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.key)
def test_no_link_of_a_page_leads_an_executive_before_a_closed_door(page, written, executive):
    content = executive.client.get(ADDRESSES[page.key]).content.decode()

    for address in {unescape(found).partition("#")[0] for found in LINK.findall(content)}:
        assert executive.client.get(address, follow=True).status_code == 200, address


def test_the_cost_opens_hours_persons_and_amounts_and_no_text_of_a_note(written, executive):
    page = executive.client.get("/rows/remediation_cost/")
    content = page.content.decode()

    notes, estimated = page.context["listings"]
    assert "at USD 120.00 an hour" in notes.told
    assert sum(1 for _ in Note.objects.filter(hours__isnull=False)) == notes.total > 0
    assert SECRET not in content
    assert estimated.total > 0
    cost = executive.client.get("/value/").context["sheet"].figures["remediation_cost"].value
    assert (
        sum(Decimal(re.search(r"USD ([\d,.]+)\.$", each.told)[1].replace(",", "")) for each in (notes, estimated))
        == cost
    )


def test_a_stream_opens_the_issues_that_threaten_it_alone(written, executive):
    shop = executive.client.get("/admin/tracker/issue/", {"stream": "Shop"}).context["cl"].queryset
    checkout, billing = (System.objects.get(name=name) for name in ("checkout", "billing"))

    alone = [issue for issue in Issue.objects.live() if set(issue.systems.all()) == {billing}]
    others = [issue for issue in Issue.objects.live() if checkout in issue.systems.all() or not issue.systems.exists()]
    assert alone
    assert others
    assert {issue.pk for issue in shop} == {issue.pk for issue in others}
    assert executive.rows("/admin/tracker/issue/?stream=Nothing") == 0
    figure = executive.client.get("/value/").context["sheet"].figures["revenue_at_risk.stream.Shop"]
    asked = read({}, site.NOW, site.NOW.tzinfo)
    assert rows_of(figure, asked, executive.user).url == "/admin/tracker/issue/?stream=Shop"


def test_rows_are_for_who_may_see_the_figure(written, make_user):
    engineer = make_user("otto", is_staff=True)
    engineer.groups.add(Group.objects.get(name="Engineer"))
    client = Client()
    client.force_login(engineer)

    def status(key):
        return client.get(f"/rows/{key}/").status_code

    assert [status(key) for key in ("remediation_cost", "escalations.1", "availability")] == [403] * 3
    assert [status(key) for key in ("on_time.original.P0", "conversion", "hours_to_complete.median.P1")] == [200] * 3
    assert Client().get("/rows/conversion/").status_code == 302


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/rows/nonsense/", 404),
        ("/rows/on_time/", 404),
        ("/rows/on_time.original.P9/", 404),
        ("/rows/availability/?span=2026-13", 400),
        ("/rows/availability/?span=9999-12-31", 400),
        ("/rows/availability/?span=x", 400),
        ("/rows/availability/?span=0001-01", 400),
        ("/rows/availability/?span=1969-12", 400),
        ("/rows/availability/?period=year", 400),
        ("/rows/availability/?checks=9999", 200),
        ("/rows/availability/?span=2026-11", 200),
    ],
)
def test_an_address_of_no_rows_is_answered_in_words(address, status, written, executive):
    assert executive.client.get(address).status_code == status


def test_pages_of_many_rows_follow_each_other_and_cost_the_same(written, executive, make_issue, now):
    issue = written.issues[1]

    def queries(address):
        with CaptureQueriesContext(connection) as captured:
            page = executive.client.get(address)
        return len(captured), page

    few, _ = queries("/rows/remediation_cost/")
    for _ in range(120):
        hand = {"actor": None, "door": Door.COMMAND, "now": site.NOW}
        amend.add_note(issue.pk, "More.", kind="progress", hours=Decimal(1), **hand)
    many, page = queries("/rows/remediation_cost/?team=&notes=2")

    notes = page.context["listings"][0]
    assert many == few
    assert (notes.page, notes.pages, len(notes.rows)) == (2, -(-notes.total // 50), 50)
    assert notes.later == "?team=&notes=3"
    assert executive.client.get("/rows/remediation_cost/" + notes.later).context["listings"][0].page == 3


def test_every_kind_of_rows_has_parts_that_answer(written, executive):
    for kind, behind in BEHIND.items():
        for part in behind.parts:
            address = f"/rows/{kind}.{part}/" if part else f"/rows/{kind}/"
            assert executive.client.get(address).status_code == 200, address
