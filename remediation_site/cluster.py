"""One of the supervisor's clusters of workers: started, judged by its beat, ended, and what it had taken given back."""

import logging
import secrets
import sys
import time
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from remediation_site import beat, broker
from remediation_site.program import Program

logger = logging.getLogger(__name__)

DATABASE_PAUSE = timedelta(seconds=5)  # before a database that did not answer is asked again
SCHEDULE_SECONDS = 10.0  # between two looks at the schedules
NAMES = {broker.QUEUE: "workers", broker.VALIDATION: "workers for validation"}


def cluster_command() -> list[str]:
    """django-q2's cluster."""
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), "qcluster"]


class Cluster:
    """The workers of one queue."""

    def __init__(self, queue: str) -> None:
        self.queue = queue
        self.program = Program(NAMES[queue], cluster_command())
        self.pulse = beat.Pulse("", first_at=timezone.now(), queue=queue)
        self.started_at = timezone.now()
        self.look_at = 0.0  # of the monotonic clock

    def look_after(self) -> None:
        """Start the cluster when it is due, and end it when its beat stays away."""
        if self.program.is_due():
            self.started_at = timezone.now()
            self.pulse = beat.Pulse(secrets.token_hex(6), first_at=self.started_at, queue=self.queue)
            self.program.start(CLUSTER_TOKEN=self.pulse.token, Q_CLUSTER_NAME=self.queue)
        if self.program.ended() is not None:
            self.give_back(begun_rows=set())
        elif self.program.group and self.beat_is_lost():
            logger.error("The beat of the %s stays away: they are ended and started again.", self.program.name)
            self.end()
        elif self.program.group and self.schedules_rest():
            logger.error("No schedule is started any more: the %s are ended and started again.", self.program.name)
            self.end()

    def beat_is_lost(self) -> bool:
        """Whether the cluster is stuck. A database that does not answer says nothing about that: begin anew later."""
        try:
            close_old_connections()
            return self.pulse.is_lost(timezone.now())
        except DatabaseError as error:
            logger.warning("The beat of the %s cannot be sent or read: %s", self.program.name, error)
            self.pulse = beat.Pulse(self.pulse.token, first_at=timezone.now() + DATABASE_PAUSE, queue=self.queue)
            return False

    def schedules_rest(self) -> bool:
        """Whether this cluster, which has the schedules, has stopped to start them. Asks now and then."""
        if self.queue != broker.QUEUE or time.monotonic() < self.look_at:
            return False
        self.look_at = time.monotonic() + SCHEDULE_SECONDS
        try:
            return beat.schedules_rest(timezone.now(), since=self.started_at)
        except DatabaseError as error:
            logger.warning("The schedules cannot be read: %s", error)
            return False

    def end(self) -> None:
        """Kill the cluster and give back what it had taken, tasks that it was just running included."""
        begun_rows: set[int] = set()
        try:
            begun_rows = beat.at_work(self.pulse.token, timezone.now(), self.queue)
        except DatabaseError as error:
            logger.warning("What the %s are doing cannot be read: %s", self.program.name, error)
        self.program.kill()
        self.give_back(begun_rows=begun_rows)

    def give_back(self, *, begun_rows: set[int]) -> None:
        """Return what the ended cluster had taken to the queue."""
        try:
            broker.give_back(self.pulse.token, begun_rows=begun_rows, now=timezone.now(), queue=self.queue)
        except DatabaseError as error:
            logger.warning("Tasks that the %s had taken run when their claim runs out: %s", self.program.name, error)
