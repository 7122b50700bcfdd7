"""Asks a web server with two workers for the list of issues, so often a second, as many people do at once.

The moments of the requests are fixed beforehand and do not wait for answers. A latency counts from the moment at which
a request was to be sent, so a server that falls behind is not flattered by a client that waits for it.
"""

import http.client
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

ADDRESS = "/admin/tracker/issue/"
THREADS = 64  # requests that may wait for an answer at the same time
WORKERS, WORKER_THREADS = 2, 4
READY_SECONDS = 60
WARM = 40


@contextmanager
def server(port: int, environment: dict[str, str]) -> Iterator[subprocess.Popen]:
    """Gunicorn as `manage.py up` runs it, until it answers."""
    command = [
        *(sys.executable, "-m", "gunicorn", "remediation_site.wsgi:application", "--bind", f"127.0.0.1:{port}"),
        *("--workers", str(WORKERS), "--threads", str(WORKER_THREADS), "--log-level", "error", "--no-control-socket"),
    ]
    process = subprocess.Popen(command, env=environment)
    try:
        _await(port, time.monotonic() + READY_SECONDS)
        yield process
    finally:
        process.terminate()
        process.wait(30)


def load(port: int, cookies: Sequence[str], *, rate: int, seconds: int) -> dict[str, float]:
    """What came of so many requests a second for so long; times are in seconds."""
    for number in range(WARM):
        _ask(http.client.HTTPConnection("127.0.0.1", port, timeout=30), cookies[number % len(cookies)])
    numbers, latencies, failures = count(), [], []
    start = time.perf_counter() + 0.2

    def ask_when_it_is_time() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while (number := next(numbers)) < rate * seconds:
            planned = start + number / rate
            time.sleep(max(0.0, planned - time.perf_counter()))
            try:
                _ask(connection, cookies[number % len(cookies)])
                latencies.append(time.perf_counter() - planned)
            except (OSError, http.client.HTTPException) as failure:
                failures.append(failure)
                connection.close()

    threads = [threading.Thread(target=ask_when_it_is_time) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - start
    parts = statistics.quantiles(latencies, n=100) if len(latencies) > 1 else [float("inf")] * 99
    return {
        "asked": rate,
        "reached": len(latencies) / took,
        "failures": len(failures),
        "p50": parts[49],
        "p95": parts[94],
        "p99": parts[98],
    }


def megabytes(process: subprocess.Popen) -> float:
    """The most that the largest of the workers has had in memory."""
    found = [0.0]
    for worker in _workers(process):
        facts = dict(line.split(":", 1) for line in (worker / "status").read_text().splitlines() if ":" in line)
        found.append(int(facts["VmHWM"].split()[0]) / 1024)
    return max(found)


def processor_seconds(process: subprocess.Popen) -> float:
    """The time that the workers have had a processor so far: what else runs on the machine changes it little."""
    ticks = 0
    for worker in _workers(process):
        fields = (worker / "stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _workers(process: subprocess.Popen) -> list[Path]:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [Path("/proc") / child for child in children]


def _ask(connection: http.client.HTTPConnection, cookie: str) -> None:
    """Ask for the list once; a connection that the server has closed meanwhile is opened again."""
    for again in (False, True):
        try:
            connection.request("GET", ADDRESS, headers={"Cookie": cookie})
            answer = connection.getresponse()
            break
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            connection.close()
            if again:
                raise
    answer.read()
    if answer.status != 200:
        raise http.client.HTTPException(f"{ADDRESS} answers {answer.status}")


def _await(port: int, end: float) -> None:
    while time.monotonic() < end:
        try:
            probe = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            probe.request("GET", "/healthz")
            probe.getresponse().read()
            return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"The web server did not answer within {READY_SECONDS} s (process {os.getpid()}).")
