"""Acknowledging and snoozing alerts in the admin."""

import re
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from alerts.choices import Level, SilenceDoor, SilenceKind
from alerts.models import Silence
from tracker.choices import Priority

pytestmark = pytest.mark.django_db
LIST = "/admin/alerts/alert/"
HOUR = timedelta(hours=1)


def page(alert, rest="change/"):
    return f"{LIST}{alert.pk}/{rest}"


def hours_of(silence):
    return round((silence.until - silence.at) / HOUR)


@pytest.fixture
def engineer(browser_of, make_owner):
    client = browser_of("Engineer", "olga")
    client.owner = make_owner("Olga Brandt", user=client.user)
    return client


def test_an_alert_is_acknowledged_for_the_usual_time_or_for_as_long_as_is_said(mona, make_alert):
    urgent, usual, said = (make_alert(priority=each) for each in (Priority.P0, Priority.P1, Priority.P1))

    for alert, hours in ((urgent, ""), (usual, ""), (said, "2")):
        assert mona.post(page(alert, "silence/acknowledge/"), {"hours": hours, "reason": ""}).url == page(alert)

    assert [hours_of(alert.silences.get()) for alert in (urgent, usual, said)] == [8, 24, 2]
    silence = said.silences.get()
    assert (silence.kind, silence.by, silence.door) == (SilenceKind.ACKNOWLEDGED, mona.user, SilenceDoor.ADMIN)
    said.refresh_from_db()
    assert said.silenced_until == silence.until


def test_an_alert_is_snoozed_with_a_reason(mona, make_alert):
    alert = make_alert()

    mona.post(page(alert, "silence/snooze/"), {"hours": "72", "reason": "the part comes on Friday"})

    silence = alert.silences.get()
    assert (silence.kind, hours_of(silence), silence.reason) == (SilenceKind.SNOOZED, 72, "the part comes on Friday")


@pytest.mark.parametrize(
    ("name", "sent", "sentence"),
    [
        pytest.param("snooze", {"hours": "2", "reason": " "}, "This field is required", id="no reason"),
        pytest.param("snooze", {"hours": "", "reason": "x"}, "This field is required", id="no end"),
        pytest.param("snooze", {"hours": "73", "reason": "x"}, "Nobody makes this alert quiet for so long", id="long"),
        pytest.param("snooze", {"hours": "0", "reason": "x"}, "greater than or equal to 1", id="no time"),
        pytest.param("acknowledge", {"hours": "9" * 30}, "less than or equal to", id="beyond all calendars"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_and_writes_nothing(mona, make_alert, name, sent, sentence):
    alert = make_alert()

    answer = mona.post(page(alert, f"silence/{name}/"), {"reason": ""} | sent)

    assert answer.status_code == 200
    assert sentence in answer.text
    assert not Silence.objects.exists()


def test_a_silence_is_ended_and_the_escalation_goes_on(mona, make_alert):
    alert = make_alert()
    mona.post(page(alert, "silence/acknowledge/"), {"hours": "", "reason": ""})
    silence = alert.silences.get()
    assert "quiet for" in mona.get(LIST).text
    assert f"silences/{silence.pk}/end/" in mona.get(page(alert)).text

    text = mona.post(page(alert, f"silences/{silence.pk}/end/"), follow=True).text

    silence.refresh_from_db()
    assert silence.ended_at is not None
    assert "The escalation goes on." in text
    assert f"silences/{silence.pk}/end/" not in text
    again = mona.post(page(alert, f"silences/{silence.pk}/end/"), follow=True).text
    assert "come to its end already" in again


def test_asking_by_get_shows_the_form_and_changes_nothing(mona, make_alert):
    alert = make_alert()

    assert "Acknowledge" in mona.get(page(alert, "silence/acknowledge/")).text
    assert mona.get(page(alert, "silence/other/")).status_code == 404
    assert mona.put(page(alert, "silence/snooze/")).status_code == 405
    assert mona.get(page(alert, "silences/1/end/")).status_code == 405
    assert mona.post(page(alert, "silences/999/end/")).status_code == 404
    assert mona.post(f"{LIST}999/silence/acknowledge/").status_code == 404
    assert not Silence.objects.exists()


def test_an_engineer_acknowledges_alerts_of_own_issues_and_no_others(engineer, make_alert, make_issue):
    own, other = make_alert(issue=make_issue(owner=engineer.owner)), make_alert()

    for alert in (own, other):
        engineer.post(page(alert, "silence/acknowledge/"), {"hours": "", "reason": ""})

    assert Silence.objects.get().alert == own
    assert 'action="' + page(own, "silence/snooze/") in engineer.get(page(own)).text
    text = engineer.get(page(other)).text
    assert "this one is neither" in text
    assert "silence/snooze/" not in text


def test_an_engineer_does_not_end_the_silence_of_anothers_alert(engineer, mona, make_alert):
    alert = make_alert()
    mona.post(page(alert, "silence/acknowledge/"), {"hours": "", "reason": ""})
    silence = alert.silences.get()

    assert "End it" not in engineer.get(page(alert)).text
    engineer.post(page(alert, f"silences/{silence.pk}/end/"))

    silence.refresh_from_db()
    assert silence.ended_at is None


@pytest.mark.parametrize("group", ["Executive", "Auditor"])
def test_who_only_looks_acknowledges_nothing(browser_of, make_alert, group):
    client, alert = browser_of(group), make_alert()

    assert "silence/acknowledge/" not in client.get(page(alert)).text
    assert "acknowledge_selected" not in client.get(LIST).text
    client.post(page(alert, "silence/acknowledge/"), {"hours": "", "reason": ""})
    client.post(LIST, {"action": "acknowledge_selected", "_selected_action": [alert.pk]})

    assert not Silence.objects.exists()


def test_somebody_who_may_not_see_alerts_is_not_let_in(client, make_user, make_alert):
    client.force_login(make_user("nina", is_staff=True))
    alert = make_alert()

    assert client.get(page(alert, "silence/acknowledge/")).status_code == 403
    assert client.post(page(alert, "silence/acknowledge/"), {"hours": ""}).status_code == 403


def test_several_alerts_are_acknowledged_at_once_and_a_refusal_stops_only_its_own(engineer, make_alert, make_issue):
    own = [make_alert(issue=make_issue(owner=engineer.owner)) for _ in range(2)]
    other = make_alert(sentence="Another is late")
    keys = [alert.pk for alert in (*own, other)]

    text = engineer.post(LIST, {"action": "acknowledge_selected", "_selected_action": keys}, follow=True).text

    assert "2 alerts acknowledged." in text
    assert "Another is late: You acknowledge alerts of your own issues" in text
    assert set(Silence.objects.values_list("alert", flat=True)) == {alert.pk for alert in own}


def test_an_alert_that_is_over_offers_nothing_and_takes_nothing(mona, make_alert, tell):
    alert = make_alert(resolved_at=timezone.now())
    tell(alert, Level.OWNER)

    assert "silence/acknowledge/" not in mona.get(page(alert)).text
    text = mona.post(page(alert, "silence/acknowledge/"), {"hours": "", "reason": ""}).text
    assert "The alert is over" in text
    assert not Silence.objects.exists()


# -- undoing several at once -------------------------------------------------------------------------------------------


def acknowledge_all(client, *alerts):
    """Acknowledge alerts in the list; the token of the button in the message."""
    body = {"action": "acknowledge_selected", "_selected_action": [alert.pk for alert in alerts]}
    return re.search(r'name="token" value="([^"]+)"', client.post(LIST, body, follow=True).text).group(1)


def said(answer):
    return [str(each) for each in get_messages(answer.wsgi_request)]


def test_alerts_that_were_acknowledged_together_are_loud_again_by_one_press(mona, make_alert):
    alerts = [make_alert(), make_alert()]
    token = acknowledge_all(mona, *alerts)

    answer = mona.post(f"{LIST}silences/undo/", {"token": token})

    assert answer.url == LIST
    assert said(answer) == ["The escalation of 2 alerts goes on."]
    for alert in alerts:
        alert.refresh_from_db()
        assert alert.silenced_until is None
        assert alert.silences.get().ended_at is not None


def test_a_silence_that_has_ended_since_is_named_and_the_others_end(mona, make_alert):
    first, second = make_alert(), make_alert()
    token = acknowledge_all(mona, first, second)
    mona.post(page(first, f"silences/{first.silences.get().pk}/end/"))
    ended = first.silences.get().ended_at

    answer = mona.post(f"{LIST}silences/undo/", {"token": token})

    assert said(answer)[-2:] == [
        f"{first}: It has come to its end already.",
        "The escalation of 1 alert goes on.",
    ]
    assert first.silences.get().ended_at == ended


def test_nobody_else_undoes_it_and_looking_undoes_nothing(mona, make_alert, browser_of):
    alert = make_alert()
    token = acknowledge_all(mona, alert)
    dana = browser_of("Manager", "dana")

    assert mona.get(f"{LIST}silences/undo/", {"token": token}).status_code == 405
    assert said(dana.post(f"{LIST}silences/undo/", {"token": token})) == [
        "Only who made a change undoes it: change it by hand."
    ]
    assert alert.silences.get().ended_at is None
