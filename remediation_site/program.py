"""A command that shall always run: started in a group of its own, and again, with back-off, when it ends."""

import logging
import os
import time
from dataclasses import dataclass, field

from tracker.process_group import ProcessGroup

logger = logging.getLogger(__name__)

STEADY_SECONDS = 30.0  # a process that ran for so long starts without back-off again
LONGEST_BACK_OFF = 30.0


@dataclass
class Program:
    """A command that shall always run."""

    name: str
    command: list[str]
    inherited: tuple[int, ...] = ()
    group: ProcessGroup | None = None
    failures: int = 0
    started_at: float = 0.0
    start_at: float = field(default_factory=time.monotonic)

    def start(self, **environment: str) -> None:
        """Start it in a group of its own."""
        logger.info("Starting the %s.", self.name)
        self.started_at = time.monotonic()
        self.group = ProcessGroup(self.command, environment={**os.environ, **environment}, inherited=self.inherited)

    def ended(self) -> int | None:
        """Its exit code when it has ended; what is left of its group is then gone, and the next start is set."""
        code = self.group.exit_code() if self.group else None
        if code is not None:
            logger.error("The %s ended with exit code %s.", self.name, code)
            self.kill()
        return code

    def kill(self) -> None:
        """End it now and set the next start: at once after a steady run, else twice as late each time."""
        if self.group:
            self.group.kill()
            self.group = None
        steady = time.monotonic() - self.started_at > STEADY_SECONDS
        self.failures = 1 if steady else self.failures + 1
        self.start_at = time.monotonic() + min(LONGEST_BACK_OFF, 0.25 * 2 ** min(self.failures, 10))

    def is_due(self) -> bool:
        """Whether it does not run and its start has come."""
        return self.group is None and time.monotonic() >= self.start_at
