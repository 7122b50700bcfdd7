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

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: dict[str, str],
        inherited: Sequence[int] = (),
        folder: Path | None = None,
        output: int | None = None,
    ) -> None:
        """Start it. With `output`, a writable descriptor, it writes everything there and has nothing to read."""
        lifeline, self._lifeline = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - commands of the site and of its catalogue
                [sys.executable, "-I", str(GUARD), str(lifeline), *command],
                cwd=folder,
                env=environment,
                pass_fds=(lifeline, *inherited),
                start_new_session=True,  # Ctrl-C reaches the starter alone, which ends its groups in order
                stdin=None if output is None else subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        except BaseException:
            os.close(self._lifeline)
            raise
        finally:
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

    def terminate_all(self) -> None:
        """Ask every process that is still in the group to end."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGTERM)

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
