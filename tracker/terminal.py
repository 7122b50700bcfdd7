"""Words from outside on a terminal: made harmless, measured, fitted into columns. Pure: no Django."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

# Control characters, line separators, halves of UTF-16 pairs (bytes of a file name that are no UTF-8) and the marks
# that change the direction of what follows: raw, they can hide or forge what a terminal shows.
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
GAP = "  "


def printable(text: str) -> str:
    """The text with every character that a terminal would act on written as a visible escape."""
    return UNPRINTABLE.sub(lambda found: _escape(found.group()), text)


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # how Python keeps a byte of a file name that is no UTF-8
        code -= 0xDC00
    return SHORT_ESCAPES.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def columns(text: str) -> int:
    """How many columns of a terminal a printable text takes: two for wide characters, none for combining ones."""
    return len(text) if text.isascii() else sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def fit(text: str, width: int) -> str:
    """The text, its end cut off with an ellipsis where it is wider than that many columns."""
    if columns(text) <= width:
        return text
    kept, room = [], width - 1
    for character in text:
        room -= _columns(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def fit_end(text: str, width: int) -> str:
    """The text, its beginning cut off with an ellipsis where it is wider than that many columns."""
    if columns(text) <= width:
        return text
    kept, room = len(text), width - 1
    while room >= _columns(text[kept - 1]):
        kept -= 1
        room -= _columns(text[kept])
    return "…" + text[kept:]


@dataclass(frozen=True, slots=True)
class Shrinking:
    """A column of a table that gives way where room is short: which, how its cells are cut, and how far."""

    column: int
    cut: Callable[[str, int], str]
    narrowest: int


def table(
    rows: Iterable[Sequence[str]],
    *,
    width: int | None = None,
    shrinking: Sequence[Shrinking] = (),
    right: Sequence[int] = (),
) -> list[str]:
    """One line a row, its cells in columns, made printable; those numbered in `right` end at the same column.

    Where a line would be wider than `width`, the shrinking columns give way, the first one first.
    """
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(columns(cell) for cell in column) for column in zip(*cells, strict=True)]
    for way in shrinking if width is not None else ():
        excess = sum(widths) + len(GAP) * (len(widths) - 1) - width
        widths[way.column] = max(min(way.narrowest, widths[way.column]), widths[way.column] - max(0, excess))
        for row in cells:
            row[way.column] = way.cut(row[way.column], widths[way.column])
    return [_line(row, widths, right) for row in cells]


def _line(row: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> str:
    padded = []
    for number, (cell, width) in enumerate(zip(row, widths, strict=True)):
        padding = " " * (width - columns(cell))
        padded.append(padding + cell if number in right else cell + padding)
    return GAP.join(padded).rstrip()
