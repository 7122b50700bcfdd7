"""Which hours count."""

from datetime import UTC, date, datetime, time

import pytest

from tracker.calendars import Calendar
from tracker.choices import CalendarKind


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_a_calendar_without_a_word_runs_around_the_clock_in_utc():
    calendar = Calendar()

    assert calendar.kind == CalendarKind.ALWAYS
    assert calendar.end_of_day(date(2026, 11, 23)) == utc(2026, 11, 23, 23, 59, 59)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        pytest.param(
            {"day_starts": time(17), "day_ends": time(9)}, "at least an hour after", id="ends before it starts"
        ),
        pytest.param({"day_starts": time(9), "day_ends": time(9)}, "from 09:00 to 09:00", id="ends when it starts"),
        pytest.param({"day_starts": time(9), "day_ends": time(9, 59)}, "at least an hour after", id="a day too short"),
        pytest.param({"time_zone": "Mars/Olympus"}, "no time zone called 'Mars/Olympus'", id="an unknown zone"),
        pytest.param({"time_zone": ""}, "no time zone called ''", id="no zone"),
        pytest.param({"time_zone": "../../etc/passwd"}, "no time zone called", id="a path is no zone"),
        pytest.param({"country": "XX"}, "country with the code 'XX'", id="an unknown country"),
        pytest.param({"country": "os"}, "country with the code 'os'", id="a name inside the package is no country"),
        pytest.param({"country": "DE", "subdivision": "ZZ"}, "DE has no subdivision", id="an unknown subdivision"),
        pytest.param({"subdivision": "BE"}, "needs a country", id="a subdivision of nothing"),
        pytest.param({"weekdays": ()}, "at least one business day", id="no business day at all"),
        pytest.param({"weekdays": (5, 7)}, "from 0 \\(Monday\\) to 6", id="an eighth day"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused_in_one_sentence(fields, sentence):
    with pytest.raises(ValueError, match=sentence) as refused:
        Calendar(**fields)

    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)


def test_equal_calendars_are_equal_however_their_weekdays_are_given():
    assert Calendar(weekdays=[4, 3, 2, 1, 0]) == Calendar()
    assert hash(Calendar(weekdays=[4, 3, 2, 1, 0])) == hash(Calendar())


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(date(2026, 11, 23), True, id="a Monday"),
        pytest.param(date(2026, 11, 22), False, id="a Sunday"),
        pytest.param(date(2026, 12, 25), False, id="Christmas Day"),
        pytest.param(date(2027, 3, 8), False, id="a holiday of the subdivision alone"),
    ],
)
def test_weekends_and_public_holidays_are_no_business_days(day, expected):
    assert Calendar(country="DE", subdivision="BE").is_business_day(day) is expected


def test_without_a_country_every_weekday_is_a_business_day():
    assert Calendar().is_business_day(date(2026, 12, 25))


def test_a_holiday_observed_in_the_year_before_counts_there():
    assert not Calendar(country="US").is_business_day(date(2021, 12, 31))


def test_other_weekdays_can_be_the_business_days():
    calendar = Calendar(weekdays=(6, 0, 1, 2, 3))

    assert calendar.add_business_days(date(2026, 11, 19), 1) == date(2026, 11, 22)


def test_a_week_ends_on_its_last_day_that_is_no_holiday():
    calendar = Calendar(country="GB", subdivision="ENG")

    assert calendar.last_business_day_of_week(date(2026, 4, 1)) == date(2026, 4, 2)  # Good Friday is 3 April
    assert calendar.last_business_day_of_week(date(2026, 4, 8)) == date(2026, 4, 10)


def test_a_wall_time_skipped_by_the_clocks_is_moved_forward():
    berlin = Calendar(time_zone="Europe/Berlin")

    assert berlin.moment(date(2026, 3, 29), time(2, 30)) == utc(2026, 3, 29, 1, 30)  # 03:30 summer time


def test_a_wall_time_that_comes_twice_is_the_first():
    berlin = Calendar(time_zone="Europe/Berlin")

    assert berlin.moment(date(2026, 10, 25), time(2, 30)) == utc(2026, 10, 25, 0, 30)


def test_a_day_ends_with_its_last_second_even_when_its_last_hour_comes_twice():
    santiago = Calendar(time_zone="America/Santiago")  # back by an hour at midnight of 4 April 2026

    assert santiago.end_of_day(date(2026, 4, 4)) == utc(2026, 4, 5, 3, 59, 59)
    assert santiago.end_of_day(date(2026, 4, 5)) == utc(2026, 4, 6, 3, 59, 59)


def test_business_hours_pass_only_while_it_is_open():
    calendar = Calendar(kind=CalendarKind.BUSINESS)

    assert calendar.add_business_hours(utc(2026, 11, 20, 16), 1) == utc(2026, 11, 20, 17)
    assert calendar.add_business_hours(utc(2026, 11, 20, 16), 2) == utc(2026, 11, 23, 10)


def test_business_hours_of_a_night_shift_are_real_hours_when_the_clocks_change():
    calendar = Calendar(
        kind=CalendarKind.BUSINESS,
        time_zone="Europe/Berlin",
        day_starts=time(1),
        day_ends=time(9),
        weekdays=range(7),
    )

    # 29 March has seven hours between 01:00 and 09:00, 25 October has nine.
    assert calendar.add_business_hours(utc(2026, 3, 29, 0), 8) == utc(2026, 3, 30, 0)
    assert calendar.add_business_hours(utc(2026, 10, 24, 23), 9) == utc(2026, 10, 25, 8)
