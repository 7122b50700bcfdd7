"""What somebody adds, changes or deletes in the admin is a row of the audit, whatever it is; and who signs in."""

from datetime import date

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.urls import reverse

from alerts.models import AlertSettings, Channel, EscalationPolicy, QuietHours
from dashboard.models import Downtime, ReportSubscription
from remediation_site.audited_admin import AuditedMixin
from remediation_site.models import ApiToken, ExternalIdentity
from remediation_site.tests.form_pages import filled
from tracker import amend
from tracker.models import Analysis, AuditEvent, GitHubRepository, Issue, Owner, PriorityPolicy, RevenueProfile, System
from tracker.tests.conftest import manager  # noqa: F401 - fixture

pytestmark = pytest.mark.django_db
PASSWORD = {"password1": "Hj7-kk-Wm2-zz", "password2": "Hj7-kk-Wm2-zz", "usable_password": "true"}
# What is sent to add a row of each kind that can be added, and a field that is changed afterwards.
ADDED = {
    get_user_model(): ({"username": "nina", **PASSWORD}, {"first_name": "Nina"}),
    Group: ({"name": "Night shift"}, {"name": "Late shift"}),
    Owner: ({"name": "Lee Okafor"}, {"role": "manager"}),
    System: ({"name": "billing"}, {"keywords": "invoice"}),
    RevenueProfile: ({"currency": "EUR", "mrr": "50000", "effective_on": str(date(2999, 1, 1))}, {"mrr": "60000"}),
    Channel: ({"name": "Hook", "kind": "webhook", "secret": "hunter2"}, {"active": None}),
    QuietHours: ({"owner": "OWNER", "weekday": "1", "starts": "22:00", "ends": "07:00"}, {"ends": "06:00"}),
    Downtime: ({"started_at_0": "2026-03-10", "started_at_1": "12:00:00", "hours": "2"}, {"hours": "3"}),
    ExternalIdentity: ({"user": "USER", "issuer": "https://id.example.org", "subject": "7"}, None),  # never edited
    GitHubRepository: ({"name": "acme/shop", "token": "hunter2"}, {"labels": "incident"}),
    ReportSubscription: ({"owner": "OWNER", "period": "week"}, {"active": None}),
}
# Rows that are there once for each priority, or once.
CHANGED = {
    PriorityPolicy: {"hours": "25"},
    EscalationPolicy: {"steps-0-repeat_hours": "77"},
    AlertSettings: {"blocked_hours": "25"},
}
CHANGED_BY_FUNCTIONS = {Analysis, ApiToken, Issue}  # their pages have no such form: see test_audit_complete


def address(model, verb, *args):
    return reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_{verb}", args=args)


def begin_anew():
    """Forget what was written until now; PostgreSQL refuses to delete a row of the audit."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE tracker_auditevent")
    else:
        AuditEvent.objects.all().delete()


def told(verb, model):
    """The only row of the audit that says so."""
    return AuditEvent.objects.get(verb=verb, kind=model._meta.label_lower)


@pytest.fixture
def boss(manager, make_owner, rf):  # noqa: F811
    """A browser of somebody who may do everything, and the number of an owner who may read reports."""
    user = get_user_model().objects.create_superuser("reader")
    manager.owner = make_owner("Dana Fox", user=user)
    begin_anew()
    return manager


def test_no_admin_is_registered_without_the_audit():
    assert [name for name, one in admin.site._registry.items() if not isinstance(one, AuditedMixin)] == []


def test_every_admin_that_lets_people_write_is_tried_here(rf, boss):
    request = rf.get("/")
    request.user = boss.user
    writable = {
        model
        for model, one in admin.site._registry.items()
        if one.has_add_permission(request) or one.has_change_permission(request) or one.has_delete_permission(request)
    }
    assert writable == set(ADDED) | set(CHANGED) | CHANGED_BY_FUNCTIONS


def sent(boss, model, page, values):
    known = {"OWNER": boss.owner.pk, "USER": boss.owner.user_id}
    body = filled(boss, page, **{name: known.get(value, value) for name, value in values.items()})
    answer = boss.post(page, body)
    assert answer.status_code == 302, answer.context["errors"] if "errors" in (answer.context or {}) else answer.text
    return model._default_manager.order_by("pk").last()


@pytest.mark.parametrize("model", ADDED, ids=lambda model: model._meta.label)
def test_a_row_that_is_added_changed_and_deleted_leaves_three_rows(boss, model):
    first, then = ADDED[model]

    row = sent(boss, model, address(model, "add"), first)
    added = told("add", model)
    assert (added.actor_id, added.actor_name, added.door) == (boss.user.pk, "mona", "admin")
    assert added.object_id == str(row.pk)
    assert added.request_id
    assert added.address == "127.0.0.1"
    assert "hunter2" not in str(added.changes)
    assert "Hj7" not in str(added.changes)

    begin_anew()
    if then:
        sent(boss, model, address(model, "change", row.pk), then)
        changed = told("change", model)
        assert set(changed.changes) >= set(then)
        assert all(before != after for before, after in changed.changes.values())

    if admin.site._registry[model].has_delete_permission(_request(boss), row):
        boss.post(address(model, "delete", row.pk), {"post": "yes"})
        deleted = told("delete", model)
        assert not model._default_manager.filter(pk=row.pk).exists()
        assert deleted.object_id == str(row.pk)
        assert all(after is None for _, after in deleted.changes.values())


def _request(boss):
    return type("Request", (), {"user": boss.user})()


@pytest.mark.parametrize("model", CHANGED, ids=lambda model: model._meta.label)
def test_a_setting_that_is_changed_leaves_a_row_with_before_and_after(boss, model):
    row = model.objects.order_by("pk").first() or model.objects.create(pk=1)
    page = address(model, "changelist") if model is AlertSettings else address(model, "change", row.pk)

    boss.post(page, filled(boss, page, **CHANGED[model]))

    changed = told("change", model)
    assert (changed.object_id, changed.actor_name) == (str(row.pk), "mona")
    ((before, after),) = changed.changes.values()
    assert str(next(iter(CHANGED[model].values()))) in str(after)
    assert before != after


def test_a_form_that_changes_nothing_leaves_no_row(boss):
    page = address(System, "change", System.objects.first().pk)

    boss.post(page, filled(boss, page))

    assert not AuditEvent.objects.exists()


def test_several_rows_that_are_deleted_at_once_leave_a_row_each(boss, make_user):
    nina, olaf = make_user("nina"), make_user("olaf")
    begin_anew()

    body = {"action": "delete_selected", "_selected_action": [nina.pk, olaf.pk], "post": "yes"}
    boss.post(address(get_user_model(), "changelist"), body)

    assert sorted(AuditEvent.objects.filter(verb="delete").values_list("label", flat=True)) == ["nina", "olaf"]


def test_groups_and_rights_that_somebody_is_given_or_loses_are_named(make_user):
    nina, group = make_user("nina"), Group.objects.get(name="Manager")
    right = Permission.objects.get(codename="cancel_issue")
    begin_anew()

    nina.groups.add(group)
    nina.user_permissions.add(right)
    group.user_set.remove(nina)
    nina.user_permissions.clear()
    group.permissions.remove(right)

    said = [(row.label, row.changes) for row in AuditEvent.objects.order_by("pk")]
    assert said == [
        ("nina", {"groups": [None, ["Manager"]]}),
        ("nina", {"user_permissions": [None, [str(right)]]}),
        ("Manager", {"members": [["nina"], None]}),
        ("nina", {"user_permissions": [[str(right)], None]}),
        ("Manager", {"permissions": [[str(right)], None]}),
    ]


def test_an_account_that_a_command_makes_and_a_password_that_it_changes_are_rows(run, make_user):
    make_user("nina").set_password("another")
    begin_anew()

    run("createsuperuser", "--username", "root", "--email", "root@example.org", "--noinput")
    user = get_user_model().objects.get(username="root")
    user.set_password("another")
    user.save()

    rows = AuditEvent.objects.order_by("pk")
    assert [(row.verb, row.label, row.door, row.actor_name) for row in rows] == [
        ("add", "root", "command", "Command"),
        ("change", "root", "command", "Command"),
    ]
    assert rows[1].changes == {"password": ["(changed)", "(changed)"]}


def test_signing_in_failing_to_and_signing_out_are_rows(client, make_user):
    make_user("olga", is_staff=True)
    begin_anew()
    page = "/admin/login/"

    client.post(page, {"username": "olga", "password": "wrong"})
    client.post(page, {"username": "olga", "password": "pass"})
    client.post("/admin/logout/")

    said = [(row.verb, row.label, row.actor_name, row.address) for row in AuditEvent.objects.order_by("pk")]
    assert said == [
        ("sign in failed", "olga", "Admin", "127.0.0.1"),
        ("sign in", "olga", "olga", "127.0.0.1"),
        ("sign out", "olga", "olga", "127.0.0.1"),
    ]
    assert "wrong" not in str(list(AuditEvent.objects.values()))


def test_the_list_costs_the_same_for_many_rows(boss, django_assert_max_num_queries, make_user):
    page = address(AuditEvent, "changelist")
    boss.get(page)
    for number in range(60):
        make_user(f"user {number}")
    for query in (
        "",
        "?verb=add",
        "?since=7",
        f"?object=auth.user:{boss.user.pk}",
        f"?actor={boss.user.pk}",
        "?actor=x",
    ):
        with django_assert_max_num_queries(6):
            assert boss.get(page + query).status_code == 200


def test_a_search_finds_the_rows_of_an_issue_and_of_an_account(boss, make_issue):
    issue = make_issue()
    owner = Owner.objects.get(name="Dana Fox")
    amend.assign(issue.pk, owner, actor=boss.user, door="admin", now=issue.created_at)
    page = address(AuditEvent, "changelist")

    for words, found in ((issue.reference, True), (issue.reference.lower(), True), ("MONA", True), ("reader", False)):
        assert ("owner: — → Dana Fox" in boss.get(page, {"q": words}).text) == found, words
    assert page in boss.get(address(Issue, "change", issue.pk)).text


def test_the_audit_can_be_looked_at_and_not_changed(boss):
    boss.post(address(System, "add"), filled(boss, address(System, "add"), name="billing"))
    row = told("add", System)

    assert "billing" in boss.get(address(AuditEvent, "changelist")).text
    assert "billing" in boss.get(address(AuditEvent, "change", row.pk)).text
    assert boss.post(address(AuditEvent, "change", row.pk), {"label": "x"}).status_code == 403
    assert boss.post(address(AuditEvent, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert boss.get(address(AuditEvent, "add")).status_code == 403


@pytest.mark.parametrize(
    ("proxies", "said", "address_kept"),
    [
        pytest.param(0, "203.0.113.9", "127.0.0.1", id="without a proxy nobody says from where somebody else comes"),
        pytest.param(1, "6.6.6.6, 203.0.113.9", "203.0.113.9", id="what the proxy has seen"),
        pytest.param(2, "203.0.113.9", "127.0.0.1", id="fewer proxies than there are"),
    ],
)
def test_the_address_is_the_one_that_the_proxy_has_seen(client, settings, proxies, said, address_kept):
    settings.PROXY_COUNT = proxies

    client.post("/admin/login/", {"username": "olga", "password": "x"}, headers={"x-forwarded-for": said})

    assert told("sign in failed", get_user_model()).address == address_kept
