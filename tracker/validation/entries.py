"""What may be executed, as values: one frozen class for each kind of entry. Pure: no Django."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from tracker.choices import Choice
from tracker.translation import gettext_noop


class CheckKind(Choice):
    """How an entry of the catalogue is executed."""

    TEST_SUITE = "test_suite", gettext_noop("Test suite")
    COMMAND = "command", gettext_noop("Command")
    HTTP = "http", "HTTP"
    DOCKER = "docker", gettext_noop("Containers")
    WEBSOCKET = "websocket", gettext_noop("WebSocket")
    MANUAL = "manual", gettext_noop("Signed off by a person")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What every entry has.

    systems: names of systems that it belongs to (empty: any). words: words of a check that propose it.
    passes: how often in a row it must pass. timeout_seconds: for each time.
    """

    kind: ClassVar[CheckKind]
    name: str
    description: str = ""
    systems: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    passes: int = 1
    timeout_seconds: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class TestSuite(Entry):
    """A command that writes a JUnit report. junit_xml is relative to the folder."""

    __test__: ClassVar[bool] = False  # pytest: this is no test
    kind: ClassVar[CheckKind] = CheckKind.TEST_SUITE
    argv: tuple[str, ...]
    folder: Path
    junit_xml: Path
    environment: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Entry):
    """A command that ends with the exit code."""

    kind: ClassVar[CheckKind] = CheckKind.COMMAND
    argv: tuple[str, ...]
    folder: Path
    exit_code: int = 0
    environment: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Http(Entry):
    """A request whose reply has the status, and the text, the value at a JSON path and the latency where given.

    headers: (name, text); secret_headers: (name, environment variable with the text).
    """

    kind: ClassVar[CheckKind] = CheckKind.HTTP
    url: str
    method: str = "GET"
    status: int = 200
    body: str = ""
    contains: str = ""
    json_path: str = ""
    json_value: str | int | float | bool | None = None
    latency_limit_ms: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    secret_headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Docker(Entry):
    """Containers, named or all with a label, that run and (unless healthy is false) are healthy."""

    kind: ClassVar[CheckKind] = CheckKind.DOCKER
    containers: tuple[str, ...] = ()
    label: str = ""
    healthy: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSocket(Entry):
    """A message that is answered by one that contains the reply."""

    kind: ClassVar[CheckKind] = CheckKind.WEBSOCKET
    url: str
    reply: str
    message: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    secret_headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manual(Entry):
    """A sign-off with a sentence by somebody else than the owner. Nothing is executed."""

    kind: ClassVar[CheckKind] = CheckKind.MANUAL


AnyEntry = TestSuite | Command | Http | Docker | WebSocket | Manual
ENTRY_CLASSES: dict[CheckKind, type[AnyEntry]] = {
    each.kind: each for each in (TestSuite, Command, Http, Docker, WebSocket, Manual)
}
