"""Notices that alerts are over: to whom, once, and in how many messages."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.choices import ChannelKind, Event, Level, MessageState
from alerts.models import Alert, Delivery, Message, QuietHours
from alerts.resolutions import tell_resolutions
from alerts.stepping import take_steps
from alerts.surroundings import Surroundings
from tracker.choices import Priority

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def sent(at, **fields):
    Message.objects.filter(**fields).update(state=MessageState.SENT, sent_at=at, attempts=1)


def resolve(at):
    Alert.objects.update(resolved_at=at, resolution="The issue is completed.", next_step_at=None)


def notices():
    """(whom, level) of the notices."""
    rows = Delivery.objects.filter(event=Event.RESOLVED).order_by("level", "pk")
    return list(rows.values_list("message__recipient_name", "level"))


def test_whoever_was_told_is_told_once_that_it_is_over(open_alert, line, now):
    alert = open_alert(owner=line[Level.OWNER], anchor_at=now - 4 * HOUR)
    take_steps(now)
    take_steps(now + 4 * HOUR)
    sent(now)
    resolve(now + 5 * HOUR)

    assert tell_resolutions(now + 5 * HOUR) == 3
    assert tell_resolutions(now + 6 * HOUR) == 0

    assert notices() == [("Olga Brandt", 0), ("Lea Lund", 1), ("Max Weber", 2)]
    alert.refresh_from_db()
    assert alert.resolution_told
    assert Message.objects.filter(state=MessageState.PLANNED, due_at=now + 5 * HOUR).count() == 3


def test_an_alert_that_goes_on_is_not_told_to_be_over(open_alert, line, now):
    open_alert(owner=line[Level.OWNER])
    take_steps(now)
    sent(now)

    assert tell_resolutions(now) == 0


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"state": MessageState.PLANNED}, 0, id="nobody tried to send it"),
        pytest.param({"state": MessageState.DEAD, "attempts": 9}, 0, id="nobody received it"),
        pytest.param({"state": MessageState.MOOT}, 0, id="it was no longer needed"),
        pytest.param({"state": MessageState.RETRY, "attempts": 1}, 1, id="it may have been received"),
        pytest.param({"state": MessageState.LEASED, "attempts": 1, "leased": True}, 1, id="it is being sent"),
    ],
)
def test_who_cannot_have_received_anything_is_told_nothing(fields, expected, open_alert, line, now):
    open_alert(owner=line[Level.OWNER])
    take_steps(now)
    if fields.pop("leased", False):
        fields = fields | {"leased_until": now + HOUR}
    Message.objects.update(**fields)
    resolve(now)

    assert tell_resolutions(now) == expected
    assert not Alert.objects.filter(resolution_told=False).exists()


@pytest.mark.parametrize(("state", "expected"), [(MessageState.SENT, 1), (MessageState.DEAD, 0)])
def test_what_was_joined_to_another_message_was_received_if_that_one_was(state, expected, open_alert, line, now):
    alert = open_alert(owner=line[Level.OWNER])
    take_steps(now)
    joined = Message.objects.get()
    other = Message.objects.create(
        channel=joined.channel,
        recipient=joined.recipient,
        idempotency_key="other",
        planned_at=now,
        due_at=now,
        state=state,
        attempts=1,
        sent_at=now if state == MessageState.SENT else None,
    )
    Message.objects.filter(pk=joined.pk).update(state=MessageState.MERGED, merged_into=other)
    resolve(now)

    assert tell_resolutions(now) == expected
    assert alert.deliveries.filter(event=Event.RESOLVED).count() == expected


def test_many_that_are_over_are_one_message_for_a_person(open_alert, line, now):
    for _ in range(4):
        open_alert(owner=line[Level.OWNER])
    take_steps(now)
    sent(now)
    resolve(now)

    assert tell_resolutions(now) == 4
    assert Message.objects.filter(state=MessageState.PLANNED).count() == 1


def test_what_is_wrong_and_what_is_over_are_one_message_within_an_evaluation(open_alert, line, now):
    open_alert(owner=line[Level.OWNER])
    take_steps(now)
    sent(now)
    resolve(now)
    open_alert(owner=line[Level.OWNER])

    around = Surroundings.load(now)
    take_steps(now, around=around)
    tell_resolutions(now, around=around)
    around.outbox.write()

    message = Message.objects.get(state=MessageState.PLANNED)
    assert sorted(message.deliveries.values_list("event", flat=True)) == [Event.RAISED, Event.RESOLVED]


def test_a_shared_channel_is_told_too_and_one_that_is_off_is_not(open_alert, line, policy_of, channel_of, log, now):
    hook = channel_of(ChannelKind.WEBHOOK, address="https://hooks.example.org/alerts")
    log_only = policy_of(channels=(log,))
    open_alert(owner=line[Level.OWNER], policy=policy_of(channels=(hook,)))
    open_alert(owner=line[Level.OWNER], policy=log_only)
    take_steps(now)
    sent(now)
    log.active = False
    log.save()
    resolve(now)

    assert tell_resolutions(now) == 1
    notice = Delivery.objects.get(event=Event.RESOLVED)
    assert (notice.channel, notice.recipient_key) == (hook, "")


def test_somebody_whose_account_was_switched_off_meanwhile_is_told_nothing(open_alert, line, make_user, now):
    open_alert(owner=line[Level.OWNER])
    take_steps(now)
    sent(now)
    resolve(now)
    olga = line[Level.OWNER]
    olga.user = make_user("olga", is_active=False)
    olga.save()

    assert tell_resolutions(now) == 0


@pytest.mark.parametrize(("priority", "held"), [(Priority.P0, False), (Priority.P1, True)])
def test_quiet_hours_hold_back_that_a_less_urgent_alert_is_over(priority, held, open_alert, line, policy_of):
    night = datetime(2026, 3, 10, 23, tzinfo=UTC)
    for weekday in range(7):
        QuietHours.objects.create(owner=line[Level.OWNER], weekday=weekday, starts=time(22), ends=time(7))
    policy = policy_of(priority, held=True)
    open_alert(owner=line[Level.OWNER], priority=priority, policy=policy, anchor_at=night)
    take_steps(night)
    sent(night)
    resolve(night + HOUR)

    tell_resolutions(night + HOUR)

    assert Message.objects.get(state=MessageState.PLANNED).held is held


def test_fifty_alerts_cost_as_many_queries_as_five(open_alert, line, now):
    def queries_of(number):
        for _ in range(number):
            open_alert(owner=line[Level.OWNER])
        take_steps(now)
        sent(now, state=MessageState.PLANNED)
        resolve(now)
        with CaptureQueriesContext(connection) as captured:
            assert tell_resolutions(now) == number
        sent(now, state=MessageState.PLANNED)
        return len(captured)

    few, many = queries_of(5), queries_of(50)

    assert few == many <= 12
