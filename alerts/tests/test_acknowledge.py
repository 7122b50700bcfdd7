"""`manage.py acknowledge`."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from alerts.choices import SilenceDoor, SilenceKind
from alerts.models import Silence

pytestmark = pytest.mark.django_db


def test_an_alert_is_acknowledged_by_name(run, open_alert):
    alert = open_alert()

    ended = run("acknowledge", "--alert-id", alert.pk, "--acknowledged-by", "Olga Brandt")

    silence = Silence.objects.get()
    assert (silence.alert, silence.by_name, silence.door) == (alert, "Olga Brandt", SilenceDoor.COMMAND)
    assert (ended.code, ended.err) == (0, "")
    assert f"Alert {alert.pk}: {alert.sentence}" in ended.out
    assert "Acknowledged by Olga Brandt until" in ended.out


def test_an_alert_is_snoozed_with_hours_and_a_reason_and_told_as_json(run, open_alert):
    alert = open_alert()
    words = ("--acknowledged-by", "Olga", "--snooze", "--hours", 2, "--reason", "The vendor works on it.", "--json")

    told = json.loads(run("acknowledge", "--alert-id", alert.pk, *words).out)

    silence = Silence.objects.get()
    assert silence.until - silence.at == timedelta(hours=2)
    assert (told["alert"], told["kind"], told["by"], told["reason"]) == (
        alert.pk,
        SilenceKind.SNOOZED,
        "Olga",
        "The vendor works on it.",
    )
    assert timezone.datetime.fromisoformat(told["until"]) == silence.until


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        pytest.param((), 2, "Say who it is", id="nobody's name"),
        pytest.param(("--acknowledged-by", "Olga", "--hours", 0), 2, "above 0", id="no hours"),
        pytest.param(("--acknowledged-by", "Olga", "--hours", 10**12), 2, "ten years", id="hours beyond any calendar"),
        pytest.param(("--acknowledged-by", "Olga", "--hours", 100), 1, "for so long", id="more than the maximum"),
        pytest.param(("--acknowledged-by", "Olga", "--snooze"), 1, "needs a reason", id="a snooze without a reason"),
        pytest.param(("--as", "nobody"), 1, "There is no account", id="an unknown account"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(words, code, sentence, run, open_alert):
    ended = run("acknowledge", "--alert-id", open_alert().pk, *words)

    assert (ended.code, ended.out) == (code, "")
    assert sentence in ended.err
    assert not Silence.objects.exists()


def test_an_alert_that_is_not_there_is_said(run):
    ended = run("acknowledge", "--alert-id", 4711, "--acknowledged-by", "Olga")

    assert (ended.code, ended.err) == (1, "There is no alert 4711.\n")


def test_the_operator_may_act_for_a_person_with_their_rights(run, open_alert, browser_of):
    browser_of("Engineer", "olga")

    ended = run("acknowledge", "--alert-id", open_alert().pk, "--as", "olga")

    assert ended.code == 1
    assert "alerts of your own issues" in ended.err
