"""From a CSV or XLSX file to its rows, one at a time: what opens it trusts nothing that the file says. No Django."""

import codecs
import csv
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from io import TextIOWrapper
from typing import BinaryIO

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from tracker.spreadsheet import FORMULA
from tracker.translation import gettext

MOST_BYTES = 50 * 1024 * 1024
MOST_ROWS = 100_000
MOST_COLUMNS = 100
MOST_UNPACKED = 400 * 1024 * 1024  # bytes of all parts of an XLSX together
MOST_WORDS = 64 * 1024 * 1024  # bytes of the part that is read into memory: the texts of all cells
LARGE_PART = 8 * 1024 * 1024
MOST_RATIO = 200  # of a large part; real sheets shrink to a twentieth
LONGEST_CELL = 100_000
DECLARATIONS = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
SEPARATORS = (",", ";", "\t")
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
ZIP = b"PK\x03\x04"
WORDS = "xl/sharedStrings.xml"
AT_ONCE = 1024 * 1024

Cell = str | int | float | Decimal | datetime | None


class UnreadableTable(ValueError):
    """Why nothing can be read from the file, in one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file, by its number there. `problem` says why it cannot be taken, "" when it can."""

    number: int
    cells: tuple[Cell, ...]
    problem: str = ""


@dataclass(slots=True)
class Table:
    """A file that was opened: its head, the rows below it, and what a person should know about how it was read."""

    head: list[str]
    rows: Iterator[Row]
    remarks: list[str] = field(default_factory=list)


def open_table(file: BinaryIO, *, most_bytes: int = MOST_BYTES) -> Table:
    """The table in the file, by what its bytes are. The file can be read from its start. Raises: UnreadableTable."""
    size = file.seek(0, 2)
    if size > most_bytes:
        raise UnreadableTable(
            gettext("The file has %(size)s bytes; at most %(most)s are read: split it.")
            % {"size": f"{size:,}", "most": f"{most_bytes:,}"}
        )
    file.seek(0)
    start = file.read(4)
    file.seek(0)
    if not start:
        raise UnreadableTable(gettext("The file is empty."))
    if start == OLD_EXCEL:
        raise UnreadableTable(
            gettext("This is an old or an encrypted Excel file: save it as XLSX without password, or as CSV.")
        )
    found = _workbook(file) if start == ZIP else _text(file)
    if len(found.head) > MOST_COLUMNS:
        raise UnreadableTable(
            gettext("The table has more than %(most)s columns: leave out what is not imported.")
            % {"most": MOST_COLUMNS}
        )
    found.rows = _bounded(found.rows)
    return found


def _bounded(rows: Iterator[Row]) -> Iterator[Row]:
    """The rows that say something, with what no row may hold told of."""
    number = 0
    for row in rows:
        if not row.problem and all(cell is None or cell == "" for cell in row.cells):
            continue
        number += 1
        if number > MOST_ROWS:
            raise UnreadableTable(
                gettext("The table has more than %(most)s rows: split it.") % {"most": f"{MOST_ROWS:,}"}
            )
        yield Row(row.number, row.cells, row.problem or _problem(row.cells))


def _problem(cells: tuple[Cell, ...]) -> str:
    for number, cell in enumerate(cells, start=1):
        if isinstance(cell, str) and "\0" in cell:
            return gettext("The cell in column %(number)s has a NUL character: remove it.") % {"number": number}
        if isinstance(cell, str) and len(cell) > LONGEST_CELL:
            return gettext("The cell in column %(number)s has more than %(most)s characters: shorten it.") % {
                "number": number,
                "most": f"{LONGEST_CELL:,}",
            }
    return ""


# CSV


def _text(file: BinaryIO) -> Table:
    encoding, remarks = _encoding(file)
    file.seek(0)
    lines = TextIOWrapper(file, encoding=encoding, newline="")
    first = lines.readline(LONGEST_CELL)
    hint = re.fullmatch(r"sep=(.)\r?\n?", first)  # as Excel writes and reads it
    if not hint:
        lines.seek(0)
    separator = hint[1] if hint else max(SEPARATORS, key=lambda each: len(next(csv.reader([first], delimiter=each))))
    reader = csv.reader(lines, delimiter=separator, strict=True)
    rows = _csv_rows(reader, offset=1 if hint else 0)
    head = next(rows, None)
    if head is None or not any(head.cells):
        raise UnreadableTable(gettext("The file has no head: its first row names the columns."))
    return Table([str(cell).strip() for cell in head.cells], rows, remarks)


def _encoding(file: BinaryIO) -> tuple[str, list[str]]:
    start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _checked(file, "utf-16"), []
    try:
        return _checked(file, "utf-8-sig"), []
    except UnreadableTable:
        told = gettext(
            "The file is no UTF-8 and was read as Windows-1252: look whether letters such as é and ü are right."
        )
        return _checked(file, "cp1252"), [told]


def _checked(file: BinaryIO, encoding: str) -> str:
    """The encoding, when the whole file is text in it; a part is in memory at once."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while data := file.read(AT_ONCE):
            decoder.decode(data)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise UnreadableTable(gettext("The file is no text that can be read: save it as CSV in UTF-8.")) from None
    return encoding


def _csv_rows(reader: Iterator[list[str]], *, offset: int) -> Iterator[Row]:
    """The rows by the number of the line on which they end."""
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            line = reader.line_num + offset
            raise UnreadableTable(
                gettext("The CSV is broken in or before line %(line)s (%(error)s): correct it there.")
                % {"line": line, "error": error}
            ) from None
        if cells is None:
            return
        yield Row(reader.line_num + offset, tuple(plain(cell) for cell in cells))


def plain(cell: str) -> str:
    """The text of a cell without the apostrophe that an export puts before what looks like a formula."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell[1:]) else cell


# XLSX


def _workbook(file: BinaryIO) -> Table:
    _check_parts(file)
    file.seek(0)
    try:
        book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size is not believed
        rows = _sheet_rows(sheet)
        head = next(rows, None)
    except UnreadableTable:
        raise
    except Exception as error:  # the library raises whatever its parsers meet
        raise UnreadableTable(_broken(error)) from None
    if head is None or not any(head.cells):
        raise UnreadableTable(gettext("The first sheet has no head: its first row names the columns."))
    if head.problem:
        raise UnreadableTable(gettext("Row 1: %(problem)s") % {"problem": head.problem})
    others = len(book.sheetnames) - 1
    remarks = (
        [
            gettext("Only the first sheet, “%(title)s”, is read; %(number)s more are left out.")
            % {"title": sheet.title, "number": others}
        ]
        if others
        else []
    )
    names = [str(cell).strip() if cell is not None else "" for cell in head.cells]
    while names and not names[-1]:
        names.pop()
    return Table(names, rows, remarks)


def _broken(error: Exception) -> str:
    return gettext("The XLSX file is damaged (%(kind)s): open it in a spreadsheet program and save it again.") % {
        "kind": type(error).__name__
    }


def _check_parts(file: BinaryIO) -> None:
    """Refuse what is no plain workbook, or would be far larger in memory than on disk."""
    try:
        with zipfile.ZipFile(file) as parts:
            found = parts.infolist()
            _check_sizes(found)
            names = {part.filename.lower() for part in found}
            types = parts.read("[Content_Types].xml") if "[content_types].xml" in names else b""
            if not types or b"spreadsheetml" not in types:
                raise UnreadableTable(gettext("This ZIP file is no XLSX workbook."))
            if b"macroEnabled" in types or any(name.endswith("vbaproject.bin") for name in names):
                raise UnreadableTable(
                    gettext("This workbook has macros, and files with macros are not read: save it as XLSX.")
                )
            for part in found:
                _check_xml(parts, part)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, KeyError, OSError, EOFError) as error:
        raise UnreadableTable(_broken(error)) from None


def _check_sizes(found: list[zipfile.ZipInfo]) -> None:
    too_large = gettext("This workbook is much larger than it looks, and is not opened: save it as CSV, or split it.")
    if sum(part.file_size for part in found) > MOST_UNPACKED:
        raise UnreadableTable(too_large)
    for part in found:
        ratio = part.file_size / max(1, part.compress_size)
        if part.file_size > LARGE_PART and ratio > MOST_RATIO:
            raise UnreadableTable(too_large)
        if part.filename == WORDS and part.file_size > MOST_WORDS:
            raise UnreadableTable(
                gettext("The texts of this workbook have more than %(most)s bytes: save it as CSV.")
                % {"most": f"{MOST_WORDS:,}"}
            )


def _check_xml(parts: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    if not part.filename.lower().endswith((".xml", ".rels")):
        return
    with parts.open(part) as opened:
        before = b""
        while data := opened.read(AT_ONCE):
            if DECLARATIONS.search(before + data):
                raise UnreadableTable(
                    gettext("This workbook declares entities of its own, which none needs: it is not read.")
                )
            before = data[-16:]


def _sheet_rows(sheet) -> Iterator[Row]:
    try:
        for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1), start=1):
            problem = ""
            for place, cell in enumerate(cells, start=1):
                problem = problem or _cell_problem(cell, f"{get_column_letter(place)}{number}")
            values = tuple(_value(cell.value) for cell in cells)
            yield Row(number, values[: _used(values)], problem)
    except (ValueError, KeyError, TypeError, SyntaxError, zipfile.BadZipFile, OSError, EOFError) as error:
        raise UnreadableTable(_broken(error)) from None


def _used(values: tuple[Cell, ...]) -> int:
    return next((place for place in range(len(values), 0, -1) if values[place - 1] not in (None, "")), 0)


def _cell_problem(cell, place: str) -> str:
    kind = getattr(cell, "data_type", "n")
    if kind == "f":
        return gettext(
            "The cell %(place)s has a formula, which is not calculated here: put its value in its place."
        ) % {"place": place}
    return (
        gettext("The cell %(place)s has an error (%(error)s): correct it.") % {"place": place, "error": cell.value}
        if kind == "e"
        else ""
    )


def _value(value: object) -> Cell:
    if value is None or isinstance(value, str | datetime):
        return value
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    return str(value)
