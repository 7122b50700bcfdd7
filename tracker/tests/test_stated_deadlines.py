"""The words in which a document states a deadline. The analysis is dated Wednesday, 10 September 2025."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.choices import CalendarKind
from tracker.deadlines import AROUND_THE_CLOCK, Calendar, stated_deadline

BERLIN = ZoneInfo("Europe/Berlin")
WEDNESDAY = date(2025, 9, 10)
ALWAYS = Calendar(time_zone="Europe/Berlin")
BUSINESS = Calendar(kind=CalendarKind.BUSINESS, time_zone="Europe/Berlin", country="DE", subdivision="BE")


def stated(words, *, on=WEDNESDAY, calendar=ALWAYS):
    """The moment on Berlin's wall clock, as "2025-09-12 23:59", or None."""
    moment = stated_deadline(words, analysis_date=on, calendar=calendar)
    return moment and f"{moment.astimezone(BERLIN):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    "words",
    [
        "2025-09-12",
        "2025/09/12",
        "20250912",
        "12 September 2025",
        "12 Sep 2025",
        "12th of September 2025",
        "12-Sep-2025",
        "Sep 12, 2025",
        "Sept. 12th 2025",
        "Friday, 12 September 2025",
        "Fri 2025-09-12",
        "**Due:** 2025-09-12",
        "(deadline: by 12 Sep 2025)",
        "no later than 2025-09-12",
        "10-12 September 2025",
        "2025-09-10 – 2025-09-12",
        "2025-09-12 EOD",
        "end of day 2025-09-12",
    ],
)
def test_a_full_date_is_the_end_of_that_day_even_without_an_analysis_date(words):
    assert stated(words, on=None) == "2025-09-12 23:59"
    assert stated(words, on=None, calendar=BUSINESS) == "2025-09-12 17:00"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("13/04/2025", "2025-04-13 23:59"),
        ("04/13/2025", "2025-04-13 23:59"),
        ("13-04-2025", "2025-04-13 23:59"),
        ("04/04/2025", "2025-04-04 23:59"),
        ("03.04.2025", "2025-04-03 23:59"),
        ("03/04/2025", None),
        ("3-4-2025", None),
        ("13/13/2025", None),
        ("13/04/25", None),
    ],
)
def test_a_numeric_date_counts_only_where_it_can_be_read_in_one_way(words, expected):
    assert stated(words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("2025-09-12 14:00", "2025-09-12 14:00"),
        ("2025-09-12T14:00Z", "2025-09-12 16:00"),
        ("2025-09-12T14:00:00.000Z", "2025-09-12 16:00"),
        ("2025-09-12 14:00 UTC", "2025-09-12 16:00"),
        ("2025-09-12T14:00:30-04:00", "2025-09-12 20:00"),
        ("12 September 2025 at 14:00 CEST", "2025-09-12 14:00"),
        ("2025-09-12 14:00 EST", None),
        ("5pm on Friday", "2025-09-12 17:00"),
        ("Friday 12:15 am", "2025-09-12 00:15"),
        ("17:00 Fri", "2025-09-12 17:00"),
        ("noon tomorrow", "2025-09-11 12:00"),
        ("by 18:30", "2025-09-10 18:30"),
        ("COB Friday", "2025-09-12 17:00"),
        ("close of business tomorrow", "2025-09-11 17:00"),
        ("EOD tomorrow", "2025-09-11 23:59"),
        ("25:00", None),
        ("13pm", None),
    ],
)
def test_a_stated_time_counts_in_its_zone_or_the_calendars(words, expected):
    assert stated(words) == expected


def test_a_stated_time_that_the_clocks_skip_is_moved_forward():
    assert stated("2026-03-29 02:30") == "2026-03-29 03:30"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Sep 12", "2025-09-12"),
        ("12 September", "2025-09-12"),
        ("1st of October", "2025-10-01"),
        ("Jan 15", "2026-01-15"),
        ("Sep 1", "2025-09-01"),
        ("Jul 12", "2025-07-12"),
        ("Jul 11", "2026-07-11"),
        ("Fri 12 Sep", "2025-09-12"),
        ("Thu 12 Sep", None),
        ("29 Feb", None),
        ("30 February 2026", None),
        ("29 February 2028", "2028-02-29"),
    ],
)
def test_a_date_without_a_year_is_the_next_one_or_one_of_the_last_sixty_days(words, expected):
    assert stated(words) == (expected and f"{expected} 23:59")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("today", "2025-09-10"),
        ("Must fix today", "2025-09-10"),
        ("EOD", "2025-09-10"),
        ("end of the day", "2025-09-10"),
        ("tomorrow", "2025-09-11"),
        ("by Monday", "2025-09-15"),
        ("Wednesday", "2025-09-17"),
        ("this Monday", "2025-09-08"),
        ("next Friday", "2025-09-19"),
        ("Friday next week", "2025-09-19"),
        ("end of week", "2025-09-12"),
        ("EOW", "2025-09-12"),
        ("before the end of the week", "2025-09-12"),
        ("this week", "2025-09-12"),
        ("Immediate (this week)", "2025-09-12"),
        ("next week", "2025-09-19"),
        ("end of next week", "2025-09-19"),
        ("week of 15 September", "2025-09-19"),
        ("end of month", "2025-09-30"),
        ("EOM", "2025-09-30"),
        ("next month", "2025-10-31"),
        ("September", "2025-09-30"),
        ("end of November", "2025-11-30"),
        ("February 2028", "2028-02-29"),
        ("this quarter", "2025-09-30"),
        ("next quarter", "2025-12-31"),
        ("Q4 2025", "2025-12-31"),
        ("2025-Q4", "2025-12-31"),
        ("Q4 2025 - Q1 2026", "2026-03-31"),
        ("end of Q1", "2026-03-31"),
        ("Q3", "2025-09-30"),
        ("H1 2026", "2026-06-30"),
        ("EOY", "2025-12-31"),
        ("later this year", "2025-12-31"),
        ("at the end of 2026", "2026-12-31"),
    ],
)
def test_words_for_a_day_or_a_period_mean_its_end(words, expected):
    assert stated(words) == f"{expected} 23:59"
    assert stated(words, calendar=BUSINESS) == f"{expected} 17:00"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("2 days", "2025-09-12 23:59"),
        ("in two days", "2025-09-12 23:59"),
        ("within 24 hours", "2025-09-11 23:59"),
        ("Next 4 hours", "2025-09-11 03:59"),
        ("24-72h", "2025-09-13 23:59"),
        ("Short term (24–72 hours)", "2025-09-13 23:59"),
        ("24h to 72h", "2025-09-13 23:59"),
        ("45 minutes", "2025-09-11 00:44"),
        ("1-7 days", "2025-09-17 23:59"),
        ("3 weeks", "2025-10-01 23:59"),
        ("a week", "2025-09-17 23:59"),
        ("Week 2", "2025-09-24 23:59"),
        ("Weeks 1-2", "2025-09-24 23:59"),
        ("1 month", "2025-10-10 23:59"),
        ("next 90 days", "2025-12-09 23:59"),
        ("1 year", "2026-09-10 23:59"),
        ("2 business days", "2025-09-12 23:59"),
        ("3 working days", "2025-09-15 23:59"),
        ("8 business hours", "2025-09-11 17:00"),
    ],
)
def test_an_amount_of_time_counts_from_the_end_of_the_analysis_date(words, expected):
    assert stated(words) == expected


def test_hours_are_counted_as_stated_on_a_business_calendar_too():
    assert stated("within 24 hours", on=date(2025, 9, 12), calendar=BUSINESS) == "2025-09-13 17:00"


def test_stated_business_days_skip_the_holidays_of_the_calendar():
    assert stated("1 business day", on=date(2025, 12, 24), calendar=BUSINESS) == "2025-12-29 17:00"


def test_a_month_after_the_last_day_of_january_is_the_last_day_of_february():
    assert stated("1 month", on=date(2027, 1, 31)) == "2027-02-28 23:59"
    assert stated("1 month", on=date(2028, 1, 31)) == "2028-02-29 23:59"


def test_a_week_ends_before_a_holiday_on_its_friday():
    assert stated("end of week", on=date(2026, 4, 1), calendar=BUSINESS) == "2026-04-02 17:00"


@pytest.mark.parametrize("words", ["this week", "end of week", "next week"])
def test_on_a_sunday_this_week_is_the_one_that_follows(words):
    assert stated(words, on=date(2025, 9, 14)) == "2025-09-19 23:59"


def test_what_lies_before_the_analysis_is_returned_as_it_was_stated():
    assert stated("2025-09-01") == "2025-09-01 23:59"


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("this sprint", id="a sprint has no fixed length"),
        pytest.param("within 2 sprints", id="sprints neither"),
        pytest.param("immediately", id="an urgency is no moment"),
        pytest.param("ASAP", id="as soon as possible neither"),
        pytest.param("NOW", id="nor now"),
        pytest.param("", id="no words"),
        pytest.param("TBD", id="to be decided"),
        pytest.param("after the release", id="an event without a date"),
        pytest.param("5 min later", id="relative to something else"),
        pytest.param("over the coming weeks", id="weeks without a number"),
        pytest.param("before Friday", id="before may or may not include the day before"),
        pytest.param("mid October", id="the middle of a month"),
        pytest.param("2025", id="a bare number"),
        pytest.param("12", id="a bare day"),
        pytest.param("99999 hours", id="an amount too long to be meant"),
        pytest.param("900 years", id="a time too far to be meant"),
        pytest.param("31 December 9999 and 2 days", id="two statements at once"),
    ],
)
def test_what_is_not_certain_stays_unresolved(words):
    assert stated(words) is None


@pytest.mark.parametrize("words", ["today", "Sep 12", "2 days", "EOD", "17:00", "end of Q1", "next Friday", "Week 1"])
def test_without_an_analysis_date_words_that_need_one_stay_unresolved(words):
    assert stated(words, on=None) is None


@pytest.mark.parametrize("on", [date.min, date.max])
def test_at_either_end_of_time_words_stay_unresolved_instead_of_failing(on):
    for words in ("next week", "tomorrow", "1 month", "end of week", "Jan 15", "5 business days", "next quarter"):
        stated_deadline(words, analysis_date=on, calendar=BUSINESS)


def test_the_result_is_in_utc():
    assert stated_deadline("today", analysis_date=WEDNESDAY, calendar=ALWAYS).tzinfo is UTC
    assert stated_deadline("2025-09-12T14:00+02:00", analysis_date=None, calendar=ALWAYS) == datetime(
        2025, 9, 12, 12, tzinfo=UTC
    )


HOSTILE = ("due ", "1", "1-", "12:", ", ", "end of ", "a week ", "next ", "2025-09-12 - ", "t", "sep 1 ", "*", "\x00")


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_words_cost_nothing(piece):
    assert stated(piece * (200_000 // len(piece))) is None
    stated((piece * 200)[:200])  # the longest that is looked at


VOCABULARY = """
    due by end of the next this week month quarter year day eod cob monday fri sep september 12 2025 9999 2025-09-12
    03/04/2025 29.02.2025 q4 h2 - to 24-72h 99 a twelve business days hours weeks months 17:00 25:61 5pm z +25:00
    cest at , within
"""
PHRASES = st.lists(st.sampled_from(VOCABULARY.split()), max_size=6).map(" ".join)


@settings(deadline=None, max_examples=500)
@given(words=PHRASES | st.text(max_size=80), on=st.none() | st.dates())
def test_no_words_whatever_raise(words, on):
    moment = stated_deadline(words, analysis_date=on, calendar=BUSINESS)

    assert moment is None or moment.tzinfo is UTC


@pytest.mark.parametrize("words", ["9999-12-31", "0001-01-01", "31 December 2300"])
def test_a_date_out_of_reach_stays_words(words):
    assert stated_deadline(words, analysis_date=date(2026, 3, 10), calendar=AROUND_THE_CLOCK) is None
