"""/alerts/acknowledge/TOKEN/: the page behind a link in a message asks, and the click acknowledges."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from alerts import links
from alerts.choices import SilenceDoor, SilenceKind
from alerts.models import Silence
from tracker.choices import Priority

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def olga(make_owner):
    return make_owner("Olga <b>Brandt</b>")


@pytest.fixture
def alert(make_alert, make_issue, olga):
    issue = make_issue(owner=olga, priority=Priority.P0)
    return make_alert(issue=issue, sentence="The <i>pool</i> is late")


@pytest.fixture
def address(make_message, alert, olga, settings):
    message = make_message(recipient=olga, recipient_name=olga.name, planned_at=timezone.now() - HOUR)
    return links.acknowledge_url(message, alert).removeprefix(settings.SITE_URL)


@pytest.fixture
def browser():
    """Somebody who is not logged in."""
    return Client(enforce_csrf_checks=True)


def click(browser, address):
    """Press the button of the page as it was shown."""
    token = browser.get(address).context["csrf_token"]
    return browser.post(address, {"csrfmiddlewaretoken": token})


def test_looking_at_the_link_asks_and_changes_nothing(browser, address, alert):
    for method in (browser.get, browser.head):
        answer = method(address)
        assert answer.status_code == 200
    text = browser.get(address).text

    assert "Acknowledge this alert?" in text
    assert "The &lt;i&gt;pool&lt;/i&gt; is late" in text
    assert "Olga &lt;b&gt;Brandt" in text
    assert "no-store" in browser.get(address).headers["Cache-Control"]
    assert not Silence.objects.exists()


def test_the_click_acknowledges_for_the_usual_time_in_the_name_of_who_was_sent_the_link(browser, address, alert, olga):
    before = timezone.now()

    text = click(browser, address).text

    silence = alert.silences.get()
    assert (silence.kind, silence.door, silence.by_name) == (SilenceKind.ACKNOWLEDGED, SilenceDoor.LINK, olga.name)
    assert silence.by is None
    assert before + 8 * HOUR <= silence.until <= timezone.now() + 8 * HOUR, "a P0"
    assert "Nobody is told again until" in text


def test_a_link_works_once(browser, address, alert):
    click(browser, address)
    token = browser.cookies["csrftoken"].value

    again = browser.post(address, {"csrfmiddlewaretoken": token})

    assert again.status_code == 410
    assert "has been used already" in again.text
    assert alert.silences.count() == 1


def test_a_click_from_another_site_does_nothing(browser, address):
    assert browser.post(address).status_code == 403
    assert not Silence.objects.exists()


@pytest.mark.parametrize("spoil", [lambda at: f"{at[:-3]}x/", lambda at: at.replace("-", "--")], ids=["cut", "other"])
def test_a_link_that_is_not_ours_says_so(browser, address, spoil):
    answer = browser.get(spoil(address))

    assert answer.status_code == 410
    assert "This link is not one of ours" in answer.text


def test_an_old_link_says_so(browser, address):
    alert_messages = links.Message.objects
    alert_messages.update(planned_at=timezone.now() - timedelta(days=8))

    assert "older than 7 days" in browser.get(address).text


def test_an_alert_that_is_over_says_so(browser, address, alert, now):
    type(alert).objects.filter(pk=alert.pk).update(resolved_at=now)

    assert "The alert is over" in browser.get(address).text
    assert not Silence.objects.exists()


def test_an_alert_that_is_quiet_already_says_until_when(browser, address, alert, mona):
    mona.post(f"/admin/alerts/alert/{alert.pk}/silence/acknowledge/", {"hours": "8", "reason": ""})

    assert "It is quiet already" in click(browser, address).text
    assert alert.silences.count() == 1


def test_other_methods_are_refused(address):
    assert Client().put(address).status_code == 405
