"""Whatever somebody does to the rows of the audit in the database is found, and named."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracker import audit, chain, sealing, verifying
from tracker.choices import AuditVerb, Door
from tracker.models import AuditEvent, Seal
from tracker.verifying import Verification

pytestmark = pytest.mark.django_db
ROWS = 12
BATCH = 4  # rows of a seal here
EVERY_FIELD = [name for name in chain.COLUMNS if name != "id"]
OTHER = {"at": None, "changes": {"owner": [None, "Mallory"]}, "actor_id": 99, "row_id": 99}


@pytest.fixture
def sealed(now, monkeypatch):
    """An audit of three seals with four rows each, in a database that lets everything happen."""
    monkeypatch.setattr(sealing, "BATCH", BATCH)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # what the owner of the tables can do
            for table in ("tracker_auditevent", "tracker_seal"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    AuditEvent.objects.all().delete()
    audit.record_all(
        audit.event(
            AuditVerb.CHANGE,
            audit.Target("tracker.issue", str(number), f"P1-20260310-{number:03d}"),
            actor=None,
            door=Door.ADMIN,
            now=now + timedelta(seconds=number),
            changes={"owner": (None, f"Owner {number}")},
        )
        for number in range(1, ROWS + 1)
    )
    sealing.seal(now)
    return list(AuditEvent.objects.order_by("position"))


def found(**options):
    run = Verification(sealing.site_keys(), **options)
    return [(each.what, each.position, each.row, each.seal) for each in run.findings()]


def named(**options):
    """(what, number of the row or seal that is named)."""
    return {(what, row or seal or position) for what, position, row, seal in found(**options)}


def at(position):
    return AuditEvent.objects.filter(position=position)


def test_an_audit_that_nobody_touched_has_nothing_to_find(sealed):
    run = Verification(sealing.site_keys())

    assert list(run.findings()) == []
    assert (run.rows, run.seals, run.head.number) == (ROWS, 3, 3)


@pytest.mark.parametrize("name", [*EVERY_FIELD, "mark"])
@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(position=st.integers(1, ROWS))
def test_an_edited_field_is_found_and_its_row_is_named(sealed, name, position):
    row = at(position).get()
    other = {**OTHER, "at": row.at + timedelta(microseconds=1), "mark": "ab" * 32}.get(name, f"{getattr(row, name)}x")
    at(position).update(**{name: other})

    assert {(what, each) for what, _, each, _ in found()} >= {("edited", row.pk)}
    assert {each for _, _, each, _ in found()} == {row.pk}
    at(position).update(**{name: getattr(row, name)})
    assert found() == []


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(position=st.integers(1, ROWS))
def test_an_edited_digest_is_found_and_its_row_is_named(sealed, position):
    row = at(position).get()
    at(position).update(digest="ab" * 32)

    assert [(what, each) for what, _, each, _ in found()] == [("link", row.pk)]
    at(position).update(digest=row.digest)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(position=st.integers(1, ROWS))
def test_a_removed_row_is_found_and_its_position_is_named(sealed, position):
    row = at(position).get()
    row_as_it_was = at(position).values().get()
    row.delete()

    assert found() == [("removed", position, None, None)]
    AuditEvent.objects.create(**row_as_it_was)
    assert found() == []


CONTENT = [name for name in chain.COLUMNS if name != "id"]
WAYS = {
    "only their positions": ("position",),
    "all that the chain says of them": ("position", "mark", "digest"),
    "positions and digests": ("position", "digest"),
}


@pytest.mark.parametrize("names", WAYS.values(), ids=WAYS)
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(pair=st.lists(st.integers(1, ROWS), min_size=2, max_size=2, unique=True))
def test_two_rows_that_change_places_are_found_and_both_are_named(sealed, names, pair):
    one, other = (at(position).get() for position in pair)
    put(one.pk, position=ROWS + 1)
    put(other.pk, **{name: getattr(one, name) for name in names})
    put(one.pk, **{name: getattr(other, name) for name in names})

    assert {(what, each) for what, _, each, _ in found()} >= {("moved", one.pk), ("moved", other.pk)}
    assert {each for _, _, each, _ in found() if each} == {one.pk, other.pk}
    put(one.pk, position=ROWS + 1)
    put(other.pk, **{name: getattr(other, name) for name in names})
    put(one.pk, **{name: getattr(one, name) for name in names})
    assert found() == []


def put(pk, **values):
    AuditEvent.objects.filter(pk=pk).update(**values)


def test_two_rows_whose_words_change_places_are_found_and_both_are_named(sealed):
    one, other = sealed[2], sealed[7]
    for row, words in ((one, other), (other, one)):
        put(row.pk, **{name: getattr(words, name) for name in CONTENT})

    assert named() == {("edited", one.pk), ("edited", other.pk)}


@pytest.mark.parametrize("position", [1, 5, ROWS])
def test_a_row_that_is_put_between_others_is_found_and_named(sealed, position):
    for row in reversed(sealed[position - 1 :]):
        put(row.pk, position=row.position + 1)
    before = sealed[position - 1]
    forged = AuditEvent.objects.create(
        at=before.at, actor_name="Mallory", door="admin", verb="change", kind="tracker.issue", label="P0",
        position=position, mark="ab" * 32, digest="cd" * 32,
    )  # fmt: skip

    assert ("edited", forged.pk) in named() or ("added", forged.pk) in named()
    assert {row for what, _, row, _ in found() if what == "moved"} <= {row.pk for row in sealed[position - 1 :]}


def test_a_row_that_is_put_behind_the_last_seal_is_found_and_named(sealed):
    last = sealed[-1]
    forged = AuditEvent.objects.create(
        at=last.at, actor_name="Mallory", door="admin", verb="change", kind="tracker.issue", label="P0",
        position=ROWS + 1, mark="ab" * 32, digest=chain.digest(last.digest, "ab" * 32),
    )  # fmt: skip

    assert found() == [("added", ROWS + 1, forged.pk, None)]


@pytest.mark.parametrize("name", ["first", "last", "at", "previous", "digest", "key", "signature"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_edited_seal_is_found_and_named(sealed, name, number, now):
    other = {"first": F("first") + 1, "last": F("last") + 1, "at": now + timedelta(days=1), "key": "0" * 16}
    Seal.objects.filter(number=number).update(**{name: other.get(name, "ab" * 32)})

    assert ({("seal", number), ("key", number)}) & named()


@pytest.mark.parametrize("number", [1, 2])
def test_a_removed_seal_is_found_and_named(sealed, number):
    Seal.objects.filter(number=number).delete()

    assert named() == {("seal", number)}


def test_the_removal_of_the_last_seal_alone_is_seen_by_the_rows_that_it_leaves(sealed):
    Seal.objects.filter(number=3).delete()

    assert named() == {("added", row.pk) for row in sealed[-BATCH:]}


def test_whoever_lacks_the_key_cannot_calculate_the_chain_anew(sealed):
    """As far as the database alone goes: an edited row, with every digest and every seal after it made to fit."""
    put(sealed[5].pk, actor_name="Mallory")
    digest = sealed[4].digest
    for row in AuditEvent.objects.filter(position__gte=6).order_by("position"):
        digest = chain.digest(digest, row.mark)
        put(row.pk, digest=digest)

    assert named() == {("edited", sealed[5].pk)}


def test_rows_that_were_sealed_after_another_past_are_found(sealed, now, monkeypatch):
    """A backup is put back, the site goes on, and rows of the lost past are put over what came after."""
    lost = list(AuditEvent.objects.filter(position__gt=8).order_by("position").values())
    lost_seal = Seal.objects.filter(number=3).values().get()
    AuditEvent.objects.filter(position__gt=4).update(position=None, mark="", digest="")
    Seal.objects.filter(number__gt=1).delete()
    AuditEvent.objects.filter(position=None).update(reason="Another past.")
    sealing.seal(now)
    AuditEvent.objects.filter(position__gt=8).delete()
    Seal.objects.filter(number=3).delete()
    AuditEvent.objects.bulk_create(AuditEvent(**row) for row in lost)
    Seal.objects.create(**lost_seal)

    assert ("link", lost[0]["id"]) in named()
    assert ("seal", 3) in named()


def test_a_former_key_still_verifies_and_a_lost_one_is_said_to_be_missing(sealed, settings, now):
    settings.AUDIT_KEY = "another-key-of-at-least-fifty-characters-0123456789"
    audit.record("change", audit.Target("x.y", "1", "Y"), actor=None, door="admin", now=now)
    sealing.seal(now)
    assert found() == []

    settings.SECRET_KEY = "yet-another-key-of-at-least-fifty-characters-01234"
    assert named() == {("key", 1), ("key", 2), ("key", 3)}


def test_reading_since_a_time_begins_at_the_first_seal_after_it(sealed, now):
    Seal.objects.all().delete()
    AuditEvent.objects.update(position=None, mark="", digest="")
    key, day = sealing.site_keys()[0], timedelta(days=1)
    for days in range(3):
        sealing._seal_batch(key, sealing.head(), now + days * day)
    put(AuditEvent.objects.get(position=2).pk, label="edited before")
    late = AuditEvent.objects.get(position=10)
    put(late.pk, label="edited after")

    run = Verification(sealing.site_keys(), since=now + day)

    assert [each.row for each in run.findings()] == [late.pk]
    assert run.rows == 8


def test_the_same_memory_and_few_questions_for_more_rows(sealed, django_assert_max_num_queries):
    with django_assert_max_num_queries(9):
        assert list(Verification(sealing.site_keys()).findings()) == []
    assert verifying.AT_ONCE >= 1000
