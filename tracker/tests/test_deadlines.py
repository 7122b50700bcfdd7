"""From a priority to a deadline, and the time left in words."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.choices import CalendarKind, Priority
from tracker.deadlines import DEFAULT_POLICIES, Calendar, Policy, deadline, words_for

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def business(hours, **fields):
    fields.setdefault("time_zone", "Europe/Berlin")
    return Policy(Priority.P2, hours, Calendar(kind=CalendarKind.BUSINESS, **fields))


def always(hours):
    return Policy(Priority.P0, hours)


def berlin(*parts, fold=0):
    return datetime(*parts, tzinfo=BERLIN, fold=fold)


@pytest.mark.parametrize(
    ("priority", "expected"),
    [(Priority.P0, "24 h"), (Priority.P1, "72 h"), (Priority.P2, "14 d"), (Priority.P3, "30 d")],
)
def test_every_priority_has_a_default_that_runs_around_the_clock(priority, expected):
    policy = DEFAULT_POLICIES[priority]
    hours = {"24 h": 24, "72 h": 72, "14 d": 14 * 24, "30 d": 30 * 24}[expected]

    assert policy.calendar.kind == CalendarKind.ALWAYS
    assert deadline(NOW, policy) == NOW + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        pytest.param(berlin(2026, 11, 20, 18), 72, berlin(2026, 11, 23, 18), id="a weekend counts"),
        pytest.param(berlin(2026, 3, 28, 12), 24, berlin(2026, 3, 29, 13), id="the night of 23 hours"),
        pytest.param(berlin(2026, 10, 24, 12), 24, berlin(2026, 10, 25, 11), id="the night of 25 hours"),
        pytest.param(berlin(2026, 10, 25, 2, 30), 1, berlin(2026, 10, 25, 2, 30, fold=1), id="into the repeated hour"),
        pytest.param(berlin(2026, 10, 25, 2, 30, fold=1), 1, berlin(2026, 10, 25, 3, 30), id="from the repeated hour"),
        pytest.param(berlin(2028, 2, 28, 9), 24, berlin(2028, 2, 29, 9), id="onto a leap day"),
        pytest.param(berlin(2027, 2, 28, 9), 24, berlin(2027, 3, 1, 9), id="no leap day"),
        pytest.param(berlin(2026, 12, 31, 22), 24, berlin(2027, 1, 1, 22), id="over the end of the year"),
    ],
)
def test_around_the_clock_every_real_hour_counts(start, hours, expected):
    assert deadline(start, always(hours)) == expected.astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        pytest.param(berlin(2026, 11, 16, 10), 1, berlin(2026, 11, 17, 10), id="the next day at the same time"),
        pytest.param(berlin(2026, 11, 20, 16), 1, berlin(2026, 11, 23, 16), id="over a weekend"),
        pytest.param(berlin(2026, 11, 16, 10), 10, berlin(2026, 11, 30, 10), id="two weeks are ten business days"),
        pytest.param(berlin(2026, 11, 16, 7), 1, berlin(2026, 11, 17, 9), id="before opening counts from the opening"),
        pytest.param(berlin(2026, 11, 16, 9), 1, berlin(2026, 11, 17, 9), id="the opening is inside"),
        pytest.param(berlin(2026, 11, 16, 16, 59), 1, berlin(2026, 11, 17, 16, 59), id="the last minute is inside"),
        pytest.param(berlin(2026, 11, 16, 17), 1, berlin(2026, 11, 18, 9), id="the closing time is outside"),
        pytest.param(berlin(2026, 11, 21, 12), 1, berlin(2026, 11, 24, 9), id="a Saturday counts from Monday"),
        pytest.param(berlin(2026, 12, 24, 10), 1, berlin(2026, 12, 28, 10), id="over Christmas and a weekend"),
        pytest.param(berlin(2026, 12, 25, 10), 1, berlin(2026, 12, 29, 9), id="a holiday counts from the next opening"),
        pytest.param(berlin(2026, 12, 31, 10), 1, berlin(2027, 1, 4, 10), id="over the end of the year"),
        pytest.param(berlin(2026, 3, 27, 10), 1, berlin(2026, 3, 30, 10), id="same wall time when an hour is lost"),
        pytest.param(berlin(2026, 10, 23, 10), 1, berlin(2026, 10, 26, 10), id="same wall time when an hour is won"),
        pytest.param(berlin(2028, 2, 28, 10), 1, berlin(2028, 2, 29, 10), id="onto a leap day"),
        pytest.param(berlin(2028, 2, 29, 10), 1, berlin(2028, 3, 1, 10), id="from a leap day"),
    ],
)
def test_business_days_end_at_the_same_wall_time(start, days, expected):
    assert deadline(start, business(24 * days, country="DE", subdivision="BE")) == expected.astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        pytest.param(berlin(2026, 11, 16, 9), 8, berlin(2026, 11, 16, 17), id="a full day ends when it closes"),
        pytest.param(berlin(2026, 11, 16, 16), 2, berlin(2026, 11, 17, 10), id="into the next morning"),
        pytest.param(berlin(2026, 11, 20, 16), 2, berlin(2026, 11, 23, 10), id="over a weekend"),
        pytest.param(berlin(2026, 11, 20, 20), 1, berlin(2026, 11, 23, 10), id="an evening counts from the opening"),
        pytest.param(berlin(2026, 12, 24, 16), 2, berlin(2026, 12, 28, 10), id="over holidays"),
        pytest.param(berlin(2026, 3, 27, 16), 2, berlin(2026, 3, 30, 10), id="over a change of the clocks"),
        pytest.param(berlin(2026, 11, 19, 16), 26, berlin(2026, 11, 23, 10), id="a day and two hours"),
    ],
)
def test_business_hours_count_only_while_it_is_open(start, hours, expected):
    assert deadline(start, business(hours, country="DE", subdivision="BE")) == expected.astimezone(UTC)


def test_the_days_are_those_of_the_calendars_zone_and_not_of_the_start():
    friday_night_in_berlin = berlin(2026, 11, 20, 22)  # still 16:00 in New York

    due = deadline(friday_night_in_berlin, business(24, time_zone="America/New_York"))

    assert due == datetime(2026, 11, 23, 16, tzinfo=NEW_YORK).astimezone(UTC)


def test_an_opening_that_the_clocks_skip_is_the_first_moment_after():
    calendar = {"day_starts": time(2, 30), "day_ends": time(10), "weekdays": range(7)}

    due = deadline(berlin(2026, 3, 28, 11), business(1, **calendar))

    assert due == berlin(2026, 3, 29, 4, 30).astimezone(UTC)


def test_a_deadline_is_given_in_utc():
    assert deadline(berlin(2026, 11, 16, 10), always(1)).tzinfo is UTC
    assert deadline(berlin(2026, 11, 16, 10), business(24)).tzinfo is UTC


@pytest.mark.parametrize("policy", [always(1), business(24)], ids=["around the clock", "business"])
def test_a_start_without_a_time_zone_is_refused(policy):
    with pytest.raises(ValueError, match="needs a time zone, and 2026-11-16T10:00:00 has none"):
        deadline(datetime(2026, 11, 16, 10), policy)  # noqa: DTZ001


@pytest.mark.parametrize("policy", [always(48), business(48), business(7)], ids=["24x7", "days", "hours"])
def test_a_deadline_beyond_the_last_year_is_refused(policy):
    with pytest.raises(ValueError, match="beyond the year 9999"):
        deadline(datetime(9999, 12, 31, 16, tzinfo=UTC), policy)


@pytest.mark.parametrize("hours", [0, -1, 24 * 3650 + 1])
def test_a_policy_allows_between_an_hour_and_ten_years(hours):
    with pytest.raises(ValueError, match=r"P2 must allow between 1 hour and 10 years"):
        business(hours)


MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
POLICIES = st.integers(1, 400).map(lambda hours: business(hours, country="DE"))


@settings(deadline=None)
@given(start=MOMENTS, policy=POLICIES)
def test_a_business_deadline_lies_within_business_hours_and_after_the_start(start, policy):
    due = deadline(start, policy)
    local = due.astimezone(BERLIN)

    assert due > start
    assert policy.calendar.is_business_day(local.date())
    assert time(9) <= local.time() <= time(17)


@settings(deadline=None)
@given(start=MOMENTS, later=st.timedeltas(timedelta(0), timedelta(days=9)), policy=POLICIES)
def test_who_starts_later_never_has_to_end_earlier(start, later, policy):
    assert deadline(start, policy) <= deadline(start + later, policy)


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        pytest.param(timedelta(days=2, hours=4), "due in 2 d 4 h", id="days and hours"),
        pytest.param(timedelta(days=2, minutes=59), "due in 2 d", id="no minutes beside days"),
        pytest.param(timedelta(days=6, hours=23, minutes=59), "due in 6 d 23 h", id="just under a week"),
        pytest.param(timedelta(days=7, hours=5), "due in 7 d", id="no hours from a week on"),
        pytest.param(timedelta(hours=23, minutes=59), "due in 23 h 59 min", id="hours and minutes"),
        pytest.param(timedelta(minutes=45, seconds=59), "due in 45 min", id="rounded down"),
        pytest.param(timedelta(minutes=1), "due in 1 min", id="one minute"),
        pytest.param(timedelta(seconds=59), "due now", id="less than a minute left"),
        pytest.param(timedelta(0), "just overdue", id="the deadline itself is overdue"),
        pytest.param(timedelta(seconds=-59), "just overdue", id="less than a minute late"),
        pytest.param(timedelta(hours=-3), "3 h overdue", id="hours late"),
        pytest.param(timedelta(days=-1, hours=-1), "1 d 1 h overdue", id="a day late"),
    ],
)
def test_the_time_left_in_words(left, expected):
    assert words_for(NOW + left, NOW) == expected


def test_the_time_left_does_not_depend_on_the_zone():
    assert words_for(NOW.astimezone(BERLIN) + timedelta(hours=2), NOW.astimezone(NEW_YORK)) == "due in 2 h"


def test_words_for_times_without_a_zone_are_refused():
    with pytest.raises(ValueError, match="needs a time zone"):
        words_for(NOW, NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="needs a time zone"):
        words_for(NOW.replace(tzinfo=None), NOW)
