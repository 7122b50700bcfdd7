"""The pages as a person meets them in Chromium: narrow and wide, by day and by night, on paper, checked by axe."""

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as site_settings
from django.utils import timezone

from dashboard import ledger
from dashboard.layout import PAGES
from dashboard.models import MetricSnapshot
from tracker.choices import Priority, Status
from tracker.models import RevenueProfile, System
from tracker.tests import test_admin_browser as browser

pytestmark = browser.pytestmark
chromium, open_page = browser.chromium, browser.open_page
expect = browser.sync_api.expect

LONG = browser.LONG_WORD
ROWS = "/rows/on_time.original.all/"  # as wide as pages of rows are
ADDRESSES = (*("/" if page.key == "overview" else f"/{page.key}/" for page in PAGES), "/formulas/", ROWS)
MOST_BYTES = 300_000  # of everything that a page loads, as it is before it is compressed
drawn = pytest.mark.skipif(not site_settings.CHARTS_INSTALLED, reason="Chart.js is not installed: make charts")
INK = """(canvas) => {
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    let ink = 0;
    for (let place = 3; place < data.length; place += 4) ink += data[place] > 0;
    return ink / (data.length / 4);
}"""


LOADED = """() => ['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind))
    .map((entry) => [entry.name, entry.decodedBodySize])"""


@pytest.fixture
def site(make_user, make_owner, make_analysis, make_issue):
    """A site with money, late work, long words, validated fixes and figures of the past."""
    now = timezone.now()
    mona = make_user("mona", is_staff=True, is_superuser=True)
    profile = RevenueProfile.objects.create(
        effective_on=now.date() - timedelta(days=90), currency="USD", mrr=60_000, hourly_rate=120
    )
    till = System.objects.create(name=f"Till {LONG}"[:100])
    profile.streams.create(name=f"Shop {LONG}"[:100], mrr=60_000).systems.add(till)
    lead = make_owner("Lena Moss", role="team_lead", user=mona)
    owners = (None, make_owner("Otto Kern", reports_to=lead), make_owner(f"Ida {LONG}"))
    analysis = make_analysis(imported_at=now - timedelta(days=20))
    for number, status in enumerate(Status):
        opened = now - timedelta(days=20)
        issue = make_issue(
            title=f"Replace the printer of till {number} {LONG if number % 3 == 1 else ''}",
            priority=list(Priority)[number % 4],
            status=status,
            owner=owners[number % 3],
            analysis=analysis,
            deadline=now + timedelta(hours=30 * number - 100),
            original_deadline=now + timedelta(hours=30 * number - 100),
            **dict.fromkeys(("created_at", "updated_at", "worked_at"), opened),
            status_since=now - timedelta(days=1),
        )
        issue.systems.add(till)
        issue.changes.create(new_status=Status.IDENTIFIED, at=opened, actor_name="mona", door="admin")
        step = {"old_status": Status.IDENTIFIED, "new_status": status, "actor_name": "mona", "door": "admin"}
        issue.changes.create(at=now - timedelta(days=1), **step)
    ledger.record(now)
    monday = now.date() - timedelta(days=now.weekday())
    for week in range(1, 9):
        MetricSnapshot.objects.create(
            day=monday - timedelta(days=7 * week - 6),
            key="revenue_at_risk",
            unit="money a month",
            value=9000 + 500 * week,
            taken_at=now,
        )


def keep(page, name):
    """Keep a picture of the page for whoever wants to look at it, in the folder that the variable names."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"dashboard-{name}.png", full_page=True)


def name_of(address):
    return address.strip("/") or "overview"


def settled(page):
    """Wait until every chart of the page is drawn."""
    expect(page.locator("[data-picture][hidden]")).to_have_count(0)
    page.wait_for_timeout(300)  # the bars have grown


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_scrolls_sideways_on_a_narrow_screen(site, open_page, scheme):
    page = open_page(size=browser.NARROW, scheme=scheme)

    for address in ADDRESSES:
        page.goto(address)
        settled(page)
        keep(page, f"{name_of(address)}-narrow-{scheme}")
        beyond = page.evaluate(
            """() => [...document.querySelectorAll('main *, header *, nav *')]
                 .filter((part) => part.checkVisibility() && part.getBoundingClientRect().right > innerWidth + 1
                         && !part.closest('pre, select, .sideways, .formula table'))
                 .map((part) => part.outerHTML.slice(0, 160))"""
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= browser.NARROW["width"], address
        assert beyond == [], address


@pytest.mark.parametrize("address", ADDRESSES, ids=name_of)
def test_contrast_names_and_structure_satisfy_wcag_aa_by_day_and_by_night(site, open_page, address):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = open_page(address, bypass_csp=True)  # what examines the page styles it
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        settled(page)
        found = axe.run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]})
        told = "\n".join(
            f"{rule['id']}: {node['html'][:300]}" for rule in found.response["violations"] for node in rule["nodes"][:3]
        )
        keep(page, f"{name_of(address)}-wide-{scheme}")
        assert told == "", scheme


@drawn
@pytest.mark.parametrize("address", ADDRESSES[:-2], ids=name_of)
def test_charts_are_drawn_and_the_page_stays_light(site, open_page, live_server, address):
    page = open_page(address)
    settled(page)

    canvases = page.locator("canvas[data-chart]").all()
    loaded = dict(page.evaluate(LOADED))
    assert all(canvas.evaluate(INK) > 0.01 for canvas in canvases)
    assert all(canvas.get_attribute("aria-label") for canvas in canvases)
    assert canvases
    assert all(url.startswith(live_server.url) for url in loaded)
    assert sum(loaded.values()) < MOST_BYTES, loaded


@drawn
def test_a_chart_follows_the_switch_of_light_and_dark(site, open_page):
    page = open_page("/board/")
    settled(page)
    canvas = page.locator("canvas[data-chart]").first
    by_day = canvas.evaluate("(canvas) => canvas.toDataURL()")

    page.locator(".theme-toggle").click()
    page.wait_for_timeout(500)

    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert canvas.evaluate("(canvas) => canvas.toDataURL()") != by_day


@drawn
def test_a_chart_is_taken_home_as_a_picture_and_as_a_file(site, open_page):
    page = open_page("/")
    settled(page)
    chart = page.locator("#chart-by_status")

    with page.expect_download() as picture:
        chart.get_by_role("button", name="PNG").click()
    with page.expect_download() as file:
        chart.get_by_role("link", name="CSV").click()

    assert Path(picture.value.path()).read_bytes().startswith(b"\x89PNG")
    assert re.fullmatch(r"by_status-\d{4}-\d\d-\d\d\.png", picture.value.suggested_filename)
    assert "Identified,1" in Path(file.value.path()).read_text(encoding="utf-8-sig")


@drawn
def test_a_chart_that_cannot_be_drawn_leaves_its_table(site, open_page):
    page = open_page("/formulas/")
    page.route("**/charts/board/**", lambda route: route.fulfill(status=200, body="{}"))

    page.goto("/board/")

    failed = page.locator("#chart-by_team .failed")
    expect(failed).to_be_visible()
    expect(page.locator("#chart-by_team table")).to_be_visible()


def test_on_paper_there_is_no_navigation_and_the_tables_are_open(site, open_page):
    page = open_page("/", scheme="dark")
    settled(page)

    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    keep(page, "overview-printed")

    expect(page.locator(".tasks").last).to_be_hidden()
    expect(page.locator("form.narrow-by")).to_be_hidden()
    expect(page.locator("#chart-by_status table")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pdf().startswith(b"%PDF")


def test_a_page_is_narrowed_by_keyboard(site, open_page):
    page = open_page("/board/")

    page.get_by_label("Team of").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Show").press("Enter")

    expect(page.locator(".as-of")).to_contain_text("team of Lena Moss")
    page.get_by_role("link", name="the whole site").click()
    expect(page.locator(".as-of")).not_to_contain_text("team of")


def test_admin_and_dashboard_lead_to_each_other(site, open_page):
    page = open_page("/admin/")

    page.get_by_role("link", name="Overview").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    page.locator(".issue-rows tbody a").first.click()

    assert "/admin/tracker/issue/" in page.url
