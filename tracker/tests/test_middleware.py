"""Times are shown in the zone of the person who looks."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from tracker import amend
from tracker.choices import Door

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def shown_time(client, make_user, make_owner, make_issue):
    """What the page of an issue shows as its deadline to somebody whose owner row names this zone."""

    def shown(time_zone):
        user = make_user("mona", is_staff=True, is_superuser=True)
        if time_zone is not None:
            owner = make_owner("Mona Reyes", user=user)
            type(owner).objects.filter(pk=owner.pk).update(time_zone=time_zone)  # past the validation
        client.force_login(user)
        issue = make_issue(deadline=NOON, original_deadline=NOON)
        return client.get(f"/admin/tracker/issue/{issue.pk}/change/").text

    return shown


@pytest.mark.parametrize(
    ("time_zone", "words"),
    [
        pytest.param("America/New_York", "Tue 10 Mar 2026, 08:00 EDT", id="the viewer's zone"),
        pytest.param("Asia/Kolkata", "Tue 10 Mar 2026, 17:30 IST", id="half an hour beside the others"),
        pytest.param("", "Tue 10 Mar 2026, 13:00 CET", id="no zone of their own: the site's"),
        pytest.param(None, "Tue 10 Mar 2026, 13:00 CET", id="no owner row: the site's"),
        pytest.param("Mars/Base", "Tue 10 Mar 2026, 13:00 CET", id="a zone that is not known any more: the site's"),
    ],
)
def test_a_time_is_shown_in_the_zone_of_the_viewer(shown_time, settings, time_zone, words):
    settings.TIME_ZONE = "Europe/Berlin"

    assert words in shown_time(time_zone)


def test_one_viewer_does_not_change_the_time_of_the_next(shown_time):
    before = timezone.get_current_timezone_name()

    shown_time("Asia/Tokyo")

    assert timezone.get_current_timezone_name() == before


def test_lists_of_changes_and_the_audit_tell_kept_moments_in_the_zone_of_the_viewer(manager, make_owner, make_issue):
    make_owner("Mona Reyes", user=manager.user, time_zone="Asia/Tokyo")
    issue = make_issue(deadline=None, original_deadline=None)
    hand = {"actor": manager.user, "door": Door.ADMIN, "now": NOON}

    amend.move_deadline(issue.pk, datetime(2031, 3, 10, 15, 30, tzinfo=UTC), **hand)

    for address in ("/admin/tracker/fieldchange/", "/admin/tracker/auditevent/"):
        text = manager.get(address).text
        assert "Tue 11 Mar 2031, 00:30 JST" in text
        assert "2031-03-10T15:30" not in text
