"""Tables for spreadsheets: what a program that opens them sees, and that no text is a formula."""

import csv
import tracemalloc
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from tracker import spreadsheet

PARIS = ZoneInfo("Europe/Paris")
HOSTILE = (
    "=HYPERLINK(\"http://evil.example\",\"see\")",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\u00a0=1+1",
    "\ufeff=1+1",
    "＝1+1",
    "＠SUM(A1)",
    "'=1+1",
    '"=1+1',
)  # fmt: skip
HARMLESS = ("Renew the certificate", "a=b", "1 - 2", "", "#N/A", "é 漢字 🙂", "line\nline")


def csv_rows(rows):
    text = "".join(spreadsheet.csv_pieces(rows, zone=PARIS))
    assert text.startswith("\ufeff")
    return list(csv.reader(StringIO(text[1:], newline="")))


def xlsx_cells(rows):
    with spreadsheet.xlsx_file(rows, zone=PARIS, title="Issues") as file:
        return [list(row) for row in load_workbook(file)["Issues"].iter_rows()]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_that_begins_like_a_formula_is_none_in_csv(text):
    assert csv_rows([["Title"], [text]])[1][0].startswith("'")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_that_begins_like_a_formula_is_a_quoted_text_in_xlsx(text):
    found = xlsx_cells([["Title"], [text]])[1][0]

    assert (found.data_type, found.quotePrefix) == ("s", True)
    assert found.value.strip() == text.strip()


@pytest.mark.parametrize("text", [text for text in HARMLESS if text])
def test_any_other_text_stays_as_it_is(text):
    assert csv_rows([["Title"], [text]])[1] == [text]
    assert [(found.value, found.data_type) for found in xlsx_cells([["Title"], [text]])[1]] == [(text, "s")]


def test_a_head_from_outside_is_no_formula_either():
    assert csv_rows([["=1+1"]]) == [["'=1+1"]]
    assert xlsx_cells([["=1+1"]])[0][0].data_type == "s"


def test_numbers_and_times_are_what_they_are():
    row = [3, Decimal("-1234.50"), datetime(2026, 3, 10, 12, 30, tzinfo=UTC), None]

    assert csv_rows([["a", "b", "c", "d"], row])[1] == ["3", "-1234.50", "2026-03-10 13:30", ""]
    found = [each.value for each in xlsx_cells([["a", "b", "c", "d"], row])[1]]
    assert found == [3, -1234.5, datetime(2026, 3, 10, 13, 30), None]  # noqa: DTZ001 - XLSX knows no zones


@pytest.mark.parametrize("text", ["nul \x00", "escape \x1b[31m", "half \ud83d", "no character \uffff"])
def test_what_xlsx_cannot_hold_is_replaced(text):
    assert "\ufffd" in xlsx_cells([["Title"], [text]])[1][0].value


def test_a_text_that_is_too_long_for_a_cell_is_cut():
    assert len(xlsx_cells([["Title"], ["x" * 40_000]])[1][0].value) == 32_767


@pytest.mark.parametrize("write", ["csv", "xlsx"])
def test_ten_times_the_rows_take_no_more_memory(write):
    def peak(number):
        rows = ([f"{place} {'x' * 200}"] * 5 for place in range(number))
        tracemalloc.start()
        if write == "csv":
            for _ in spreadsheet.csv_pieces(rows, zone=PARIS):
                pass
        else:
            spreadsheet.xlsx_file(rows, zone=PARIS, title="Issues").close()
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(10)  # what is imported and cached by the first one
    few, many = peak(1_000), peak(10_000)
    assert many < few * 1.5
