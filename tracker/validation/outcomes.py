"""What came out of a check: values only. Pure: no Django, nothing is run here."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from tracker.choices import CheckOutcome
from tracker.terminal import printable

LAST_BYTES = 64 * 1024  # of an output that are kept
SHORTEST_SECRET = 8  # characters; shorter values ("1", "true", "en_GB") are words of every output
LONGEST_SECRET = 4096  # bytes
HELD_BYTES = LAST_BYTES + LONGEST_SECRET  # so that a secret is never cut in two before it is hidden
HIDDEN = "********"
# Colours, cursor movements and window titles of terminals.
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]{0,400}(?:\x07|\x1b\\)|[ -/]*[0-~])")
LINE_ENDS = re.compile(r"\r\n?")
TAB_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Counts:
    """What a report of tests says."""

    tests: int
    failures: int
    errors: int
    skipped: int

    @property
    def ran(self) -> int:
        """Tests that were not skipped."""
        return self.tests - self.skipped

    def as_dict(self) -> dict[str, int]:
        """The counts as they are stored."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Output:
    """What was written: its end as harmless text (at most 64 KiB), and size and hash of all its bytes."""

    text: str
    sha256: str
    size: int
    truncated: bool


NO_OUTPUT = Output("", hashlib.sha256().hexdigest(), 0, False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a runner found when it executed an entry once."""

    outcome: CheckOutcome
    sentence: str
    command: str
    folder: str = ""
    commit: str = ""
    exit_code: int | None = None
    counts: Counts | None = None
    output: Output = NO_OUTPUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The evidence of one check, with the fields of tracker.models.CheckResult. An error is never passed."""

    outcome: CheckOutcome
    sentence: str
    command: str
    folder: str
    commit: str
    started_at: datetime
    duration_seconds: float
    exit_code: int | None
    counts: Counts | None
    output: str
    output_sha256: str
    truncated: bool


class Tail:
    """Takes an output of any length, keeps its end and hashes all of it. Memory does not grow with the output."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.size = 0
        self._secrets = hideable(secrets)
        self._hash = hashlib.sha256()
        self._kept = bytearray()

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        self.size += len(data)
        self._hash.update(data)
        self._keep(data)

    def last_lines(self, number: int) -> str:
        """The last lines as text, at most 64 KiB of them, for people who watch."""
        return last("\n".join(self._text().rstrip("\n").split("\n")[-number:]))

    def output(self) -> Output:
        """What was written up to now."""
        whole = self._text()
        text = last(whole)
        return Output(text, self._hash.hexdigest(), self.size, self.size > LAST_BYTES or len(text) < len(whole))

    def _text(self) -> str:
        return readable(self._held(), secrets=self._secrets)

    def _keep(self, data: bytes) -> None:
        self._kept += data
        del self._kept[:-HELD_BYTES]

    def _held(self) -> bytes:
        return bytes(self._kept)


def captured(data: bytes, *, secrets: Iterable[str] = ()) -> Output:
    """The output that these bytes are."""
    tail = Tail(secrets)
    tail.feed(data)
    return tail.output()


def hideable(values: Iterable[str]) -> tuple[str, ...]:
    """Those of the values that are long enough to be secrets, the longest first."""
    fitting = {value for value in values if len(value) >= SHORTEST_SECRET and len(value.encode()) <= LONGEST_SECRET}
    return tuple(sorted(fitting, key=len, reverse=True))


def readable(data: bytes, *, secrets: Iterable[str] = ()) -> str:
    """Bytes of an output as text: no escape sequences, other control characters visible, secrets hidden."""
    text = data.decode("utf-8", "replace")
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    lines = LINE_ENDS.sub("\n", ESCAPES.sub("", text)).split("\n")
    return "\n".join(printable(line.expandtabs(TAB_COLUMNS)) for line in lines)


def last(text: str) -> str:
    """The end of a text: at most 64 KiB of UTF-8."""
    return text.encode()[-LAST_BYTES:].decode("utf-8", "ignore")
