"""The charts as JSON and as files."""

import csv
import json
from decimal import Decimal
from io import StringIO

import pytest
from django.http import Http404

from dashboard import charts
from dashboard.metrics.sheet import Line
from dashboard.tests.sheets import series, sheet
from dashboard.value.figures import Unit


def chart(one, **fields):
    return json.loads(charts.json_of(sheet(series=(one,), **fields)).content)["charts"][one.key]


def rows(response):
    return list(csv.reader(StringIO(response.content.decode("utf-8-sig"))))


def test_a_chart_has_numbers_a_gap_where_there_is_none_and_words_for_both():
    found = chart(series())

    assert found["labels"] == ["P0", "P1"]
    assert [(one["label"], one["data"]) for one in found["datasets"]] == [("Open", [3, 1.5]), ("Late", [0.25, None])]
    assert found["words"] == [["3", "2"], ["0", "none"]]
    assert "view" not in found


def test_shares_are_drawn_in_percent_up_to_the_whole():
    found = chart(series(Unit.SHARE))

    assert found["datasets"][1]["data"] == [25.0, None]
    assert (found["unit"], found["whole"]) == ("%", 100)


def test_money_is_said_in_the_currency_of_the_site():
    found = chart(series(Unit.MONEY_A_MONTH), currency="EUR")

    assert (found["unit"], found["words"][0][0]) == ("EUR a month", "EUR 3.00")


def test_the_colours_are_the_pages_own():
    assert not any("olor" in name for one in chart(series())["datasets"] for name in one)


@pytest.mark.parametrize(
    ("key", "labels", "kind"),
    [
        ("exposure_trend", ("2026-01-05", "2026-01-12"), "line"),
        ("protected_by_month", ("2026-01", "2026-02"), "line"),
        ("by_priority", ("P0", "P1"), "bar"),
        ("by_status", ("Identified", "Validation failed"), "sideways"),
    ],
)
def test_what_is_over_time_is_a_line_and_long_names_stand_beside_their_bars(key, labels, kind):
    assert chart(series(key=key, labels=labels))["type"] == kind


def test_a_file_has_the_numbers_as_they_are():
    response = charts.csv_of(sheet(series=(series(Unit.SHARE),)), "by_priority")

    assert rows(response) == [
        ["", "Open (1 is 100 %)", "Late (1 is 100 %)"],
        ["P0", "3", "0.25"],
        ["P1", "1.5", ""],
    ]
    assert response["Content-Disposition"] == 'attachment; filename="by_priority-2026-03-10.csv"'


def test_no_cell_of_a_file_is_a_formula():
    lines = (Line("=cmd|' /C calc'!A0", (Decimal(-1),)),)
    hostile = series(labels=("@SUM(1)",), lines=lines)

    found = rows(charts.csv_of(sheet(series=(hostile,)), hostile.key))

    assert found == [["", "'=cmd|' /C calc'!A0 (number)"], ["'@SUM(1)", "-1"]]


def test_a_series_that_the_page_has_not_got_is_not_found():
    with pytest.raises(Http404):
        charts.csv_of(sheet(), "by_priority")
