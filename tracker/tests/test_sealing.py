"""Rows come into the chain without anybody waiting: many writers, a late one, and several hosts that seal at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction

from tracker import audit, sealing
from tracker.models import AuditEvent, Seal
from tracker.verifying import Verification

PATIENCE = 60  # seconds; what takes longer waits for somebody
SERVER = connection.vendor == "postgresql"
on_a_server = pytest.mark.skipif(not SERVER, reason="SQLite has one writer")


def write(number, now):
    target = audit.Target("tracker.issue", str(number), f"Issue {number}")
    return audit.record("change", target, actor=None, door="task", now=now)


def is_whole():
    return list(Verification(sealing.site_keys()).findings()) == []


@pytest.mark.django_db
def test_rows_are_sealed_once_in_the_order_of_their_numbers(now, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 4)
    rows = [write(number, now) for number in range(10)]

    assert sealing.seal(now) == 10
    assert sealing.seal(now + timedelta(minutes=1)) == 0

    assert list(AuditEvent.objects.order_by("position").values_list("pk", flat=True)) == [row.pk for row in rows]
    assert list(Seal.objects.order_by("number").values_list("first", "last")) == [(1, 4), (5, 8), (9, 10)]
    assert is_whole()


@pytest.mark.django_db
def test_a_seal_that_another_host_has_just_made_is_made_anew(now, monkeypatch):
    """As if the other one had committed after this one had read the last seal."""
    write(1, now)
    sealing.seal(now)
    write(2, now)
    heads = iter([None])
    monkeypatch.setattr(sealing, "head", lambda: next(heads, Seal.objects.order_by("-number").first()))

    assert sealing.seal(now) == 1

    assert is_whole()
    assert list(Seal.objects.order_by("number").values_list("first", "last")) == [(1, 1), (2, 2)]


@pytest.mark.django_db
def test_a_host_that_loses_again_and_again_goes_on_as_long_as_another_one_seals(now, monkeypatch):
    write(1, now)
    sealing.seal(now)
    write(2, now)
    last = Seal.objects.get()
    heads = iter([None, last] * 20)  # read too early, then as it is
    monkeypatch.setattr(sealing, "head", lambda: next(heads, last))

    assert sealing.seal(now) == 1

    assert is_whole()


@pytest.mark.django_db
def test_a_seal_that_cannot_be_written_though_nobody_else_seals_is_told(now, monkeypatch):
    write(1, now)
    sealing.seal(now)
    write(2, now)
    monkeypatch.setattr(sealing, "head", lambda: None)

    with pytest.raises(IntegrityError):
        sealing.seal(now)


@pytest.mark.django_db
def test_the_oldest_row_without_a_seal_is_told_until_it_has_one(now):
    assert sealing.oldest_unsealed() is None
    write(1, now)
    write(2, now + timedelta(minutes=1))
    assert sealing.oldest_unsealed() == now

    sealing.seal(now)

    assert sealing.oldest_unsealed() is None


@pytest.mark.django_db
@on_a_server
def test_the_database_refuses_to_change_or_delete_what_is_sealed(now):
    row = write(1, now)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AuditEvent.objects.filter(pk=row.pk).update(label="Another")
    sealing.seal(now)

    for change in (
        lambda: AuditEvent.objects.filter(pk=row.pk).update(position=7),
        lambda: AuditEvent.objects.filter(pk=row.pk).delete(),
        lambda: Seal.objects.update(digest="0" * 64),
        lambda: Seal.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()
    assert is_whole()


@pytest.mark.django_db(transaction=True)
@on_a_server
def test_a_row_that_is_committed_late_holds_up_nobody_and_is_sealed_later(now):
    written, go = threading.Event(), threading.Event()

    def late():
        try:
            with transaction.atomic():
                row = write("late", now)
                written.set()
                assert go.wait(PATIENCE)
            return row.pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(late)
        try:
            assert written.wait(PATIENCE)
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")  # whoever waited would fail
            others = [write(number, now).pk for number in range(5)]
            assert sealing.seal(now) == 5
        finally:
            go.set()
        number = waiting.result(PATIENCE)
    assert number < min(others)

    assert sealing.seal(now) == 1

    assert AuditEvent.objects.get(pk=number).position == 6
    assert is_whole()


@pytest.mark.django_db(transaction=True)
@on_a_server
def test_many_writers_and_two_hosts_that_seal_leave_one_whole_chain(now):
    done = threading.Event()

    def writer(number):
        try:
            for each in range(20):
                with transaction.atomic():
                    write(f"{number}-{each}", now)
        finally:
            connections.close_all()

    def sealer(_):
        sealed = 0
        try:
            while not done.is_set():
                sealed += sealing.seal(now)
            return sealed
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        sealers = [pool.submit(sealer, number) for number in range(2)]
        try:
            list(pool.map(writer, range(6)))
        finally:
            done.set()
        sealed = sum(each.result(PATIENCE) for each in sealers)

    assert sealed + sealing.seal(now) == 120
    assert AuditEvent.objects.filter(position=None).count() == 0
    assert is_whole()
