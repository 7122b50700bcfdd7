"""Run one command so that nothing of it outlives the process that asked for it, however that one ends.

Started as `python guard.py LIFELINE COMMAND...`, standard library only. LIFELINE is the reading end of a pipe whose
writing end only the starter holds: at its end everything below this process is killed, grandchildren and those that
have left the process group included. SIGTERM goes to the command alone, which ends its own processes in order.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
KILL_SECONDS = 3.0  # less than the starter waits for this process
ENOUGH_LOOKS = 3
CANNOT_BE_STARTED = 127  # as shells say it


def prctl(option: int, value: int) -> None:
    """Call Linux's prctl; elsewhere nothing, and the process group alone has to do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def parent_of(pid: str) -> int | None:
    """The parent of a live process, or None when it is gone or only waits to be reaped."""
    try:
        state, parent = Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[:2]
    except (OSError, ValueError):
        return None
    return None if state == "Z" else int(parent)


def descendants(root: int) -> set[int]:
    """Every live process below root (empty where there is no /proc)."""
    with contextlib.suppress(OSError):
        parents = {int(pid): parent_of(pid) for pid in os.listdir("/proc") if pid.isdigit()}
        found, wave = set(), {root}
        while wave:
            wave = {pid for pid, parent in parents.items() if parent in wave} - found
            found |= wave
        return found
    return set()


def kill_descendants() -> None:
    """Kill what runs below this process, until several looks find nothing: one may fork while it is looked for."""
    end, calm_looks = time.monotonic() + KILL_SECONDS, 0
    while calm_looks < ENOUGH_LOOKS and time.monotonic() < end:
        below = descendants(os.getpid())
        calm_looks = 0 if below else calm_looks + 1
        for pid in below:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def end_with(lifeline: int) -> None:
    """Wait for the end of the lifeline, then kill everything here, this process last."""
    while os.read(lifeline, 1):
        pass
    kill_descendants()
    os.killpg(0, signal.SIGKILL)


def end_gently(pid: int) -> None:
    """Ask a process to end, if it still runs."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


def run(lifeline: int, command: list[str]) -> int:
    """Run the command; its exit code, 128 + the signal that ended it, or 127 when it cannot be started."""
    os.set_inheritable(lifeline, False)
    prctl(PR_SET_CHILD_SUBREAPER, 1)  # what loses its parent below becomes a child of this process
    try:
        child = subprocess.Popen(  # noqa: S603 - the starter's command
            command,
            close_fds=False,
            preexec_fn=lambda: prctl(PR_SET_PDEATHSIG, signal.SIGKILL),  # noqa: PLW1509 - no thread runs yet
        )
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return CANNOT_BE_STARTED
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: end_gently(child.pid))
    threading.Thread(target=end_with, args=(lifeline,), daemon=True).start()
    while True:
        pid, status = os.wait()
        if pid == child.pid:
            break
    kill_descendants()
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(run(int(sys.argv[1]), sys.argv[2:]))
