"""One-time links: what they name, and why they name nothing."""

from datetime import timedelta

import pytest

from alerts import links
from alerts.choices import Level, SilenceDoor
from alerts.models import Message
from alerts.silences import acknowledge
from alerts.stepping import take_steps

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(open_alert, line, now):
    """The message by which an owner was told of an alert, and that alert."""
    alert = open_alert(owner=line[Level.OWNER])
    take_steps(now)
    return Message.objects.get(), alert


def token_of(url):
    return url.rstrip("/").rpartition("/")[2]


def test_a_link_leads_to_the_site_and_names_the_alert_and_who_was_told(told, now, settings):
    settings.SITE_URL = "https://issues.example.org"
    message, alert = told

    url = links.acknowledge_url(message, alert)
    named = links.read(token_of(url), now)

    assert url.startswith("https://issues.example.org/alerts/acknowledge/")
    assert (named.alert, named.name, named.link) == (alert, "Olga Brandt", f"{message.pk}-{alert.pk}")


def test_a_message_has_the_same_link_in_every_try(told):
    assert links.acknowledge_url(*told) == links.acknowledge_url(*told)


def test_what_many_read_has_no_link(told):
    message, alert = told
    message.recipient = None

    assert links.acknowledge_url(message, alert) == ""


def test_a_link_that_was_used_says_by_whom(told, now):
    token = token_of(links.acknowledge_url(*told))
    named = links.read(token, now)
    acknowledge(named.alert.pk, actor=None, name=named.name, link=named.link, door=SilenceDoor.LINK, now=now)

    assert links.read(token, now) == "This link has been used already: the alert was acknowledged by Olga Brandt."


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda token: "", id="nothing"),
        pytest.param(lambda token: token[:-1], id="cut off"),
        pytest.param(lambda token: "9" + token, id="another message"),
        pytest.param(lambda token: token.upper(), id="in capitals"),
        pytest.param(lambda token: "é" * 9000, id="long and strange"),
        pytest.param(lambda token: "1-2", id="without a signature"),
    ],
)
def test_what_is_no_link_of_ours_names_nothing(change, told, now):
    assert links.read(change(token_of(links.acknowledge_url(*told))), now) == links.UNKNOWN


def test_a_link_is_good_for_a_week(told, now):
    token = token_of(links.acknowledge_url(*told))

    assert isinstance(links.read(token, now + timedelta(days=7, seconds=-1)), links.Named)
    assert "older than 7 days" in links.read(token, now + timedelta(days=7))


def test_a_link_of_somebody_whose_account_is_off_acknowledges_nothing(told, line, make_user, now):
    olga = line[Level.OWNER]
    olga.user = make_user("olga", is_active=False)
    olga.save()

    assert "switched off" in links.read(token_of(links.acknowledge_url(*told)), now)


def test_a_link_to_what_was_deleted_says_so(told, now):
    message, alert = told
    token = token_of(links.acknowledge_url(message, alert))
    alert.delete()

    assert "not there any more" in links.read(token, now)


def test_a_link_signed_with_the_key_before_is_read(told, now, settings):
    token = token_of(links.acknowledge_url(*told))
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another " * 9, [settings.SECRET_KEY]

    assert isinstance(links.read(token, now), links.Named)
