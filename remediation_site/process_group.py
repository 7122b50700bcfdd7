"""A command in a process group of its own, which ends with the process that started it (see guard.py)."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

GUARD = Path(__file__).with_name("guard.py")
KILL_SECONDS = 5.0


class ProcessGroup:
    """One running command with everything below it."""

    def __init__(self, command: Sequence[str], *, environment: dict[str, str], inherited: Sequence[int] = ()) -> None:
        lifeline, self._lifeline = os.pipe()
        self._process = subprocess.Popen(  # noqa: S603 - the supervisor's own commands
            [sys.executable, "-I", str(GUARD), str(lifeline), *command],
            env=environment,
            pass_fds=(lifeline, *inherited),
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which ends its groups in order
        )
        os.close(lifeline)

    @property
    def pid(self) -> int:
        """The process id of the guard, which is the id of the group too."""
        return self._process.pid

    def exit_code(self) -> int | None:
        """The exit code of the command, or None while it runs."""
        return self._process.poll()

    def terminate(self) -> None:
        """Ask the command to end in order."""
        self._process.terminate()

    def wait(self, until: float) -> bool:
        """Wait for the end until that moment of the monotonic clock; whether it has come."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, until - time.monotonic()))
        return self._process.poll() is not None

    def kill(self) -> None:
        """End everything of the group now; also mops up after a command that ended by itself."""
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1
        self.wait(time.monotonic() + KILL_SECONDS)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
