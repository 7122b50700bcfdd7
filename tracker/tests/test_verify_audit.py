"""`manage.py verify_audit`: what it says, how it ends, and what of the history it compares."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from tracker import amend, audit, history_check, sealing, workflow
from tracker.choices import Door, Priority, Status
from tracker.models import AuditEvent, FieldChange, Issue, Note, Owner, Seal, StatusChange

pytestmark = pytest.mark.django_db


@pytest.fixture
def unguarded():
    """A database whose owner has switched the guard of the audit off."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for table in ("tracker_auditevent", "tracker_seal"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")


@pytest.fixture
def told(unguarded, make_issue, make_owner, hand, now):
    """An issue with a step, a change and a note, all sealed; the issue."""
    issue = make_issue(owner=make_owner())
    workflow.apply("plan", issue.pk, **hand)
    amend.move_deadline(issue.pk, now + timedelta(days=9), reason="It waits.", **hand)
    amend.add_note(issue.pk, "Half of it.", hours=Decimal("1.5"), **hand)
    sealing.seal(now)
    return issue


def test_an_audit_that_is_whole_ends_with_0_and_its_head(run, told):
    ended = run("verify_audit")

    head = Seal.objects.get()
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("As it was sealed. ")
    assert f"Head: {head.number}:{head.digest}" in ended.out


def test_a_site_without_any_row_is_whole(run):
    ended = run("verify_audit")

    assert (ended.code, ended.out) == (0, "As it was sealed. 0 rows, 0 seals.\nNothing is sealed yet.\n")


def test_what_is_found_is_named_and_ends_with_6(run, told):
    row = AuditEvent.objects.get(row_kind="note")
    AuditEvent.objects.filter(pk=row.pk).update(actor_name="Mallory")

    ended = run("verify_audit")

    assert ended.code == 6
    sentence = f"Row {row.pk} at position {row.position} was edited, or put there."
    assert ended.out.startswith(f"{sentence}\nNot as it was sealed.")


def test_json_has_the_findings_for_programs(run, told):
    row = AuditEvent.objects.get(row_kind="note")
    AuditEvent.objects.filter(pk=row.pk).delete()

    ended = run("verify_audit", "--json")

    said = json.loads(ended.out)
    assert (ended.code, said["ok"], said["seals"]) == (6, False, 1)
    named = {(each["what"], each["position"]) for each in said["findings"]}
    assert named == {("removed", row.position), ("history", None)}


def test_a_chain_whose_end_was_cut_off_is_found_by_a_head_that_was_written_down(run, told, hand, now):
    amend.add_note(told.pk, "What somebody wants to be gone.", **hand)
    sealing.seal(now)
    last = Seal.objects.get(number=2)
    Note.objects.filter(text__startswith="What").delete()
    AuditEvent.objects.filter(position__gte=last.first).delete()
    last.delete()
    assert run("verify_audit").code == 0

    for digest in (last.digest, last.digest[:12]):
        ended = run("verify_audit", "--expect", f"2:{digest}")
        assert ended.code == 6
        assert "Seal 2 is gone: the chain ends at seal 1" in ended.out
    first = Seal.objects.get()
    assert run("verify_audit", "--expect", f"1:{first.digest}").code == 0
    assert "another digest" in run("verify_audit", "--expect", f"1:{'0' * 64}").out


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--expect", "7", "--expect is a head"),
        ("--since", "soon", "--since is 'soon': write a day or a time"),
        ("--since", "2026-02-30", "--since is '2026-02-30': write a day or a time"),
        ("--since", "0001-01-01T00:00+14:00", "write a day or a time"),
    ],
)
def test_what_cannot_be_understood_is_refused_in_a_sentence(run, option, value, sentence):
    ended = run("verify_audit", option, value)

    assert (ended.code, ended.out) == (1, "")
    assert sentence in ended.err


def test_since_reads_later_seals_alone_and_leaves_the_history_out(run, told, hand, now):
    note = Note.objects.get()
    Note.objects.filter(pk=note.pk).update(text="edited")
    amend.add_note(told.pk, "Later.", **hand)
    sealing.seal(now + timedelta(days=2))

    ended = run("verify_audit", "--since", f"{now + timedelta(days=1):%Y-%m-%d}", "--json")

    assert (
        json.loads(ended.out)["rows"]
        == AuditEvent.objects.filter(position__gte=Seal.objects.get(number=2).first).count()
    )
    assert ended.code == 0


HISTORY = {StatusChange: {"reason": "edited"}, FieldChange: {"new": "2030-01-01"}, Note: {"text": "edited"}}


@pytest.mark.parametrize("model", HISTORY, ids=lambda model: model.__name__)
def test_a_row_of_history_that_was_edited_is_found(told, model):
    row = model.objects.order_by("pk").last()
    model.objects.filter(pk=row.pk).update(**HISTORY[model])

    found, *_ = history_check.findings()

    assert found.sentence.startswith(f"{model._meta.verbose_name.capitalize()} {row.pk} was edited")
    assert found.row == AuditEvent.objects.get(row_kind=model._meta.model_name, row_id=row.pk).pk


@pytest.mark.parametrize("model", HISTORY, ids=lambda model: model.__name__)
def test_a_row_of_history_that_was_removed_is_found(told, model):
    row = model.objects.order_by("pk").first()
    number = row.pk
    row.delete()

    assert [found.sentence.partition(":")[0] for found in history_check.findings()] == [
        f"{model._meta.verbose_name.capitalize()} {number} was removed"
    ]


def test_a_row_of_history_that_was_written_around_the_product_is_found(told, now):
    row = StatusChange.objects.create(issue=told, new_status="validated", actor_name="Mallory", door=Door.ADMIN, at=now)

    step, status = history_check.findings()

    assert step.sentence.startswith(f"Status change {row.pk} was written around the product")
    assert status.sentence.startswith(f"{told.reference} is planned, and its last step led to validated")


def test_a_status_that_was_set_around_the_workflow_is_found(run, told):
    Issue.objects.filter(pk=told.pk).update(status="validated")

    ended = run("verify_audit")

    assert ended.code == 6
    assert f"{told.reference} is validated, and its last step led to planned: its status was set around" in ended.out


@pytest.fixture
def begun(make_issue, make_owner, hand, now):
    """An issue that was opened by the product, with an owner and a deadline."""
    made = make_issue(owner=make_owner("Olga Brandt"), deadline=now + timedelta(days=3))
    fields = {name: getattr(made, name) for name in ("title", "kind", "priority", "deadline", "owner")}
    times = {"created_at": now, "updated_at": now, "original_deadline": made.deadline}
    (issue,) = workflow.open_all(
        [Issue(reference="P1-20260310-077", **fields, **times)], status=Status.IDENTIFIED, **hand
    )
    return issue


@pytest.mark.parametrize("changed", [False, True], ids=["as it began", "after a change"])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("priority", "has the priority P3, and was last given P"),
        ("deadline", "has the deadline 2026-04-09T12:00+00:00, and was last given 2026-03-1"),
        ("owner", "has the owner Mallory, and was last given "),
    ],
)
def test_a_field_that_was_set_around_the_product_is_found(begun, make_owner, hand, now, changed, name, words):
    if changed:
        amend.set_priority(begun.pk, Priority.P0, reason="It burns.", **hand)
        amend.move_deadline(begun.pk, now + timedelta(days=5, seconds=7), reason="It waits.", **hand)
        amend.assign(begun.pk, make_owner("Lee Okafor"), reason="", **hand)
    assert list(history_check.findings()) == []
    values = {"priority": "P3", "deadline": now + timedelta(days=30), "owner": make_owner("Mallory")}

    Issue.objects.filter(pk=begun.pk).update(**{name: values[name]})

    (found,) = history_check.findings()
    assert found.sentence.startswith(f"{begun.reference} {words}")
    assert found.sentence.endswith("it was set around the product.")


def test_an_owner_who_was_taken_away_around_the_product_is_found(begun):
    Issue.objects.filter(pk=begun.pk).update(owner=None)

    (found,) = history_check.findings()

    assert "has the owner none, and was last given Olga Brandt" in found.sentence


def test_an_owner_who_is_called_otherwise_now_is_no_finding(begun, hand):
    Owner.objects.filter(pk=begun.owner_id).update(name="Olga Stein")
    assert "has the owner Olga Stein, and was last given Olga Brandt" in next(history_check.findings()).sentence

    audit.record("change", begun.owner, changes={"name": ("Olga Brandt", "Olga Stein")}, **hand)

    assert list(history_check.findings()) == []


def test_an_issue_that_nothing_tells_of_is_not_judged(make_issue):
    Issue.objects.filter(pk=make_issue().pk).update(priority="P3")

    assert list(history_check.findings()) == []


def test_history_that_is_older_than_the_audit_is_no_finding(make_issue, now):
    by = {"actor_name": "Olga", "door": "admin", "at": now}
    old = StatusChange.objects.create(issue=make_issue(), new_status="identified", **by)
    began = {"statuschange": [None, old.pk], "fieldchange": [None, 0], "note": [None, 0]}
    AuditEvent.objects.create(
        at=now, actor_name="Command", door="command", verb="begin", kind="tracker.auditevent", label="x", changes=began
    )

    assert list(history_check.findings()) == []


def test_what_a_command_changes_names_the_command(run, make_issue):
    issue = make_issue()

    assert run("track", "--issue-id", issue.reference, "--note", "By command.").code == 0

    row = AuditEvent.objects.get(verb="note")
    assert (row.door, row.via, row.actor_name) == ("command", "manage.py track", "Command")


def test_history_says_the_same_on_every_database_and_survives_the_account(told, make_user, hand):
    hand["actor"].delete()

    assert list(history_check.findings()) == []
