"""Seals the audit: gives rows that were committed their place in the chain, a batch at a time.

Writers wait for nobody: they insert their rows and know nothing of the chain. A row that is committed late, though its
number is low, comes into a later batch. Two hosts may seal at once: the number of a seal is there once, so one of them
writes it and the other one starts again.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from tracker import chain
from tracker.batches import write_each
from tracker.models import AuditEvent, Seal

logger = logging.getLogger(__name__)

BATCH = 1000  # rows of a seal at most
Rows = Sequence[tuple]


def site_keys() -> list[chain.Key]:
    """The keys of the site: the one that signs first, then those that have signed before."""
    former = (*settings.AUDIT_KEY_FALLBACKS, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    texts = (settings.AUDIT_KEY, *former) if settings.AUDIT_KEY else (settings.SECRET_KEY, *former)
    return [chain.Key.of(text) for text in dict.fromkeys(texts)]


def seal(now: datetime) -> int:
    """Seal all rows that are committed and not sealed yet; how many. Not within a transaction.

    Raises: IntegrityError when a seal cannot be written though no other host has made one meanwhile.
    """
    key, total = site_keys()[0], 0
    while True:
        last = head()
        try:
            sealed = _seal_batch(key, last, now)
        except IntegrityError:
            if head() == last:
                raise
            continue  # however often: each time another host has gone on
        total += sealed
        if sealed < BATCH:
            return total


def oldest_unsealed() -> datetime | None:
    """When the row was written that waits longest for its seal; None when all are sealed."""
    waiting = AuditEvent.objects.filter(position__isnull=True).order_by("pk")
    return waiting.values_list("at", flat=True).first()


def head() -> Seal | None:
    """The last seal: its number and digest stand for all that was sealed."""
    return Seal.objects.order_by("-number").first()


@transaction.atomic
def _seal_batch(key: chain.Key, last: Seal | None, now: datetime) -> int:
    """Seal the next rows. Raises: IntegrityError when another host has sealed meanwhile, and then nothing is written.

    The last seal was read before the rows are: whatever is sealed between the two takes the number of this one.
    """
    waiting = AuditEvent.objects.filter(position__isnull=True).order_by("pk")
    rows = list(waiting.values_list(*chain.COLUMNS)[:BATCH])
    if not rows:
        return 0
    first = last.last + 1 if last else 1
    before = last.digest if last else chain.START
    places = _places(key, rows, first, before)
    new = {
        "number": last.number + 1 if last else 1,
        "first": first,
        "last": first + len(rows) - 1,
        "at": now,
        "previous": before,
        "digest": places[-1][-1],
        "key": key.name,
    }
    Seal(**new, signature=chain.signature(key, new)).save(force_insert=True)
    write_each(AuditEvent, ("position", "mark", "digest"), places)
    logger.info("The audit is sealed up to %s:%s", new["number"], new["digest"])
    return len(rows)


def _places(key: chain.Key, rows: Rows, first: int, before: str) -> list[tuple[int, int, str, str]]:
    """(number of the row, position, mark, digest) of each."""
    places = []
    for position, row in enumerate(rows, first):
        mark = chain.mark(key, position, row)
        before = chain.digest(before, mark)
        places.append((row[0], position, mark, before))
    return places
