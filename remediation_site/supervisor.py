"""The web server and the clusters of workers in one tree of processes that heals itself and leaves nothing behind.

    supervisor ─┬─ guard ── gunicorn ── its workers
                ├─ guard ── qcluster ── sentinel ── workers, monitor, pusher
                └─ guard ── qcluster ── the same for validation, which takes long

A process that ends is started again, with back-off. A cluster whose beat stays away is killed as a group, what it had
taken goes back to the queue, and a new one is started. Ctrl-C, SIGTERM and SIGHUP end all in order within
STOP_SECONDS; the guards end all when the supervisor itself is killed.
"""

import http.client
import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Collection

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from remediation_site import broker
from remediation_site.cluster import Cluster
from remediation_site.program import Program
from tracker.validation import requests

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.2
VALIDATION_SECONDS = 10.0  # between two looks for validation runs whose worker was killed
EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - where to look for the own site
WEB, WORKERS, VALIDATION = PARTS = ("web", "workers", "validation")  # what may run alone, on a host of its own
QUEUES = {WORKERS: broker.QUEUE, VALIDATION: broker.VALIDATION}
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
        *("--pythonpath", str(settings.BASE_DIR)),  # from whatever folder the site is started
        *("--bind", f"fd://{listener.fileno()}", "--no-control-socket"),
        *("--workers", str(settings.WEB_WORKERS), "--threads", str(settings.WEB_THREADS)),
        *("--graceful-timeout", str(settings.STOP_SECONDS), "--log-level", "warning"),
    ]


class Supervisor:
    """Keeps the web server and the clusters, or those of them that it is to run, running until it is told to stop."""

    def __init__(self, *, host: str, port: int, say: Callable[[str], None], parts: Collection[str] = PARTS) -> None:
        self.say = say
        self.parts = parts
        self.listener: socket.socket | None = None
        self.web: Program | None = None
        if WEB in parts:
            self.listener = listen(host, port)
            self.address = (EVERY_ADDRESS.get(host, host), self.listener.getsockname()[1])
            self.web = Program("web server", web_command(self.listener), (self.listener.fileno(),))
        self.clusters = [Cluster(queue) for part, queue in QUEUES.items() if part in parts]
        self.stopping = threading.Event()
        self.answers = False
        self.look_at = 0.0  # of the monotonic clock

    def run(self) -> int:
        """Run until a signal comes; 0, or 1 when the web server cannot start at all."""
        wanted = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
            wanted.append(signal.SIGHUP)
        for number in wanted:
            signal.signal(number, lambda *_: self.stopping.set())
        if self.web:
            threading.Thread(target=self.greet, daemon=True).start()
        else:
            self.say("\n  The workers start.\n  Ctrl-C stops them.\n")
        try:
            while not self.stopping.is_set():
                if self.look_after_web() in BOOT_FAILURES and not self.answers:
                    self.say("The web server could not start; the lines above say why.")
                    return 1
                for cluster in self.clusters:
                    cluster.look_after()
                self.look_after_validation()
                self.stopping.wait(LOOK_SECONDS)
            return 0
        finally:
            self.stop()

    def look_after_web(self) -> int | None:
        """Start the web server when it is due; its exit code when it has just ended."""
        if self.web is None:
            return None
        if self.web.is_due():
            self.web.start()
        return self.web.ended()

    def look_after_validation(self) -> None:
        """Mark the validation runs of killed workers, also when no worker is left to do it; say who is here."""
        if time.monotonic() < self.look_at:
            return
        self.look_at = time.monotonic() + VALIDATION_SECONDS
        try:
            if VALIDATION in self.parts:
                requests.announce(settings.HOST_NAME, workers=settings.VALIDATION_WORKERS, now=timezone.now())
            requests.look_after(timezone.now())
        except DatabaseError as error:
            logger.warning("Lost validation runs cannot be looked for: %s", error)

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
        programs = [*filter(None, [self.web]), *(cluster.program for cluster in self.clusters)]
        groups = [program.group for program in programs if program.group]
        for group in groups:
            group.terminate()
        until = time.monotonic() + settings.STOP_SECONDS
        for group in groups:
            group.wait(until)
        for cluster in self.clusters:
            cluster.end()
        if self.web and self.listener:
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
