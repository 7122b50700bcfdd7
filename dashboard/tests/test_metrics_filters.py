from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.metrics import filters

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)  # a Tuesday


@pytest.mark.parametrize(
    ("kind", "start", "end", "previous"),
    [
        pytest.param("week", "2026-03-09", "2026-03-16", "2026-03-02", id="a week begins on Monday"),
        pytest.param("month", "2026-03-01", "2026-04-01", "2026-02-01", id="a month is a calendar month"),
        pytest.param("quarter", "2026-01-01", "2026-04-01", "2025-10-01", id="a quarter begins in January"),
    ],
)
def test_a_period_is_that_of_the_calendar(kind, start, end, previous):
    found = filters.period(kind, NOW, PARIS)

    assert [f"{moment:%Y-%m-%d %H:%M}" for moment in (found.start, found.end, found.previous_start)] == [
        f"{day} 00:00" for day in (start, end, previous)
    ]


def test_the_period_before_is_compared_as_far_as_this_one_has_come():
    found = filters.period("week", NOW, ZoneInfo("UTC"))

    assert found.previous_end == datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def test_the_day_is_that_of_the_zone():
    late = datetime(2026, 2, 28, 23, 30, tzinfo=UTC)

    assert filters.period("month", late, PARIS).start.month == 3


def test_december_ends_with_the_year():
    found = filters.period("month", datetime(2026, 12, 5, tzinfo=UTC), ZoneInfo("UTC"))

    assert (found.end.year, found.end.month) == (2027, 1)


@pytest.mark.parametrize("asked", [{"period": "decade"}, {"team": "all"}, {"system": "9" * 30}, {"team": "-1"}])
def test_what_there_is_not_is_refused_in_a_sentence(asked):
    with pytest.raises(filters.FilterRefused, match="choose one"):
        filters.read(asked, NOW, PARIS)


def test_links_ask_for_the_same_but_for_what_they_change():
    found = filters.read({"period": "week", "team": "7"}, NOW, PARIS)

    assert found.query(team=None, system=3) == "period=week&system=3"
