"""Which messages are forgotten, and which stay however old they are."""

from datetime import timedelta

import pytest

from alerts import mailings, retention
from alerts.choices import ChannelKind, MessageKind, MessageState
from alerts.models import Alert, Delivery, Enclosure, Message
from alerts.tests.sending import NOW, make_alert, make_channel, make_message

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def kept_days(settings):
    settings.KEEP_MESSAGE_DAYS = 200


@pytest.fixture
def message():
    """Make a message of so many days ago, about an alert that is over unless told otherwise."""
    channel = make_channel(ChannelKind.LOG)

    def make(days: int, state=MessageState.SENT, **alert) -> Message:
        at = NOW - days * DAY
        over = {"resolved_at": at, "resolution_told": True, "opened_at": at, "anchor_at": at} | alert
        times = {"planned_at": at, "due_at": at, "tried_at": at}
        times |= {"sent_at": at} if state == MessageState.SENT else {}
        times |= {"leased_until": at} if state == MessageState.LEASED else {}
        return make_message(channel, make_alert(**over), state=state, **times)

    return make


def purge() -> int:
    return retention.purge_messages(lambda: NOW, seconds=30)


def test_what_came_to_its_end_is_kept_for_its_days_and_its_alert_for_ever(message):
    young = message(200)
    for state in retention.ENDED:
        message(201, state)

    assert purge() == 4

    assert list(Message.objects.all()) == [young]
    assert Delivery.objects.get().message == young
    assert Alert.objects.count() == 5
    assert purge() == 0


@pytest.mark.parametrize("state", [MessageState.PLANNED, MessageState.RETRY, MessageState.LEASED])
def test_what_is_on_its_way_stays(message, state):
    message(500, state)

    assert purge() == 0


@pytest.mark.parametrize(
    "alert", [{"resolved_at": None}, {"resolution_told": False}], ids=["open", "over, and nobody was told"]
)
def test_what_says_who_knows_of_an_alert_stays_as_long_as_that_is_needed(message, alert):
    message(500, **alert)

    assert purge() == 0


@pytest.mark.parametrize(
    ("days", "alert"),
    [pytest.param(100, {}, id="a young one"), pytest.param(500, {"resolved_at": None}, id="one of an open alert")],
)
def test_what_was_joined_keeps_the_message_that_carried_it(message, days, alert):
    carrier = message(500)
    joined = message(days, MessageState.MERGED, **alert)
    Message.objects.filter(pk=joined.pk).update(merged_into=carrier)

    assert purge() == 0


def test_a_message_and_what_was_joined_to_it_go_together(message):
    carrier, joined = message(500), message(500, MessageState.MERGED)
    Message.objects.filter(pk=joined.pk).update(merged_into=carrier)

    assert purge() == 2


def test_more_than_are_deleted_at_once_are_all_deleted(message, monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    for _ in range(5):
        message(500)

    assert purge() == 5


def test_reports_go_too_and_a_picture_stays_as_long_as_a_young_one_shows_it(message):
    report = message(500)
    Message.objects.filter(pk=report.pk).update(kind=MessageKind.REPORT)
    for content, days in ((b"old", 500), (b"shown again", 500), (b"shown again", 3)):
        mailings.enclose(content, "image/png", NOW - days * DAY)

    assert purge() == 1

    assert [bytes(each.content) for each in Enclosure.objects.all()] == [b"shown again"]
