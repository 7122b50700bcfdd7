"""The daily digest: to whom, when, what it says, and once."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.choices import ChannelKind, Level, MessageKind, MessageState, Severity
from alerts.digests import MOST_LINES, plan_digests
from alerts.models import AlertSettings, Channel, Message, QuietHours
from tracker.choices import Role

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
EIGHT = datetime(2026, 11, 25, 8, tzinfo=UTC)


def plan(now, since=None):
    """Plan the digests of an evaluation, five minutes after the one before unless the test says otherwise."""
    return plan_digests(now, since=since or now - timedelta(minutes=5))


def digests():
    """(whom, kind of channel) of the digests."""
    rows = Message.objects.filter(kind=MessageKind.DIGEST).order_by("recipient_name", "channel__kind")
    return list(rows.values_list("recipient_name", "channel__kind"))


def bodies():
    return {message.recipient_name: message.body for message in Message.objects.filter(kind=MessageKind.DIGEST)}


def test_an_owner_and_the_team_lead_get_a_digest_and_nobody_above(open_alert, line):
    open_alert(owner=line[Level.OWNER], opened_at=EIGHT - HOUR)

    assert plan(EIGHT) == 2

    assert digests() == [("Lea Lund", "email"), ("Olga Brandt", "email")]
    message = Message.objects.get(recipient=line[Level.OWNER])
    assert message.idempotency_key == f"digest:owner:{line[Level.OWNER].pk}:2026-11-25:{message.channel_id}"
    assert (message.state, message.due_at) == (MessageState.PLANNED, EIGHT)


def test_a_digest_says_what_is_open_the_worst_first_and_where_it_is(open_alert, line, settings):
    settings.SITE_URL = "https://issues.example.org"
    fields = {"owner": line[Level.OWNER], "opened_at": EIGHT - HOUR}
    open_alert(sentence="The cache is late.", severity=Severity.INFO, **fields)
    worse = open_alert(sentence="The pool is late.", severity=Severity.CRITICAL, silenced_until=EIGHT + HOUR, **fields)
    open_alert(sentence="It is over.", resolved_at=EIGHT, **fields)

    plan(EIGHT)

    body = bodies()["Olga Brandt"]
    assert body["subject"] == "Daily digest: Your issues: 2 open alerts"
    (section,) = body["sections"]
    assert [line["text"] for line in section["lines"]] == [
        "The pool is late. · Critical · since 2026-11-25 07:00 UTC · quiet until 2026-11-25 09:00 UTC",
        "The cache is late. · Info · since 2026-11-25 07:00 UTC",
    ]
    url = f"https://issues.example.org/admin/tracker/issue/{worse.issue_id}/change/"
    assert section["lines"][0]["url"] == url
    (team,) = bodies()["Lea Lund"]["sections"]
    assert team["title"] == "People who report to you: 2 open alerts"
    assert "Olga Brandt" in team["lines"][0]["text"]


def test_a_team_lead_reads_of_everybody_below_them_and_of_their_own_in_one_message(open_alert, line, make_owner):
    below = make_owner("Una Unit", reports_to=line[Level.OWNER])
    open_alert(owner=below, opened_at=EIGHT)
    open_alert(owner=line[Level.TEAM_LEAD], opened_at=EIGHT)

    plan(EIGHT)

    titles = [section["title"] for section in bodies()["Lea Lund"]["sections"]]
    assert titles == ["Your issues: 1 open alert", "People who report to you: 1 open alert"]


def test_who_has_nothing_open_gets_none(line):
    assert plan(EIGHT) == 0


def test_a_digest_is_planned_once_a_day(open_alert, line):
    open_alert(owner=line[Level.OWNER], opened_at=EIGHT)

    assert plan(EIGHT) == 2
    assert plan(EIGHT) == 0
    assert plan(EIGHT + 5 * HOUR) == 0
    assert plan(EIGHT + 24 * HOUR) == 2
    assert "2026-11-26" in Message.objects.order_by("pk").last().idempotency_key


def test_who_had_nothing_open_at_the_hour_gets_none_later_in_the_day(open_alert, line):
    plan(EIGHT)
    open_alert(owner=line[Level.OWNER], opened_at=EIGHT + HOUR)

    assert plan(EIGHT + HOUR) == 0


def test_after_days_without_a_worker_it_is_the_digest_of_today(open_alert, line):
    open_alert(owner=line[Level.OWNER], opened_at=EIGHT)

    assert plan(EIGHT + 76 * HOUR, since=EIGHT - HOUR) == 2
    assert {message.idempotency_key.split(":")[3] for message in Message.objects.all()} == {"2026-11-28"}


@pytest.mark.parametrize(
    ("zone", "now", "count"),
    [
        pytest.param("Asia/Tokyo", datetime(2026, 11, 24, 23, tzinfo=UTC), 1, id="at eight in Tokyo"),
        pytest.param("Asia/Tokyo", EIGHT, 0, id="in the afternoon there"),
        pytest.param("America/New_York", datetime(2026, 11, 25, 13, tzinfo=UTC), 1, id="at eight in New York"),
        pytest.param("America/New_York", datetime(2026, 11, 25, 12, 59, tzinfo=UTC), 0, id="a minute before"),
    ],
)
def test_the_hour_is_that_of_the_person(zone, now, count, open_alert, make_owner):
    open_alert(owner=make_owner(time_zone=zone), opened_at=now)

    assert plan(now) == count


def test_the_hour_is_that_of_the_settings(open_alert, make_owner):
    AlertSettings.objects.filter(pk=1).update(digest_hour=0)
    open_alert(owner=make_owner(), opened_at=EIGHT)

    assert plan(EIGHT) == 0
    assert plan(EIGHT + 16 * HOUR) == 1


def test_the_log_takes_a_digest_only_of_whom_nothing_else_reaches(open_alert, make_owner):
    Channel.objects.create(name="Chat", kind=ChannelKind.SLACK, secret_variable="SLACK_BOT_TOKEN")
    open_alert(owner=make_owner("Max Weber"), opened_at=EIGHT)
    open_alert(owner=make_owner("Olga Brandt", email="olga@example.org"), opened_at=EIGHT)

    plan(EIGHT)

    assert digests() == [("Max Weber", "log"), ("Olga Brandt", "email")]


def test_nobody_whose_account_is_off_gets_a_digest(open_alert, make_owner, make_user):
    open_alert(owner=make_owner(user=make_user("olga", is_active=False)), opened_at=EIGHT)

    assert plan(EIGHT) == 0


def test_quiet_hours_hold_a_digest_back(open_alert, make_owner):
    olga = make_owner()
    QuietHours.objects.create(owner=olga, weekday=2, starts=time(7), ends=time(9, 30))
    open_alert(owner=olga, opened_at=EIGHT)

    plan(EIGHT)

    assert Message.objects.get().due_at == EIGHT + 1.5 * HOUR


def test_a_long_list_is_the_worst_of_it_and_a_number(open_alert, line):
    for _ in range(MOST_LINES + 3):
        open_alert(owner=line[Level.OWNER], opened_at=EIGHT)

    plan(EIGHT)

    (section,) = bodies()["Olga Brandt"]["sections"]
    assert section["title"] == "Your issues: 23 open alerts"
    assert len(section["lines"]) == MOST_LINES + 1
    assert section["lines"][-1]["text"] == "… and 3 more"


def test_many_people_cost_as_many_queries_as_few_and_nobody_costs_little(open_alert, make_owner):
    def queries_of(number, name):
        lead = make_owner(f"Lead {name}", role=Role.TEAM_LEAD)
        for each in range(number):
            open_alert(owner=make_owner(f"{name} {each}", reports_to=lead), opened_at=EIGHT)
        with CaptureQueriesContext(connection) as captured:
            assert plan(EIGHT) > number
        Message.objects.all().delete()
        return len(captured)

    few, many = queries_of(2, "Few"), queries_of(30, "Many")

    assert few == many <= 8
    with CaptureQueriesContext(connection) as captured:
        plan(EIGHT + 2 * HOUR)
    assert len(captured) <= 5
