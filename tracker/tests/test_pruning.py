"""Old rows of the audit leave for an archive: what stays is proved as before, and nobody else can make rows go."""

import gzip
import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tracker import amend, audit_archive, chain, pruning, sealing, workflow
from tracker.models import Anchor, AuditEvent, Note, Seal
from tracker.refusals import Refused

pytestmark = pytest.mark.django_db
NOW = timezone.now()
OLD, LATER = NOW - timedelta(days=400), NOW - timedelta(days=10)
BEFORE = f"{NOW - timedelta(days=100):%Y-%m-%d}"


@pytest.fixture
def unguarded():
    """A database whose owner has switched the guard of the audit off."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for table in ("tracker_auditevent", "tracker_seal", "tracker_anchor"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")


@pytest.fixture
def aged(make_issue, make_owner, hand, monkeypatch):
    """An issue with a step and a note whose rows were sealed long ago, in small seals, and a young note; the issue."""
    monkeypatch.setattr(sealing, "BATCH", 2)
    monkeypatch.setattr(pruning, "PIECE", 1)
    issue = make_issue(owner=make_owner())
    hand["now"] = OLD
    workflow.apply("plan", issue.pk, **hand)
    for text in ("An old note.", "Another old note.", "A third one."):
        amend.add_note(issue.pk, text, **hand)
    sealing.seal(OLD)
    hand["now"] = LATER
    amend.add_note(issue.pk, "A young note.", **hand)
    sealing.seal(LATER)
    return issue


@pytest.fixture
def prune(run, tmp_path):
    """Prune as an operator does; how the command ended."""

    def prune(*options, before=BEFORE, name="audit.gz"):
        return run("prune_audit", "--before", before, "--archive", tmp_path / name, *options)

    return prune


@pytest.fixture
def pruned(aged, prune, tmp_path):
    """The archive of a site whose old rows are gone."""
    ended = prune("--apply", "--reason", "The law asks for it.")
    assert ended.code == 0, ended.err
    return tmp_path / "audit.gz"


def old_rows():
    return AuditEvent.objects.filter(at=OLD)


def test_without_apply_it_says_how_many_rows_would_go_and_writes_nothing(aged, prune, tmp_path):
    seals = Seal.objects.filter(at=OLD)
    rows = seals.first().last

    ended = prune()

    assert ended.code == 0
    assert ended.out.startswith(f"Would prune {rows} rows, positions 1 to {rows}, in {seals.count()} seals.")
    assert not (tmp_path / "audit.gz").exists()
    assert AuditEvent.objects.filter(position__lte=rows).count() == rows
    assert not Anchor.objects.exists()


def test_the_rest_is_proved_as_before_and_says_where_it_begins(pruned, aged, run, hand):
    assert not old_rows().exists()
    assert not Seal.objects.filter(at=OLD).exists()
    assert Note.objects.count() == 4
    hand["now"] = NOW
    amend.add_note(aged.pk, "And on it goes.", **hand)
    sealing.seal(NOW)

    ended = run("verify_audit")

    anchor = Anchor.objects.first()
    assert ended.code == 0, ended.out
    assert f"The chain begins behind seal {anchor.number}: the rows up to position {anchor.last}" in ended.out
    assert audit_archive.digest_of(pruned) in ended.out
    told = AuditEvent.objects.filter(verb="prune")
    assert {row.reason for row in told} == {"The law asks for it."}
    assert told.count() == Anchor.objects.count() > 1


def test_the_archive_is_verified_on_its_own(pruned, run):
    ended = run("verify_audit", "--archive", pruned)

    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"As it was sealed. {Anchor.objects.first().last} rows")


def test_a_second_prune_goes_on_where_the_first_one_ended(pruned, prune, aged, run, hand, tmp_path):
    hand["now"] = NOW
    amend.add_note(aged.pk, "The end.", **hand)
    sealing.seal(NOW)
    later = (timezone.now() + timedelta(days=60)).replace(microsecond=0)
    planned = pruning.plan(later - timedelta(days=31), now=later)

    pruning.prune(planned, tmp_path / "second.gz", reason="Again.", now=later)

    assert run("verify_audit", "--archive", tmp_path / "second.gz").code == 0
    assert run("verify_audit").code == 0
    assert Seal.objects.count() == 1  # the last one stays: the next one follows on it


@pytest.mark.parametrize("signed_by", [None, "another key"])
def test_rows_that_somebody_removed_without_the_key_are_named_whatever_anchor_they_write(
    unguarded, aged, run, signed_by
):
    seals = Seal.objects.filter(at=OLD)
    last = seals.first()
    if signed_by:
        key = chain.Key.of(signed_by)
        values = {
            "number": last.number, "first": 1, "last": last.last, "at": NOW, "digest": last.digest, "history": {},
            "archive": "x", "archive_digest": "0" * 64, "key": sealing.site_keys()[0].name,
        }  # fmt: skip
        Anchor.objects.create(**values, signature=chain.signature_of_anchor(key, values))
    AuditEvent.objects.filter(position__lte=last.last).delete()
    seals.delete()

    ended = run("verify_audit")

    assert ended.code == 6
    assert f"The rows at positions 1 to {last.last} were removed." in ended.out
    assert ("nothing stands for the rows that are gone" in ended.out) == bool(signed_by)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(lambda: Anchor.objects.order_by("number").first().delete(), "was removed.", id="one of several"),
        pytest.param(
            lambda: Anchor.objects.order_by("number").last().delete(), "Seal 3 was removed.", id="the last one"
        ),
        pytest.param(lambda: Anchor.objects.update(archive="other.gz"), "was edited", id="edited"),
        pytest.param(lambda: Anchor.objects.update(history={}), "was edited", id="what it keeps of the history"),
    ],
)
def test_an_anchor_that_somebody_touches_is_found(unguarded, pruned, run, change, sentence):
    change()

    ended = run("verify_audit")

    assert ended.code == 6
    assert sentence in ended.out


def test_a_row_before_the_beginning_was_put_there(unguarded, pruned, run, now):
    row = AuditEvent.objects.create(
        at=now, actor_name="Mallory", door="admin", verb="note", kind="x", label="x", position=1, mark="a", digest="a"
    )

    ended = run("verify_audit")

    assert ended.code == 6
    assert f"Row {row.pk} at position 1 stands before the beginning of the chain" in ended.out


@pytest.mark.parametrize(
    ("change", "done"),
    [
        pytest.param(lambda notes: notes.update(text="Other words."), "edited", id="edited"),
        pytest.param(lambda notes: notes.delete(), "removed", id="removed"),
    ],
)
def test_history_whose_rows_were_pruned_is_still_compared_and_the_archive_says_which(pruned, run, change, done):
    note = Note.objects.get(text="Another old note.")
    change(Note.objects.filter(pk=note.pk))

    assert "that pruned rows told of" in run("verify_audit").out
    ended = run("verify_audit", "--archive", pruned)

    assert ended.code == 6
    assert ended.out.startswith(f"Note {note.pk} was {done}: the archive tells what it said.\n")


def edited(lines):
    return [line.replace(b"Another old note", b"Another new note") for line in lines]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(edited, "was edited, or put there.", id="a row edited"),
        pytest.param(lambda lines: [*lines[:3], *lines[4:]], "was removed.", id="a row less"),
        pytest.param(lambda lines: lines[:-1], "The end of the archive is missing", id="no end"),
        pytest.param(lambda lines: [lines[0], *lines[4:]], "The end of the archive", id="no beginning"),
    ],
)
def test_an_archive_that_somebody_touches_is_found(pruned, run, change, sentence):
    lines = gzip.decompress(pruned.read_bytes()).splitlines(keepends=True)
    pruned.write_bytes(gzip.compress(b"".join(change(lines))))

    ended = run("verify_audit", "--archive", pruned)

    assert ended.code == 6
    assert sentence in ended.out


@pytest.mark.parametrize(
    "content",
    [
        b"", b"no gzip", gzip.compress(b""), gzip.compress(b"[]"), gzip.compress(b"{}\n"), gzip.compress(b"\xff\n"),
        gzip.compress(json.dumps({"format": audit_archive.FORMAT}).encode() + b'\n{"seal": [1]}\n'),
        gzip.compress(json.dumps({"format": audit_archive.FORMAT}).encode() + b"\n[1, 2]\n"),
        gzip.compress(b"x" * 1000)[:-9],
    ],
)  # fmt: skip
def test_what_is_no_archive_is_refused_in_a_sentence(run, tmp_path, content):
    (tmp_path / "x.gz").write_bytes(content)

    ended = run("verify_audit", "--archive", tmp_path / "x.gz")

    assert ended.code == 1
    assert "is no archive of the audit that can be read" in ended.err


def test_a_head_that_was_written_down_is_asked_of_the_archive_once_it_was_pruned(pruned, run):
    (seal, *_), *_ = audit_archive.Archive(pruned).covering(0)
    digest = next(each[2] for each in audit_archive.Archive(pruned).covering(0))

    here = run("verify_audit", "--expect", f"{seal}:{digest}")
    assert (here.code, "was pruned: ask its archive" in here.err) == (1, True)
    assert run("verify_audit", "--archive", pruned, "--expect", f"{seal}:{digest}").code == 0
    assert run("verify_audit", "--archive", pruned, "--expect", f"{seal}:{'0' * 64}").code == 6


@pytest.mark.parametrize(
    ("options", "before", "sentence"),
    [
        pytest.param(("--apply",), BEFORE, "--apply needs --reason", id="without a reason"),
        pytest.param((), f"{NOW:%Y-%m-%d}", "younger than 30 days stay", id="too young"),
        pytest.param((), "soon", "--before is 'soon'", id="no day"),
    ],
)
def test_what_cannot_be_pruned_is_refused_in_a_sentence(aged, prune, options, before, sentence):
    rows = AuditEvent.objects.count()

    ended = prune(*options, before=before)

    assert (ended.code, ended.out) == (1, "")
    assert sentence in ended.err
    assert AuditEvent.objects.count() == rows


def test_nothing_is_pruned_of_an_audit_that_is_not_as_it_was_sealed(unguarded, aged, prune, tmp_path):
    AuditEvent.objects.filter(verb="note", at=LATER).update(actor_name="Mallory")

    ended = prune("--apply", "--reason", "To hide it.")

    assert ended.code == 1
    assert "not as it was sealed, so nothing is pruned" in ended.err
    assert old_rows().exists()
    assert not (tmp_path / "audit.gz").exists()


def test_no_file_is_overwritten(aged, prune, tmp_path):
    (tmp_path / "audit.gz").write_text("kept")

    ended = prune("--apply", "--reason", "x")

    assert "is there already: name another file." in ended.err
    assert (tmp_path / "audit.gz").read_text() == "kept"
    assert old_rows().exists()


def test_a_prune_that_breaks_off_leaves_an_audit_that_is_whole(unguarded, aged, run, tmp_path):
    planned = pruning.plan(NOW - timedelta(days=100), now=NOW)
    in_the_way = Anchor.objects.create(number=2, first=3, last=4, at=NOW, history={})

    with pytest.raises(IntegrityError):
        pruning.prune(planned, tmp_path / "audit.gz", reason="x", now=NOW)
    in_the_way.delete()

    assert list(Seal.objects.filter(at=OLD).order_by("number").values_list("number", flat=True)) == [2, 3]
    assert run("verify_audit").code == 0
    assert run("verify_audit", "--archive", tmp_path / "audit.gz").code == 0


def test_the_file_must_hold_exactly_what_goes(aged, tmp_path):
    planned = pruning.plan(NOW - timedelta(days=100), now=NOW)
    whole = audit_archive.write(tmp_path / "whole.gz", last=planned.last, key=sealing.site_keys()[0])
    other = pruning.Plan(planned.last, planned.first + 1, planned.seals)

    with pytest.raises(Refused, match="does not hold what was to be pruned"):
        pruning.prune(other, tmp_path / "audit.gz", reason="x", now=NOW)

    assert old_rows().exists()
    assert audit_archive.digest_of(tmp_path / "whole.gz") == whole


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the database guards the audit on PostgreSQL")
def test_the_database_deletes_no_row_for_which_no_anchor_stands_and_keeps_anchors_as_they_are(pruned):
    for change in (
        lambda: AuditEvent.objects.filter(position__isnull=False).delete(),
        lambda: AuditEvent.objects.filter(position__isnull=True).delete(),
        lambda: Seal.objects.all().delete(),
        lambda: Anchor.objects.all().delete(),
        lambda: Anchor.objects.update(last=10**9),
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()
