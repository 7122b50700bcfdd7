"""Tasks and waits for the tests that start real processes."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path


def until(holds: Callable[[], object], *, seconds: float = 60.0, what: str | Callable[[], str] = "") -> object:
    """What the function answers as soon as that is true; a failure after the limit, which says `what` was missing."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := holds():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds:.0f} s: {(what() if callable(what) else what) or holds}")


def touch(path: str) -> None:
    """A task that leaves a file behind."""
    Path(path).touch()


def fail(path: str) -> None:
    """A task that ends with an error whose reason shows a row, as those of databases do."""
    row = " ".join(("text", "of an analysis"))  # a traceback shows the line that raises
    raise ValueError(f"{path} cannot be done\nDETAIL:  Failing row contains ({row}).")


def hold(path: str) -> None:
    """A task that writes its process id down and keeps its worker busy until PATH.end appears."""
    Path(path).write_text(str(os.getpid()))
    until(Path(f"{path}.end").exists, seconds=120)


def leave_a_child(path: str) -> None:
    """A task whose child leaves the process group, as a test suite or a shell may."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    Path(path).write_text(str(child.pid))
