"""From a file of the predecessor to its entries as they stand there, and what is wrong with it. Imports no Django."""

import codecs
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ISSUES = "tracked_issues.json"
ACTIVE_ALERTS = "alerts/active_alerts.json"
ALERT_HISTORY = "alerts/alert_history.json"
METRICS = "dashboard/metrics_history.json"
READ = (ISSUES, ACTIVE_ALERTS, ALERT_HISTORY, METRICS)
SETTINGS = ("tracker_config.json", "dashboard/business_config.json", "alerts/alert_config.json")

MOST_BYTES = 64 * 1024 * 1024
MOST_ENTRIES = 100_000
LONGEST_NAME = 80
RESTORE = "A crash can leave such a file cut off: restore it from a backup, or repair it there."


class UnreadableFile(ValueError):
    """Why nothing can be taken from a file: one sentence that names it and says what to do."""

    def __init__(self, file: str, sentence: str) -> None:
        self.file = file
        super().__init__(f"{file}: {sentence}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a file. `name` is its key in the file, or its place; `problem` says why it cannot be taken."""

    file: str
    name: str
    said: object
    problem: str = ""


class NoNumber(str):
    """NaN or Infinity, as the file spells it."""


class Repeated(dict):
    """An object of which the file names a key more than once: `pairs` are all of them, in order."""

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


def entries_of(folder: Path, file: str) -> list[Entry] | None:
    """The entries of a file in their order; None when there is no such file. Raises: UnreadableFile."""
    said = said_in(folder, file)
    if said is None:
        return None
    is_list = file in (ALERT_HISTORY, METRICS)
    if not isinstance(said, list if is_list else dict):
        wanted = "a list of entries" if is_list else "an object with an entry for each id"
        raise UnreadableFile(file, f"it has {kind_of(said)}, and should have {wanted}: is it the right file?")
    if is_list:
        named = [(f"entry {number}", each) for number, each in enumerate(said, start=1)]
    else:
        named = said.pairs if isinstance(said, Repeated) else list(said.items())
    if len(named) > MOST_ENTRIES:
        raise UnreadableFile(file, f"it has {len(named):,} entries; at most {MOST_ENTRIES:,} are read: split it.")
    return [Entry(file, shown(name), each, problem_of(each)) for name, each in named]


def said_in(folder: Path, file: str) -> object | None:
    """What the file says; None when there is no such file. Raises: UnreadableFile."""
    path = folder / file
    if not path.exists():
        return None
    text = _text(path, file)
    try:
        return json.loads(text, parse_constant=NoNumber, object_pairs_hook=_object)
    except json.JSONDecodeError as broken:
        place = f"line {broken.lineno}, column {broken.colno}"
        raise UnreadableFile(file, f"the JSON is broken at {place} ({broken.msg.lower()}). {RESTORE}") from None
    except RecursionError:
        raise UnreadableFile(file, "it is nested too deeply to be a file of the predecessor.") from None
    except ValueError:
        raise UnreadableFile(file, "it has a number with too many digits: correct it there.") from None


def _text(path: Path, file: str) -> str:
    try:
        if not path.is_file():
            raise UnreadableFile(file, "it is no file that can be read.")
        with path.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UnreadableFile(file, f"it cannot be read: {reason}.") from None
    if len(data) > MOST_BYTES:
        raise UnreadableFile(file, f"it is larger than {MOST_BYTES:,} bytes: split it, and import the parts in turn.")
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(file, f"byte {error.start + 1} is no UTF-8: save it as UTF-8.") from None
    if not text.strip("\x00 \t\r\n"):
        raise UnreadableFile(file, f"it is empty. {RESTORE}")
    return text


def _object(pairs: list[tuple[str, object]]) -> dict:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Repeated(pairs)


def problem_of(said: object) -> str:
    """Why no database can keep this, or an entry of it means two things at once: a sentence, or ""."""
    return next((problem for path, value in walk(said) if (problem := _problem(path, value))), "")


def _problem(path: str, value: object) -> str:
    name = f"“{shown(path)}”" if path else "it"
    if isinstance(value, NoNumber) or (isinstance(value, float) and not math.isfinite(value)):
        return f"{name} is {value}, which is no number: write a number or null."
    if isinstance(value, Repeated):
        again = next(key for key, _ in value.pairs if [name for name, _ in value.pairs].count(key) > 1)
        return f"it names “{shown(again)}” more than once: keep one of them."
    if isinstance(value, str) and "\0" in value:
        return f"{name} has a NUL character: remove it."
    if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
        return f"{name} has half of a character: correct it."
    return ""


def walk(said: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every value inside, keys among them, with the way to it, such as "forecast.next_7_days"."""
    yield path, said
    if isinstance(said, dict):
        for key, value in said.items():
            yield path, key
            yield from walk(value, f"{path}.{key}" if path else key)
    elif isinstance(said, list):
        for number, value in enumerate(said, start=1):
            yield from walk(value, f"{path}[{number}]")


def shown(name: str) -> str:
    """A name from a file, short enough for a sentence."""
    text = " ".join(str(name).split()).encode("utf-8", "replace").decode()
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"


def kind_of(value: object) -> str:
    """What a value of JSON is, in words."""
    words = {dict: "an object", Repeated: "an object", list: "a list", str: "a text", bool: "true or false"}
    return "nothing (null)" if value is None else words.get(type(value), "a number")
