"""Who may do what (tracker/permissions.py), asked at every function that writes, and the groups of a new site."""

import importlib
from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.db import connection

from tracker import amend, intake, permissions, prevention, workflow
from tracker.choices import Door, MeasureCategory, Priority
from tracker.models import ExtractedItem, FieldChange, Issue, Note, PreventionMeasure, StatusChange
from tracker.refusals import Refused
from tracker.tests.extractions import issue as issue_entry
from tracker.tests.extractions import says

pytestmark = pytest.mark.django_db

GROUPS = importlib.import_module("tracker.migrations.0005_groups")
LOOK_ONLY = "You may look at issues, and not change them."


@pytest.fixture
def member(make_user):
    """Somebody of a group; the groups are there also after a test that emptied the tables."""
    GROUPS.add_groups(apps, connection.schema_editor())

    def make(group, name):
        user = make_user(name)
        user.groups.add(Group.objects.get(name=group))
        return user

    return make


@pytest.fixture
def olga(member):
    return member("Engineer", "olga")


@pytest.fixture
def owner(make_owner, olga):
    return make_owner("Olga Brandt", user=olga)


def written():
    """All that the verbs of the tests could have written."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (Issue, Note, StatusChange, FieldChange, PreventionMeasure)
    ]


VERBS = {
    "a transition": lambda issue, **hand: workflow.apply("block", issue.pk, reason="No access.", **hand),
    "another owner": lambda issue, **hand: amend.assign(issue.pk, None, **hand),
    "another deadline": lambda issue, now, **hand: amend.move_deadline(
        issue.pk, issue.deadline.replace(year=2030), reason="Parts are late.", now=now, **hand
    ),
    "another priority": lambda issue, **hand: amend.set_priority(issue.pk, Priority.P0, **hand),
    "a note": lambda issue, **hand: amend.add_note(issue.pk, "Half done", **hand),
    "a prevention measure": lambda issue, **hand: prevention.propose(
        issue.pk, "Alert on it", category=MeasureCategory.MONITORING, owner=None, **hand
    ),
}


@pytest.mark.parametrize("verb", VERBS)
def test_an_engineer_changes_issues_of_their_own(make_issue, owner, olga, now, verb):
    issue = make_issue(owner=owner)

    assert VERBS[verb](issue, actor=olga, door=Door.ADMIN, now=now)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("whose", ["Lee Okafor", None])
def test_an_engineer_changes_no_issue_of_another_or_of_nobody(make_issue, make_owner, olga, verb, whose):
    issue = make_issue(owner=make_owner(whose) if whose else None)
    if verb == "another owner" and not whose:
        amend.assign(issue.pk, make_owner("Dana Fox"), actor=None, door=Door.COMMAND, now=issue.created_at)
    before = written()

    with pytest.raises(Refused, match="You change issues of your own only") as refused:
        VERBS[verb](issue, actor=olga, door=Door.ADMIN, now=issue.created_at)

    assert any(issue.reference in sentence for sentence in refused.value.reasons)
    assert written() == before


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("group", ["Executive", "Auditor", None])
def test_who_only_looks_changes_nothing_not_even_their_own_issue(request, make_issue, make_owner, verb, group):
    user = request.getfixturevalue("member")(group, "vera") if group else request.getfixturevalue("make_user")("vera")
    issue = make_issue(owner=make_owner("Vera Lind", user=user))
    before = written()

    with pytest.raises(Refused) as refused:
        VERBS[verb](issue, actor=user, door=Door.API, now=issue.created_at)

    assert LOOK_ONLY in refused.value.reasons
    assert written() == before


@pytest.mark.parametrize("verb", VERBS)
def test_a_manager_changes_any_issue(make_issue, owner, member, now, verb):
    assert VERBS[verb](make_issue(owner=owner), actor=member("Manager", "mona"), door=Door.ADMIN, now=now)


@pytest.mark.parametrize("verb", VERBS)
def test_the_operator_of_the_system_needs_no_account(make_issue, owner, now, verb):
    assert VERBS[verb](make_issue(owner=owner), actor=None, door=Door.COMMAND, now=now)


def test_whoever_did_not_log_in_is_not_the_operator(make_issue):
    assert permissions.may(AnonymousUser(), permissions.CHANGE, make_issue()) == LOOK_ONLY


def test_an_account_that_was_switched_off_may_nothing(make_issue, owner, olga):
    olga.is_active = False

    assert permissions.may(olga, permissions.CHANGE, make_issue(owner=owner)) == LOOK_ONLY


def test_an_issue_that_was_given_away_is_not_the_engineers_any_more(make_issue, make_owner, owner, olga, now):
    issue = make_issue(owner=owner)
    hand = {"actor": olga, "door": Door.ADMIN, "now": now}

    amend.assign(issue.pk, make_owner("Lee Okafor"), **hand)

    with pytest.raises(amend.AmendRefused, match="is Lee Okafor's: ask a manager"):
        amend.add_note(issue.pk, "One more thing", **hand)


def test_only_a_manager_cancels(make_issue, member, owner, olga, now):
    issue = make_issue(owner=owner)
    cancel = {"reason": "A duplicate.", "door": Door.ADMIN, "now": now}

    with pytest.raises(workflow.TransitionRefused, match="Only a manager cancels"):
        workflow.apply("cancel", issue.pk, actor=olga, **cancel)
    assert "cancel" not in workflow.allowed(issue, olga)

    assert workflow.apply("cancel", issue.pk, actor=member("Manager", "mona"), **cancel).is_closed


def test_an_engineer_makes_an_issue_more_urgent_and_a_manager_less(make_issue, member, owner, olga, now):
    issue = make_issue(owner=owner, priority=Priority.P1)
    hand = {"door": Door.ADMIN, "now": now}

    amend.set_priority(issue.pk, Priority.P0, actor=olga, **hand)
    with pytest.raises(amend.AmendRefused, match="Only a manager makes an issue less urgent"):
        amend.set_priority(issue.pk, Priority.P2, actor=olga, **hand)

    assert amend.set_priority(issue.pk, Priority.P2, actor=member("Manager", "mona"), **hand).priority == Priority.P2


@pytest.mark.parametrize("group", ["Engineer", "Executive", "Auditor"])
def test_only_a_manager_confirms_the_revenue_at_risk_of_an_issue(make_issue, make_owner, member, now, group):
    user = member(group, "vera")
    issue = make_issue(owner=make_owner("Vera Lind", user=user))
    given = {"reason": "Two customers asked to leave.", "door": Door.ADMIN, "now": now}

    with pytest.raises(amend.AmendRefused, match="Only a manager confirms the revenue at risk"):
        amend.confirm_revenue(issue.pk, Decimal(900), actor=user, **given)
    issue.refresh_from_db()
    assert issue.revenue_at_risk is None

    confirmed = amend.confirm_revenue(issue.pk, Decimal(900), actor=member("Manager", "mona"), **given)
    assert confirmed.revenue_at_risk == 900


@pytest.mark.parametrize("group", ["Engineer", "Executive", "Auditor"])
def test_only_a_manager_decides_about_entries(put, member, hand, group):
    analysis = put(says(issue_entry("Raise the pool size to 50", 3))).analysis
    entry = analysis.items.get().pk
    by = hand | {"actor": member(group, "vera")}
    before = list(ExtractedItem.objects.values())

    for decide in (
        lambda: intake.add(entry, **by),
        lambda: intake.add_all(analysis.pk, **by),
        lambda: intake.dismiss(entry, reason="Nobody needs it.", **by),
        lambda: intake.reconsider(entry, **by),
        lambda: intake.edit(entry, title="Raise it", **by),
    ):
        with pytest.raises(Refused, match="Only a manager decides"):
            decide()
    assert list(ExtractedItem.objects.values()) == before

    assert intake.add(entry, **by | {"actor": member("Manager", "mona")})


def test_an_engineer_signs_off_what_others_did_and_who_only_looks_does_not(make_issue, make_owner, member, olga):
    issue = make_issue(owner=make_owner("Lee Okafor"))

    assert permissions.may(olga, "sign off", issue) == ""
    assert permissions.may(member("Auditor", "vera"), "sign off", issue) == LOOK_ONLY


# -- groups ------------------------------------------------------------------------------------------------------------
def rights(group):
    """What the group may do with the rows of the tracker."""
    of_tracker = Group.objects.get(name=group).permissions.filter(content_type__app_label="tracker")
    return set(of_tracker.values_list("codename", flat=True))


def test_a_new_site_has_the_four_groups_with_their_rights(member):
    changes = {name: {right for right in rights(name) if not right.startswith("view_")} for name in GROUPS.GROUPS}

    assert changes == {
        "Engineer": {"work_on_own_issue"},
        "Manager": {
            "add_analysis", "change_analysis", "change_issue", "cancel_issue", "export_issue", "export_issue_text",
            "add_owner", "change_owner", "add_system", "change_system", "add_githublink", "change_githublink",
            *(f"{verb}_revenue{part}" for verb in ("add", "change", "delete") for part in ("profile", "stream")),
        },
        "Executive": {"export_issue"},
        "Auditor": {"export_issue", "export_issue_text"},
    }  # fmt: skip


def test_an_auditor_reads_everything_of_the_tracker_and_its_history(member):
    everything = Permission.objects.filter(content_type__app_label="tracker", codename__startswith="view_")

    assert set(everything.values_list("codename", flat=True)) <= rights("Auditor")


@pytest.mark.parametrize("group", ["Engineer", "Executive"])
def test_who_does_the_work_and_who_leads_see_issues_and_what_they_are_made_of(member, group):
    assert {"view_issue", "view_analysis", "view_check", "view_preventionmeasure", "view_validationrun"} <= rights(
        group
    )
    assert not {"view_statuschange", "view_fieldchange", "view_user"} & rights(group)


def test_the_groups_come_with_rights_that_django_has_not_made_yet():
    Group.objects.all().delete()
    Permission.objects.all().delete()

    GROUPS.add_groups(apps, connection.schema_editor())

    assert "work_on_own_issue" in rights("Engineer")
    assert Permission.objects.get(codename="view_extracteditem").name == "Can view extracted item"


def test_a_group_that_somebody_changed_stays_as_it_is(member):
    Group.objects.get(name="Executive").permissions.clear()

    GROUPS.add_groups(apps, connection.schema_editor())

    assert rights("Executive") == set()


def test_taking_the_groups_back_leaves_those_with_members(member):
    member("Auditor", "vera")

    GROUPS.remove_groups(apps, connection.schema_editor())

    assert list(Group.objects.values_list("name", flat=True)) == ["Auditor"]
