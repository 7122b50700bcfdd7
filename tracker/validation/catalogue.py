"""The catalogue: the one file that says what may be executed, read and checked as a whole. No Django.

Everything that is wrong is said at once, one sentence each with the entry and the key.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path

from tracker.refusals import Refused
from tracker.terminal import printable
from tracker.translation import gettext
from tracker.validation import catalogue_values as values
from tracker.validation.catalogue_values import Mistake, Read
from tracker.validation.entries import ENTRY_CLASSES, AnyEntry, CheckKind

MOST_BYTES = 256 * 1024
MOST_ENTRIES = 1000
LOCAL_ENGINE = "unix:///var/run/docker.sock"
ENTRY_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
WORD = re.compile(r"\w+")

READ_TOP: dict[str, Read] = {"allow_hosts": values.hosts, "docker_host": values.docker_host}
READ_ALWAYS: dict[str, Read] = {
    "description": values.text,
    "systems": values.texts,
    "words": values.texts,
}
READ_RUNNING: dict[str, Read] = {"passes": values.number(1, 20), "timeout_seconds": values.number(1, 86_400)}
READ_COMMAND: dict[str, Read] = {
    "argv": values.argv,
    "folder": values.folder,
    "environment": values.variables,
}
READ_HEADERS: dict[str, Read] = {"headers": values.headers, "secret_headers": values.secret_headers}
READ: dict[CheckKind, dict[str, Read]] = {
    CheckKind.TEST_SUITE: READ_RUNNING | READ_COMMAND | {"junit_xml": values.junit_xml},
    CheckKind.COMMAND: READ_RUNNING | READ_COMMAND | {"exit_code": values.number(0, 255)},
    CheckKind.HTTP: READ_RUNNING
    | READ_HEADERS
    | {
        "url": values.address("https", "http"),
        "method": values.method,
        "status": values.number(100, 599),
        "body": values.text,
        "contains": values.text,
        "json_path": values.text,
        "json_value": values.plain,
        "latency_limit_ms": values.number(1, 600_000),
    },
    CheckKind.DOCKER: READ_RUNNING | {"containers": values.texts, "label": values.text, "healthy": values.yes_or_no},
    CheckKind.WEBSOCKET: READ_RUNNING
    | READ_HEADERS
    | {"url": values.address("wss", "ws"), "message": values.text, "reply": values.text},
    CheckKind.MANUAL: {},
}


class CatalogueRefused(Refused):
    """The catalogue cannot be used; a sentence for every mistake in it."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What may be executed, and with whom checks may speak."""

    entries: Mapping[str, AnyEntry] = field(default_factory=dict)
    allow_hosts: tuple[str, ...] = ()
    docker_host: str = LOCAL_ENGINE


def load(path: str | Path) -> Catalogue:
    """The catalogue in that file; an empty one when no file is configured ("").

    Raises: CatalogueRefused with every mistake, one sentence each.
    """
    if not str(path):
        return Catalogue()
    path = Path(path)
    document = _document(path)
    mistakes: list[str] = []
    top = _read(document, READ_TOP, path.parent, gettext('key "%(key)s"'), mistakes, also=("entries",))
    tables = document.get("entries", {})
    if not isinstance(tables, dict) or len(tables) > MOST_ENTRIES:
        mistakes.append(
            gettext("entries must be at most %(most)s tables, each as [entries.name].") % {"most": MOST_ENTRIES}
        )
        tables = {}
    entries = {name: _entry(name, table, path.parent, mistakes) for name, table in tables.items()}
    if mistakes:
        raise CatalogueRefused([f"{printable(path.name)}: {printable(mistake)}" for mistake in mistakes])
    return Catalogue(entries={name: entry for name, entry in entries.items() if entry}, **top)


def propose(check_text: str, systems: Iterable[str], catalogue: Catalogue) -> str | None:
    """The entry whose words are in the text of a check, or None when no entry or no single one fits best.

    Whole words in any case; a phrase counts for as many words as it has. An entry of other systems does not fit, and
    of two with as many words the one that names a system of the check fits better.
    """
    said = _words(check_text)
    known = {name.casefold() for name in systems}
    marks: dict[str, tuple[int, bool]] = {}
    for entry in catalogue.entries.values():
        named = {name.casefold() for name in entry.systems}
        number = sum(len(phrase) for phrase in {_words(each) for each in entry.words} if _says(said, phrase))
        if number and (not named or not known or named & known):
            marks[entry.name] = (number, bool(named & known))
    best = [name for name, mark in marks.items() if mark == max(marks.values())]
    return best[0] if len(best) == 1 else None


def _words(text: str) -> tuple[str, ...]:
    return tuple(WORD.findall(text.casefold()))


def _says(said: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    length = len(phrase)
    return any(said[at : at + length] == phrase for at in range(len(said) - length + 1))


def _document(path: Path) -> dict:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise Mistake(gettext("it is larger than %(most)s KiB") % {"most": MOST_BYTES // 1024})
        return tomllib.loads(data.decode())
    except OSError as error:
        raise CatalogueRefused(
            gettext("%(path)s: it cannot be read (%(problem)s).")
            % {"path": printable(str(path)), "problem": error.strerror}
        ) from None
    except RecursionError:
        raise CatalogueRefused(gettext("%(path)s: it is nested too deep.") % {"path": printable(path.name)}) from None
    except ValueError as error:  # TOML, UTF-8 and the size
        raise CatalogueRefused(f"{printable(path.name)}: {printable(str(error))}.") from None


def _entry(name: str, table: object, base: Path, mistakes: list[str]) -> AnyEntry | None:
    if not ENTRY_NAME.fullmatch(name):
        mistakes.append(
            gettext('entry "%(name)s" must be named with at most 64 small letters, digits, ".", "_" and "-".')
            % {"name": name}
        )
    if not isinstance(table, dict):
        mistakes.append(gettext('entry "%(name)s" must be a table: [entries.%(name)s].') % {"name": name})
        return None
    kinds = [kind.value for kind in CheckKind]
    if table.get("kind") not in kinds:
        mistakes.append(
            gettext('entry "%(name)s", key "kind" must be one of %(kinds)s.')
            % {"name": name, "kinds": ", ".join(kinds)}
        )
        return None
    kind = CheckKind(table["kind"])
    before = len(mistakes)
    read = _read(
        table,
        READ_ALWAYS | READ[kind],
        base,
        gettext('entry "%(name)s", key "%%(key)s"') % {"name": name.replace("%", "%%")},
        mistakes,
        also=("kind",),
    )
    missing = [each.name for each in fields(ENTRY_CLASSES[kind]) if _is_required(each) and each.name not in table]
    mistakes += [
        gettext('entry "%(name)s", key "%(key)s" is missing.') % {"name": name, "key": key}
        for key in missing
        if key != "name"
    ]
    mistakes += [
        gettext('entry "%(name)s", %(mistake)s.') % {"name": name, "mistake": mistake}
        for mistake in _at_odds(kind, table)
    ]
    return None if len(mistakes) > before else ENTRY_CLASSES[kind](name=name, **read)


def _read(
    table: dict, readers: dict[str, Read], base: Path, place: str, mistakes: list[str], *, also: tuple[str, ...]
) -> dict:
    read = {}
    for key, value in table.items():
        if key in also:
            continue
        where = place % {"key": key}
        if key not in readers:
            mistakes.append(
                gettext("%(where)s is unknown here; known are %(keys)s.")
                % {"where": where, "keys": ", ".join(sorted((*readers, *also)))}
            )
            continue
        try:
            read[key] = readers[key](value, base)
        except Mistake as mistake:
            mistakes.append(f"{where} {mistake}.")
    return read


def _is_required(each: object) -> bool:
    return each.default is MISSING and each.default_factory is MISSING


def _at_odds(kind: CheckKind, table: dict) -> list[str]:
    """Keys that only make sense together, or never together."""
    if kind == CheckKind.DOCKER and bool(table.get("containers")) == bool(table.get("label")):
        return [gettext('keys "containers" and "label": exactly one of them must say which containers are meant')]
    if kind == CheckKind.HTTP and ("json_path" in table) != ("json_value" in table):
        return [gettext('keys "json_path" and "json_value" must be given together')]
    if kind == CheckKind.HTTP and table.get("method") == "HEAD" and {"contains", "json_path"} & table.keys():
        return [gettext('key "method": the reply to HEAD has no body in which something could be found')]
    return []
