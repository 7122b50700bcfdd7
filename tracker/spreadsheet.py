"""Tables for spreadsheets, row by row: CSV and XLSX. No text from outside is ever a formula in either.

A program that opens a CSV takes a cell that begins like a formula for one, so such a cell gets an apostrophe in front.
In XLSX a text is stored as a text, and marked so that it stays one when somebody edits the cell.
"""

import csv
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from io import StringIO
from itertools import chain, islice
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.styles import Font

Value = str | int | Decimal | datetime | None
Row = Sequence[Value]

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BYTE_ORDER_MARK = "\ufeff"  # without it some programs read another alphabet
AT_ONCE = 500  # rows of CSV that leave as one piece
LONGEST_CELL = 32_767  # characters that XLSX takes
DECIMAL_FORMAT = "#,##0.00##"
# What a formula begins with, also in full width, and also behind spaces and the marks that some programs skip.
FORMULA = re.compile("[\\s\ufeff\u200b'\"]*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
NOT_IN_XLSX = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def cell(value: Value, zone: tzinfo) -> str | int | Decimal:
    """What stands in a cell of CSV: numbers as they are, times in the zone, and text that is no formula."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
    if isinstance(value, int | Decimal):
        return value
    return f"'{value}" if FORMULA.match(value) else value


def csv_pieces(rows: Iterable[Row], *, zone: tzinfo) -> Iterator[str]:
    """The rows as CSV, the head among them, a few hundred rows at once."""
    left = iter(rows)
    yield BYTE_ORDER_MARK
    while some := list(islice(left, AT_ONCE)):
        written = StringIO()
        csv.writer(written).writerows([cell(value, zone) for value in row] for row in some)
        yield written.getvalue()


def xlsx_file(rows: Iterable[Row], *, zone: tzinfo, title: str) -> IO[bytes]:
    """The rows as XLSX, the first one as the head: a temporary file that is gone when it is closed.

    Rows are written to a file one by one; only what is written at the moment is in memory.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    left = iter(rows)
    head = [_head(sheet, value) for value in next(left)]
    for row in chain([head], ([_cell(sheet, value, zone) for value in row] for row in left)):
        sheet.append(row)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    book.save(file)
    file.seek(0)
    return file


def _head(sheet: Any, value: Value) -> Cell:
    written = _sure_text(sheet, storable(str(value)))
    written.font = Font(bold=True)
    return written


def _cell(sheet: Any, value: Value, zone: tzinfo) -> Cell | str | int | datetime | None:
    """What is appended: only what needs more than its value is an object, which takes most of the time."""
    if isinstance(value, str):
        safe = storable(value)
        return _sure_text(sheet, safe) if FORMULA.match(safe) or safe in ERROR_CODES else safe
    if isinstance(value, datetime):
        return value.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
    return _decimal(sheet, value) if isinstance(value, Decimal) else value


def _decimal(sheet: Any, value: Decimal) -> Cell:
    written = WriteOnlyCell(sheet, value)
    written.number_format = DECIMAL_FORMAT
    return written


def _sure_text(sheet: Any, value: str) -> Cell:
    """A text that is one, whatever it begins with: the library makes formulas and errors of some."""
    written = WriteOnlyCell(sheet, value)
    written.data_type = "s"
    if FORMULA.match(value):
        written.quotePrefix = True
    return written


def storable(text: str) -> str:
    """The text without what XLSX cannot hold."""
    return NOT_IN_XLSX.sub("\ufffd", text)[:LONGEST_CELL]
