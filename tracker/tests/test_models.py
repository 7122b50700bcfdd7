import importlib
from datetime import time

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.forms import modelform_factory

from tracker.choices import CalendarKind, Decision, IssueKind, ItemKind, Priority, Status
from tracker.deadlines import DEFAULT_POLICIES
from tracker.extraction.systems import GENERIC_SYSTEMS
from tracker.models import Check, ExtractedItem, Issue, Owner, PriorityPolicy, System
from tracker.policies import policies

pytestmark = pytest.mark.django_db

DEFAULTS = importlib.import_module("tracker.migrations.0002_default_policies_and_systems")


def refused_by_the_database(write):
    with pytest.raises(IntegrityError), transaction.atomic():
        write()


@pytest.fixture
def default_rows():
    """The rows of the migration, also after a test that emptied the tables."""
    PriorityPolicy.objects.all().delete()
    System.objects.all().delete()
    DEFAULTS.add_rows(apps, connection.schema_editor())


def test_a_new_site_has_a_policy_for_every_priority(default_rows):
    assert {row.priority: row.hours for row in PriorityPolicy.objects.all()} == {
        "P0": 24,
        "P1": 72,
        "P2": 336,
        "P3": 720,
    }
    assert policies() == dict(DEFAULT_POLICIES)


def test_a_new_site_knows_the_generic_systems_and_no_product(default_rows):
    assert {row.name: tuple(row.keyword_list()) for row in System.objects.all()} == {
        system.name: tuple(system.keywords) for system in GENERIC_SYSTEMS
    }
    assert not System.objects.exclude(default_owner=None).exists()


def test_the_default_rows_can_be_taken_back_but_for_those_that_somebody_made_their_own(default_rows, make_owner):
    System.objects.filter(name="cache").update(keywords="cache\nbucket brigade")
    System.objects.filter(name="backend").update(default_owner=make_owner())
    System.objects.create(name="billing")

    DEFAULTS.remove_rows(apps, connection.schema_editor())

    assert set(System.objects.values_list("name", flat=True)) == {"backend", "billing", "cache"}
    assert not PriorityPolicy.objects.exists()


def test_the_default_rows_do_not_replace_what_is_there_already(default_rows):
    PriorityPolicy.objects.filter(priority="P2").update(hours=100)
    System.objects.filter(name="cache").update(keywords="bucket brigade")

    DEFAULTS.add_rows(apps, connection.schema_editor())

    assert PriorityPolicy.objects.get(priority="P2").hours == 100
    assert System.objects.get(name="cache").keywords == "bucket brigade"


def test_a_missing_policy_is_the_default_one_in_the_sites_zone(settings):
    settings.TIME_ZONE = "Europe/Oslo"
    PriorityPolicy.objects.all().delete()
    PriorityPolicy.objects.create(priority=Priority.P2, hours=48, calendar=CalendarKind.BUSINESS, country="NO")

    found = policies()

    assert found[Priority.P0].hours == 24
    assert (found[Priority.P2].hours, found[Priority.P2].calendar.country) == (48, "NO")
    assert {policy.calendar.time_zone for policy in found.values()} == {"Europe/Oslo"}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        pytest.param({"country": "XX"}, "country", id="an unknown country"),
        pytest.param({"country": "US", "subdivision": "QQ"}, "subdivision", id="an unknown subdivision"),
        pytest.param({"time_zone": "Mars/Olympus"}, "time zone", id="an unknown time zone"),
        pytest.param({"day_starts": time(17), "day_ends": time(9)}, "business day", id="a day that ends first"),
        pytest.param({"hours": 24 * 365 * 11}, "10 years", id="more than ten years"),
        pytest.param({"hours": 0}, "hour", id="no time at all"),
    ],
)
def test_a_policy_that_no_deadline_can_be_made_from_is_refused_in_the_admin(fields, sentence):
    PriorityPolicy.objects.all().delete()
    values = {"priority": Priority.P2, "hours": 48, "calendar": CalendarKind.BUSINESS}
    policy = PriorityPolicy(**{"day_starts": time(9), "day_ends": time(17)} | values | fields)

    with pytest.raises(ValidationError, match=sentence):
        policy.full_clean()


@pytest.mark.parametrize("field", ["hours", "day_starts", "calendar", "priority", "time_zone"])
def test_a_policy_form_with_a_field_that_cannot_be_read_says_so(field):
    PriorityPolicy.objects.all().delete()
    values = {"priority": "P2", "hours": 48, "calendar": "business", "day_starts": "09:00", "day_ends": "17:00"}
    form = modelform_factory(PriorityPolicy, fields="__all__")(values | {field: "soon"})

    assert field in form.errors


@pytest.mark.parametrize("priority", [Priority.P0, Priority.P1])
def test_urgent_priorities_run_around_the_clock(priority):
    PriorityPolicy.objects.all().delete()
    policy = PriorityPolicy(priority=priority, hours=24, calendar=CalendarKind.BUSINESS)

    with pytest.raises(ValidationError, match="around the clock"):
        policy.full_clean()
    refused_by_the_database(policy.save)


@pytest.mark.parametrize("status", [Status.PLANNED, Status.IN_PROGRESS])
def test_the_database_refuses_planned_work_without_an_owner(make_issue, status):
    refused_by_the_database(lambda: make_issue(status=status))


def test_the_database_refuses_planned_work_without_a_deadline(make_issue, make_owner):
    refused_by_the_database(lambda: make_issue(status=Status.PLANNED, owner=make_owner(), deadline=None))


def test_a_reference_is_unique(make_issue):
    make_issue(reference="P0-20260310-001")

    refused_by_the_database(lambda: make_issue(reference="P0-20260310-001"))


@pytest.mark.parametrize(
    "twin",
    [
        {"name": "DANA FOX"},
        {"name": "Another", "email": "Dana@Example.org"},
        {"name": "Another", "slack_name": "DFox"},
    ],
    ids=["name", "email", "handle"],
)
def test_two_owners_never_answer_to_the_same_words(make_owner, twin):
    make_owner("Dana Fox", email="dana@example.org", slack_name="dfox")

    refused_by_the_database(lambda: make_owner(**twin))


def test_any_number_of_owners_have_neither_address_nor_handle(make_owner):
    make_owner("Dana Fox")
    make_owner("Lee Okafor")

    assert Owner.objects.count() == 2


def test_nobody_reports_to_themselves(make_owner):
    dana = make_owner("Dana Fox")
    dana.reports_to = dana

    refused_by_the_database(dana.save)


def test_a_line_of_reporting_never_comes_back_to_where_it_began(make_owner):
    boss = make_owner("Ada Boss")
    lead = make_owner("Lea Lund", reports_to=boss)
    dana = make_owner("Dana Fox", reports_to=lead)

    dana.full_clean()
    boss.reports_to = dana
    with pytest.raises(ValidationError, match="Nobody reports to themselves"):
        boss.full_clean()


def item_of(analysis, **fields):
    values = {"kind": ItemKind.FIX, "line": 1, "end_line": 1, "title": "x", "text": "x", "fingerprint": "f"}
    return ExtractedItem(analysis=analysis, **(values | fields))


def test_an_entry_is_not_dismissed_without_a_reason(make_analysis):
    refused_by_the_database(item_of(make_analysis(), decision=Decision.DISMISSED).save)


def test_an_entry_is_not_tracked_without_its_issue(make_analysis):
    refused_by_the_database(item_of(make_analysis(), decision=Decision.ADDED).save)


def test_a_check_belongs_once_to_an_issue(make_analysis, make_issue):
    issue, item = make_issue(), item_of(make_analysis(), kind=ItemKind.CHECK)
    item.save()
    Check.objects.create(issue=issue, item=item, text="x")

    refused_by_the_database(lambda: Check.objects.create(issue=issue, item=item, text="x"))


def test_a_system_without_keywords_is_found_by_its_name():
    assert System(name="billing", keywords=" \n").keyword_list() == ["billing"]
    assert System(name="billing", keywords="invoice\n\n ledger ").keyword_list() == ["invoice", "ledger"]


def test_rows_are_shown_by_the_words_that_people_know_them_by(make_issue):
    assert (
        str(make_issue(reference="P1-20260310-001", title="Raise the pool size"))
        == "P1-20260310-001 Raise the pool size"
    )
    assert str(IssueKind.FIX) == Issue(kind=IssueKind.FIX).kind == "fix"
