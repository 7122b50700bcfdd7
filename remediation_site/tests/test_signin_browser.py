"""The pages of signing in as a person meets them in Chromium: narrow and wide, by day and by night, checked by axe."""

import base64
import os
from pathlib import Path

import pytest
from django_otp.oath import totp

from remediation_site.models import SecondFactor
from remediation_site.signin import second_factor
from tracker.tests import test_admin_browser as browser

pytestmark = browser.pytestmark
chromium, open_page = browser.chromium, browser.open_page
expect = browser.sync_api.expect
axe = pytest.importorskip("axe_playwright_python.sync_playwright")


@pytest.fixture
def mona(make_user):
    return make_user("mona", is_staff=True, is_superuser=True)


def code_of(user) -> str:
    key = second_factor.key_of(SecondFactor.objects.get(user=user))
    return f"{totp(base64.b32decode(key)):06d}"


def keep(page, name):
    """Keep a picture of the page for whoever wants to look at it, in the folder that the variable names."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def looks_right(page) -> None:
    """Nothing is wider than the screen, and axe finds nothing."""
    width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width[0] <= width[1], f"{page.url} is wider than its screen"
    found = axe.Axe().run(page).response["violations"]
    assert [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found] == [], page.url


@pytest.mark.parametrize(("size", "scheme"), [(browser.NARROW, "light"), (browser.WIDE, "dark")])
def test_somebody_sets_up_two_factor_login_and_logs_in_with_it(open_page, mona, settings, size, scheme):
    settings.OIDC_ISSUER, settings.OIDC_NAME = "https://id.example.org", "the company account"
    page = open_page("/login/second-factor/", size=size, scheme=scheme)
    looks_right(page)
    page.get_by_label("Your password").fill("pass")
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_alt_text("QR code of the key below")).to_be_visible()
    assert page.evaluate("document.querySelector('img.qr').naturalWidth") > 0, "the policy lets it be drawn"
    looks_right(page)
    keep(page, f"second-factor-{scheme}")
    page.get_by_label("The six digits that the app shows now").fill(code_of(mona))
    page.get_by_role("button", name="Switch it on").click()
    recovery = page.locator(".recovery-codes code").first.inner_text()
    looks_right(page)
    keep(page, f"codes-{scheme}")
    page.get_by_role("link", name="I have kept them").click()
    page.goto("/login/second-factor/")
    looks_right(page)

    page.context.clear_cookies()
    page.goto("/board/")
    looks_right(page)
    expect(page.get_by_role("link", name="Log in with the company account")).to_be_visible()
    page.get_by_label("Username").fill("mona")
    page.get_by_label("Password").fill("pass")
    page.get_by_role("button", name="Log in").click()
    looks_right(page)
    keep(page, f"code-{scheme}")
    page.get_by_label("Code:").fill(recovery)
    page.get_by_role("button", name="Log in").click()

    page.wait_for_url("**/board/")
    page.goto("/admin/remediation_site/secondfactor/")
    looks_right(page)
    page.goto("/admin/axes/accessattempt/")
    looks_right(page)
