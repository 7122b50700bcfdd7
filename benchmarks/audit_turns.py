"""The turns of benchmarks.audit: each beside its bare cost, in turns, so that both have the same company."""

import hashlib
import resource
import sys
import time
from collections.abc import Callable

from django.db import connection, transaction
from django.utils import timezone

from tracker import audit, chain, sealing
from tracker.models import AuditEvent
from tracker.verifying import Verification, in_order

MOST_RATIO, MOST_MEGABYTES = 8.0, 300
PIECE = 10_000
WRITTEN = 2_000  # rows that are written one by one
TURNS = 3
NOW = timezone.now()
FIELDS = [field for field in AuditEvent._meta.concrete_fields if not field.primary_key]
COLUMNS = ("position", *chain.COLUMNS, "mark", "digest")


def measure(rows: int) -> int:
    """Fill, measure, print; 1 when it costs too much."""
    if AuditEvent.objects.exists():
        sys.exit("The database has an audit already: name one that nobody needs.")
    for start in range(0, rows - WRITTEN, PIECE):
        audit.record_all(map(event, range(start, min(start + PIECE, rows - WRITTEN))))
    inserted, written = seconds(insert_bare), seconds(write)
    sealed = seconds(lambda: sealing.seal(NOW))
    pairs = [(seconds(read), seconds(verify)) for _ in range(TURNS)]
    reading, verifying = (min(each) for each in zip(*pairs, strict=True))
    page = seconds(lambda: list(AuditEvent.objects.filter(kind="tracker.issue", object_id="7").order_by("-pk")[:50]))
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ratio = verifying / reading
    print(f"{rows:,} rows on {connection.vendor}, {megabytes:.0f} MB at most")
    print(f"write     {1000 * written / WRITTEN:.2f} ms a row, {written / inserted:.1f} times a bare INSERT")
    print(f"seal      {rows / sealed:,.0f} rows a second")
    print(f"verify    {rows / verifying:,.0f} rows a second, {ratio:.1f} times reading them with a SHA-256 each")
    print(f"one issue {1000 * page:.1f} ms")
    return int(ratio > MOST_RATIO or megabytes > MOST_MEGABYTES)


def event(number: int) -> AuditEvent:
    """A row like those that issues have."""
    target = audit.Target(
        "tracker.issue", str(number % 50_000), f"P1-20260310-{number % 1000:03d}: Raise the pool size"
    )
    changes = {"owner": ("Lee Okafor", "Dana Fox"), "deadline": (None, NOW)}
    return audit.event("change", target, actor=None, door="admin", now=NOW, changes=changes, reason="It is theirs.")


@transaction.atomic
def write() -> None:
    """Write rows as the functions of the product do."""
    for number in range(WRITTEN):
        event(number).save(force_insert=True)


@transaction.atomic
def insert_bare() -> None:
    """Write the same by SQL, and take it back."""
    values = AuditEvent.objects.order_by("pk").values()[:WRITTEN]
    rows = [[field.get_db_prep_save(row[field.attname], connection) for field in FIELDS] for row in values]
    names, holes = ", ".join(field.column for field in FIELDS), ", ".join(["%s"] * len(FIELDS))
    with connection.cursor() as cursor:
        for row in rows:
            cursor.execute(f"INSERT INTO tracker_auditevent ({names}) VALUES ({holes})", row)
    transaction.set_rollback(True)


def read() -> None:
    """What reading the rows takes, with one hash for each."""
    for row in in_order(AuditEvent.objects.all(), *COLUMNS):
        hashlib.sha256(repr(row).encode()).digest()


def verify() -> None:
    """Verify the chain. Raises: AssertionError when it is not whole."""
    assert list(Verification(sealing.site_keys()).findings()) == []


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
