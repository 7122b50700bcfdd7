"""The admin site: navigation by task, the start page, and pages that keep to the Content-Security-Policy."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.utils import timezone
from django_q.models import Failure, OrmQ, Schedule, Success

from tracker.choices import Door, Priority, Status
from tracker.models import ExtractedItem, Owner, PriorityPolicy, System

HOUR = timedelta(hours=1)
INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son[a-z]+=[\"']|javascript:", re.IGNORECASE)


@pytest.fixture
def admin(client, make_user):
    client.user = make_user("mona", is_staff=True, is_superuser=True)
    client.force_login(client.user)
    return client


@pytest.fixture
def reader(client, make_user):
    """Staff who may view what is named, and nothing else."""

    def log_in(*codenames):
        client.user = make_user("vera", is_staff=True)
        client.user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client.force_login(client.user)
        return client

    return log_in


@pytest.fixture
def add_item(make_analysis):
    """Add an entry that nobody has decided about to an analysis, a new one unless it is given."""

    def add(analysis=None, **fields):
        analysis = analysis or make_analysis()
        values = {"kind": "fix", "line": 3, "end_line": 3, "title": "Raise the pool size", "text": "Raise it"}
        return ExtractedItem.objects.create(analysis=analysis, found_at=timezone.now(), **(values | fields))

    return add


def groups(response) -> dict[str, list[str]]:
    return {each["name"]: [entry["name"] for entry in each["models"]] for each in response.context["available_apps"]}


def sections(response) -> dict[str, object]:
    return {section.key: section for section in response.context["sections"]}


# navigation


def test_the_navigation_is_by_task(admin):
    shown = groups(admin.get("/admin/"))

    assert list(shown) == [
        "Dashboard",
        "Work",
        "Review",
        "Reports",
        "Alerts",
        "People",
        "Set-up",
        "History",
        "Background work",
    ]
    assert shown["Dashboard"] == ["Overview", "Board", "Execution", "Prevention", "Value", "Health"]
    assert shown["Work"] == [
        "Start page",
        "Issues",
        "Overdue",
        "Due within 24 h",
        "Mine",
        "My calendar",
        "My time zone",
        "Unassigned",
        "Prevention",
        "At GitHub",
    ]
    assert shown["Review"] == ["Analyses", "Add analyses", "Recurrences"]


def test_everybody_sees_only_what_they_may_use(reader):
    assert groups(reader("view_issue", "view_owner").get("/admin/")) == {
        "Dashboard": ["Board", "Execution"],
        "Work": [
            "Start page",
            "Issues",
            "Overdue",
            "Due within 24 h",
            "Mine",
            "My calendar",
            "My time zone",
            "Unassigned",
        ],
        "People": ["Owners", "API tokens"],
    }


@pytest.mark.parametrize(
    ("address", "name"),
    [
        pytest.param("/admin/tracker/issue/", "Issues", id="a list"),
        pytest.param("/admin/tracker/issue/?due=overdue", "Overdue", id="a list with its filter"),
        pytest.param("/admin/tracker/issue/?due=overdue&priority=P0", "Overdue", id="a filter and another one"),
        pytest.param("/admin/tracker/issue/?due=never", "Issues", id="a filter of no entry"),
        pytest.param("/admin/tracker/owner/add/", "Owners", id="a page behind a list"),
        pytest.param("/", "Overview", id="the first page, with whose path every other begins"),
        pytest.param("/board/?period=week", "Board", id="a page of the dashboard"),
        pytest.param("/admin/", "Start page", id="the start page, with whose path those of the admin begin"),
        pytest.param("/admin/password_change/", None, id="a page of no task"),
    ],
)
def test_the_navigation_marks_where_one_is(admin, address, name):
    entries = [entry for group in admin.get(address).context["available_apps"] for entry in group["models"]]

    assert [entry["name"] for entry in entries if entry["current"]] == ([name] if name else [])


def test_every_entry_of_the_navigation_opens(admin):
    for group in admin.get("/admin/").context["available_apps"]:
        for entry in group["models"]:
            assert admin.get(entry["admin_url"]).status_code == 200, entry["name"]


def test_there_is_no_page_of_an_app(admin):
    assert admin.get("/admin/tracker/").url == "/admin/"


# the start page


def test_the_start_page_says_what_needs_somebody_now(admin, make_issue, make_owner):
    now = timezone.now()
    mona = make_owner("Mona Reyes", user=admin.user)
    make_issue(title="late", deadline=now - HOUR, owner=make_owner(), priority=Priority.P2)
    make_issue(title="soon", deadline=now + HOUR, owner=mona)
    make_issue(title="alone", deadline=now + 90 * HOUR, priority=Priority.P0)
    make_issue(title="closed", deadline=now - HOUR, status=Status.VALIDATED)
    make_issue(title="finished by another", status=Status.COMPLETED, owner=make_owner("Tom Ode"))
    make_issue(title="finished by her", status=Status.COMPLETED, owner=mona)

    shown = sections(admin.get("/admin/"))

    assert {key: [issue.title for issue in section.rows] for key, section in shown.items()} == {
        "overdue": ["late"],
        "due-soon": ["soon"],
        "unassigned": ["alone"],
        "mine": ["soon"],
        "to-validate": ["finished by another"],
    }
    assert next(iter(shown)) == "mine"


def test_a_section_shows_the_first_issues_and_how_many_there_are(admin, make_issue, make_owner):
    olga = make_owner()
    for _ in range(8):
        make_issue(deadline=timezone.now() - HOUR, owner=olga)

    overdue = sections(admin.get("/admin/"))["overdue"]

    assert len(overdue.rows) == 6
    assert overdue.number_words == "8"


def test_every_show_all_leads_to_the_issues_of_its_section(admin, make_issue, make_owner):
    mona = make_owner("Mona Reyes", user=admin.user)
    make_issue(title="late", deadline=timezone.now() - HOUR, owner=mona)
    make_issue(title="alone", deadline=timezone.now() + 90 * HOUR, priority=Priority.P0)
    make_issue(title="idle", deadline=timezone.now() + 90 * HOUR, priority=Priority.P3)
    make_issue(title="finished", status=Status.COMPLETED)
    make_issue(title="finished by her", status=Status.COMPLETED, owner=mona)

    for section in admin.get("/admin/").context["sections"]:
        listed = admin.get(f"/admin/tracker/issue/?{section.query}").context["cl"].result_list
        assert [issue.title for issue in listed] == [issue.title for issue in section.rows], section.key


def test_an_empty_site_says_what_to_do_first(admin):
    text = admin.get("/admin/").text

    assert "Nothing is overdue." in text
    assert re.search(r'No analyses yet\. <a href="/admin/tracker/analysis/add/">Add one</a>', text)


def test_analyses_with_entries_to_decide_are_on_the_start_page(admin, make_analysis, add_item):
    waiting, decided = make_analysis("Bread burns"), make_analysis("Milk turns")
    add_item(waiting, fingerprint="a")
    add_item(waiting, fingerprint="b")
    add_item(waiting, fingerprint="c", kind="check")
    add_item(decided, fingerprint="d", decision="dismissed", decision_reason="no")

    response = admin.get("/admin/")

    assert response.context["pending_analyses"] == [(waiting, 2)]
    assert "2 to decide" in response.text
    assert f"/admin/tracker/analysis/{waiting.pk}/change/" in response.text


def test_the_start_page_costs_the_same_for_1_and_for_20_of_everything(
    admin, make_issue, make_owner, add_item, django_assert_max_num_queries
):
    mona = make_owner("Mona Reyes", user=admin.user)

    def more(number):
        for each in range(number):
            make_issue(deadline=timezone.now() - HOUR, owner=mona)
            make_issue(deadline=timezone.now() + HOUR)
            add_item(fingerprint=str(each))

    admin.get("/admin/")
    more(1)
    with django_assert_max_num_queries(19):
        admin.get("/admin/")
    more(20)
    with django_assert_max_num_queries(19):
        admin.get("/admin/")


def test_somebody_who_may_see_nothing_is_told_so(reader):
    assert "Ask the administrator" in reader().get("/admin/").text


# background work and history are there to be looked at


@pytest.fixture
def background(db):
    now = timezone.now()
    task = {"func": "math.copysign", "started": now, "stopped": now, "args": (), "kwargs": {}}
    return {
        "schedule": Schedule.objects.create(name="beat", func="math.copysign", schedule_type=Schedule.ONCE),
        "success": Success.objects.create(id="a" * 32, name="fine", success=True, **task),
        "failure": Failure.objects.create(id="b" * 32, name="sour", success=False, result="ouch", **task),
        "ormq": OrmQ.objects.create(key="remediation", payload="none", lock=now),
    }


@pytest.mark.parametrize("model", ["schedule", "success", "failure", "ormq"])
def test_background_work_is_read_only_for_everybody(admin, background, model):
    row = background[model]
    before = type(row)._default_manager.values().get(pk=row.pk)
    page = f"/admin/django_q/{model}/"

    assert admin.get(page).status_code == 200
    assert admin.post(f"{page}{row.pk}/change/", {"func": "os.system"}).status_code == 403
    assert admin.post(f"{page}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert admin.post(f"{page}add/", {"func": "os.system"}).status_code == 403
    for action in ("delete_selected", "resubmit_task"):
        admin.post(page, {"action": action, "_selected_action": [row.pk], "post": "yes"})
    assert type(row)._default_manager.values().get(pk=row.pk) == before
    assert OrmQ.objects.count() == 1, "nothing was queued"


@pytest.mark.parametrize("model", ["statuschange", "fieldchange", "note"])
def test_history_is_read_only_for_everybody(admin, make_issue, now, model):
    issue = make_issue()
    by = {"at": now, "actor_name": "mona", "door": Door.ADMIN}
    issue.notes.create(text="words", **by)
    issue.changes.create(new_status="identified", **by)
    issue.field_changes.create(field="owner", new="Olga", **by)
    page = f"/admin/tracker/{model}/"

    listed = admin.get(page)
    row = listed.context["cl"].result_list[0]

    assert issue.reference in listed.text
    assert admin.get(f"{page}{row.pk}/change/").status_code == 200
    assert admin.post(f"{page}{row.pk}/change/", {"text": "other"}).status_code == 403
    assert admin.post(f"{page}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert admin.post(f"{page}add/", {}).status_code == 403


# owners, systems, deadlines


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"time_zone": "Europe/Pariss"}, "is not a time zone", id="a zone that nobody knows"),
        pytest.param({"name": "olga brandt"}, "name", id="a name that is taken"),
        pytest.param({"email": "not an address"}, "valid email", id="no e-mail address"),
    ],
)
def test_an_owner_that_cannot_be_is_refused(admin, make_owner, changed, words):
    make_owner()
    fields = {"name": "Pia Lind", "email": "", "slack_name": "", "time_zone": "", "role": "engineer"} | changed

    response = admin.post("/admin/tracker/owner/add/", fields)

    assert response.status_code == 200
    assert words in response.context["adminform"].form.errors.as_text().lower()
    assert Owner.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"country": "ZZ"}, "ZZ", id="a country without a calendar"),
        pytest.param({"time_zone": "Mars/Base"}, "time zone", id="a zone that nobody knows"),
        pytest.param({"day_starts": "17:00", "day_ends": "09:00"}, "business day", id="a day that ends too early"),
        pytest.param({"hours": "0"}, "1 hour", id="no time at all"),
        pytest.param({"due_soon_hours": "0"}, "greater than or equal to 1", id="due soon at the deadline itself"),
        pytest.param({"stalled_hours": "87601"}, "87600", id="stalled after more than ten years"),
        pytest.param({"late_warning_hours": "5"}, "in that order", id="critical before it is a warning"),
    ],
)
def test_a_deadline_policy_that_cannot_be_is_refused(admin, changed, words):
    before = PriorityPolicy.objects.values().get(priority="P2")
    fields = {"priority": "P2", "hours": "48", "calendar": "business", "country": "", "subdivision": ""}
    fields |= {
        "time_zone": "",
        "day_starts": "09:00",
        "day_ends": "17:00",
        "due_soon_hours": "48",
        "late_critical_hours": "4",
    }
    fields |= changed

    response = admin.post(f"/admin/tracker/prioritypolicy/{before['id']}/change/", fields)

    assert response.status_code == 200
    assert words in response.context["adminform"].form.errors.as_text()
    assert PriorityPolicy.objects.values().get(priority="P2") == before


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/admin/tracker/owner/add/", "user"),
        ("/admin/tracker/owner/add/", "reports_to"),
        ("/admin/tracker/system/add/", "default_owner"),
    ],
)
def test_no_form_lists_every_owner_or_user(admin, make_owner, address, field):
    make_owner("Pia Lind")

    text = admin.get(address).text

    assert re.search(rf'<select name="{field}"[^>]*admin-autocomplete', text)
    assert "Pia Lind" not in text


def test_an_owner_or_a_system_with_issues_is_not_deleted(admin, make_issue, make_owner):
    olga, ovens = make_owner(), System.objects.create(name="Ovens")
    make_issue(owner=olga).systems.add(ovens)
    unused = make_owner("Pia Lind")

    assert admin.post(f"/admin/tracker/owner/{olga.pk}/delete/", {"post": "yes"}).status_code == 403
    assert admin.post(f"/admin/tracker/system/{ovens.pk}/delete/", {"post": "yes"}).status_code == 403
    admin.post(f"/admin/tracker/owner/{unused.pk}/delete/", {"post": "yes"})
    assert list(Owner.objects.all()) == [olga]
    assert System.objects.filter(pk=ovens.pk).exists()


# pages keep to the policy


def test_no_page_of_the_admin_has_a_script_or_style_of_its_own(
    admin, make_issue, make_owner, make_analysis, background
):
    issue = make_issue(analysis=make_analysis(), source_line=1)
    issue.notes.create(text="words", at=timezone.now(), actor_name="mona", door=Door.ADMIN)
    owner, system, group = make_owner(), System.objects.create(name="Ovens"), Group.objects.create(name="Readers")
    policy, _ = PriorityPolicy.objects.get_or_create(priority="P2", defaults={"hours": 9})
    pages = [
        *("/admin/", "/admin/password_change/", "/admin/tracker/issue/", "/admin/tracker/issue/?q=none"),
        f"/admin/tracker/issue/{issue.pk}/change/",
        *(f"/admin/tracker/issue/{issue.pk}/change/{name}/" for name in ("owner", "deadline", "priority", "note")),
        f"/admin/tracker/issue/{issue.pk}/transition/cancel/",
        *(f"/admin/tracker/owner/{owner.pk}/{page}/" for page in ("change", "history", "delete")),
        *(f"/admin/tracker/{model}/add/" for model in ("owner", "system")),
        f"/admin/tracker/system/{system.pk}/change/",
        f"/admin/tracker/prioritypolicy/{policy.pk}/change/",
        *(
            "/admin/auth/user/add/",
            f"/admin/auth/user/{admin.user.pk}/change/",
            f"/admin/auth/group/{group.pk}/change/",
        ),
        *(f"/admin/django_q/{model}/{row.pk}/change/" for model, row in background.items() if model != "ormq"),
        *(entry["admin_url"] for each in admin.get("/admin/").context["available_apps"] for entry in each["models"]),
    ]

    for page in pages:
        response = admin.get(page)
        assert response.status_code == 200, page
        assert "'unsafe-inline'" not in response.headers["Content-Security-Policy"]
        assert INLINE.findall(response.text) == [], page


def test_the_login_page_has_no_script_or_style_of_its_own_and_says_what_this_is(client, db):
    text = client.get("/admin/login/").text

    assert INLINE.findall(text) == []
    assert "Five Whys" in text


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [("/admin/nowhere/at/all/", 404, "Not found"), ("/admin/tracker/issue/add/", 403, "Not allowed")],
)
def test_a_page_that_cannot_be_shown_says_so_and_leads_back(admin, address, status, words):
    response = admin.get(address)

    assert response.status_code == status
    assert words in response.text
    assert 'href="/admin/"' in response.text
    assert INLINE.findall(response.text) == []


def test_a_form_without_its_token_is_refused_in_words(make_user):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_user("mona", is_staff=True, is_superuser=True))

    response = browser.post("/admin/tracker/owner/add/", {"name": "Pia Lind"})

    assert response.status_code == 403
    assert "Please try again" in response.text
    assert not Owner.objects.exists()
