from datetime import UTC, datetime, timedelta

import pytest

from tracker import intake
from tracker.choices import CalendarKind, Priority
from tracker.models import (
    Analysis,
    ExtractedItem,
    Owner,
    PriorityPolicy,
)
from tracker.tests.extractions import issue, says

pytestmark = pytest.mark.django_db


def test_an_owner_as_written_is_matched(put, make_owner):
    dana = make_owner("Dana Fox", slack_name="dfox")
    put(says(issue("Raise the pool size", 3, owner="@dfox")))

    row = ExtractedItem.objects.get()
    assert (row.owner, row.owner_words) == (dana, "@dfox")


def test_an_unknown_owner_creates_no_account_and_keeps_the_words(put, systems, hand, django_user_model):
    accounts = django_user_model.objects.count()
    analysis = put(
        says(issue("Raise the pool size", 3, owner="Platform team", affected_systems=("database",)))
    ).analysis

    (accepted,) = intake.add_all(analysis.pk, **hand)

    assert (accepted.owner, accepted.owner_words) == (None, "Platform team")
    assert list(Owner.objects.all()) == [systems["lee"]]
    assert django_user_model.objects.count() == accounts


def test_an_owner_who_came_to_be_known_after_the_import_is_found_on_accepting(put, hand, make_owner):
    analysis = put(says(issue("Raise the pool size", 3, owner="Dana Fox"))).analysis
    dana = make_owner("Dana Fox")

    assert intake.add_all(analysis.pk, **hand)[0].owner == dana


@pytest.mark.parametrize(
    ("names", "has_owner"),
    [
        pytest.param(("database", "cache"), True, id="the first system has an owner"),
        pytest.param(("cache", "database"), False, id="only the second system has an owner"),
        pytest.param(("unheard of",), False, id="a system that there is no more"),
        pytest.param((), False, id="no system"),
    ],
)
def test_where_the_document_names_nobody_the_owner_of_the_first_system_does_it(put, hand, systems, names, has_owner):
    analysis = put(says(issue("Raise the pool size", 3, affected_systems=names), affected_systems=names)).analysis

    (accepted,) = intake.add_all(analysis.pk, **hand)

    known = {name for name in names if name in systems}
    assert accepted.owner == (systems["lee"] if has_owner else None)
    assert {system.name for system in accepted.systems.all()} == known
    assert {system.name for system in analysis.systems.all()} == known


@pytest.mark.parametrize(("priority", "hours"), [("P0", 24), ("P1", 72), ("P2", 336), ("P3", 720)])
def test_without_a_stated_deadline_the_policy_of_the_priority_holds_from_the_import_on(put, now, priority, hours):
    put(says(issue("Raise the pool size", 3, priority=Priority(priority))))

    row = ExtractedItem.objects.get()
    assert row.deadline == now + timedelta(hours=hours)
    assert row.deadline_words == ""


def test_a_policy_that_was_edited_holds(put, now):
    PriorityPolicy.objects.update_or_create(
        priority="P2", defaults={"hours": 24, "calendar": CalendarKind.BUSINESS, "time_zone": "UTC"}
    )
    friday = datetime(2026, 3, 13, 16, tzinfo=UTC)

    put(says(issue("Raise the pool size", 3, priority=Priority.P2)), now=friday)

    assert ExtractedItem.objects.get().deadline == friday + timedelta(days=3)


def test_a_policy_that_cannot_be_stops_the_import_with_a_sentence(put):
    PriorityPolicy.objects.update_or_create(priority="P2", defaults={"hours": 24, "country": "XX"})

    with pytest.raises(intake.IntakeRefused, match="A priority policy cannot be used: No public holidays"):
        put(says(issue("Raise the pool size", 3)))

    assert not Analysis.objects.exists()


@pytest.mark.parametrize(
    ("words", "end"),
    [
        pytest.param("2 days", datetime(2026, 3, 11, 23, 59, 59, tzinfo=UTC), id="counted from the analysis date"),
        pytest.param("2026-04-01", datetime(2026, 4, 1, 23, 59, 59, tzinfo=UTC), id="a date"),
        pytest.param("2025-12-01", datetime(2025, 12, 1, 23, 59, 59, tzinfo=UTC), id="a date that has passed"),
    ],
)
def test_a_stated_deadline_is_resolved_and_kept_even_when_it_has_passed(put, hand, words, end):
    analysis = put(says(issue("Raise the pool size", 3, deadline=words))).analysis

    (accepted,) = intake.add_all(analysis.pk, **hand)

    assert (accepted.deadline, accepted.original_deadline, accepted.deadline_words) == (end, end, words)


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        pytest.param("after the release", {}, id="words that name no moment"),
        pytest.param("2 days", {"date": None}, id="words that count from a date that the document does not state"),
    ],
)
def test_a_deadline_that_cannot_be_resolved_keeps_its_words_beside_that_of_the_policy(put, now, words, fields):
    put(says(issue("Raise the pool size", 3, deadline=words), **fields))

    row = ExtractedItem.objects.get()
    assert (row.deadline, row.deadline_words) == (now + timedelta(hours=72), words)
