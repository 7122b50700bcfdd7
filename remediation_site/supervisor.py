"""The web server and the cluster of workers in one tree of processes that heals itself and leaves nothing behind.

    supervisor ─┬─ guard ── gunicorn ── its workers
                └─ guard ── qcluster ── sentinel ── workers, monitor, pusher

A process that ends is started again, with back-off. A cluster whose beat stays away is killed as a group, what it had
taken goes back to the queue, and a new one is started. Ctrl-C, SIGTERM and SIGHUP end all in order within
STOP_SECONDS; the guards end all when the supervisor itself is killed.
"""

import http.client
import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from remediation_site import beat, broker
from tracker.process_group import ProcessGroup
from tracker.validation import requests

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.2
STEADY_SECONDS = 30.0  # a process that ran for so long starts without back-off again
LONGEST_BACK_OFF = 30.0
VALIDATION_SECONDS = 10.0  # between two looks for validation runs whose worker was killed
DATABASE_PAUSE = timedelta(seconds=5)  # before a database that did not answer is asked again
EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - where to look for the own site
BOOT_FAILURES = (3, 4)  # gunicorn: the worker, or the application, cannot start


class CannotStart(Exception):
    """Why the site cannot be started, in one sentence."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket that outlives restarts of the web server, or CannotStart."""
    if not 0 <= port <= 65535:  # the resolver would take the rest of a division by 65536
        raise CannotStart(f"{port} is no port: choose one from 1 to 65535, such as make run PORT=8000.")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CannotStart(
            f"The site cannot listen on {host}:{port} ({reason}): end what uses that address, "
            f"or choose another port: make run PORT={port + 1 if port < 65535 else 8000}."
        ) from error
    return listener


def web_command(listener: socket.socket) -> list[str]:
    """Gunicorn on a socket that is open already."""
    return [
        *(sys.executable, "-m", "gunicorn", "remediation_site.wsgi:application"),
        *("--bind", f"fd://{listener.fileno()}", "--no-control-socket"),
        *("--workers", str(settings.WEB_WORKERS), "--threads", str(settings.WEB_THREADS)),
        *("--graceful-timeout", str(settings.STOP_SECONDS), "--log-level", "warning"),
    ]


def cluster_command() -> list[str]:
    """django-q2's cluster."""
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), "qcluster"]


@dataclass
class Program:
    """A command that shall always run."""

    name: str
    command: list[str]
    inherited: tuple[int, ...] = ()
    group: ProcessGroup | None = None
    failures: int = 0
    started_at: float = 0.0
    start_at: float = field(default_factory=time.monotonic)

    def start(self, **environment: str) -> None:
        """Start it in a group of its own."""
        logger.info("Starting the %s.", self.name)
        self.started_at = time.monotonic()
        self.group = ProcessGroup(self.command, environment={**os.environ, **environment}, inherited=self.inherited)

    def ended(self) -> int | None:
        """Its exit code when it has ended; what is left of its group is then gone, and the next start is set."""
        code = self.group.exit_code() if self.group else None
        if code is not None:
            logger.error("The %s ended with exit code %s.", self.name, code)
            self.kill()
        return code

    def kill(self) -> None:
        """End it now and set the next start: at once after a steady run, else twice as late each time."""
        if self.group:
            self.group.kill()
            self.group = None
        steady = time.monotonic() - self.started_at > STEADY_SECONDS
        self.failures = 1 if steady else self.failures + 1
        self.start_at = time.monotonic() + min(LONGEST_BACK_OFF, 0.25 * 2 ** min(self.failures, 10))

    def is_due(self) -> bool:
        """Whether it does not run and its start has come."""
        return self.group is None and time.monotonic() >= self.start_at


class Supervisor:
    """Keeps the web server and the cluster running until it is told to stop."""

    def __init__(self, *, host: str, port: int, say: Callable[[str], None]) -> None:
        self.say = say
        self.listener = listen(host, port)
        self.address = (EVERY_ADDRESS.get(host, host), self.listener.getsockname()[1])
        self.web = Program("web server", web_command(self.listener), (self.listener.fileno(),))
        self.cluster = Program("workers", cluster_command())
        self.pulse = beat.Pulse("", first_at=timezone.now())
        self.stopping = threading.Event()
        self.answers = False
        self.look_at = time.monotonic() + VALIDATION_SECONDS

    def run(self) -> int:
        """Run until a signal comes; 0, or 1 when the web server cannot start at all."""
        wanted = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
            wanted.append(signal.SIGHUP)
        for number in wanted:
            signal.signal(number, lambda *_: self.stopping.set())
        threading.Thread(target=self.greet, daemon=True).start()
        try:
            while not self.stopping.is_set():
                if self.look_after_web() in BOOT_FAILURES and not self.answers:
                    self.say("The web server could not start; the lines above say why.")
                    return 1
                self.look_after_cluster()
                self.look_after_validation()
                self.stopping.wait(LOOK_SECONDS)
            return 0
        finally:
            self.stop()

    def look_after_web(self) -> int | None:
        """Start the web server when it is due; its exit code when it has just ended."""
        if self.web.is_due():
            self.web.start()
        return self.web.ended()

    def look_after_cluster(self) -> None:
        """Start the cluster when it is due, and end it when its beat stays away."""
        if self.cluster.is_due():
            self.pulse = beat.Pulse(secrets.token_hex(6), first_at=timezone.now())
            self.cluster.start(CLUSTER_TOKEN=self.pulse.token)
        if self.cluster.ended() is not None:
            self.give_back(begun_rows=set())
        elif self.cluster.group and self.beat_is_lost():
            logger.error("The workers' beat stays away: they are ended and started again.")
            self.end_cluster()

    def look_after_validation(self) -> None:
        """Mark the validation runs of killed workers, also when no worker is left to do it."""
        if time.monotonic() < self.look_at:
            return
        self.look_at = time.monotonic() + VALIDATION_SECONDS
        try:
            requests.look_after(timezone.now())
        except DatabaseError as error:
            logger.warning("Lost validation runs cannot be looked for: %s", error)

    def beat_is_lost(self) -> bool:
        """Whether the cluster is stuck. A database that does not answer says nothing about that: begin anew later."""
        try:
            close_old_connections()
            return self.pulse.is_lost(timezone.now())
        except DatabaseError as error:
            logger.warning("The workers' beat cannot be sent or read: %s", error)
            self.pulse = beat.Pulse(self.pulse.token, first_at=timezone.now() + DATABASE_PAUSE)
            return False

    def end_cluster(self) -> None:
        """Kill the cluster and give back what it had taken, tasks that it was just running included."""
        begun_rows: set[int] = set()
        try:
            begun_rows = beat.at_work(self.pulse.token, timezone.now())
        except DatabaseError as error:
            logger.warning("What the workers are doing cannot be read: %s", error)
        self.cluster.kill()
        self.give_back(begun_rows=begun_rows)

    def give_back(self, *, begun_rows: set[int]) -> None:
        """Return what the ended cluster had taken to the queue."""
        try:
            broker.give_back(self.pulse.token, begun_rows=begun_rows, now=timezone.now())
        except DatabaseError as error:
            logger.warning("Tasks that the workers had taken run when their claim runs out: %s", error)

    def greet(self) -> None:
        """Print the address as soon as the site answers there."""
        while not self.stopping.wait(LOOK_SECONDS):
            if answers(*self.address):
                self.answers = True
                host = f"[{self.address[0]}]" if ":" in self.address[0] else self.address[0]
                self.say(f"\n  The site answers at http://{host}:{self.address[1]}/\n  Ctrl-C stops it.\n")
                return

    def stop(self) -> None:
        """End everything in order, and after STOP_SECONDS at once."""
        self.stopping.set()
        groups = [program.group for program in (self.web, self.cluster) if program.group]
        for group in groups:
            group.terminate()
        until = time.monotonic() + settings.STOP_SECONDS
        for group in groups:
            group.wait(until)
        self.end_cluster()
        self.web.kill()
        self.listener.close()


def answers(host: str, port: int) -> bool:
    """Whether anything answers over HTTP there, were it a refusal."""
    name = next((name.lstrip(".") for name in settings.ALLOWED_HOSTS if name != "*"), "localhost")
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("HEAD", "/", headers={"Host": name})
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
