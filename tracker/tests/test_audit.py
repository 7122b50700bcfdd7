"""What a row of the audit holds."""

from datetime import UTC, datetime, time
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser

from tracker import audit
from tracker.choices import AuditVerb, Door, Priority
from tracker.models import AuditEvent, Owner

pytestmark = pytest.mark.django_db


def test_a_row_says_who_did_what_to_what_when_and_by_which_door(make_owner, make_user, now):
    owner, mona = make_owner("Lee Okafor"), make_user("mona")
    with audit.within(request_id="r-1", address="192.0.2.7"):
        audit.record(
            AuditVerb.CHANGE, owner, actor=mona, door=Door.ADMIN, now=now, changes={"name": ("Lee", "Lee Okafor")}
        )

    row = AuditEvent.objects.get(kind="tracker.owner")
    assert (row.at, row.actor_id, row.actor_name, row.door, row.verb) == (now, mona.pk, "mona", "admin", "change")
    assert (row.object_id, row.label, row.changes) == (str(owner.pk), "Lee Okafor", {"name": ["Lee", "Lee Okafor"]})
    assert (row.request_id, row.address) == ("r-1", "192.0.2.7")


@pytest.mark.parametrize("nobody", [None, AnonymousUser()])
def test_without_an_account_the_door_stands_for_the_hand(nobody, now):
    row = audit.record("change", audit.Target("x.y", "1", "Y"), actor=nobody, door=Door.TASK, now=now, via="task 7")

    assert (row.actor_id, row.actor_name, row.via) == (None, "Task", "task 7")


def test_rows_stay_as_they_are_when_the_account_and_the_object_are_deleted(make_owner, make_user, now):
    owner, mona = make_owner(), make_user("mona", first_name="Mona", last_name="Reyes")
    row = audit.record("change", owner, actor=mona, door=Door.ADMIN, now=now)
    number = mona.pk

    mona.delete()
    owner.delete()

    row.refresh_from_db()
    assert (row.actor_id, row.actor_name, row.label) == (number, "Mona Reyes", "Olga Brandt")


@pytest.mark.parametrize(
    ("kind", "name"),
    [("auth.user", "password"), ("alerts.channel", "secret_encrypted"), ("alerts.channel", "address")],
)
def test_of_a_secret_no_more_is_kept_than_that_it_changed(kind, name, now):
    changes = {name: (None, "hunter2")}
    row = audit.record("change", audit.Target(kind, "1", "Y"), actor=None, door=Door.ADMIN, now=now, changes=changes)

    assert row.changes == {name: [None, audit.CHANGED]}


def test_every_value_comes_back_from_the_database_as_it_was_written(now):
    values = {
        "text": "ä\u2028 \U0001f512", "number": 2**53 + 1, "float": 0.1, "money": Decimal("1.10"), "flag": True,
        "at": datetime(2026, 3, 10, tzinfo=UTC), "hour": time(9), "word": Priority.P0, "list": [1, None, "x"],
        "nul": "a\0b", "half": "\ud800", "bytes": memoryview(b"x"), "long": "x" * 400, "deep": {"a": {"b": 1.5}},
    }  # fmt: skip
    row = audit.record(
        "change", audit.Target("x.y", "1", "Y"), actor=None, door="api", now=now,
        changes={name: (None, value) for name, value in values.items()},
    )  # fmt: skip

    kept = AuditEvent.objects.get(pk=row.pk).changes
    assert kept == row.changes
    assert kept["number"][1] == 2**53 + 1
    assert kept["word"][1] == "P0"
    assert kept["nul"][1] == "a\ufffdb"
    assert kept["long"][1].startswith("x" * 300 + "… (400 characters, SHA-256 ")


def test_several_rows_are_one_statement(django_assert_num_queries, make_owner, now):
    owner = make_owner()
    rows = [audit.event("change", owner, actor=None, door=Door.TASK, now=now) for _ in range(3)]

    with django_assert_num_queries(1):
        audit.record_all(rows)

    assert AuditEvent.objects.count() == 3
    assert Owner.objects.count() == 1
