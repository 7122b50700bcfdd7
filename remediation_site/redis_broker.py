"""Tasks wait in Redis, for sites that want their workers woken at once and their database asked less.

A task that a cluster takes becomes a row of the queue in the database, as if it had waited there: who works on what,
what a killed cluster gives back and beats are known from rows, whatever Redis forgets. What still waits is gone when
Redis loses it, and one that was queued in a transaction that was rolled back stays. Nothing relies on that either:
other rows say what is still to do, schedules look for it, and a task that cannot be queued is only logged.

The list of a queue is remediation-site:queue:NAME; two sites need two database numbers.
"""

import contextlib
import logging
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from time import sleep

from django.conf import settings
from django_q.conf import Conf

from remediation_site.broker import SiteBroker, beat_key, claim_key

logger = logging.getLogger(__name__)

redis = import_module("redis") if find_spec("redis") else None  # optional: checks.py says when it is missing
ANSWER_SECONDS = 5  # after which Redis counts as out of reach
WAIT_SECONDS = 1  # of one look for a task


class Unreachable(Exception):
    """Redis does not answer. In one sentence, without its address."""


def list_of(queue: str) -> str:
    """The list of the tasks that wait in a queue."""
    return f"remediation-site:queue:{queue}"


@lru_cache
def server(url: str) -> "redis.Redis":
    """The connections of this process and of those that it forks."""
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        health_check_interval=30,
    )


@contextlib.contextmanager
def reached() -> "Iterator[redis.Redis]":
    """The server of REDIS_URL. Raises: Unreachable; what Redis says may hold its address and is left out."""
    if redis is None:
        raise Unreachable("REDIS_URL needs the package redis, which is not installed.")
    try:
        yield server(settings.REDIS_URL)
    except redis.RedisError as error:
        raise Unreachable(f"The Redis of REDIS_URL does not answer ({type(error).__name__}).") from None


class RedisBroker(SiteBroker):
    """The site's queue, with what waits in Redis. What goes wrong there is logged and stops no request, no worker."""

    def enqueue(self, task: str) -> int | None:
        """Let a task wait; None when Redis does not take it. Beats are rows: they say how the workers do, not Redis."""
        if self.list_key.startswith(beat_key("")):
            return super().enqueue(task)
        try:
            with reached() as found:
                return found.rpush(list_of(self.list_key), task)
        except Unreachable as error:
            logger.warning("A task was not queued; a schedule does later what is still to do. %s", error)
            return None

    def dequeue(self) -> list[tuple[int, str]] | None:
        """An own beat, else what an ended cluster has given back, else the oldest task of Redis."""
        if beat := self.own_beat():
            return beat
        if self.is_full():
            sleep(Conf.POLL)
            return None
        return self.next_row() or self.taken_from_redis()

    def taken_from_redis(self) -> list[tuple[int, str]] | None:
        """The oldest task there, as a row that this cluster has taken; None when none comes for a moment."""
        try:
            with reached() as found:
                taken = found.blpop([list_of(self.list_key)], timeout=WAIT_SECONDS)
        except Unreachable as error:
            logger.warning("No task is taken. %s", error)
            sleep(WAIT_SECONDS)
            return None
        if taken is None:
            return None
        key = claim_key(settings.CLUSTER_TOKEN, self.list_key)
        row = self.get_connection().create(key=key, payload=taken[1], lock=self.timeout(None))
        return [(row.pk, row.payload)]

    def queue_size(self) -> int:
        """How many tasks wait."""
        with reached() as found:
            return super().queue_size() + found.llen(list_of(self.list_key))

    def purge_queue(self) -> None:
        """Forget all that wait."""
        super().purge_queue()
        with reached() as found:
            found.delete(list_of(self.list_key))

    delete_queue = purge_queue

    def info(self) -> str:
        """What keeps the queue."""
        return "Redis"
