"""From a path to the text of an analysis: which files are meant, what their bytes say, and the name they keep."""

import codecs
import hashlib
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tracker.terminal import printable
from tracker.translation import gettext

STANDARD_INPUT = "-"
SUFFIX = ".md"
LONGEST_SOURCE = 500  # characters that Analysis.source holds

BYTE_ORDER_MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CONTROL = re.compile(r"[\x01-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")  # not tab, line ends, form feed, escape: logs have those
FOREIGN = re.compile(r"[^\x00-\x7f]")
NOTHING = "\ufeff\u200b"
MOST_CONTROL = 0.05  # share of control characters in a text; binary data has more
MOST_FOREIGN = 0.25  # share of non-ASCII letters in a Western text; another encoding read as Windows-1252 has more


class UnreadableAnalysis(ValueError):
    """Why something cannot be read as an analysis: one sentence that names it and says what to do.

    place: the file, with the line where there is one, as "login.md:12".
    """

    def __init__(self, place: str, sentence: str) -> None:
        self.place = printable(place)
        super().__init__(f"{self.place}: {sentence}")


@dataclass(frozen=True, slots=True)
class Found:
    """The files that a path means, in order, and what of it could not be looked at."""

    paths: tuple[str, ...]
    problems: tuple[UnreadableAnalysis, ...] = ()


def find(path: str) -> Found:
    """The file, or all Markdown files below the folder, or standard input for "-".

    Links to folders below it are not followed, so no loop is ever entered; links to files are.
    """
    if path == STANDARD_INPUT:
        return Found((path,))
    try:
        os.stat(path)
    except (OSError, ValueError) as error:
        return Found((), (_unreadable(path, error),))
    return _below(path) if os.path.isdir(path) else Found((path,))


def _below(folder: str) -> Found:
    errors: list[OSError] = []
    found = sorted(_markdown_names(folder, errors))
    paths = tuple(path for path in found if os.path.isfile(path))
    problems = [_unreadable(str(error.filename), error) for error in errors]
    problems += [
        UnreadableAnalysis(path, gettext("this is no file that can be read."))
        for path in found
        if not os.path.isfile(path)
    ]
    if not paths and not problems:
        problems.append(
            UnreadableAnalysis(
                folder,
                gettext("there is no Markdown file (*%(suffix)s) in this folder or below it.") % {"suffix": SUFFIX},
            )
        )
    return Found(paths, tuple(problems))


def _markdown_names(folder: str, errors: list[OSError]) -> Iterator[str]:
    for place, _, names in os.walk(folder, onerror=errors.append):
        yield from (os.path.join(place, name) for name in names if name.lower().endswith(SUFFIX))


def read(path: str, *, limit: int) -> bytes:
    """The bytes of the file, or of standard input; of more than `limit` bytes only the first `limit` + 1."""
    try:
        if path == STANDARD_INPUT:
            return _standard_input().read(limit + 1)
        with open(path, "rb") as file:
            return file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def _standard_input() -> BinaryIO:
    if sys.stdin is None:
        raise ValueError(gettext("standard input is closed"))
    return sys.stdin.buffer


def decode(data: bytes, *, name: str, limit: int) -> str:
    """The text of an analysis, its lines ended by a line feed, without a byte-order mark.

    UTF-8; UTF-16 and UTF-32 with a byte-order mark; else Windows-1252 (with it Latin-1) where that makes a text.
    Units:  limit is bytes.
    Raises: UnreadableAnalysis for what is too large, empty, binary, damaged or has a NUL character.
    """
    if len(data) > limit:
        raise UnreadableAnalysis(
            name,
            gettext("larger than the limit of %(limit)s bytes: split it, or raise MAX_ANALYSIS_BYTES.")
            % {"limit": f"{limit:,}"},
        )
    text = _characters(data, name).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.translate(dict.fromkeys(map(ord, NOTHING))).strip():
        raise UnreadableAnalysis(name, gettext("it is empty: there is nothing to extract."))
    if (place := text.find("\0")) >= 0:
        line = text.count("\n", 0, place) + 1
        raise UnreadableAnalysis(
            f"{name}:{line}", gettext("a NUL character: this is not text. Save it as UTF-8, or remove the character.")
        )
    if len(CONTROL.findall(text)) > MOST_CONTROL * len(text):
        raise _binary(name)
    return text


def source_of(path: str, data: bytes, *, base: Path) -> str:
    """The name under which an analysis is known: the same for the same file, from whatever folder it is named.

    The path relative to `base` where it is below it, else the absolute path, links unresolved; for standard input the
    beginning of the data's hash. Always printable, at most 500 characters.
    """
    if path == STANDARD_INPUT:
        return f"stdin:{hashlib.sha256(data).hexdigest()[:12]}"
    absolute = Path(os.path.abspath(path))
    name = printable((absolute.relative_to(base) if absolute.is_relative_to(base) else absolute).as_posix())
    if len(name) <= LONGEST_SOURCE:
        return name
    digest = hashlib.sha256(os.fsencode(absolute)).hexdigest()[:12]
    return f"{digest}…{name[-(LONGEST_SOURCE - len(digest) - 1) :]}"


def _unreadable(path: str, error: OSError | ValueError) -> UnreadableAnalysis:
    if isinstance(error, FileNotFoundError):
        return UnreadableAnalysis(path, gettext("there is no such file or folder."))
    if isinstance(error, PermissionError):
        return UnreadableAnalysis(path, gettext("no permission to read it."))
    why = error.strerror if isinstance(error, OSError) else str(error)
    return UnreadableAnalysis(
        path, gettext("it cannot be read (%(why)s).") % {"why": (why or gettext("unknown reason")).lower()}
    )


def _characters(data: bytes, name: str) -> str:
    encoding = next((encoding for mark, encoding in BYTE_ORDER_MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise UnreadableAnalysis(
                name,
                gettext("it begins like %(encoding)s and is not: save it as UTF-8.") % {"encoding": encoding.upper()},
            ) from None
        return _western(data, name, error)


def _western(data: bytes, name: str, error: UnicodeDecodeError) -> str:
    """Bytes that are no UTF-8, read as Windows-1252."""
    replaced = data.decode("utf-8", "replace")
    if len(FOREIGN.findall(replaced)) > 2 * replaced.count("\ufffd"):
        line = len(re.findall(rb"\r\n?|\n", data[: error.start])) + 1
        raise UnreadableAnalysis(
            f"{name}:{line}", gettext("a damaged character in a UTF-8 text: repair it, or save the file as UTF-8.")
        )
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        raise _binary(name) from None
    if "\0" in text or CONTROL.search(text):
        raise _binary(name)
    if len(FOREIGN.findall(text)) > MOST_FOREIGN * len(text):
        raise UnreadableAnalysis(name, gettext("its encoding is unknown: save it as UTF-8."))
    return text


def _binary(name: str) -> UnreadableAnalysis:
    return UnreadableAnalysis(name, gettext("this is binary data, not a Markdown text."))
