"""Run one command of a check: without a shell, in a process group of its own, ended as a whole."""

import contextlib
import os
import selectors
import shutil
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tracker.process_group import ProcessGroup
from tracker.terminal import printable
from tracker.translation import gettext
from tracker.validation.outcomes import NO_OUTPUT, Output
from tracker.validation.spool import Spool

GRACE_SECONDS = 5.0  # between the request to end and the end
LOOK_SECONDS = 0.2
TELL_SECONDS = 1.0
WATCHED_LINES = 20
CHUNK = 64 * 1024
MOST_LEFT_OVER = 1024 * 1024  # bytes still read from a pipe whose writers are gone
NOT_EXECUTABLE, NOT_FOUND, SIGNALLED = 126, 127, 128  # exit codes as shells and the guard give them

Tell = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended. `problem`: one sentence when it could not be run or took too long, else empty."""

    exit_code: int | None
    output: Output = NO_OUTPUT
    problem: str = ""


def run(
    argv: Sequence[str],
    *,
    folder: Path,
    timeout_seconds: float,
    environment: Mapping[str, str],
    secrets: Sequence[str] = (),
    tell: Tell = lambda size, last_lines: None,
    grace_seconds: float = GRACE_SECONDS,
) -> Ended:
    """Run the command in the folder until it ends, or end it with everything below it when the time is over.

    It sees these variables only and has nothing to read; what it writes goes to a bounded file. Whatever ends this
    function, an exception in `tell` or the death of this process included, ends the command too.
    """
    if problem := _cannot_start(argv, folder, environment):
        return Ended(None, problem=problem)
    with Spool(secrets) as spool:
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb", buffering=0):
            try:
                group = ProcessGroup(argv, environment=dict(environment), folder=folder, output=writing)
            except (OSError, ValueError) as error:
                return Ended(
                    None,
                    problem=gettext("%(program)s cannot be started: %(error)s.")
                    % {"program": printable(argv[0]), "error": printable(str(error))},
                )
            finally:
                os.close(writing)
            in_time = _Following(group, reading, spool, tell).to_the_end(timeout_seconds, grace_seconds)
        return _ended(argv, group.exit_code() if in_time else None, spool.output(), timeout_seconds)


def exit_words(code: int) -> str:
    """An exit code in words, with the signal that it stands for."""
    with contextlib.suppress(ValueError):
        if code > SIGNALLED:
            return gettext("exit code %(code)s (%(signal)s)") % {
                "code": code,
                "signal": signal.Signals(code - SIGNALLED).name,
            }
    return gettext("exit code %(code)s") % {"code": code}


class _Following:
    """Reads what a group writes while it runs."""

    def __init__(self, group: ProcessGroup, stream: int, spool: Spool, tell: Tell) -> None:
        self.group, self.stream, self.spool, self.tell = group, stream, spool, tell
        self.is_open = True
        self.tell_at = 0.0
        os.set_blocking(stream, False)

    def to_the_end(self, timeout_seconds: float, grace_seconds: float) -> bool:
        """Read until the command has ended, or end it and all of its group; whether it ended by itself in time."""
        try:
            in_time = self.until(time.monotonic() + timeout_seconds)
            if not in_time:
                self.group.terminate_all()
                self.until(time.monotonic() + grace_seconds)
        finally:
            self.group.kill()
        self.drain()
        return in_time

    def until(self, end: float) -> bool:
        """Read until the command has ended, or until that moment of the monotonic clock; whether it has ended."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.stream, selectors.EVENT_READ)
            while True:
                ended = self.group.exit_code() is not None  # before reading, so that the last words are read
                if self.is_open and selector.select(0 if ended else min(LOOK_SECONDS, end - time.monotonic())):
                    self._read()
                elif ended:
                    return True
                elif not self.is_open:
                    self.group.wait(min(end, time.monotonic() + LOOK_SECONDS))
                if time.monotonic() >= end:
                    return self.group.exit_code() is not None
                self._tell()

    def drain(self) -> None:
        """Read what is left of a group that is gone."""
        end = self.spool.size + MOST_LEFT_OVER
        while self.is_open and self.spool.size < end:
            if not self._read():
                return

    def _read(self) -> bool:
        """Take what is there; whether there was anything."""
        try:
            data = os.read(self.stream, CHUNK)
        except BlockingIOError:
            return False
        self.is_open = bool(data)
        self.spool.feed(data)
        return self.is_open

    def _tell(self) -> None:
        if time.monotonic() >= self.tell_at:
            self.tell_at = time.monotonic() + TELL_SECONDS
            self.tell(self.spool.size, self.spool.last_lines(WATCHED_LINES))


def _cannot_start(argv: Sequence[str], folder: Path, environment: Mapping[str, str]) -> str:
    if not folder.is_dir():
        return gettext("The folder %(folder)s is not there.") % {"folder": printable(str(folder))}
    program = argv[0]
    if "/" in program:
        found = os.access(folder / program, os.X_OK) and (folder / program).is_file()
        where = (
            gettext("in %(folder)s") % {"folder": printable(str(folder))}
            if not program.startswith("/")
            else gettext("there")
        )
    else:
        found = shutil.which(program, path=environment.get("PATH", os.defpath)) is not None
        where = gettext("on the PATH of the workers")
    return (
        ""
        if found
        else gettext("The program %(program)s is missing: no such executable file %(where)s.")
        % {"program": printable(program), "where": where}
    )


def _ended(argv: Sequence[str], exit_code: int | None, output: Output, timeout_seconds: float) -> Ended:
    program = printable(argv[0])
    problems = {
        None: gettext("%(program)s took longer than %(seconds)s s and was ended.")
        % {"program": program, "seconds": f"{timeout_seconds:g}"},
        NOT_FOUND: gettext("%(program)s could not start, or a program that it calls is missing (exit code 127).")
        % {"program": program},
        NOT_EXECUTABLE: gettext("%(program)s calls a program that cannot be executed (exit code 126).")
        % {"program": program},
    }
    if exit_code is not None and exit_code < 0:
        return Ended(
            None, output, gettext("%(program)s was killed together with what watches over it.") % {"program": program}
        )
    return Ended(exit_code, output, problems.get(exit_code, ""))
