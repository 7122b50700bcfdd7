"""The calendar of a person: what is in it, how it follows the issues, and that its address is a secret."""

import logging
from datetime import UTC, datetime, timedelta

import icalendar
import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, example, given
from hypothesis import settings as rules
from hypothesis import strategies as st

from remediation_site.calendar_feed import feeds, ical
from remediation_site.calendar_feed.views import A_MINUTE
from remediation_site.logs import LineFormatter
from remediation_site.models import CalendarFeed
from tracker import amend, workflow
from tracker.choices import Door, Priority, Status
from tracker.models import AuditEvent

DUE = datetime(2030, 3, 31, 17, 30, 15, 123456, tzinfo=UTC)
PAGE = "/calendar/"


@pytest.fixture
def olga(make_user, make_owner):
    """An engineer who owns issues."""
    user = make_user("olga", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=("view_issue", "work_on_own_issue")))
    user.calendar_owner = make_owner("Olga Brandt", user=user)
    return user


@pytest.fixture
def address(olga, now):
    """The path of her calendar."""
    return made(olga, now)


def made(user, now, **options):
    values = {"entries": "events", "alarm_minutes": None, "door": Door.ADMIN, "now": now} | options
    return feeds.renew(user, **values)[1].partition("127.0.0.1:8000")[2]


def read(client, address):
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    return icalendar.Calendar.from_ical(response.content)


def events(calendar):
    return {str(each["uid"]).partition("@")[0]: each for each in calendar.walk("VEVENT")}


def test_each_open_issue_of_the_owner_is_an_event_in_utc(client, olga, address, make_issue, make_owner, settings):
    settings.SITE_URL = "https://issues.example.org"
    issue = make_issue(
        owner=olga.calendar_owner, deadline=DUE, title="Renew; the, \\ certificate\nnow", priority=Priority.P0
    )
    make_issue(owner=make_owner("Lee Okafor"), deadline=DUE)
    make_issue(owner=olga.calendar_owner, deadline=None)

    found = events(read(client, address))

    event = found[issue.reference]
    assert list(found) == [issue.reference]
    assert event["uid"] == f"{issue.reference}@issues.example.org"
    assert event.decoded("dtstart") == DUE.replace(microsecond=0)
    assert event["dtstart"].to_ical() == b"20300331T173015Z"
    assert event["summary"] == "P0 due: Renew; the, \\ certificate\nnow"
    assert (event["status"], event["transp"], event["priority"]) == ("CONFIRMED", "TRANSPARENT", 1)
    assert event["url"] == f"https://issues.example.org/admin/tracker/issue/{issue.pk}/change/"
    assert event.decoded("dtstamp") == event.decoded("last-modified") == issue.updated_at


def test_a_moved_deadline_keeps_its_uid_and_raises_the_sequence(client, olga, address, make_issue):
    issue = make_issue(owner=olga.calendar_owner, deadline=DUE)
    before = events(read(client, address))[issue.reference]
    later = timezone.now().replace(microsecond=0)

    amend.move_deadline(issue.pk, DUE + timedelta(days=1), actor=None, door=Door.ADMIN, now=later, reason="Parts.")

    after = events(read(client, address))[issue.reference]
    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
    assert after.decoded("dtstart") == (DUE + timedelta(days=1)).replace(microsecond=0)
    assert after.decoded("last-modified") == later


def test_work_that_ended_is_cancelled_for_a_month_and_then_gone(olga, make_issue, now):
    issue = make_issue(owner=olga.calendar_owner, deadline=DUE)
    workflow.apply("cancel", issue.pk, actor=None, door=Door.ADMIN, now=now, reason="Not ours.")

    def status_after(days):
        data = ical.calendar_of(olga.calendar_owner, entries="events", alarm_minutes=60, now=now + timedelta(days=days))
        return [(str(each["status"]), each.subcomponents) for each in icalendar.Calendar.from_ical(data).walk("VEVENT")]

    assert status_after(29) == [("CANCELLED", [])]
    assert status_after(31) == []


def test_tasks_and_alarms_where_they_are_wanted(client, olga, make_issue, now):
    issue = make_issue(owner=olga.calendar_owner, deadline=DUE, status=Status.IN_PROGRESS)

    calendar = read(client, made(olga, now, entries="tasks", alarm_minutes=60))

    [task] = calendar.walk("VTODO")
    assert (task.decoded("due"), task["status"]) == (DUE.replace(microsecond=0), "IN-PROCESS")
    [alarm] = task.walk("VALARM")
    assert alarm["trigger"].dt == timedelta(minutes=-60)
    assert (alarm["trigger"].params["RELATED"], alarm["action"]) == ("END", "DISPLAY")
    assert str(task["uid"]).startswith(issue.reference)


def test_the_same_issues_are_the_same_bytes_and_not_sent_again(client, olga, address, make_issue):
    make_issue(owner=olga.calendar_owner, deadline=DUE)
    first = client.get(address)

    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    make_issue(owner=olga.calendar_owner, deadline=DUE, title="Another")
    changed = client.get(address, headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert (changed.status_code, changed["ETag"] != first["ETag"]) == (200, True)
    assert first["Cache-Control"] == "private, no-cache"


def test_the_number_of_questions_does_not_grow_with_the_issues(
    client, olga, address, make_issue, django_assert_max_num_queries
):
    client.get(address)
    for _ in range(12):
        make_issue(owner=olga.calendar_owner, deadline=DUE)

    with django_assert_max_num_queries(9):
        assert len(events(read(client, address))) == 12


def test_a_calendar_has_an_end(olga, make_issue, now, monkeypatch):
    monkeypatch.setattr(ical, "MOST_OPEN", 3)
    for days in range(5):
        make_issue(owner=olga.calendar_owner, deadline=DUE - timedelta(days=days), title=f"Day {days}")

    data = ical.calendar_of(olga.calendar_owner, entries="events", alarm_minutes=None, now=now)

    kept = [str(each["summary"]) for each in icalendar.Calendar.from_ical(data).walk("VEVENT")]
    assert kept == ["P1 due: Day 4", "P1 due: Day 3", "P1 due: Day 2"]


@given(title=st.text(max_size=300).filter(str.strip))
@example(title="Move C:\\Network\\new; then, \\, go")
@rules(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_title_is_a_valid_calendar(title, make_issue_row):
    data = make_issue_row(title)

    lines = data.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert data.endswith(b"END:VEVENT\r\n")
    event = icalendar.Event.from_ical(data)
    assert str(event["summary"]) == ical.text(f"P1 due: {title}").replace("\r\n", "\n").replace("\r", "\n")


@pytest.fixture
def make_issue_row(make_issue):
    """The entry of an issue of that title, as bytes."""
    issue = make_issue(deadline=DUE)
    issue.changed = issue.amended = 1

    def entry(title):
        issue.title = title
        return ical._entry(issue, as_task=False, alarm_minutes=None).to_ical(sorted=False)

    return entry


def test_a_wrong_or_ended_address_gives_nothing(client, olga, address, now):
    old = address
    new = made(olga, now)

    assert client.get(old).status_code == 404
    assert client.get(f"{PAGE}cal_{'x' * 43}.ics").status_code == 404
    assert client.get(f"{PAGE}x.ics").status_code == 404
    assert client.post(new).status_code == 405
    assert client.get(new).status_code == 200
    feeds.end(olga, door=Door.ADMIN, now=now)
    assert client.get(new).status_code == 404


def test_an_account_that_is_switched_off_has_no_calendar_and_one_without_the_right_an_empty_one(
    client, olga, address, make_issue
):
    make_issue(owner=olga.calendar_owner, deadline=DUE)
    olga.user_permissions.clear()
    assert events(read(client, address)) == {}

    olga.is_active = False
    olga.save()
    assert client.get(address).status_code == 404


def test_the_address_opens_nothing_else_and_logs_nobody_in(client, address):
    assert client.get(address).cookies == {}
    assert client.get("/admin/tracker/issue/").status_code == 302


def test_who_asks_too_often_is_told_to_wait(client, address):
    answers = [client.get(address) for _ in range(A_MINUTE + 1)]

    assert [answer.status_code for answer in answers] == [200] * A_MINUTE + [429]
    assert int(answers[-1]["Retry-After"]) >= 1


def test_only_the_hash_is_kept_and_no_log_or_audit_has_the_secret(client, olga, now, caplog):
    path = made(olga, now)
    secret = path.removeprefix(PAGE).removesuffix(".ics")
    with caplog.at_level(logging.DEBUG):
        client.get(path)
        client.get(f"{PAGE}{secret}x.ics")

    lines = "\n".join(LineFormatter().format(record) for record in caplog.records)
    assert f"{PAGE}***" in lines
    assert secret not in lines
    assert secret not in str(list(CalendarFeed.objects.values()))
    assert secret not in str(list(AuditEvent.objects.values()))
    assert AuditEvent.objects.filter(verb="add", actor_id=olga.pk).exists()


# the page


def test_the_page_shows_a_new_address_once_and_ends_it(client, olga):
    client.force_login(olga)

    page = client.post(PAGE, {"step": "renew", "entries": "events", "alarm": "60"})
    address = page.context["address"]
    assert address in page.text
    assert address not in client.get(PAGE).text
    assert CalendarFeed.objects.get().alarm_minutes == 60
    assert client.get(address.partition("8000")[2]).status_code == 200

    client.post(PAGE, {"step": "end"})
    assert not CalendarFeed.objects.exists()
    assert client.get(address.partition("8000")[2]).status_code == 404


def test_the_page_explains_when_no_owner_has_the_account(client, make_user):
    user = make_user("vera", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_issue"))
    client.force_login(user)

    assert "no owner has your account" in client.get(PAGE).text
    made_one = client.post(PAGE, {"step": "renew", "entries": "events", "alarm": ""}).context["address"]
    assert events(read(client, made_one.partition("8000")[2])) == {}


def test_who_may_not_look_at_issues_makes_no_address(client, make_user):
    client.force_login(make_user("nina", is_staff=True))

    page = client.post(PAGE, {"step": "renew", "entries": "events", "alarm": ""})

    assert "you may not look at them" in page.text
    assert not CalendarFeed.objects.exists()


def test_a_form_of_another_site_makes_nothing(olga):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(olga)

    assert browser.post(PAGE, {"step": "renew", "entries": "events"}).status_code == 403
    assert not CalendarFeed.objects.exists()
