"""Changes of issues in the admin: one by one, several at once, and who may."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from tracker.choices import Door, Status
from tracker.models import Issue, StatusChange, System

LIST = "/admin/tracker/issue/"


def page(issue: Issue) -> str:
    return reverse("admin:tracker_issue_change", args=[issue.pk])


def amendment(issue: Issue, name: str) -> str:
    return reverse("admin:tracker_issue_amend", args=[issue.pk, name])


def transition(issue: Issue, name: str) -> str:
    return reverse("admin:tracker_issue_transition", args=[issue.pk, name])


def test_assigning_writes_the_owner_and_its_history(manager, make_issue, make_owner):
    issue, olga = make_issue(), make_owner()

    response = manager.post(amendment(issue, "owner"), {"owner": olga.pk, "reason": "on call"})

    assert response.url == page(issue)
    issue.refresh_from_db()
    change = issue.field_changes.get()
    assert issue.owner == olga
    assert (change.field, change.new, change.reason, change.door) == ("owner", "Olga Brandt", "on call", Door.ADMIN)


def test_a_deadline_is_read_in_the_zone_of_the_viewer(manager, make_issue, make_owner):
    make_owner("Mona Reyes", user=manager.user, time_zone="Asia/Tokyo")
    issue = make_issue(deadline=None, original_deadline=None)

    manager.post(amendment(issue, "deadline"), {"deadline": "2031-03-12T09:00", "reason": ""})

    issue.refresh_from_db()
    assert issue.deadline.isoformat() == "2031-03-12T00:00:00+00:00"
    assert "Wed 12 Mar 2031, 09:00 JST" in manager.get(page(issue)).text


def test_a_refused_change_keeps_the_words_and_says_why(manager, make_issue):
    issue = make_issue()

    response = manager.post(amendment(issue, "deadline"), {"deadline": "2031-03-12T09:00", "reason": ""})

    assert response.status_code == 200
    assert "Moving a deadline needs a reason" in response.text
    assert "2031-03-12T09:00" in response.text
    issue.refresh_from_db()
    assert issue.deadline == issue.original_deadline


def test_a_note_is_added(manager, make_issue):
    issue = make_issue()

    manager.post(amendment(issue, "note"), {"kind": "evidence", "text": "Graph attached"})

    note = issue.notes.get()
    assert (note.kind, note.text, note.actor) == ("evidence", "Graph attached", manager.user)


def test_a_transition_is_asked_for_by_get_and_carried_out_by_post(manager, make_issue):
    issue = make_issue()

    asked = manager.get(transition(issue, "block"))
    assert asked.status_code == 200
    assert not StatusChange.objects.exists()

    manager.post(transition(issue, "block"), {"reason": "parts are late"})
    issue.refresh_from_db()
    assert issue.status == Status.BLOCKED
    assert issue.changes.get().reason == "parts are late"


def test_a_transition_without_its_reason_is_not_carried_out(manager, make_issue):
    issue = make_issue()

    response = manager.post(transition(issue, "block"), {"reason": ""})

    assert response.status_code == 200
    assert response.context["form"].errors
    issue.refresh_from_db()
    assert issue.status == Status.IDENTIFIED


def test_a_shut_transition_says_every_reason_and_changes_nothing(manager, make_issue):
    issue = make_issue(deadline=None)

    response = manager.post(transition(issue, "plan"))

    assert "It needs an owner" in response.text
    assert "It needs a deadline" in response.text
    assert not issue.changes.exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_other_methods_are_refused(manager, make_issue, method):
    issue = make_issue()

    assert getattr(manager, method)(transition(issue, "block")).status_code == 405
    assert getattr(manager, method)(amendment(issue, "note")).status_code == 405


def test_an_unknown_change_or_issue_is_not_found(manager, make_issue):
    issue = make_issue()

    assert manager.get(transition(issue, "explode")).status_code == 404
    assert manager.get(amendment(issue, "status")).status_code == 404
    issue.pk = 404
    assert manager.get(amendment(issue, "note")).status_code == 404


def run_action(client, action, issues, **data):
    body = {"action": action, "_selected_action": [issue.pk for issue in issues], **data}
    return client.post(LIST, body, follow=True)


def test_a_bulk_transition_reports_each_issue_that_was_refused(manager, make_issue, make_owner):
    ready, ownerless = make_issue(owner=make_owner()), make_issue()

    response = run_action(manager, "plan", [ready, ownerless])

    said = [str(message) for message in response.context["messages"]]
    assert said == [f"{ownerless.reference}: It needs an owner: assign one.", "1 issue planned."]
    assert list(Issue.objects.filter(status=Status.PLANNED)) == [ready]


def test_validating_in_bulk_meets_the_gates_of_each_issue(manager, make_issue, make_owner):
    issue = make_issue(status=Status.COMPLETED, owner=make_owner())

    response = run_action(manager, "validate", [issue])

    said = " ".join(str(message) for message in response.context["messages"])
    assert "Validation evidence is required" in said
    assert "validated." not in said
    assert not Issue.objects.filter(status=Status.VALIDATED).exists()


def test_bulk_assignment_asks_for_the_owner_then_assigns(manager, make_issue, make_owner):
    issues, olga = [make_issue(), make_issue()], make_owner()

    asked = run_action(manager, "assign", issues)
    assert "Assign 2 issues" in asked.text
    assert not Issue.objects.filter(owner=olga).exists()

    run_action(manager, "assign", issues, confirmed="yes", owner=olga.pk, reason="")
    assert Issue.objects.filter(owner=olga).count() == 2


def test_a_bulk_action_takes_no_more_than_one_request_should(manager, make_issue, make_owner, monkeypatch):
    monkeypatch.setattr("tracker.admin.issue_actions.MOST_AT_ONCE", 1)
    issues = [make_issue(owner=make_owner("A")), make_issue(owner=make_owner("B"))]

    response = run_action(manager, "plan", issues)

    assert "Select at most 1 issues at once" in response.text
    assert not Issue.objects.filter(status=Status.PLANNED).exists()


def test_nothing_deletes_an_issue(manager, make_issue):
    issue = make_issue()

    run_action(manager, "delete_selected", [issue], post="yes")
    response = manager.post(f"/admin/tracker/issue/{issue.pk}/delete/", {"post": "yes"})

    assert response.status_code == 403
    assert Issue.objects.filter(pk=issue.pk).exists()


def test_a_viewer_sees_the_page_without_any_way_to_change(viewer, make_issue):
    issue = make_issue()

    text = viewer.get(page(issue)).text

    assert issue.title in text
    assert "/transition/" not in text
    assert "/change/owner/" not in text
    assert 'name="action"' not in viewer.get(LIST).text


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_viewer_cannot_change_by_address(viewer, make_issue, method):
    issue = make_issue()
    reason = {"reason": "because", "kind": "progress", "text": "words"}

    assert getattr(viewer, method)(transition(issue, "block"), reason).status_code == 403
    assert getattr(viewer, method)(amendment(issue, "note"), reason).status_code == 403
    issue.refresh_from_db()
    assert issue.status == Status.IDENTIFIED
    assert not issue.notes.exists()


def test_a_viewer_cannot_run_a_bulk_action(viewer, make_issue, make_owner):
    issue = make_issue(owner=make_owner())

    run_action(viewer, "plan", [issue])

    issue.refresh_from_db()
    assert issue.status == Status.IDENTIFIED


def test_somebody_without_permission_sees_no_issue(client, make_user, make_issue):
    client.force_login(make_user("nils", is_staff=True))
    issue = make_issue()

    assert client.get(page(issue)).status_code == 403
    assert client.get(LIST).status_code == 403


def test_a_visitor_is_asked_to_log_in(client, db, make_issue):
    issue = make_issue()

    for address in (page(issue), amendment(issue, "note"), transition(issue, "block")):
        assert client.post(address).url.startswith("/admin/login/")


def test_an_owner_whose_number_no_database_holds_is_refused(manager, make_issue):
    issue = make_issue()

    response = manager.post(amendment(issue, "owner"), {"owner": "9" * 30, "reason": ""})

    assert response.status_code == 200
    assert "Select a valid choice" in response.text


@pytest.mark.parametrize("key", ["abc", "9" * 30, "-1", "²"])
def test_a_selection_that_is_no_row_is_refused(manager, make_issue, key):
    issue = make_issue()

    response = manager.post(LIST, {"action": "plan", "_selected_action": key}, follow=True)

    assert response.status_code == 200
    assert "select again" in response.text
    assert not StatusChange.objects.filter(issue=issue).exists()


def test_the_policy_of_a_priority_cannot_be_deleted(manager):
    assert manager.post("/admin/tracker/prioritypolicy/1/delete/", {"post": "yes"}).status_code == 403


# -- what it is about --------------------------------------------------------------------------------------------------


def test_the_title_the_kind_and_the_systems_are_changed_on_the_page(manager, make_issue):
    issue, cache = make_issue(title="Raise the pool"), System.objects.create(name="cache layer")
    assert "Change what it is about" in manager.get(page(issue)).text

    given = {"title": "Raise the pool to 50", "kind": "prevent", "systems": [cache.pk], "reason": "Read again"}
    assert manager.post(amendment(issue, "about"), given).url == page(issue)

    issue.refresh_from_db()
    assert (issue.title, issue.kind, list(issue.systems.all())) == ("Raise the pool to 50", "prevent", [cache])
    assert [change.field for change in issue.field_changes.order_by("pk")] == ["title", "kind", "systems"]


@pytest.mark.parametrize("key", ["x", "-1", "9" * 30, "12345"])
def test_a_system_that_cannot_be_is_refused_on_the_page(manager, make_issue, key):
    issue = make_issue()

    given = {"title": issue.title, "kind": issue.kind, "systems": [key], "reason": ""}
    assert manager.post(amendment(issue, "about"), given).status_code == 200

    assert not issue.field_changes.exists()


def test_the_form_knows_the_systems_that_the_issue_has(manager, make_issue):
    issue, cache = make_issue(), System.objects.create(name="cache layer")
    issue.systems.set([cache])

    assert f'<option value="{cache.pk}" selected>cache layer</option>' in manager.get(amendment(issue, "about")).text


def test_an_engineer_has_no_form_for_what_an_issue_is_about(client, make_issue, make_owner, make_user):
    lee = make_user("lee", is_staff=True)
    lee.user_permissions.set(Permission.objects.filter(codename__in=("work_on_own_issue", "view_issue")))
    issue = make_issue(owner=make_owner("Lee Okafor", user=lee))
    client.force_login(lee)

    assert "Change what it is about" not in client.get(page(issue)).text
    assert "Change the priority" in client.get(page(issue)).text
    answer = client.post(amendment(issue, "about"), {"title": "Easier", "kind": "fix", "systems": [], "reason": ""})
    assert "Only a manager changes what an issue is about" in answer.text
    assert not issue.field_changes.exists()
