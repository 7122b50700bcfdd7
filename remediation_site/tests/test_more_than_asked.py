"""Fields that nobody was asked for change nothing, whoever sends them; nobody gives rights that they have not got."""

import pytest
from django.contrib.auth.models import Group, Permission, User

from tracker.models import Issue, Owner, System

EXTRA = {
    "id": "99", "pk": "99", "status": "validated", "is_closed": "on", "reference": "P0-20200101-001",
    "original_deadline_0": "2030-01-01", "original_deadline": "2030-01-01T00:00", "revenue_at_risk": "1000000",
    "closed_at": "2020-01-01", "created_at": "2020-01-01", "is_superuser": "on", "issue": "99", "actor_name": "Eve",
}  # fmt: skip


@pytest.fixture
def manager(client, make_user):
    client.user = make_user("mona", is_staff=True)
    client.user.groups.set(Group.objects.filter(name="Manager"))
    client.force_login(client.user)
    return client


def of(issue) -> dict:
    row = Issue.objects.values().get(pk=issue.pk)
    return {name: value for name, value in row.items() if name not in ("updated_at", "worked_at")}


def test_a_note_with_more_than_a_note_changes_nothing_else(manager, make_issue):
    issue = make_issue()
    before = of(issue)

    manager.post(f"/admin/tracker/issue/{issue.pk}/change/note/", EXTRA | {"text": "Done so far", "kind": "progress"})

    assert of(issue) == before
    note = issue.notes.get()
    assert (note.text, note.actor_name) == ("Done so far", "mona")


def test_a_new_owner_of_an_issue_brings_nothing_else(manager, make_issue, make_owner):
    issue, olga = make_issue(), make_owner()
    before = of(issue)

    manager.post(f"/admin/tracker/issue/{issue.pk}/change/owner/", EXTRA | {"owner": olga.pk, "reason": "she knows it"})

    assert of(issue) == before | {"owner_id": olga.pk}


@pytest.mark.parametrize(("model", "page"), [(Owner, "owner"), (System, "system")])
def test_a_form_of_the_admin_takes_its_own_fields_alone(manager, model, page):
    fields = {"name": "New", "email": "", "slack_name": "", "time_zone": "", "role": "engineer", "keywords": ""}

    manager.post(f"/admin/tracker/{page}/add/", EXTRA | fields)

    assert model.objects.get(name="New").pk != 99


@pytest.fixture
def clerk(client, make_user):
    """Somebody who may add, change and delete accounts, and nothing else."""
    client.user = make_user("clerk", is_staff=True)
    rights = ("add_user", "change_user", "delete_user", "view_user")
    client.user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(client.user)
    return client


def test_who_may_change_accounts_makes_nobody_a_superuser(clerk, make_user):
    olga = make_user("olga")
    sent = {
        "first_name": "Olga", "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00",
        "is_active": "on", "is_staff": "on", "is_superuser": "on",
        "groups": [group.pk for group in Group.objects.all()],
        "user_permissions": [right.pk for right in Permission.objects.all()[:50]],
    }  # fmt: skip

    for user in (olga, clerk.user):
        clerk.post(f"/admin/auth/user/{user.pk}/change/", sent | {"username": user.username})

    olga.refresh_from_db()
    assert olga.first_name == "Olga", "what the form is for is done"
    assert not User.objects.filter(is_superuser=True).exists()
    assert not olga.is_staff
    assert not olga.groups.exists()
    assert clerk.user.user_permissions.count() == 4


@pytest.mark.parametrize("rights", [{"is_superuser": True}, {}])
def test_nor_takes_over_the_account_of_somebody_who_may_do_more(clerk, make_user, rights):
    root = make_user("root", is_staff=True, **rights)
    root.groups.set(Group.objects.filter(name="Manager"))
    page, sent = f"/admin/auth/user/{root.pk}", {"password1": "Zr5Yq0Wm3Kx8", "password2": "Zr5Yq0Wm3Kx8"}

    assert clerk.post(f"{page}/password/", sent | {"usable_password": "true"}).status_code == 403
    assert clerk.post(f"{page}/delete/", {"post": "yes"}).status_code == 403
    clerk.post("/admin/auth/user/", {"action": "delete_selected", "_selected_action": [root.pk], "post": "yes"})

    assert User.objects.get(pk=root.pk).check_password("pass")
