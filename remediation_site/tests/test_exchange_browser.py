"""Calendar and import as a person meets them in Chromium, on a narrow screen and checked by axe."""

import pytest

from tracker.models import Issue
from tracker.tests import test_admin_browser as browser

pytestmark = browser.pytestmark
chromium, open_page = browser.chromium, browser.open_page
LONG, expect = browser.LONG_WORD, browser.sync_api.expect


@pytest.fixture
def check():
    """Fail where a page is wider than the screen, or where axe finds something."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()

    def check(page):
        assert page.evaluate("document.documentElement.scrollWidth") <= browser.NARROW["width"]
        assert [found["id"] for found in axe.run(page).response["violations"]] == []

    return check


def test_a_person_makes_and_ends_a_calendar_address_and_imports_a_table(make_user, open_page, check, tmp_path):
    make_user("mona", is_staff=True, is_superuser=True)
    page = open_page("/calendar/", size=browser.NARROW)
    page.get_by_role("button", name="Make an address").click()
    assert page.get_by_label("Address").input_value().endswith(".ics")
    check(page)
    page.get_by_role("button", name="End the address").click()
    expect(page.get_by_text("does not work any more")).to_be_visible()

    table = tmp_path / "plan.csv"
    rows = [f"Replace {LONG} {number},P1,2030-04-0{number}" for number in range(1, 6)]
    table.write_text("\n".join(["Title,Priority,Deadline", *rows, f"{LONG * 2},P1,03/04/2030"]), encoding="utf-8")
    page.goto("/admin/tracker/issue/import/")
    check(page)
    page.set_input_files("input[type=file]", table)
    page.get_by_role("button", name="Show what it would do").click()
    expect(page.get_by_role("button", name="Do exactly this")).to_be_visible()
    check(page)
    assert Issue.objects.count() == 0
    page.get_by_role("button", name="Do exactly this").click()

    expect(page.get_by_text("The table is imported: 5 created")).to_be_visible()
    assert Issue.objects.count() == 5
