"""What the page of an issue asks for: hours, links, the end of an acceptance, prevention measures, rights."""

import importlib
from datetime import timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from tracker import prevention
from tracker.choices import Door, IssueKind, MeasureCategory, MeasureState, Priority, Status
from tracker.models import Note, PreventionMeasure

GROUPS = importlib.import_module("tracker.migrations.0005_groups")


def address(name, *args):
    return reverse(f"admin:tracker_issue_{name}", args=args)


@pytest.fixture
def measure(make_issue, make_owner, now):
    issue = make_issue(owner=make_owner())
    return prevention.propose(
        issue.pk,
        "Alert <b>at 80 %</b>",
        category=MeasureCategory.MONITORING,
        owner=None,
        actor=None,
        door="command",
        now=now,
    )


# -- hours and links ---------------------------------------------------------------------------------------------------
def test_a_note_is_added_with_its_hours_and_links_and_the_page_shows_them(manager, make_issue):
    issue = make_issue()
    links = "https://code.example.org/shop/commit/3f2a9c1b\r\n\r\ndocument https://wiki.example.org/a?b=1&c=2"

    manager.post(
        address("amend", issue.pk, "note"), {"kind": "evidence", "text": "Raised it", "hours": "1.50", "links": links}
    )

    note = issue.notes.get()
    assert note.hours == Decimal("1.5")
    assert [link["kind"] for link in note.links] == ["commit", "document"]
    text = manager.get(address("change", issue.pk)).text
    assert "Evidence note, 1.5 h" in text
    assert 'href="https://wiki.example.org/a?b=1&amp;c=2"' in text


@pytest.mark.parametrize(
    ("field", "value"), [("hours", "-1"), ("hours", "0"), ("hours", "many"), ("links", "javascript:alert(1)")]
)
def test_a_note_with_hours_or_links_that_cannot_be_is_not_added(manager, make_issue, field, value):
    response = manager.post(
        address("amend", make_issue().pk, "note"), {"kind": "progress", "text": "Raised it", field: value}
    )

    assert response.status_code == 200
    assert "Raised it" in response.text
    assert not Note.objects.exists()


@pytest.fixture
def told(make_issue, make_owner, now):
    """Work in progress with a note and no hours."""
    issue = make_issue(status=Status.IN_PROGRESS, owner=make_owner())
    issue.notes.create(text="Half done", actor_name="boss", door=Door.ADMIN, at=now)
    return issue


def test_completing_asks_for_hours_that_nobody_noted(manager, told):
    where = address("transition", told.pk, "complete")
    assert f'href="{where}"' in manager.get(address("change", told.pk)).text
    assert "Nobody can say the hours" in manager.get(where).text

    refused = manager.post(where, {"reason": ""})
    assert "It needs the hours spent" in refused.text

    manager.post(where, {"reason": "", "hours_unknown": "on"})
    told.refresh_from_db()
    assert (told.status, told.hours_unknown) == (Status.COMPLETED, True)


def test_completing_asks_for_nothing_when_the_hours_are_noted(manager, told, now):
    told.notes.create(text="The rest", hours=3, actor_name="boss", door=Door.ADMIN, at=now)
    where = address("transition", told.pk, "complete")
    assert f'action="{where}"' in manager.get(address("change", told.pk)).text

    manager.post(where)

    told.refresh_from_db()
    assert (told.status, told.hours_unknown) == (Status.COMPLETED, False)


# -- accepted risks ----------------------------------------------------------------------------------------------------
def test_accepting_a_risk_asks_until_when_in_the_zone_of_the_viewer(manager, make_issue, make_owner):
    make_owner("Mona Reyes", user=manager.user, time_zone="Asia/Tokyo")
    issue = make_issue()
    where = address("transition", issue.pk, "accept")
    assert 'type="datetime-local"' in manager.get(where).text

    refused = manager.post(where, {"reason": "The vendor leaves."})
    assert refused.status_code == 200
    manager.post(where, {"reason": "The vendor leaves.", "until": "2031-03-12T09:00"})

    issue.refresh_from_db()
    assert issue.accepted_until.isoformat() == "2031-03-12T00:00:00+00:00"
    assert "Wed 12 Mar 2031, 09:00 JST" in manager.get(address("change", issue.pk)).text


def test_an_end_that_has_passed_is_refused_in_words(manager, make_issue):
    issue = make_issue()
    yesterday = timezone.localtime() - timedelta(days=1)

    response = manager.post(
        address("transition", issue.pk, "accept"), {"reason": "So be it.", "until": f"{yesterday:%Y-%m-%dT%H:%M}"}
    )

    assert "The end date has passed already" in response.text
    issue.refresh_from_db()
    assert issue.status == Status.IDENTIFIED


# -- prevention --------------------------------------------------------------------------------------------------------
def test_a_measure_is_added_on_the_page_of_its_issue_and_listed_there(manager, make_issue, make_owner):
    issue, lee = make_issue(), make_owner("Lee Okafor")

    response = manager.post(
        address("prevent", issue.pk), {"category": "test", "text": "Load <test> it", "owner": lee.pk}, follow=True
    )

    made = issue.measures.get()
    assert (made.category, made.owner, made.created_by) == ("test", lee, manager.user)
    assert "Load &lt;test&gt; it" in response.text
    assert "Test · Lee Okafor · Proposed" in response.text


def test_a_measure_that_nobody_would_own_is_refused_and_keeps_its_words(manager, make_issue):
    response = manager.post(address("prevent", make_issue().pk), {"category": "test", "text": "Load test it"})

    assert "needs an owner" in response.text
    assert "Load test it" in response.text
    assert not PreventionMeasure.objects.exists()


def test_a_measure_goes_from_state_to_state(manager, measure):
    where = address("measure", measure.issue_id, measure.pk)
    assert "Alert &lt;b&gt;at 80 %&lt;/b&gt;" in manager.get(where).text

    manager.post(where, {"state": "verified", "reason": ""})
    back = manager.post(where, {"state": "proposed", "reason": ""})

    assert "goes back needs a reason" in back.text
    measure.refresh_from_db()
    assert measure.state == MeasureState.VERIFIED


def test_a_measure_is_reached_through_its_own_issue_only(manager, measure, make_issue):
    assert manager.post(address("measure", make_issue().pk, measure.pk), {"state": "verified"}).status_code == 404
    assert manager.get(address("prevent", 999_999)).status_code == 404
    assert manager.put(address("prevent", measure.issue_id)).status_code == 405


def test_a_shut_validation_leads_to_the_measure_that_is_missing(manager, make_issue, make_owner):
    issue = make_issue(status=Status.COMPLETED, owner=make_owner(), priority=Priority.P1, kind=IssueKind.FIX)

    text = manager.get(address("change", issue.pk)).text

    assert "needs a prevention measure: add one." in text
    assert f'<a href="{address("prevent", issue.pk)}">Add a prevention measure</a>' in text


# -- rights ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def browser(client, make_user):
    """A browser of somebody of a group."""
    GROUPS.add_groups(apps, connection.schema_editor())

    def log_in(group):
        client.user = make_user("vera", is_staff=True)
        client.user.groups.add(Group.objects.get(name=group))
        client.force_login(client.user)
        return client

    return log_in


def test_an_engineer_has_buttons_on_their_own_issue_and_none_on_anothers(browser, make_issue, make_owner):
    vera = browser("Engineer")
    own = make_issue(owner=make_owner("Vera Lind", user=vera.user))
    other = make_issue(owner=make_owner("Lee Okafor"))

    assert address("transition", own.pk, "block") in vera.get(address("change", own.pk)).text
    assert "Only a manager cancels an issue." in vera.get(address("change", own.pk)).text
    page = vera.get(address("change", other.pk))
    assert page.status_code == 200
    assert address("transition", other.pk, "block") not in page.text
    assert address("prevent", other.pk) not in page.text


def test_an_engineer_changes_their_own_issue_and_no_other_whatever_is_sent(browser, make_issue, make_owner):
    vera = browser("Engineer")
    own = make_issue(owner=make_owner("Vera Lind", user=vera.user))
    other = make_issue(owner=make_owner("Lee Okafor"))

    for issue, code in ((own, 302), (other, 403)):
        note = vera.post(address("amend", issue.pk, "note"), {"kind": "progress", "text": "x"})
        measure = vera.post(address("prevent", issue.pk), {"category": "test", "text": "x"})
        step = vera.post(address("transition", issue.pk, "block"), {"reason": "No access."})
        assert [note.status_code, measure.status_code, step.status_code] == [code] * 3
    other.refresh_from_db()
    assert (other.status, other.notes.count(), other.measures.count()) == (Status.IDENTIFIED, 0, 0)


def test_several_issues_at_once_are_refused_one_by_one(browser, make_issue, make_owner):
    vera = browser("Engineer")
    own = make_issue(owner=make_owner("Vera Lind", user=vera.user))
    other = make_issue(owner=make_owner("Lee Okafor"))

    response = vera.post(address("changelist"), {"action": "plan", "_selected_action": [own.pk, other.pk]}, follow=True)

    own.refresh_from_db()
    other.refresh_from_db()
    assert (own.status, other.status) == (Status.PLANNED, Status.IDENTIFIED)
    assert f"{other.reference}: You change issues of your own only" in response.text
    assert "1 issue planned" in response.text


@pytest.mark.parametrize("group", ["Executive", "Auditor"])
def test_who_only_looks_sees_the_page_without_buttons(browser, make_issue, make_owner, group):
    vera = browser(group)
    issue = make_issue(owner=make_owner("Vera Lind", user=vera.user))

    page = vera.get(address("change", issue.pk))

    assert page.status_code == 200
    assert address("transition", issue.pk, "block") not in page.text
    assert vera.post(address("transition", issue.pk, "block"), {"reason": "x"}).status_code == 403
    assert vera.get(address("changelist")).status_code == 200


@pytest.mark.parametrize(("group", "code"), [("Engineer", 403), ("Executive", 403), ("Manager", 200), ("Auditor", 200)])
def test_the_history_of_all_issues_is_for_managers_and_auditors(browser, group, code):
    vera = browser(group)

    for model in ("statuschange", "fieldchange", "note"):
        assert vera.get(reverse(f"admin:tracker_{model}_changelist")).status_code == code


def test_all_measures_are_found_by_state_and_lead_to_their_issue(manager, measure):
    everything = manager.get(reverse("admin:tracker_preventionmeasure_changelist"))

    assert "Alert &lt;b&gt;at 80 %&lt;/b&gt;" in everything.text
    assert f"{address('change', measure.issue_id)}#prevention" in everything.text
    verified = manager.get(reverse("admin:tracker_preventionmeasure_changelist"), {"state": "verified"})
    assert "at 80 %" not in verified.text


def test_measures_are_never_changed_past_their_issue(manager, measure):
    where = reverse("admin:tracker_preventionmeasure_change", args=[measure.pk])

    assert manager.get(where).status_code == 200
    assert manager.post(where, {"state": "verified"}).status_code == 403
    assert manager.post(reverse("admin:tracker_preventionmeasure_delete", args=[measure.pk])).status_code == 403


def test_an_owner_of_a_measure_is_not_deleted(manager, measure):
    measure.issue.owner = None
    measure.issue.save()

    assert manager.post(reverse("admin:tracker_owner_delete", args=[measure.owner_id])).status_code == 403
