"""The outbox: claimed, sent, confirmed, tried again, given up, joined."""

import contextlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from standardwebhooks.webhooks import Webhook

from alerts import delivery
from alerts.choices import ChannelKind, Event, MessageKind, MessageState
from alerts.models import Message
from alerts.tests.sending import NOW, Clock, make_alert, make_channel, make_message, make_webhook, new_webhook_secret
from tracker.tests.servers import free_port, http_server

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = new_webhook_secret()


@pytest.fixture(autouse=True)
def loopback(settings):
    settings.OUTGOING_ALLOW_HOSTS = ["127.0.0.1"]
    settings.SEND_SECONDS = 5


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def receiver():
    """A receiver whose answers can be chosen: `answers` are used up from the front, the last one stays."""

    def answer(handler):
        answers = handler.server.answers
        status, headers = answers.pop(0) if len(answers) > 1 else answers[0]
        handler.reply(status, b"well", **headers)

    with http_server(answer) as server:
        server.answers = [(200, {})]
        yield server


@contextlib.contextmanager
def own_connection():
    """Rows as another process sees them: within, this thread of a server has a connection of its own."""
    assert threading.current_thread() is not threading.main_thread()
    try:
        yield
    finally:
        connection.close()


def keys(receiver):
    return [headers["webhook-id"] for _, _, headers, _ in receiver.seen]


def told(receiver):
    """The ids of the alerts in each request."""
    return [[alert["id"] for alert in json.loads(body)["data"]["alerts"]] for *_, body in receiver.seen]


def test_a_due_message_is_sent_once_and_marked_afterwards(receiver, clock):
    alert = make_alert()
    message = make_message(make_webhook(receiver.url, secret=SECRET), alert)

    assert str(delivery.send_due(clock)) == "1 sent"
    assert str(delivery.send_due(clock)) == "nothing due"

    message.refresh_from_db()
    assert (message.state, message.sent_at, message.attempts, message.lease) == ("sent", NOW, 1, "")
    assert message.answer == '200 OK: "well"'
    assert told(receiver) == [[alert.pk]]


def test_a_message_is_not_sent_before_its_time(receiver, clock):
    make_message(make_webhook(receiver.url), make_alert(), due_at=NOW + timedelta(seconds=1))

    assert delivery.send_due(clock).sent == 0

    clock.forward(seconds=1)
    assert delivery.send_due(clock).sent == 1


def test_the_claim_is_there_for_others_to_see_before_anything_is_sent(receiver, clock):
    message, seen = make_message(make_webhook(receiver.url), make_alert()), []

    def look(handler):
        with own_connection():
            seen.append(Message.objects.values_list("state", "attempts", "sent_at").get(pk=message.pk))
        handler.reply()

    receiver.answer = look

    delivery.send_due(clock)

    assert seen == [("leased", 1, None)]


def test_a_failed_try_is_repeated_later_with_the_same_key(receiver, clock, settings):
    settings.SEND_AGAIN_SECONDS = 100
    message = make_message(make_webhook(receiver.url), make_alert())
    receiver.answers = [(503, {}), (200, {})]

    assert delivery.send_due(clock).retry == 1
    message.refresh_from_db()
    assert (message.state, message.lease, message.attempts) == ("retry", "", 1)
    assert timedelta(seconds=50) <= message.due_at - NOW <= timedelta(seconds=100)
    assert message.answer.startswith("503 Service Unavailable")

    clock.forward(seconds=100)
    assert delivery.send_due(clock).sent == 1
    assert keys(receiver) == [message.idempotency_key] * 2


def test_the_pause_between_tries_doubles_up_to_an_hour(settings):
    settings.SEND_AGAIN_SECONDS = 30
    pauses = [delivery.back_off(attempts, luck=1).total_seconds() for attempts in (1, 2, 3, 4, 40)]

    assert pauses == [30, 60, 120, 240, 3600]
    assert delivery.back_off(3, luck=0) == delivery.back_off(2, luck=1)


def test_a_refusal_for_good_is_not_repeated(receiver, clock):
    message = make_message(make_webhook(receiver.url), make_alert())
    receiver.answers = [(400, {})]

    assert delivery.send_due(clock).dead == 1

    message.refresh_from_db()
    assert (message.state, message.sent_at) == ("dead", None)
    assert message.answer.startswith("400 Bad Request")


def test_a_message_whose_tries_are_used_up_is_given_up(receiver, clock, settings):
    settings.SEND_ATTEMPTS = 3
    message = make_message(make_webhook(receiver.url), make_alert())
    receiver.answers = [(500, {})]

    ends = []
    for _ in range(4):
        ends.append(str(delivery.send_due(clock)))
        clock.forward(hours=2)

    assert ends == ["1 retry", "1 retry", "1 dead", "nothing due"]
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("dead", 3)


def test_a_receiver_is_left_alone_for_as_long_as_it_asks(receiver, clock, settings):
    settings.SEND_AGAIN_SECONDS = 1
    channel = make_webhook(receiver.url)
    for _ in range(3):
        make_message(channel, make_alert())
    receiver.answers = [(429, {"Retry_After": "60"}), (200, {})]

    assert str(delivery.send_due(clock)) == "1 retry"  # the other two wait as well, and keep their tries
    clock.forward(seconds=59)
    assert str(delivery.send_due(clock)) == "nothing due"
    assert sorted(Message.objects.values_list("attempts", flat=True)) == [0, 0, 1]

    clock.forward(seconds=1)
    assert delivery.send_due(clock).sent == 3


def test_a_channel_that_fails_again_and_again_is_left_alone_until_the_next_run(clock):
    dead = make_webhook(f"http://127.0.0.1:{free_port()}")
    for _ in range(10):
        make_message(dead, make_alert())

    assert str(delivery.send_due(clock)) == f"{delivery.FAILURES_IN_A_ROW} retry"
    assert Message.objects.filter(attempts=0).count() == 10 - delivery.FAILURES_IN_A_ROW


def test_a_channel_that_does_not_answer_holds_no_other_back(receiver, clock):
    make_message(make_webhook(f"http://127.0.0.1:{free_port()}"), make_alert(), due_at=NOW - timedelta(hours=1))
    message = make_message(make_webhook(receiver.url), make_alert())

    delivery.send_due(clock)

    message.refresh_from_db()
    assert message.state == MessageState.SENT


def leased(channel, *alerts, clock, **fields):
    return make_message(
        channel,
        *alerts,
        state=MessageState.LEASED,
        lease="of a killed worker",
        leased_until=clock() + timedelta(seconds=30),
        tried_at=clock(),
        **{"attempts": 1} | fields,
    )


def test_the_message_of_a_killed_worker_is_taken_over_when_its_lease_has_run_out(receiver, clock):
    message = leased(make_webhook(receiver.url), make_alert(), clock=clock)

    assert str(delivery.send_due(clock)) == "nothing due"

    clock.forward(seconds=30)
    assert str(delivery.send_due(clock)) == "1 sent"
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("sent", 2)


def test_a_message_that_kills_its_workers_is_given_up(receiver, clock, settings):
    message = leased(make_webhook(receiver.url), make_alert(), clock=clock, attempts=settings.SEND_ATTEMPTS)
    clock.forward(minutes=1)

    assert str(delivery.send_due(clock)) == "1 dead"

    message.refresh_from_db()
    assert "No worker has ended" in message.answer
    assert receiver.seen == []


def test_who_has_lost_the_lease_confirms_nothing(receiver, clock):
    message = make_message(make_webhook(receiver.url), make_alert())
    later = NOW + timedelta(hours=1)

    def take_over(handler):
        with own_connection():
            Message.objects.filter(pk=message.pk).update(lease="another", leased_until=later)
        handler.reply()

    receiver.answer = take_over

    assert str(delivery.send_due(clock)) == "1 lost"

    message.refresh_from_db()
    assert (message.state, message.lease, message.leased_until) == ("leased", "another", later)


def test_news_that_nobody_was_told_and_that_has_ended_is_not_sent(receiver, clock):
    ended = make_alert(resolved_at=NOW)
    message = make_message(make_webhook(receiver.url), ended)

    assert str(delivery.send_due(clock)) == "1 moot"

    message.refresh_from_db()
    assert message.state == MessageState.MOOT
    assert receiver.seen == []


def test_the_end_of_an_alert_and_what_was_tried_before_are_sent(receiver, clock):
    ended, open_one = make_alert(resolved_at=NOW), make_alert()
    channel = make_webhook(receiver.url)
    make_message(channel, ended, event=Event.RESOLVED)
    make_message(channel, ended, state=MessageState.RETRY, tried_at=NOW, attempts=1)
    make_message(channel, ended, open_one)

    assert str(delivery.send_due(clock)) == "3 sent"


def test_messages_over_the_cap_become_one_for_each_recipient_and_none_is_dropped(receiver, clock, make_owner):
    channel = make_webhook(receiver.url, per_minute=2)
    olga, alerts = make_owner(), [make_alert(f"Alert {number}") for number in range(9)]
    for number, alert in enumerate(alerts):
        make_message(channel, alert, recipient=olga if number >= 6 else None, due_at=NOW + timedelta(seconds=number))
    clock.forward(seconds=30)

    assert str(delivery.send_due(clock)) == "2 sent, 5 merged"
    assert str(delivery.send_due(clock)) == "nothing due"
    clock.forward(seconds=60)
    assert str(delivery.send_due(clock)) == "2 sent"

    assert told(receiver) == [[a.pk for a in part] for part in (alerts[:1], alerts[1:2], alerts[2:6], alerts[6:])]
    joined = Message.objects.filter(state=MessageState.MERGED)
    assert joined.count() == 5
    assert {message.merged_into.state for message in joined} == {"sent"}


def test_an_emergency_that_is_sent_alone_and_a_message_that_was_tried_are_joined_to_nothing(receiver, clock):
    channel = make_webhook(receiver.url, per_minute=1)
    for fields in ({}, {}, {"alone": True}, {"state": MessageState.RETRY, "tried_at": NOW - timedelta(hours=1)}):
        make_message(channel, make_alert(), **fields)

    assert str(delivery.send_due(clock)) == "1 sent"

    for _ in range(3):
        clock.forward(minutes=1)
        assert delivery.send_due(clock).sent == 1
    assert [len(ids) for ids in told(receiver)] == [1, 1, 1, 1]


def test_a_run_ends_after_so_many_tries_or_so_much_time(receiver, clock):
    channel = make_webhook(receiver.url)
    for _ in range(4):
        make_message(channel, make_alert())

    assert delivery.send_due(clock, most=3).sent == 3
    assert delivery.send_due(clock, seconds=0).sent == 0
    assert delivery.send_due(clock).sent == 1


def test_a_channel_that_is_switched_off_takes_nothing_more_and_says_so(receiver, clock):
    message = make_message(make_webhook(receiver.url, active=False), make_alert())

    assert str(delivery.send_due(clock)) == "1 dead"

    message.refresh_from_db()
    assert message.answer == "The channel was switched off."
    assert receiver.seen == []


def test_a_fault_in_one_message_does_not_hold_the_others_back(receiver, clock, caplog):
    channel = make_webhook(receiver.url)
    broken = make_message(channel, make_alert(severity="no such word"), due_at=NOW - timedelta(hours=1))
    message = make_message(channel, make_alert())

    assert str(delivery.send_due(clock)) == "1 sent, 1 retry"

    broken.refresh_from_db()
    message.refresh_from_db()
    assert (broken.state, broken.answer, message.state) == ("retry", "It could not be sent (ValueError).", "sent")


def test_a_dead_message_is_put_back_with_all_its_tries(receiver, clock, make_user):
    message = make_message(
        make_webhook(receiver.url), make_alert(), state=MessageState.DEAD, attempts=12, tried_at=NOW, answer="400"
    )
    mona = make_user("mona")

    delivery.resend(message.pk, actor=mona, now=clock())

    assert delivery.send_due(clock).sent == 1
    message.refresh_from_db()
    assert (message.state, message.attempts, message.requested_by) == ("sent", 1, mona)
    assert keys(receiver) == [message.idempotency_key]


@pytest.mark.parametrize("state", [MessageState.PLANNED, MessageState.SENT, MessageState.MERGED])
def test_only_a_dead_message_is_put_back(state, clock):
    message = make_message(
        make_channel(ChannelKind.LOG), make_alert(), state=state, sent_at=NOW if state == "sent" else None
    )

    with pytest.raises(delivery.ResendRefused, match="could not be delivered"):
        delivery.resend(message.pk, actor=None, now=clock())

    message.refresh_from_db()
    assert message.state == state


def test_a_test_message_tells_what_the_channel_said(receiver, clock, make_user, make_owner):
    mona = make_user("mona")
    make_owner("Mona Lind", user=mona)
    channel = make_webhook(receiver.url, secret=SECRET)

    message = delivery.send_test(channel, actor=mona, clock=clock)

    assert (message.state, message.answer, message.kind) == ("sent", '200 OK: "well"', MessageKind.TEST)
    (_, _, headers, body), *_ = receiver.seen
    assert Webhook(SECRET).sign(message.idempotency_key, NOW, body.decode()) == headers["webhook-signature"]


def test_a_test_message_that_is_not_taken_is_not_tried_again(receiver, clock, make_user):
    receiver.answers = [(503, {})]

    message = delivery.send_test(make_webhook(receiver.url), actor=make_user("mona"), clock=clock)

    assert (message.state, message.answer) == ("dead", '503 Service Unavailable: "well"')
    assert str(delivery.send_due(clock)) == "nothing due"


def test_sending_costs_the_same_number_of_queries_whatever_the_message_tells(receiver, clock):
    channel, counts = make_webhook(receiver.url), []
    for number in (1, 20):
        make_message(channel, *[make_alert() for _ in range(number)])
        with CaptureQueriesContext(connection) as queries:
            delivery.send_due(clock)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert [len(ids) for ids in told(receiver)] == [1, 20]


@pytest.mark.parametrize(("per_minute", "requests"), [(1000, 40), (1, 1)])
def test_many_workers_at_once_send_each_message_once_and_keep_the_cap(receiver, per_minute, requests):
    channel = make_webhook(receiver.url, per_minute=per_minute)
    for _ in range(40):
        make_message(channel, make_alert())
    start = threading.Barrier(4)

    def work(_):
        with own_connection():
            start.wait(10)
            return delivery.send_due(Clock())

    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(work, range(4)))

    assert sum(run.sent for run in runs) == len(set(keys(receiver))) == len(receiver.seen) == requests
    assert Message.objects.filter(state__in=["planned", "merged"]).count() == 40 - requests
