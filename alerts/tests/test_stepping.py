"""Steps that are due: who is told by what, in how many messages, and at what cost."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.choices import ChannelKind, Level, MessageState, Severity, SilenceDoor, SilenceKind
from alerts.models import Alert, AlertSettings, Channel, Delivery, Message, QuietHours, StepTaken
from alerts.stepping import take_steps
from tracker.choices import Priority, Role
from tracker.models import System

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def told(alert=None):
    """(level, repeat, whom) of the steps taken, in their order."""
    steps = StepTaken.objects.filter(alert=alert) if alert else StepTaken.objects.all()
    return list(steps.order_by("at", "level", "repeat").values_list("level", "repeat", "recipient_name"))


def sent():
    """(channel, whom, number of deliveries) of the messages of the outbox."""
    messages = Message.objects.order_by("pk").select_related("channel")
    return [(each.channel.kind, each.recipient_name, each.deliveries.count()) for each in messages]


def silence(alert, start, end):
    return alert.silences.create(
        kind=SilenceKind.ACKNOWLEDGED, by_name="Olga", door=SilenceDoor.COMMAND, at=start, until=end
    )


def test_an_alert_climbs_from_the_owner_to_the_executive(open_alert, line, now):
    alert = open_alert(owner=line[Level.OWNER])

    assert take_steps(now) == 1
    assert take_steps(now) == 0, "nothing is due twice"
    assert told(alert) == [(0, 0, "Olga Brandt")]
    alert.refresh_from_db()
    assert (alert.level, alert.next_step_at) == (Level.OWNER, now + 2 * HOUR)

    for hours in (4, 8, 24):
        take_steps(now + hours * HOUR)

    assert [step for step in told(alert) if step[1] == 0] == [
        (0, 0, "Olga Brandt"),
        (1, 0, "Lea Lund"),
        (2, 0, "Max Weber"),
        (3, 0, "Eve Stone"),
    ]
    alert.refresh_from_db()
    assert alert.level == Level.EXECUTIVE
    assert not StepTaken.objects.filter(by_fallback=True).exists()


def test_a_step_writes_its_message_and_delivery_and_sends_nothing(open_alert, line, log, now):
    alert = open_alert(owner=line[Level.OWNER])

    take_steps(now)

    message = Message.objects.get()
    assert (message.state, message.due_at, message.held, message.attempts) == (MessageState.PLANNED, now, False, 0)
    assert (message.channel, message.recipient, message.recipient_name) == (log, line[Level.OWNER], "Olga Brandt")
    delivery = message.deliveries.get()
    assert (delivery.alert, delivery.event, delivery.level, delivery.repeat) == (alert, "raised", 0, 0)
    assert (delivery.channel, delivery.recipient_key, delivery.alone) == (log, f"owner:{line[Level.OWNER].pk}", False)


def test_after_a_day_without_a_worker_each_level_is_told_once(open_alert, line, now):
    open_alert(owner=line[Level.OWNER], anchor_at=now - 30 * HOUR)

    assert take_steps(now) == 4
    assert [step[:2] for step in told()] == [(0, 0), (1, 0), (2, 0), (3, 0)]

    assert take_steps(now + 48 * HOUR) == 4
    assert [step[:2] for step in told()][4:] == [(0, 1), (1, 1), (2, 1), (3, 1)]


def test_an_acknowledged_alert_is_quiet_and_goes_on_where_it_was(open_alert, line, now):
    alert = open_alert(owner=line[Level.OWNER])
    take_steps(now)
    silence(alert, now + HOUR, now + 9 * HOUR)

    assert take_steps(now + 5 * HOUR) == 0
    alert.refresh_from_db()
    assert alert.next_step_at == now + 9 * HOUR

    take_steps(now + 9 * HOUR)
    take_steps(now + 12 * HOUR)
    assert told(alert)[1:] == [(0, 1, "Olga Brandt"), (0, 2, "Olga Brandt"), (1, 0, "Lea Lund")]


def test_a_silence_that_was_ended_early_holds_no_longer(open_alert, line, now):
    alert = open_alert(owner=line[Level.OWNER])
    take_steps(now)
    row = silence(alert, now + HOUR, now + 9 * HOUR)
    row.ended_at = now + 2 * HOUR
    row.save()

    assert take_steps(now + 2 * HOUR) == 1


def test_resolved_alerts_tell_nobody(open_alert, line, now):
    open_alert(owner=line[Level.OWNER], resolved_at=now)

    assert take_steps(now + HOUR) == 0


# -- who ---------------------------------------------------------------------------------------------------------------


def test_an_issue_without_an_owner_is_told_to_the_default_owner_of_its_system(open_alert, make_owner, now):
    alert = open_alert()
    alert.issue.systems.add(
        System.objects.create(name="zebra store", default_owner=make_owner("Zoe Hale")),
        System.objects.create(name="attic"),
        System.objects.create(name="basement", default_owner=make_owner("Lee Okafor")),
    )

    take_steps(now)

    assert told(alert) == [(0, 0, "Lee Okafor")]


@pytest.mark.parametrize(
    ("by_olga", "with_system", "expected"),
    [
        pytest.param(True, True, "Olga Brandt", id="the person who imported it"),
        pytest.param(False, True, "Lee Okafor", id="the default owner of a system"),
        pytest.param(False, False, "Max Weber", id="somebody above the engineers"),
    ],
)
def test_an_analysis_is_told_to(by_olga, with_system, expected, open_alert, make_analysis, make_owner, make_user, now):
    user = make_user("olga")
    make_owner(user=user)
    make_owner("Max Weber", role=Role.MANAGER)
    analysis = make_analysis(imported_by=user if by_olga else None)
    if with_system:
        analysis.systems.add(System.objects.create(name="attic", default_owner=make_owner("Lee Okafor")))

    alert = open_alert(rule="pending_review", subject=f"analysis:{analysis.pk}", analysis=analysis)
    take_steps(now)

    assert told(alert) == [(0, 0, expected)]


def test_nobody_found_is_a_step_without_a_recipient_and_still_a_line_in_the_log(open_alert, log, now):
    alert = open_alert()

    take_steps(now)

    assert told(alert) == [(0, 0, "")]
    assert sent() == [("log", "", 1)]
    assert Delivery.objects.get().recipient_key == ""


def test_where_the_line_has_nobody_the_fallback_of_the_policy_is_told(open_alert, make_owner, policy_of, now):
    fay = make_owner("Fay Moss")
    alert = open_alert(owner=make_owner(), policy=policy_of(fallback=fay), anchor_at=now - 4 * HOUR)

    take_steps(now)

    assert told(alert) == [(0, 0, "Olga Brandt"), (1, 0, "Fay Moss")]
    assert [step.by_fallback for step in alert.steps.order_by("level")] == [False, True]


def test_without_a_fallback_of_the_policy_that_of_the_settings_is_told(open_alert, make_owner, now):
    AlertSettings.objects.filter(pk=1).update(fallback=make_owner("Sam Hill"))

    alert = open_alert()
    take_steps(now)

    assert told(alert) == [(0, 0, "Sam Hill")]


def test_e_mail_goes_to_the_first_who_has_an_address_and_the_log_takes_anybody(
    open_alert, make_owner, policy_of, email, log, now
):
    fay = make_owner("Fay Moss", email="fay@example.org")
    policy = policy_of(channels=(email, log), fallback=fay)
    open_alert(owner=make_owner(email=""), policy=policy)

    take_steps(now)

    assert sorted(sent()) == [("email", "Fay Moss", 1), ("log", "Olga Brandt", 1)]


def test_a_shared_channel_is_told_once_whoever_is_behind_it(open_alert, line, policy_of, channel_of, now):
    hook = channel_of(ChannelKind.WEBHOOK)
    open_alert(owner=line[Level.OWNER], policy=policy_of(channels=(hook,)))

    take_steps(now)

    assert sent() == [("webhook", "", 1)]
    assert Delivery.objects.get().recipient_key == ""
    assert told() == [(0, 0, "Olga Brandt")], "the step says whom it concerns"


def test_a_step_whose_channels_are_all_off_goes_by_the_others(open_alert, line, policy_of, channel_of, now):
    off = channel_of(ChannelKind.SLACK, active=False)
    open_alert(owner=line[Level.OWNER], policy=policy_of(channels=(off,)))

    take_steps(now)

    assert {kind for kind, *_ in sent()} == {"log", "email"}
    assert off.pk not in Delivery.objects.values_list("channel", flat=True)


def test_without_any_channel_the_step_has_told_nobody(open_alert, line, now):
    Channel.objects.update(active=False)
    open_alert(owner=line[Level.OWNER])

    take_steps(now)

    assert told() == [(0, 0, "")]
    assert sent() == []


def test_a_channel_is_no_way_to_tell_of_its_own_failure(open_alert, make_owner, policy_of, email, log, now):
    make_owner("Sue Park", user=None)
    AlertSettings.objects.filter(pk=1).update(fallback=make_owner("Sam Hill", email="sam@example.org"))
    policy = policy_of(channels=(email,))

    open_alert(rule="delivery_failed", subject=f"channel:{email.pk}", policy=policy)
    take_steps(now)

    assert sent() == [("log", "Sam Hill", 1)]


def test_an_alert_whose_policy_cannot_be_read_follows_todays(open_alert, line, now):
    alert = open_alert(owner=line[Level.OWNER])
    Alert.objects.update(policy={"steps": "all"})

    assert take_steps(now) == 1
    assert told(alert) == [(0, 0, "Olga Brandt")]


# -- storms ------------------------------------------------------------------------------------------------------------


def test_many_alerts_for_a_person_are_one_message(open_alert, line, now):
    for _ in range(5):
        open_alert(owner=line[Level.OWNER])

    take_steps(now)

    assert sent() == [("log", "Olga Brandt", 5)]


def test_a_person_who_is_two_levels_gets_one_message_and_both_steps(open_alert, make_owner, policy_of, now):
    boss = make_owner("Max Weber")
    alert = open_alert(owner=make_owner(), policy=policy_of(fallback=boss), anchor_at=now - 9 * HOUR)

    take_steps(now)

    assert told(alert) == [(0, 0, "Olga Brandt"), (1, 0, "Max Weber"), (2, 0, "Max Weber")]
    assert sent() == [("log", "Olga Brandt", 1), ("log", "Max Weber", 2)]


def test_an_emergency_is_sent_alone_as_well(open_alert, line, now):
    worst = open_alert(owner=line[Level.OWNER], severity=Severity.EMERGENCY)
    open_alert(owner=line[Level.OWNER])

    take_steps(now)

    assert sorted(sent()) == [("log", "Olga Brandt", 1), ("log", "Olga Brandt", 2)]
    assert sorted(worst.deliveries.values_list("alone", flat=True)) == [False, True]


def test_a_single_emergency_is_one_message(open_alert, line, now):
    open_alert(owner=line[Level.OWNER], severity=Severity.EMERGENCY)

    take_steps(now)

    assert sent() == [("log", "Olga Brandt", 1)]
    assert Delivery.objects.get().alone


def test_of_a_storm_of_emergencies_five_are_sent_alone_and_all_of_them_in_one_message(open_alert, line, now):
    for _ in range(12):
        open_alert(owner=line[Level.OWNER], severity=Severity.EMERGENCY)

    take_steps(now)

    assert sorted(sent()) == [("log", "Olga Brandt", 1)] * 5 + [("log", "Olga Brandt", 12)]
    first = Alert.objects.order_by("pk").values_list("pk", flat=True)[:5]
    assert set(Delivery.objects.filter(alone=True).values_list("alert", flat=True)) == set(first)


def test_a_storm_of_emergencies_in_several_batches_is_no_larger(open_alert, line, now, monkeypatch):
    monkeypatch.setattr("alerts.stepping.BATCH", 4)
    for _ in range(12):
        open_alert(owner=line[Level.OWNER], severity=Severity.EMERGENCY)

    take_steps(now)

    assert sorted(sent()) == [("log", "Olga Brandt", 1)] * 5 + [("log", "Olga Brandt", 12)]


def test_a_level_without_anybody_is_told_soon_after_somebody_was_entered(open_alert, policy_of, make_owner, now):
    alert = open_alert(policy=policy_of(Priority.P3, hours=((0, 168),)))
    take_steps(now)
    assert told(alert) == [(0, 0, "")]
    AlertSettings.objects.update_or_create(pk=1, defaults={"fallback": make_owner("Max Weber")})

    take_steps(now + 4 * HOUR)

    assert told(alert) == [(0, 0, ""), (0, 1, "Max Weber")]
    alert.refresh_from_db()
    assert alert.next_step_at > now + 100 * HOUR, "who was told is told again at the hours of the policy"


# -- quiet hours -------------------------------------------------------------------------------------------------------

NIGHT = datetime(2026, 3, 10, 22, 30, tzinfo=UTC)  # 23:30 in Berlin
MORNING = datetime(2026, 3, 11, 6, tzinfo=UTC)  # 7:00 there


@pytest.fixture
def sleeper(line):
    olga = line[Level.OWNER]
    olga.time_zone = "Europe/Berlin"
    olga.save()
    for weekday in range(7):
        QuietHours.objects.create(owner=olga, weekday=weekday, starts=time(22), ends=time(7))
    return olga


def test_what_quiet_hours_hold_back_goes_out_as_one_message_when_they_end(open_alert, policy_of, sleeper):
    policy = policy_of(Priority.P1, held=True)
    open_alert(owner=sleeper, priority=Priority.P1, policy=policy)
    take_steps(NIGHT)
    open_alert(owner=sleeper, priority=Priority.P1, policy=policy)
    take_steps(NIGHT + HOUR)

    message = Message.objects.get()
    assert (message.held, message.due_at, message.state) == (True, MORNING, MessageState.PLANNED)
    assert message.deliveries.count() == 2
    assert told() == [(0, 0, "Olga Brandt")] * 2


def test_what_comes_after_quiet_hours_joins_nothing_that_was_held_back(open_alert, policy_of, sleeper):
    policy = policy_of(Priority.P1, held=True)
    open_alert(owner=sleeper, priority=Priority.P1, policy=policy)
    take_steps(NIGHT)
    open_alert(owner=sleeper, priority=Priority.P1, policy=policy)
    take_steps(MORNING)

    hers = Message.objects.filter(recipient=sleeper).order_by("pk")
    assert [(message.held, message.deliveries.count()) for message in hers] == [(True, 1), (False, 1)]


@pytest.mark.parametrize(
    ("priority", "held"),
    [pytest.param(Priority.P0, True, id="P0"), pytest.param(Priority.P1, False, id="a step that does not wait")],
)
def test_quiet_hours_do_not_hold_back(priority, held, open_alert, policy_of, sleeper):
    open_alert(owner=sleeper, priority=priority, policy=policy_of(priority, held=held), anchor_at=NIGHT)

    take_steps(NIGHT)

    message = Message.objects.get()
    assert (message.held, message.due_at) == (False, NIGHT)


def test_an_emergency_that_is_held_back_is_one_message_too(open_alert, policy_of, sleeper):
    policy = policy_of(Priority.P1, held=True)
    open_alert(owner=sleeper, priority=Priority.P1, policy=policy, severity=Severity.EMERGENCY)

    take_steps(NIGHT)

    assert (Message.objects.get().held, Delivery.objects.get().alone) == (True, False)


def test_a_message_that_is_being_sent_already_takes_nothing_in(open_alert, policy_of, sleeper):
    policy = policy_of(Priority.P1, held=True)
    open_alert(owner=sleeper, priority=Priority.P1, policy=policy)
    take_steps(NIGHT)
    Message.objects.update(state=MessageState.LEASED, leased_until=MORNING, attempts=1)

    open_alert(owner=sleeper, priority=Priority.P1, policy=policy)
    take_steps(NIGHT + HOUR)

    assert [message.deliveries.count() for message in Message.objects.all()] == [1, 1]


# -- cost --------------------------------------------------------------------------------------------------------------


def open_many(number, make_issue, policy_of, owner, now):
    issue = make_issue(owner=owner)
    frozen = policy_of().frozen()
    Alert.objects.bulk_create(
        Alert(
            rule=f"rule {each}",
            subject=f"issue:{issue.pk}",
            issue=issue,
            sentence="It is late.",
            priority=Priority.P0,
            severity=Severity.WARNING,
            policy=frozen,
            anchor_at=now - timedelta(minutes=each),
            opened_at=now,
            next_step_at=now,
        )
        for each in range(number)
    )


def queries_of(number, now, *rest):
    open_many(number, *rest, now)
    with CaptureQueriesContext(connection) as captured:
        assert take_steps(now) >= number
    StepTaken.objects.all().delete()
    Alert.objects.all().delete()
    return len(captured)


def test_five_thousand_alerts_cost_as_many_queries_as_five(make_issue, policy_of, line, now):
    rest = (make_issue, policy_of, line[Level.OWNER])

    few = queries_of(5, now, *rest)
    many = queries_of(5000 if connection.vendor == "postgresql" else 50, now, *rest)

    assert few <= 13
    assert many == few if connection.vendor == "postgresql" else many - few < 12, "SQLite takes fewer values at once"


def test_nothing_is_planned_for_a_channel_that_cannot_be_used(open_alert, line, policy_of, email, log, settings, now):
    settings.MAIL_IS_SET = False
    open_alert(owner=line[Level.OWNER], policy=policy_of(channels=(email, log)))

    take_steps(now)

    assert [message.channel for message in Message.objects.all()] == [log]
