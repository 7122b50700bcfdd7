"""Two hosts of one site: each with a folder, a file of settings, a port and workers of its own; and who uses them."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import requests

from remediation_site.tests.conftest import BASE_DIR, QUICK, Site, run_manage
from remediation_site.tests.work import until
from tracker.guard import descendants
from tracker.tests.servers import free_port

FIELD = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Host(Site):
    """A running `manage.py up` that knows nothing but its own file of settings."""

    def __init__(self, name: str, folder: Path, settings: dict[str, str]) -> None:
        self.name, self.folder, self.port = name, folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log, self.settings = folder / "up.log", settings
        lines = {"ENVIRONMENT": "local", "ALLOWED_HOSTS": "127.0.0.1", "HOST_NAME": name, "WEB_WORKERS": "1"}
        lines["SITE_URL"] = self.url
        (folder / "site.env").write_text(
            "".join(f"{key}={value}\n" for key, value in (lines | QUICK | settings).items())
        )
        self.environment = {"PATH": os.environ["PATH"], "ENV_FILE": str(folder / "site.env")}

    def start(self) -> None:
        """Start everything of it, in its own folder."""
        with self.log.open("w") as log:
            command = [sys.executable, str(BASE_DIR / "manage.py"), "up", "--port", str(self.port)]
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def is_ready(self) -> bool:
        """Whether it shows pages and its own workers have answered."""
        assert self.process.poll() is None, self.log.read_text()
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"{self.url}/readyz", timeout=10).ok:
                return self.health().get("host_beat_age_seconds") is not None
        return False

    def command(self, *arguments: str) -> str:
        """What a command prints that is given on this host."""
        done = run_manage(*arguments, environment=self.environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def kill(self) -> set[int]:
        """End every process of it at once, as when the power goes; which they were."""
        gone = {self.process.pid, *descendants(self.process.pid)}
        for pid in gone:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        return gone


class Browser(requests.Session):
    """Somebody who is logged in. The cookies are those of all ports of this machine, as behind a balancer."""

    def log_in(self, host: Host, name: str, password: str) -> None:
        """Log in on one of the hosts."""
        answer = self.fill_in(host, "/admin/login/?next=/admin/", username=name, password=password)
        assert answer.url == f"{host.url}/admin/", answer.text

    def fill_in(self, host: Host, path: str, *, at: str = "", **fields: object) -> requests.Response:
        """Open the page of a form on a host, and send it (to `at` where its address is another one)."""
        page = self.get(host.url + path, timeout=30)
        assert page.ok, f"{path}: {page.status_code}"
        token = FIELD.search(page.text).group(1)
        answer = self.post(host.url + (at or path), data={"csrfmiddlewaretoken": token, **fields}, timeout=30)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text}"
        assert 'class="refused"' not in answer.text
        assert "errorlist" not in answer.text, answer.text
        return answer


def both_up(hosts: list[Host]) -> None:
    """Start hosts side by side, and wait until each is ready."""
    for host in hosts:
        host.start()
    for host in hosts:
        until(host.is_ready, seconds=90, what=f"{host.name} is ready")
