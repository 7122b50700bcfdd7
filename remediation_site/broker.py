"""The queue: django-q2's table, in which every claim says whose it is. (What waits may be elsewhere: redis_broker.)

django-q2 claims a row by locking it for `retry` seconds. When a cluster dies, nothing tells its rows from those of
other clusters, and they all wait for that long. Here a claim also puts the cluster's token into the row's key, so that
a supervisor that ends its cluster can give back exactly what that one had taken, and can send its own cluster, and no
other, a beat. A claim that nobody gives back runs out as before: at least once.
"""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic, sleep

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ

QUEUE: str = settings.Q_CLUSTER["name"]
VALIDATION: str = settings.VALIDATION_QUEUE
BEAT_LOOK_SECONDS = 0.5
BEGINS_WITHIN = timedelta(seconds=60)  # what was taken; else what took it was killed
BEATS_KEPT = timedelta(days=1)  # of a cluster that is gone
RETRY = {
    QUEUE: timedelta(seconds=settings.Q_CLUSTER["retry"]),
    VALIDATION: timedelta(seconds=settings.Q_CLUSTER["ALT_CLUSTERS"][VALIDATION]["retry"]),
}
WORKERS: dict[str, int] = {QUEUE: settings.Q_CLUSTER["workers"], VALIDATION: settings.VALIDATION_WORKERS}


def beat_key(token: str) -> str:
    """The key of beats, which only the cluster with this token takes."""
    return f"beat@{token}"


def claim_key(token: str, queue: str = QUEUE) -> str:
    """The key of rows that the cluster with this token has taken; those that it has begun end with /PID."""
    return f"{queue}@{token}"


class SiteBroker(ORM):
    """django-q2's database queue; a row is taken under the name of the cluster that takes it."""

    next_look_for_beats = 0.0  # of the monotonic clock

    def dequeue(self) -> list[tuple[int, str]] | None:
        """The next row: an own beat, else the oldest, when a worker is free for it."""
        if beat := self.own_beat():
            return beat
        taken = None if self.is_full() else self.next_row()
        if taken is None:
            sleep(Conf.POLL)
        return taken

    def own_beat(self) -> list[tuple[int, str]] | None:
        """A beat of this cluster. No index leads to them: they are not looked for before every row of a long queue."""
        if monotonic() < self.next_look_for_beats:
            return None
        self.next_look_for_beats = monotonic() + BEAT_LOOK_SECONDS
        key = beat_key(settings.CLUSTER_TOKEN)
        return self.take(Q(key=key), key)

    def next_row(self) -> list[tuple[int, str]] | None:
        """The oldest row of the queue, claims that ran out included."""
        waiting = Q(key=self.list_key) | Q(key__startswith=f"{self.list_key}@")
        return self.take(waiting, claim_key(settings.CLUSTER_TOKEN, self.list_key))

    def is_full(self) -> bool:
        """Whether every worker of this cluster has something to do: what else waits is for the other hosts."""
        token = settings.CLUSTER_TOKEN
        rows = self.get_connection().filter(key__startswith=claim_key(token, self.list_key))
        mine = rows.values_list("key", "lock") if token else ()
        return sum(1 for key, lock in mine if self.is_at_work(key, lock)) >= WORKERS[self.list_key]

    def is_at_work(self, key: str, lock: datetime) -> bool:
        """Whether something still works on a row of this cluster, or is about to begin."""
        _, begun_by, pid = key.rpartition("/")
        if begun_by:
            return alive(int(pid))
        return lock - RETRY[self.list_key] > timezone.now() - BEGINS_WITHIN

    def take(self, wanted: Q, key: str) -> list[tuple[int, str]] | None:
        """Claim the first free row under that key; empty when another cluster was faster, None when there is none."""
        row = self.get_connection().filter(wanted, lock__lt=timezone.now()).order_by("pk").first()
        if row is None:
            return None
        claimed = self.get_connection().filter(pk=row.pk, lock=row.lock).update(key=key, lock=self.timeout(row))
        return [(row.pk, row.payload)] if claimed else []


def mark_begun(task: dict, **_signal: object) -> None:
    """Say on a row that this process works on it; its retry clock starts here. Receives django-q2's pre_execute."""
    queue = task.get("cluster", QUEUE)
    key = claim_key(settings.CLUSTER_TOKEN, queue)
    lock = timezone.now() + RETRY.get(queue, RETRY[QUEUE])
    OrmQ.objects.filter(pk=task.get("ack_id"), key=key).update(key=f"{key}/{os.getpid()}", lock=lock)


def alive(pid: int) -> bool:
    """Whether a process of this machine with this id runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def beat_waits(token: str) -> bool:
    """Whether a beat of that cluster was not taken, or not acknowledged yet."""
    return OrmQ.objects.filter(key=beat_key(token)).exists()


def forget_the_gone(now: datetime) -> None:
    """Delete what clusters that are long gone have left behind."""
    OrmQ.objects.filter(key__startswith=beat_key(""), lock__lt=now - BEATS_KEPT).delete()


@dataclass(frozen=True, slots=True)
class Begun:
    """Who has begun a row, when. The process may be of the past."""

    pid: int
    at: datetime


def begun(token: str, *, since: datetime, queue: str = QUEUE) -> dict[int, Begun]:
    """The rows that a cluster has begun since then and not ended, by row id."""
    rows = OrmQ.objects.filter(key__startswith=f"{claim_key(token, queue)}/", lock__gt=since + RETRY[queue])
    found = rows.values_list("pk", "key", "lock")
    return {pk: Begun(int(key.rpartition("/")[2]), lock - RETRY[queue]) for pk, key, lock in found}


def begun_anywhere(*, since: datetime, queue: str = QUEUE) -> int:
    """How many workers of the clusters of all hosts have begun rows since then and not ended them."""
    rows = OrmQ.objects.filter(key__startswith=claim_key("", queue), key__contains="/", lock__gt=since + RETRY[queue])
    return rows.values("key").distinct().count()


def give_back(token: str, *, begun_rows: set[int], now: datetime, queue: str = QUEUE) -> int:
    """Return what an ended cluster had taken, and these of the rows that it had begun, to the queue; how many.

    A row whose worker had died before keeps its lock until it runs out: what kills its worker must not do so at once
    again.
    """
    OrmQ.objects.filter(key=beat_key(token)).delete()
    claimed = claim_key(token, queue)
    rows = OrmQ.objects.filter(Q(key=claimed) | Q(pk__in=begun_rows, key__startswith=f"{claimed}/"))
    return rows.update(key=queue, lock=now)
