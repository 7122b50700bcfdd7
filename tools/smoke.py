"""`make run` as a new user has it: it comes up, lets the administrator in, ends at Ctrl-C. Standard library only."""

import http.cookiejar
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT_SECONDS = 120.0


def wait_for(log: Path, pattern: str, process: subprocess.Popen) -> str:
    """The group of a pattern as soon as the log has it."""
    end = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < end:
        if found := re.search(pattern, log.read_text()):
            return found.group(1)
        if process.poll() is not None:
            break
        time.sleep(0.2)
    sys.exit(f"`make run` did not print {pattern!r}:\n{log.read_text()}")


def log_in(address: str, password: str) -> None:
    """Log in as the administrator and see the first page."""
    cookies = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
    page = browser.open(f"{address}/admin/login/?next=/admin/").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page).group(1)
    fields = {"csrfmiddlewaretoken": token, "username": "admin", "password": password, "next": "/admin/"}
    answer = browser.open(f"{address}/admin/login/", urllib.parse.urlencode(fields).encode())
    if not answer.url.endswith("/admin/"):
        sys.exit("the administrator cannot log in with the printed password")
    for path in ("/admin/tracker/analysis/", "/admin/tracker/issue/"):
        browser.open(address + path).read()


def main(folder: Path) -> None:
    """Run a new site on a database of its own, use it, stop it."""
    log = folder / "run.log"
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{folder / 'smoke.sqlite3'}"}
    with log.open("w") as output:
        process = subprocess.Popen(
            ["make", "run", "PORT=0"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        password = wait_for(log, r"with the password (\S+)", process)
        log_in(wait_for(log, r"The site answers at (http://\S+?)/\s", process), password)
    finally:
        os.killpg(process.pid, signal.SIGINT)  # what a terminal does at Ctrl-C
        process.wait(timeout=60)
    sys.stdout.write("make run: started, logged in, stopped.\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
