"""Until when quiet hours hold messages back: past midnight, over changes of the clocks, one after the other."""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.quiet import LONGEST, quiet_until

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)


@dataclass(frozen=True)
class Hours:
    weekday: int
    starts: time
    ends: time


def hours(weekday, starts, ends):
    return Hours(weekday, time.fromisoformat(starts), time.fromisoformat(ends))


def berlin(*parts, fold=0):
    return datetime(*parts, tzinfo=BERLIN, fold=fold)


NIGHTS = [hours(weekday, "22:00", "07:00") for weekday in range(7)]
WEEKEND = [hours(SATURDAY, "00:00", "00:00:01"), hours(SATURDAY, "00:00:01", "00:00"), hours(SUNDAY, "00:00", "23:00")]


@pytest.mark.parametrize(
    ("rows", "now", "expected"),
    [
        pytest.param([], berlin(2026, 11, 23, 3), None, id="somebody without quiet hours"),
        pytest.param(NIGHTS, berlin(2026, 11, 23, 21, 59), None, id="before they start"),
        pytest.param(NIGHTS, berlin(2026, 11, 23, 22), berlin(2026, 11, 24, 7), id="when they start"),
        pytest.param(NIGHTS, berlin(2026, 11, 24, 6, 59), berlin(2026, 11, 24, 7), id="after midnight"),
        pytest.param(NIGHTS, berlin(2026, 11, 24, 7), None, id="when they end"),
        pytest.param(
            [hours(MONDAY, "12:00", "13:00")], berlin(2026, 11, 23, 12, 30), berlin(2026, 11, 23, 13), id="within a day"
        ),
        pytest.param([hours(TUESDAY, "12:00", "13:00")], berlin(2026, 11, 23, 12, 30), None, id="of another weekday"),
        pytest.param(
            [hours(SUNDAY, "22:00", "07:00")], berlin(2026, 11, 23, 6), berlin(2026, 11, 23, 7), id="from Sunday on"
        ),
        pytest.param([hours(MONDAY, "22:00", "07:00")], berlin(2026, 11, 23, 6), None, id="not from Monday on"),
        pytest.param(
            [hours(SUNDAY, "22:00", "00:00"), hours(MONDAY, "00:00", "06:00"), hours(MONDAY, "05:00", "08:00")],
            berlin(2026, 11, 22, 23),
            berlin(2026, 11, 23, 8),
            id="hours that touch and overlap are one",
        ),
        pytest.param(WEEKEND, berlin(2026, 11, 21, 9), berlin(2026, 11, 22, 23), id="a whole weekend"),
        pytest.param(
            [hours(day, "00:00", "23:59:59") for day in range(7)] + [hours(day, "23:00", "01:00") for day in range(7)],
            berlin(2026, 11, 23, 12),
            None,
            id="hours without an end hold nothing back",
        ),
    ],
)
def test_quiet_hours_end_on_the_wall_clock_of_the_person(rows, now, expected):
    assert quiet_until(rows, BERLIN, now.astimezone(UTC)) == (expected and expected.astimezone(UTC))


@pytest.mark.parametrize(
    ("row", "now", "expected"),
    [
        pytest.param(
            hours(SATURDAY, "22:00", "07:00"),
            berlin(2026, 3, 28, 23),
            datetime(2026, 3, 29, 5, tzinfo=UTC),
            id="an hour shorter",
        ),
        pytest.param(
            hours(SATURDAY, "22:00", "07:00"),
            berlin(2026, 10, 24, 23),
            datetime(2026, 10, 25, 6, tzinfo=UTC),
            id="long",
        ),
        pytest.param(
            hours(SATURDAY, "22:00", "02:30"),
            berlin(2026, 3, 28, 23),
            datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
            id="an end that is skipped",
        ),
        pytest.param(
            hours(SATURDAY, "22:00", "02:30"),
            berlin(2026, 10, 24, 23),
            datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
            id="an end that comes twice",
        ),
        pytest.param(
            hours(SUNDAY, "02:30", "04:00"),
            berlin(2026, 10, 25, 2, 45),
            datetime(2026, 10, 25, 3, tzinfo=UTC),
            id="a start that comes twice",
        ),
        pytest.param(hours(SUNDAY, "02:30", "03:15"), berlin(2026, 3, 29, 3, 20), None, id="hours that were skipped"),
    ],
)
def test_quiet_hours_of_a_night_in_which_the_clocks_change(row, now, expected):
    assert quiet_until([row], BERLIN, now.astimezone(UTC)) == expected


ROWS = st.lists(
    st.builds(Hours, st.integers(0, 6), st.times(), st.times()).filter(lambda row: row.starts != row.ends), max_size=9
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe")]
)


@given(ROWS, ZONES, MOMENTS)
def test_the_end_of_quiet_hours_is_later_is_near_and_is_not_quiet_itself(rows, zone, now):
    end = quiet_until(rows, zone, now)

    if end is not None:
        assert now < end <= now + LONGEST
        assert quiet_until(rows, zone, end) is None


@given(ROWS, ZONES, MOMENTS)
def test_all_of_the_time_until_the_end_is_quiet_until_that_end(rows, zone, now):
    end = quiet_until(rows, zone, now)

    if end is not None:
        assert quiet_until(rows, zone, now + (end - now) / 2) == end
