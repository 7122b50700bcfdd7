"""Everybody chooses the zone of the times that they see, and nobody another's."""

import pytest

from tracker.models import AuditEvent

PAGE = "/login/time-zone/"


@pytest.fixture
def olga(client, make_user, make_owner):
    """A browser of an engineer with an owner entry and no right to owners."""
    client.user = make_user("olga", is_staff=True)
    client.owner = make_owner("Olga Brandt", user=client.user)
    client.force_login(client.user)
    return client


def test_a_person_chooses_a_zone_and_sees_times_in_it(olga):
    assert "The site&#x27;s: " in olga.get(PAGE).text

    answer = olga.post(PAGE, {"time_zone": "Asia/Kolkata"}, follow=True)

    assert " IST." in answer.text
    olga.owner.refresh_from_db()
    assert olga.owner.time_zone == "Asia/Kolkata"
    event = AuditEvent.objects.get(kind="tracker.owner")
    assert (event.actor_name, event.changes) == ("olga", {"time_zone": ["", "Asia/Kolkata"]})


def test_the_zone_of_the_site_is_chosen_again(olga):
    olga.post(PAGE, {"time_zone": "Asia/Kolkata"})

    olga.post(PAGE, {"time_zone": ""})

    olga.owner.refresh_from_db()
    assert olga.owner.time_zone == ""


@pytest.mark.parametrize("name", ["Mars/Base", "x" * 500, "\0"])
def test_what_is_no_zone_is_refused(olga, name):
    answer = olga.post(PAGE, {"time_zone": name})

    assert "Select a valid choice" in answer.text
    olga.owner.refresh_from_db()
    assert olga.owner.time_zone == ""


def test_who_is_no_owner_yet_is_told_what_to_do(client, make_user):
    client.force_login(make_user("ada", is_staff=True))

    answer = client.post(PAGE, {"time_zone": "Asia/Kolkata"})

    assert "ask a manager to connect it" in answer.text
    assert "to choose your account" in answer.text
    assert not AuditEvent.objects.filter(kind="tracker.owner").exists()
