"""The pages of alerts as a person meets them in Chromium: narrow and wide, by day and by night, checked by axe."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from alerts import links
from alerts.choices import Level, MessageState, Severity, SilenceDoor, SilenceKind
from alerts.models import AlertSettings, Channel, EscalationPolicy, QuietHours, Silence, Tick
from tracker.choices import Priority
from tracker.tests import test_admin_browser as browser

pytestmark = browser.pytestmark
chromium, open_page = browser.chromium, browser.open_page
expect = browser.sync_api.expect

LONG = browser.LONG_WORD
HOUR = timedelta(hours=1)
PAGES = (
    *("/admin/alerts/alert/", "/admin/alerts/alert/?state=ended", "/admin/alerts/alert/?q=nothing"),
    *("/admin/alerts/alert/{alert}/change/", "/admin/alerts/message/", "/admin/alerts/message/{message}/change/"),
    *("/admin/alerts/escalationpolicy/", "/admin/alerts/escalationpolicy/{policy}/change/"),
    *("/admin/alerts/channel/", "/admin/alerts/channel/{channel}/change/", "/admin/alerts/channel/add/"),
    *("/admin/alerts/quiethours/", "/admin/alerts/quiethours/add/", "/admin/alerts/alertsettings/"),
    *("/admin/alerts/tick/", "/admin/alerts/alert/{alert}/silence/snooze/", "{link}"),
    *("/alerts/health/", "/admin/", "/admin/tracker/issue/{issue}/change/"),
)


@pytest.fixture
def policy(db):
    """The rows that migrations lay down, which a test with real transactions takes away behind it."""
    email, _ = Channel.objects.get_or_create(name="E-mail", defaults={"kind": "email"})
    AlertSettings.objects.get_or_create(pk=1)
    policy, new = EscalationPolicy.objects.get_or_create(priority=Priority.P0)
    for level in Level if new else ():
        policy.steps.create(level=level, after_hours=level * 4, repeat_hours=4).channels.add(email)
    return policy


@pytest.fixture
def site(policy, make_user, make_owner, make_issue, make_alert, make_message, make_channel, tell, settings):
    """A site where much is wrong, some of it long; the ids of its rows by name."""
    now = timezone.now()
    owner = make_owner(
        "Mona Reyes", user=make_user("mona", is_staff=True, is_superuser=True), time_zone="Europe/Berlin"
    )
    issue = make_issue(title=f"Replace the thermostat {LONG}", priority=Priority.P0, owner=owner)
    alert = make_alert(
        issue=issue,
        sentence=f"Replace the thermostat {LONG} is past its deadline",
        severity=Severity.EMERGENCY,
        opened_at=now - 9 * HOUR,
        anchor_at=now - 9 * HOUR,
        next_step_at=now + 2 * HOUR,
    )
    tell(alert, Level.OWNER, who="Mona Reyes", recipient=owner, at=now - 9 * HOUR)
    tell(alert, Level.TEAM_LEAD, who="Lee Okafor", at=now - 5 * HOUR, state=MessageState.DEAD, answer=f"550 {LONG}")
    tell(alert, Level.MANAGEMENT, who="", at=now - HOUR)
    message = alert.deliveries.order_by("pk").last().message
    silence = {"by_name": "mona", "door": SilenceDoor.ADMIN, "at": now - 8 * HOUR, "until": now - 7 * HOUR}
    Silence.objects.create(alert=alert, kind=SilenceKind.SNOOZED, reason=f"It waits for {LONG}", **silence)
    for severity in Severity:
        make_alert(severity=severity, opened_at=now - 30 * HOUR, next_step_at=now + 30 * HOUR)
    make_alert(severity=Severity.CRITICAL, silenced_until=now + 3 * HOUR)
    make_alert(resolved_at=now, resolution="The issue is completed.")
    make_message(state=MessageState.RETRY, due_at=now + HOUR, answer="429 Too Many Requests")
    make_message(state=MessageState.PLANNED, due_at=now + 9 * HOUR, held=True)
    channel = make_channel(f"Chat {LONG}"[:80], kind="slack_webhook", secret_variable="SLACK_WEBHOOK_URL")
    QuietHours.objects.create(owner=owner, weekday=0, starts="22:00", ends="07:00")
    Tick.objects.create(at=now - HOUR, finished_at=now - HOUR, opened=3)
    Tick.objects.create(at=now, error=f"OperationalError {LONG}")
    return {
        "alert": alert.pk,
        "message": message.pk,
        "policy": policy.pk,
        "channel": channel.pk,
        "issue": issue.pk,
        "link": links.acknowledge_url(
            make_message(recipient=owner, recipient_name=owner.name, planned_at=now), alert
        ).removeprefix(settings.SITE_URL),
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_scrolls_sideways_on_a_narrow_screen(site, open_page, scheme):
    page = open_page(size=browser.NARROW, scheme=scheme)

    for number, address in enumerate(PAGES):
        page.goto(address.format(**site))
        keep(page, f"{number:02}-narrow-{scheme}")
        beyond = page.evaluate(
            """() => [...document.querySelectorAll('main *, header *, nav *')]
                 .filter((part) => part.checkVisibility() && part.getBoundingClientRect().right > innerWidth + 1
                         && !part.closest('pre, select, .selector'))
                 .map((part) => part.outerHTML.slice(0, 120))"""
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= browser.NARROW["width"], address
        assert beyond == [], address


def keep(page, name):
    """Keep a picture of the page for whoever wants to look at it, in the folder that the variable names."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("address", PAGES)
def test_contrast_names_and_structure_satisfy_wcag_aa_by_day_and_by_night(site, open_page, address):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = open_page(address.format(**site), bypass_csp=True)  # what examines the page styles it

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = axe.run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]}).response["violations"]
        told = "\n".join(f"{rule['id']}: {node['html'][:300]}" for rule in found for node in rule["nodes"][:3])
        keep(page, f"{PAGES.index(address):02}-wide-{scheme}")
        assert told == "", scheme


def test_an_alert_is_acknowledged_and_snoozed_where_it_is_shown(site, open_page):
    page = open_page(f"/admin/alerts/alert/{site['alert']}/change/")
    head = page.locator(".head")

    page.locator("#id_acknowledge_hours").fill("2")
    page.get_by_role("button", name="Acknowledge").click()
    expect(head).to_contain_text("Quiet")
    page.get_by_role("button", name="End it").click()
    expect(head).to_contain_text("Open")
    page.get_by_text("Snooze", exact=True).first.click()
    page.locator("#id_snooze_hours").fill("3")
    page.locator("#id_snooze_reason").fill("The part comes tomorrow")
    page.get_by_role("button", name="Snooze").click()

    expect(page.locator("#silences")).to_contain_text("The part comes tomorrow")
    expect(head).to_contain_text("Quiet")


def test_a_click_on_the_page_behind_a_link_acknowledges_without_logging_in(site, open_page):
    page = open_page(site["link"], login=False, size=browser.NARROW)

    page.get_by_role("button", name="Acknowledge").click()

    expect(page.get_by_role("heading")).to_have_text("Acknowledged")
    assert Silence.objects.filter(alert=site["alert"], door=SilenceDoor.LINK).exists()
