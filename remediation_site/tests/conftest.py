"""A site of its own for each test that starts real processes: database, port, `manage.py up`."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.conf import settings

from remediation_site.broker import alive
from remediation_site.tests.mailbox import mailbox  # noqa: F401 - a fixture
from remediation_site.tests.work import until
from tracker.guard import descendants, parent_of
from tracker.tests.servers import HOST, free_port

BASE_DIR = Path(settings.BASE_DIR)
ADDRESS = re.compile(r"The site answers at (http://\S+?)/\s")
QUICK = {"BEAT_SECONDS": "1", "BEAT_LIMIT_SECONDS": "5", "STOP_SECONDS": "5", "Q_TASK_TIMEOUT": "60"}


def run_manage(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess:
    """Run one command of manage.py to its end."""
    command = [sys.executable, str(BASE_DIR / "manage.py"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180, check=False)


def of_process(pid: int, name: str) -> bytes:
    """A file that the system keeps of a process; nothing of one that has just ended."""
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


class Site:
    """A running `manage.py up`."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.environment = environment
        self.folder = folder
        self.log = folder / "up.log"
        with self.log.open("w") as log:
            command = [sys.executable, str(BASE_DIR / "manage.py"), "up", "--port", "0"]
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        self.url = until(self.printed_address, what="the address is printed").group(1)
        until(lambda: self.health().get("ok"), what="the first beat comes back")

    def printed_address(self) -> re.Match | None:
        assert self.process.poll() is None, self.log.read_text()
        return ADDRESS.search(self.log.read_text())

    def health(self) -> dict:
        """What /healthz says; empty when nothing answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=10) as response:
                return json.load(response)
        except urllib.error.HTTPError as refusal:
            return json.load(refusal)
        except OSError:
            return {}

    def tree(self) -> dict[str, list[int]]:
        """The live processes below the supervisor, by what they are; workers first among the cluster's children."""
        guards = sorted(pid for pid in descendants(self.process.pid) if parent_of(str(pid)) == self.process.pid)
        by_name = {"guards": guards}
        for guard in guards:
            validation = b"Q_CLUSTER_NAME=validation" in of_process(guard, "environ")
            name = "validation" if validation else "cluster"
            name = "web" if b"gunicorn" in of_process(guard, "cmdline") else name
            by_name[name] = sorted(descendants(guard))
        return by_name

    def cluster_children(self, name: str = "cluster") -> list[int]:
        """The children of a cluster's sentinel in the order of their start: workers, monitor, pusher."""
        cluster = self.tree().get(name, [])
        parents = {pid: parent_of(str(pid)) for pid in cluster}
        return [pid for pid in cluster if sum(1 for other in cluster if parents[other] == parents[pid]) > 1]

    def queue(self, function: str, path: Path) -> Path:
        """Queue one of the tasks of remediation_site.tests.work."""
        call = f"async_task('remediation_site.tests.work.{function}', {str(path)!r})"
        self.shell(f"from django_q.tasks import async_task; {call}")
        return path

    def shell(self, code: str) -> str:
        """What some Python prints on the site's database."""
        done = run_manage("shell", "--no-imports", "-c", code, environment=self.environment)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def work_goes_on(self) -> None:
        """Fail unless a task that is queued now is done."""
        path = self.queue("touch", self.folder / uuid.uuid4().hex)
        until(path.exists, what=f"a task is done\n{self.log.read_text()}")

    def busy_worker(self, name: str = "busy") -> int:
        """Keep one worker busy; its process id."""
        path = self.queue("hold", self.folder / name)
        return int(until(lambda: path.exists() and path.read_text(), what="a worker takes the task"))

    def stop(self) -> int:
        """End the site in order, and its processes in any case; the exit code."""
        below = descendants(self.process.pid)
        self.process.terminate()
        try:
            return self.process.wait(timeout=30)
        finally:
            for pid in below | {self.process.pid}:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def all_gone(pids: set[int]) -> bool:
    """Whether none of the processes runs any more."""
    return not any(alive(pid) and parent_of(str(pid)) is not None for pid in pids)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory) -> Path:
    """An empty, migrated SQLite database to copy."""
    path = tmp_path_factory.mktemp("migrated") / "site.sqlite3"
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{path}"}
    done = run_manage("migrate", "--verbosity", "0", environment=environment)
    assert done.returncode == 0, done.stderr
    return path


@contextlib.contextmanager
def postgres_database():
    """A new database beside the one of the tests, dropped at the end."""
    server = settings.DATABASES["default"]
    name = f"site_{uuid.uuid4().hex[:12]}"
    login = {key: server[column] or None for key, column in (("host", "HOST"), ("port", "PORT"), ("user", "USER"))}
    with psycopg.connect(dbname="postgres", password=server["PASSWORD"] or None, autocommit=True, **login) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        try:
            user, password = quote(server["USER"], safe=""), quote(server["PASSWORD"], safe="")
            yield f"postgres://{user}:{password}@{server['HOST']}:{server['PORT'] or 5432}/{name}"
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextlib.contextmanager
def redis_running(port: int, folder: Path):
    """A real Redis on that port, ended at the end as by a power cut. It keeps nothing on the disk."""
    command = ["redis-server", "--port", str(port), "--bind", HOST, "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        until(lambda: accepts(port), seconds=20, what="Redis answers")
        yield f"redis://{HOST}:{port}/3"
    finally:
        process.kill()
        process.wait()


def accepts(port: int) -> bool:
    """Whether something listens there."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False


@pytest.fixture
def redis_url(tmp_path):
    """The address of a real Redis of the test's own."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    with redis_running(free_port(), tmp_path) as url:
        yield url


@pytest.fixture
def site_environment(tmp_path, request):
    """The environment of a site with a migrated database of its own, on the kind of database that is tested."""
    environment = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "ENV_FILE")}
    environment |= {"ENV_FILE": str(BASE_DIR / "tests.env"), "LOG_LEVEL": "INFO", **QUICK}
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        path = tmp_path / "site.sqlite3"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        yield environment | {"DATABASE_URL": f"sqlite:///{path}"}
        return
    with postgres_database() as url:
        environment["DATABASE_URL"] = url
        assert run_manage("migrate", "--verbosity", "0", environment=environment).returncode == 0
        yield environment


@pytest.fixture
def site(site_environment, tmp_path):
    running = Site(site_environment, tmp_path)
    yield running
    running.stop()
