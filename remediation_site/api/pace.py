"""How fast somebody may ask: a bucket of a minute's requests that refills evenly, the same for all hosts.

The state is one row for each token or address, and a request is one conditional UPDATE of it (the generic cell rate
algorithm), so two hosts never let the same request through twice.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F
from django.db.models.functions import Greatest

from remediation_site.models import Pace

WINDOW = 60  # seconds in which the whole quota comes back
WINDOW_MS = WINDOW * 1000
KEPT_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Turn:
    """How a request was judged. Units: wait_seconds until the next is taken, reset_seconds until all of them are."""

    allowed: bool
    limit: int
    remaining: int
    wait_seconds: int
    reset_seconds: int


def take(key: str, *, limit: int, now: datetime) -> Turn:
    """Take one of `limit` requests a minute. Two queries; more the first time."""
    now_ms, each_ms = int(now.timestamp() * 1000), max(1, WINDOW_MS // limit)
    latest = now_ms + WINDOW_MS - each_ms  # a bucket that is ready later has no room
    rows = Pace.objects.filter(key=key)
    taken = Greatest(F("ready_at_ms"), now_ms) + each_ms
    while not (allowed := bool(rows.filter(ready_at_ms__lte=latest).update(ready_at_ms=taken))):
        ready_at = rows.values_list("ready_at_ms", flat=True).first()
        if ready_at is None:
            Pace.objects.bulk_create([Pace(key=key, ready_at_ms=now_ms)], ignore_conflicts=True)
        elif ready_at > latest:  # else somebody made the row, or it came to have room, in between
            break
    ready_at = rows.values_list("ready_at_ms", flat=True).first() or now_ms
    left = max(0, now_ms + WINDOW_MS - ready_at)
    return Turn(
        allowed=allowed,
        limit=limit,
        remaining=left // each_ms,
        wait_seconds=max(1, math.ceil((each_ms - left) / 1000)),
        reset_seconds=max(0, math.ceil((ready_at - now_ms) / 1000)),
    )


def purge(now: datetime) -> int:
    """Delete the rows of those who have not asked for an hour; how many."""
    return Pace.objects.filter(ready_at_ms__lt=int((now - KEPT_FOR).timestamp() * 1000)).delete()[0]
