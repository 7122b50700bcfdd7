"""What a check meets besides its entry: the environment, the network as it may be used, and somebody who watches."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from tracker.choices import CheckOutcome
from tracker.guarded import Resolve, resolved
from tracker.translation import ngettext
from tracker.validation.outcomes import Finding

# What programs need to be found and to read and write text. Nothing else of the site's environment reaches a check
# unless its entry names it.
ALWAYS_PASSED = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ", "USER")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a running check is: the attempt of how many, bytes written, and the last lines of them."""

    attempt: int
    attempts: int
    size: int
    last_lines: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every runner is given.

    environment: all variables of this process; `passed` picks from them.
    tell: called about once a second while a check runs; what it raises ends the check and everything below it.
    """

    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    allow_hosts: tuple[str, ...] = ()
    docker_host: str = ""
    resolve: Resolve = field(default=resolved)
    tell: Callable[[int, str], None] = lambda size, last_lines: None

    def passed(self, names: Iterable[str]) -> dict[str, str]:
        """The environment of a check whose entry lists these names."""
        return {name: self.environment[name] for name in (*ALWAYS_PASSED, *names) if name in self.environment}

    def missing(self, names: Iterable[str]) -> str:
        """Why a check that needs these variables cannot be run, or ""."""
        absent = [name for name in names if not self.environment.get(name)]
        if not absent:
            return ""
        return ngettext(
            "The entry passes the environment variable %(names)s, not set where the workers run.",
            "The entry passes the environment variables %(names)s, not set where the workers run.",
            len(absent),
        ) % {"names": ", ".join(absent)}

    def headers(self, headers: Iterable[tuple[str, str]], secret_headers: Iterable[tuple[str, str]]) -> dict[str, str]:
        """The headers of a call, those included that the environment holds."""
        return {**dict(headers), **{name: self.environment[variable].strip() for name, variable in secret_headers}}

    def secrets(self, names: Iterable[str]) -> tuple[str, ...]:
        """Values that are not to be read in any output."""
        return tuple(self.environment[name] for name in names if name in self.environment)


def could_not_run(sentence: str, *, command: str, **facts: object) -> Finding:
    """The finding of a check that could not be run: an error, which is never passed."""
    return Finding(outcome=CheckOutcome.ERROR, sentence=sentence, command=command, **facts)
