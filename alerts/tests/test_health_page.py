"""/alerts/health/ and the banner of the admin: how the watch does."""

from datetime import timedelta

import pytest
from django.utils import timezone

from alerts.choices import MessageKind, MessageState
from alerts.models import Tick
from tracker.choices import FollowState
from tracker.models import GitHubLink, GitHubRepository

pytestmark = pytest.mark.django_db
HEALTH = "/alerts/health/"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def every_five_minutes(settings):
    settings.ALERT_INTERVAL_MINUTES = 5


def evaluated(ago, **fields):
    at = timezone.now() - ago
    return Tick.objects.create(at=at, **({"finished_at": at} | fields))


def words(response):
    return " ".join(response.text.split())


def test_the_page_says_that_all_is_well(mona):
    evaluated(3 * MINUTE)

    text = words(mona.get(HEALTH))

    assert "3 min ago" in text
    assert "Nobody waits to be told." in text
    assert "No message waits to be sent." in text
    assert "Needs somebody" not in text
    assert "Not well" not in text


def test_the_page_says_what_is_late_and_what_to_do(mona, make_alert, make_message):
    evaluated(20 * MINUTE)
    evaluated(10 * MINUTE, finished_at=None, error="the <database> was gone")
    now = timezone.now()
    make_alert(next_step_at=now - 25 * MINUTE)
    make_message(state=MessageState.PLANNED, due_at=now - 30 * MINUTE)
    make_message(state=MessageState.DEAD)

    text = words(mona.get(HEALTH))

    for found in ("Needs somebody", "20 min ago", "due 25 min ago", "due 30 min ago", "the &lt;database&gt; was gone"):
        assert found in text
    assert text.count("Not well</span>") == 4
    assert "manage.py up" in text


def test_a_test_message_that_was_not_taken_is_no_message_that_somebody_misses(mona, make_message):
    evaluated(1 * MINUTE)
    make_message(state=MessageState.DEAD, kind=MessageKind.TEST)

    assert "Not well" not in words(mona.get(HEALTH))


def test_github_that_refuses_us_and_issues_there_that_stopped_are_told(mona, make_issue):
    evaluated(1 * MINUTE)
    assert "Every issue that was pushed there is followed." in words(mona.get(HEALTH))
    shop = GitHubRepository.objects.create(name="acme/shop")
    told = {"state": FollowState.STOPPED, "problem": "unknown", "created_at": timezone.now()}
    GitHubLink.objects.create(issue=make_issue(), repository=shop, **told)
    GitHubLink.objects.create(issue=make_issue(), repository=shop, by_hand=True, **told)

    assert "one issue is not followed any more" in words(mona.get(HEALTH))

    GitHubRepository.objects.update(rejections=3)
    text = words(mona.get(HEALTH))
    assert "one repository refuses us" in text
    assert text.count("Not well</span>") == 1


def test_what_is_due_and_not_yet_late_is_well(mona, make_message):
    evaluated(1 * MINUTE)
    make_message(state=MessageState.PLANNED, due_at=timezone.now() - 10 * MINUTE)

    text = words(mona.get(HEALTH))

    assert "due 10 min ago" in text
    assert "Needs somebody" not in text


@pytest.mark.parametrize(
    ("group", "status"), [("Manager", 200), ("Auditor", 200), ("Engineer", 403), ("Executive", 403)]
)
def test_staff_who_may_see_evaluations_see_the_page(browser_of, group, status):
    assert browser_of(group).get(HEALTH).status_code == status


def test_others_log_in_first(client, make_user):
    assert "/admin/login/" in client.get(HEALTH).url

    client.force_login(make_user("ada"))  # no staff

    assert "/admin/login/" in client.get(HEALTH).url


def test_the_page_shows_and_takes_nothing(mona):
    assert mona.post(HEALTH).status_code == 405
    assert "no-store" in mona.get(HEALTH).headers["Cache-Control"]


def test_the_page_costs_the_same_number_of_queries_for_any_number_of_messages(
    mona, make_message, django_assert_num_queries
):
    evaluated(MINUTE)
    mona.get(HEALTH)
    with django_assert_num_queries(10):
        mona.get(HEALTH)
    for _ in range(20):
        make_message(state=MessageState.DEAD)
    with django_assert_num_queries(10):
        mona.get(HEALTH)


def test_a_banner_says_on_every_page_that_nobody_watches_and_goes_when_somebody_does(mona):
    evaluated(16 * MINUTE)
    for address in ("/admin/", "/admin/tracker/issue/", "/admin/alerts/alert/", HEALTH):
        text = words(mona.get(address))
        assert "Nobody watches." in text, address
        assert "Alerts have not been evaluated for 16 minutes" in text

    evaluated(14 * MINUTE)

    assert "Nobody watches." not in mona.get("/admin/").text


def test_a_site_on_which_nothing_was_evaluated_yet_has_the_banner(mona):
    assert "have not been evaluated yet" in mona.get("/admin/").text


def test_a_failed_evaluation_is_none(mona):
    evaluated(2 * MINUTE, finished_at=None, error="no <space> left")

    assert "no &lt;space&gt; left" in mona.get("/admin/").text


def test_every_group_sees_the_banner_and_a_link_only_who_may_follow_it(browser_of):
    assert f'href="{HEALTH}"' in browser_of("Manager").get("/admin/").text.split("watch-banner")[1].split("</p>")[0]
    engineer = browser_of("Engineer").get("/admin/").text
    assert "Nobody watches." in engineer
    assert HEALTH not in engineer


def test_who_may_not_see_alerts_and_who_has_not_logged_in_see_no_banner(client, make_user):
    assert "Nobody watches." not in client.get("/admin/login/").text

    client.force_login(make_user("nina", is_staff=True))

    assert "Nobody watches." not in client.get("/admin/").text


def test_the_banner_costs_no_query_while_the_latest_known_evaluation_is_recent(mona, django_assert_num_queries):
    evaluated(MINUTE)
    mona.get("/admin/password_change/")
    with django_assert_num_queries(2):
        mona.get("/admin/password_change/")


def test_the_banner_comes_when_evaluations_stop_though_the_process_knows_of_an_earlier_one(mona, settings):
    tick = evaluated(MINUTE)
    assert "Nobody watches." not in mona.get("/admin/").text

    settings.ALERT_INTERVAL_MINUTES = 1 / 600  # as if the time had passed
    assert "Nobody watches." in mona.get("/admin/").text

    settings.ALERT_INTERVAL_MINUTES = 5
    Tick.objects.filter(pk=tick.pk).update(at=timezone.now())
    assert "Nobody watches." not in mona.get("/admin/").text
