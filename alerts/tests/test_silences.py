"""Acknowledging and snoozing: who may, until when, and what it does to the steps."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from alerts import silences
from alerts.choices import Level, SilenceDoor, SilenceKind
from alerts.models import Alert, AlertSettings, Silence, StepTaken
from alerts.silences import SilenceRefused, acknowledge, end, snooze
from alerts.stepping import take_steps
from alerts.tests.racing import ALERTS, race
from tracker.choices import Priority

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def by(now):
    """The hand of somebody without an account."""
    return {"actor": None, "name": "Olga Brandt", "door": SilenceDoor.COMMAND, "now": now}


def again(alert):
    return Alert.objects.get(pk=alert.pk)


@pytest.mark.parametrize(
    ("priority", "hours"), [pytest.param(Priority.P0, 8, id="P0"), pytest.param(Priority.P1, 24, id="another")]
)
def test_an_acknowledged_alert_is_quiet_for_the_hours_of_its_priority(priority, hours, open_alert, by, now):
    alert = open_alert(priority=priority)

    silence = acknowledge(alert.pk, **by)

    assert (silence.kind, silence.by_name, silence.door) == (SilenceKind.ACKNOWLEDGED, "Olga Brandt", "command")
    assert (silence.at, silence.until) == (now, now + hours * HOUR)
    assert (again(alert).silenced_until, again(alert).next_step_at) == (silence.until, silence.until)


def test_the_hours_of_an_acknowledgement_are_those_of_the_settings(open_alert, by, now):
    AlertSettings.objects.filter(pk=1).update(acknowledge_hours_p0=3)

    assert acknowledge(open_alert().pk, **by).until == now + 3 * HOUR


def test_nobody_is_told_until_an_acknowledgement_ends_and_then_it_goes_on(open_alert, line, by, now):
    alert = open_alert(owner=line[Level.OWNER])
    take_steps(now)
    acknowledge(alert.pk, **by | {"now": now + HOUR})

    for hours in range(2, 9):
        assert take_steps(now + hours * HOUR) == 0
    assert take_steps(now + 9 * HOUR) == 1
    take_steps(now + 12 * HOUR)

    steps = StepTaken.objects.order_by("at", "level").values_list("level", "repeat", "recipient_name")
    assert list(steps) == [(0, 0, "Olga Brandt"), (0, 1, "Olga Brandt"), (0, 2, "Olga Brandt"), (1, 0, "Lea Lund")]


def test_a_snooze_needs_a_reason_and_an_end(open_alert, by, now):
    alert = open_alert()

    with pytest.raises(SilenceRefused) as refused:
        snooze(alert.pk, until=None, reason=" ", **by)

    assert refused.value.reasons == (
        "A snooze needs a reason: write it in a sentence.",
        "A snooze needs an end: say until when.",
    )
    silence = snooze(alert.pk, until=now + 2 * HOUR, reason=" The vendor works on it. ", **by)
    assert (silence.kind, silence.reason) == (SilenceKind.SNOOZED, "The vendor works on it.")


@pytest.mark.parametrize("verb", [acknowledge, snooze])
def test_nobody_makes_an_alert_quiet_for_longer_than_the_maximum(verb, open_alert, by, now):
    alert = open_alert()

    with pytest.raises(SilenceRefused, match="choose an end before 2026-03-13 12:00 UTC"):
        verb(alert.pk, until=now + 72 * HOUR + timedelta(seconds=1), reason="It can wait.", **by)

    assert verb(alert.pk, until=now + 72 * HOUR, reason="It can wait.", **by).until == now + 72 * HOUR


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        pytest.param({"until": datetime(2026, 3, 10, 12)}, "needs a time zone", id="an end without a zone"),  # noqa: DTZ001
        pytest.param({"until": -HOUR}, "has passed already", id="an end in the past"),
        pytest.param({"until": timedelta(0)}, "has passed already", id="an end right now"),
        pytest.param({"name": " "}, "Say who", id="nobody's name"),
        pytest.param({"reason": "a\0b"}, "NUL characters", id="a reason with NUL"),
    ],
)
def test_what_cannot_be_an_acknowledgement_is_refused(fields, sentence, open_alert, by, now):
    alert = open_alert()
    fields = {key: now + value if isinstance(value, timedelta) else value for key, value in fields.items()}

    with pytest.raises(SilenceRefused, match=sentence):
        acknowledge(alert.pk, **by | fields)

    assert not Silence.objects.exists()
    assert again(alert).next_step_at == now


def test_an_alert_that_is_over_is_not_made_quiet(open_alert, by, now):
    alert = open_alert()
    acknowledge(alert.pk, **by)
    Alert.objects.update(resolved_at=now)

    with pytest.raises(SilenceRefused) as refused:
        acknowledge(alert.pk, **by)

    assert refused.value.reasons == ("The alert is over: there is nothing to make quiet.",)


def test_an_alert_that_is_quiet_already_is_acknowledged_once_and_made_quiet_for_longer_by_a_later_end(
    open_alert, by, now
):
    alert = open_alert()
    acknowledge(alert.pk, **by)

    for until in (None, now + 8 * HOUR):
        with pytest.raises(SilenceRefused, match="quiet already, until 2026-03-10 20:00 UTC"):
            acknowledge(alert.pk, until=until, **by)
    acknowledge(alert.pk, until=now + 9 * HOUR, **by)

    assert alert.silences.count() == 2
    assert again(alert).silenced_until == now + 9 * HOUR


def test_when_an_acknowledgement_is_ended_early_those_who_were_told_are_told_again(open_alert, line, by, now):
    alert = open_alert(owner=line[Level.OWNER])
    take_steps(now)
    silence = acknowledge(alert.pk, **by | {"now": now + HOUR})

    end(silence.pk, actor=None, now=now + 2 * HOUR)

    assert (again(alert).silenced_until, again(alert).next_step_at) == (None, now + 2 * HOUR)
    assert take_steps(now + 2 * HOUR) == 1
    with pytest.raises(SilenceRefused, match="end already"):
        end(silence.pk, actor=None, now=now + 3 * HOUR)


def test_an_acknowledgement_that_is_over_is_not_ended(open_alert, by, now):
    silence = acknowledge(open_alert().pk, **by)

    with pytest.raises(SilenceRefused, match="end already"):
        end(silence.pk, actor=None, now=silence.until)


def test_a_link_is_used_once(open_alert, by, now):
    alert = open_alert()
    silence = acknowledge(alert.pk, link="7-1", **by)
    end(silence.pk, actor=None, now=now + HOUR)

    with pytest.raises(SilenceRefused, match="used already"):
        acknowledge(alert.pk, link="7-1", **by | {"now": now + 2 * HOUR})


# -- who ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def hand(browser_of):
    """The hand of somebody in a group."""
    return lambda group, name=None, **fields: browser_of(group, name or group.lower(), **fields).user


def silence_as(actor, alert, now):
    return acknowledge(alert.pk, actor=actor, door=SilenceDoor.ADMIN, now=now)


def test_an_engineer_acknowledges_alerts_of_their_own_issues_only(open_alert, make_owner, hand, now):
    olga = hand("Engineer", "olga", first_name="Olga", last_name="Brandt")
    mine = open_alert(owner=make_owner(user=olga))

    assert silence_as(olga, mine, now).by_name == "Olga Brandt"
    for alert in (open_alert(owner=make_owner("Max Weber")), open_alert(), open_alert(rule="site", subject="site")):
        with pytest.raises(SilenceRefused, match="neither"):
            silence_as(olga, alert, now)


def test_whoever_was_told_may_acknowledge(open_alert, line, hand, now):
    lead = line[Level.TEAM_LEAD]
    lead.user = hand("Engineer", "lea")
    lead.save()
    alert = open_alert(owner=line[Level.OWNER], anchor_at=now - 4 * HOUR)
    with pytest.raises(SilenceRefused, match="neither"):
        silence_as(lead.user, alert, now)

    take_steps(now)

    assert silence_as(lead.user, alert, now).by == lead.user


def test_a_manager_acknowledges_any_alert_and_ends_it(open_alert, hand, now):
    manager = hand("Manager")
    silence = silence_as(manager, open_alert(rule="site", subject="site"), now)

    assert end(silence.pk, actor=manager, now=now + HOUR).ended_at == now + HOUR


@pytest.mark.parametrize("group", ["Executive", "Auditor"])
def test_who_may_only_look_acknowledges_nothing(group, open_alert, make_owner, hand, now):
    person = hand(group)
    alert = open_alert(owner=make_owner(user=person))
    silence = acknowledge(alert.pk, actor=None, name="Max", door=SilenceDoor.COMMAND, now=now)

    for refused in (lambda: silence_as(person, alert, now), lambda: end(silence.pk, actor=person, now=now)):
        with pytest.raises(SilenceRefused, match="You may look at alerts"):
            refused()


def test_nobody_who_is_not_logged_in_acknowledges(open_alert, now):
    with pytest.raises(SilenceRefused, match="You may look"):
        acknowledge(open_alert().pk, actor=AnonymousUser(), door=SilenceDoor.ADMIN, now=now)


def test_the_latest_end_is_never_before_the_default_one(open_alert, now):
    AlertSettings.objects.filter(pk=1).update(snooze_most_hours=1)
    alert = open_alert()

    assert silences.most_until(alert, now) == silences.default_until(alert, now) == now + 8 * HOUR


# -- at once -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_eight_people_who_acknowledge_at_once_are_one_acknowledgement(tmp_path):
    answers = race("acknowledge", 8, tmp_path)

    assert answers.count("acknowledged") == 1
    assert sum("quiet already" in answer for answer in answers) == 7


@pytest.mark.django_db(transaction=True)
def test_eight_evaluations_at_once_take_every_step_once(tmp_path):
    answers = race("take steps", 8, tmp_path)

    assert sum(map(int, answers)) == 2 * ALERTS, "the owner and the Team Lead of each, once"
    assert sum(answer == "0" for answer in answers) == 7
