"""The documentation of the API and its tokens as a person meets them in Chromium."""

import os
import re
from pathlib import Path

import pytest
import requests
from django.contrib.auth.models import Group
from django.utils import timezone

from remediation_site.api import tokens
from remediation_site.api.scopes import Scope
from remediation_site.models import ApiToken
from tracker.choices import Door
from tracker.tests import test_admin_browser as browser

pytestmark = browser.pytestmark
chromium, open_page = browser.chromium, browser.open_page
expect = browser.sync_api.expect
LIST = "/admin/remediation_site/apitoken/"


@pytest.fixture
def mona(make_user):
    Group.objects.get_or_create(name="Engineer")
    return make_user("mona", is_staff=True, is_superuser=True)


@pytest.fixture
def addresses(mona):
    by = {"creator": mona, "door": Door.ADMIN, "now": timezone.now()}
    token, _ = tokens.create(mona, name=f"laptop {browser.LONG_WORD}"[:80], scopes=list(Scope), **by)
    return ("/api/v1/docs", LIST, f"{LIST}add/", f"{LIST}{token.pk}/change/")


def keep(page, name):
    """Keep a picture of the page for whoever wants to look at it, in the folder that the variable names."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_nothing_scrolls_sideways_and_everything_has_a_name_and_contrast(addresses, open_page):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = open_page(size=browser.NARROW, bypass_csp=True)  # what examines the page styles it

    for number, address in enumerate(addresses):
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            keep(page, f"api-{number}-{scheme}")
            found = axe.run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]}).response["violations"]
            told = "\n".join(f"{rule['id']}: {node['html'][:300]}" for rule in found for node in rule["nodes"][:3])
            assert told == "", (address, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= browser.NARROW["width"], address


def test_a_person_makes_a_token_sees_it_once_and_ends_it(mona, open_page, live_server):
    page = open_page(LIST)
    page.get_by_role("link", name="Add API token").first.click()
    page.get_by_label("Name").fill("laptop")
    page.get_by_label("Read issues").check()
    page.get_by_role("button", name="Make the token").click()
    secret = page.locator("code.secret").inner_text()
    keep(page, "api-made")

    ask = {"url": f"{live_server.url}/api/v1/issues", "headers": {"Authorization": f"Bearer {secret}"}, "timeout": 20}
    assert requests.get(**ask).status_code == 200
    page.goto(LIST)
    assert secret not in page.content()
    page.get_by_role("link", name="laptop").click()
    page.get_by_role("button", name="Revoke it at once").click()
    expect(page.get_by_text("opens nothing any more")).to_be_visible()
    assert requests.get(**ask).status_code == 401


def test_a_manager_makes_a_token_of_a_service(mona, open_page):
    page = open_page(f"{LIST}add/")
    page.get_by_label("Name", exact=True).fill("pipeline")
    page.get_by_label("Report test results").check()
    page.get_by_label("Service").fill("ci")
    page.get_by_role("button", name="Make the token").click()
    expect(page.locator(".errornote")).to_contain_text("name the group whose rights it gets")
    page.get_by_label("Group").select_option("Engineer")
    page.get_by_role("button", name="Make the token").click()

    assert re.fullmatch(tokens.SHAPE, page.locator("code.secret").inner_text())
    assert tokens.is_service(ApiToken.objects.get().user)
