"""The words in which a document states a deadline, resolved against the analysis date. Pure: no Django, no clock.

What is not certain stays unresolved, so that a person sees the words and decides.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone

from tracker.calendars import ONE_DAY, Calendar

LONGEST = 200  # characters; a deadline in words is shorter, and the expressions below never see more
FIRST_YEAR, LAST_YEAR = 1970, 2200
MOST_DAYS = 3650
LOOK_BACK = timedelta(days=60)  # a date without a year lies at most this far before the analysis, else next year

MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t|tember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAY = (
    r"(?P<weekday>mon(?:day)?|tue(?:s(?:day)?)?|wed(?:s|nesday)?|thu(?:rs?(?:day)?)?|fri(?:day)?|sat(?:urday)?"
    r"|sun(?:day)?)"
)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = r"(?:\d{1,2}(?:st|nd|rd|th)?\s?-\s?)?(?P<day>\d{1,2})(?:st|nd|rd|th)?\.?"
YEAR = r"(?P<year>(?:19|20)\d\d)"
NUMBER_WORDS = ("a", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NUMBER = rf"(?:\d{{1,4}}|an|{'|'.join(NUMBER_WORDS)})"
UNIT = r"(?:min(?:ute)?s?|h(?:ou)?rs?|h|days?|d|w(?:ee)?ks?|w|months?|mo|quarters?|years?|yrs?|y)"

ABBREVIATIONS = {"eow": "end of week", "eom": "end of month", "eoq": "end of quarter", "eoy": "end of year"}
DASHES = str.maketrans("\u2013\u2014", "--")
DECORATION = re.compile(r"[^\w\s/.:,+-]")
FILLER = re.compile(
    r"(?:(?:due|date|deadline|eta|target|by|until|till?|not? later than|latest|at|on|within|in|the|must|fix|be|done"
    r"|completed?|finish(?:ed)?|ship|approx|about|around|up to|max|over|for|planned|scheduled"
    r"|immediate(?:ly)?|asap|urgent|(?:short|medium|long)[ -]term"
    rf"|(?:coming|next)(?= {NUMBER} )|before(?= (?:the )?(?:end|close|eo[bdwmqy]|cob)\b))(?![\w-])[\s:.,-]*)+"
)
RANGE = re.compile(r" (?:-|to) ")
CLOCK = (
    r"(?:(?P<named>eod|end of (?:the )?day|midnight|cob|eob|(?:close|end) of business|noon|midday)"
    r"|(?P<hour>\d{1,2})(?::(?P<minute>\d\d)(?::(?P<second>\d\d))?(?:\.\d+)?)?\s?(?P<half>am|pm)?"
    r"\s?(?P<zone>z|[+-]\d\d:?\d\d|(?!mon|tue|wed|thu|fri|sat|sun)[a-z]{3,4})?)"
)
CLOCK_LAST = re.compile(rf"(?P<rest>.*?)(?:(?<=\d)t|[\s,]+|^)(?:(?:at|by) )?{CLOCK}")
CLOCK_FIRST = re.compile(rf"{CLOCK}(?:[\s,]+(?:on |of )?(?P<rest>.+))?")
AMOUNT = re.compile(
    rf"(?:{NUMBER}\s?(?:{UNIT})?\s?(?:-|to|or)\s?)?(?P<number>{NUMBER})[\s-]?"
    rf"(?P<business>business |work(?:ing)? |calendar )?(?P<unit>{UNIT})"
)


def stated_deadline(words: str, *, analysis_date: date | None, calendar: Calendar) -> datetime | None:
    """The moment that the words name, in UTC, or None where they name none for certain.

    - A date alone means the end of that day in the calendar's zone (of its business hours on a business calendar).
    - Hours and days are counted literally from the end of the analysis date, because a document does not tell the
      hour it was written; only words such as "2 business days" skip weekends and holidays. "24-72h" is the later end.
    - A week ends on its last business day; said after that day, "this week" is the one that follows. Months, quarters
      and years end on their last day. "Week 2" of a plan ends two weeks after the analysis.
    - "Friday" is the first one after the analysis date, "next Friday" the one of the following week.
    - A date without a year is the one that comes next, or one of the 60 days before the analysis date.
    - 13/04/2025 and 04/13/2025 can be read in one way only; 03/04/2025 cannot and stays unresolved. With dots the
      day comes first everywhere.
    - None also for what has no length or moment: a sprint, "later", "after the release", and "immediately" or "ASAP",
      which state an urgency: that is the priority's business, and its policy then sets the deadline.
    - What lies before the analysis date is returned as it was stated.
    """
    if len(words) > LONGEST:
        return None
    try:
        moment = _range_end(_plain(words), analysis_date, calendar)
    except (ValueError, OverflowError):  # 30 February, 25:00, the year 10000: words, but no moment
        return None
    return moment if moment and in_reach(moment) else None


def in_reach(moment: datetime) -> bool:
    """Whether a moment can be a deadline: far ones are slips of the hand, and time zones overflow at both ends."""
    return FIRST_YEAR <= moment.year <= LAST_YEAR


def _plain(words: str) -> str:
    text = " ".join(DECORATION.sub(" ", words.casefold().translate(DASHES)).split()).strip(" .,:-/")
    text = " ".join(ABBREVIATIONS.get(word, word) for word in text.split(" "))
    if filler := FILLER.match(text):
        text = text[filler.end() :]
    return text.replace("end of the ", "end of ").removesuffix(" at the latest").removesuffix(" latest")


def _range_end(text: str, today: date | None, calendar: Calendar) -> datetime | None:
    ends = RANGE.split(text)
    if len(ends) == 2 and (last := _moment(ends[1], today, calendar)) and (first := _moment(ends[0], today, calendar)):
        return max(first, last)
    return _moment(text, today, calendar)


def _moment(text: str, today: date | None, calendar: Calendar) -> datetime | None:
    if day := _day(text, today, calendar):
        return calendar.end_of_day(day)
    if amount := AMOUNT.fullmatch(text):
        return _after(amount, today, calendar) if today else None
    for pattern in (CLOCK_LAST, CLOCK_FIRST):
        if clock := pattern.fullmatch(text):
            rest = clock["rest"]
            day = _day(rest.strip(" ,"), today, calendar) if rest else today
            if day and (moment := _at(day, clock, calendar)):
                return moment
    return None


def _at(day: date, clock: re.Match[str], calendar: Calendar) -> datetime | None:
    """The day at the wall time stated; None for a bare number and for a zone that the calendar's day does not have."""
    if clock["named"]:
        return _named_clock(day, clock["named"], calendar)
    if not (clock["minute"] or clock["half"]):
        return None
    hour = int(clock["hour"])
    if clock["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if clock["half"] == "pm" else 0)
    wall = time(hour, int(clock["minute"] or 0), int(clock["second"] or 0))
    return _in_zone(day, wall, clock["zone"] or "", calendar)


def _named_clock(day: date, name: str, calendar: Calendar) -> datetime:
    if name in ("noon", "midday"):
        return calendar.moment(day, time(12))
    if "business" in name or name in ("cob", "eob"):
        return calendar.moment(day, calendar.day_ends)
    return calendar.end_of_day(day)


def _in_zone(day: date, wall: time, zone: str, calendar: Calendar) -> datetime | None:
    if zone in ("z", "utc", "gmt"):
        return datetime.combine(day, wall, UTC)
    if zone[:1] in ("+", "-"):
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        return datetime.combine(day, wall, timezone(-offset if zone[0] == "-" else offset)).astimezone(UTC)
    moment = calendar.moment(day, wall)
    local = (moment.astimezone(calendar.zone).tzname() or "").casefold()
    return moment if zone in ("", local) else None


def _after(amount: re.Match[str], today: date, calendar: Calendar) -> datetime | None:
    """The end of the analysis date and the amount of time stated after it; None for more than ten years."""
    word, unit = amount["number"], amount["unit"]
    number = int(word) if word[0].isdigit() else max(NUMBER_WORDS.index(word.replace("an", "a")), 1)
    if (amount["business"] or "calendar ") != "calendar ":
        return _after_business_time(number, unit, today, calendar)
    if unit.startswith(("mi", "h")):
        return calendar.end_of_day(today) + number * timedelta(hours=1 if unit[0] == "h" else 1 / 60)
    day = _later_day(today, number, unit)
    return calendar.end_of_day(day) if day - today <= timedelta(days=MOST_DAYS) else None


def _after_business_time(number: int, unit: str, today: date, calendar: Calendar) -> datetime | None:
    if unit[0] == "d":
        return calendar.end_of_day(calendar.add_business_days(today, number))
    return calendar.add_business_hours(calendar.end_of_day(today), number) if unit[0] == "h" else None


def _later_day(today: date, number: int, unit: str) -> date:
    if unit[0] in "dw":
        return today + timedelta(days=number * (7 if unit[0] == "w" else 1))
    return _add_months(today, number * {"m": 1, "q": 3, "y": 12}[unit[0]])


def _add_months(day: date, count: int) -> date:
    """The same day `count` months later, or that month's last day when it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _day(text: str, today: date | None, calendar: Calendar) -> date | None:
    """The day that the text names, else None. Only the second table needs the date of the analysis."""
    for pattern, resolve in FIXED:
        if found := pattern.fullmatch(text):
            return resolve(found)
    if today:
        for pattern, relative in RELATIVE:
            if found := pattern.fullmatch(text):
                return relative(found, today, calendar)
    return None


def _month_number(found: re.Match[str]) -> int:
    return MONTHS.index(found["month"][:3]) + 1


def _on_its_weekday(found: re.Match[str], day: date) -> date | None:
    """The day, unless the text gives it a weekday that it does not fall on."""
    weekday = found["weekday"]
    return day if not weekday or WEEKDAYS.index(weekday[:3]) == day.weekday() else None


def _iso(found: re.Match[str]) -> date | None:
    return _on_its_weekday(found, date(int(found["year"]), int(found["number"]), int(found["day"])))


def _named(found: re.Match[str]) -> date | None:
    return _on_its_weekday(found, date(int(found["year"]), _month_number(found), int(found["day"])))


def _numeric(found: re.Match[str]) -> date | None:
    """A date of numbers alone, where only one reading is possible."""
    first, second, year = int(found["first"]), int(found["second"]), int(found["year"])
    if found["mark"] == "." or first > 12 or first == second:
        return date(year, second, first)
    return date(year, first, second) if second > 12 else None


def _quarter(found: re.Match[str]) -> date:
    return _month_end(int(found["year"]), _last_month(found))


def _last_month(found: re.Match[str]) -> int:
    return int(found["number"]) * (3 if found["part"] == "q" else 6)


FIXED: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], date | None]], ...] = tuple(
    (re.compile(pattern), resolve)
    for pattern, resolve in (
        (rf"(?:{WEEKDAY},? )?{YEAR}(?P<mark>[-/.])(?P<number>\d\d?)(?P=mark)(?P<day>\d\d?)", _iso),
        (rf"(?P<weekday>){YEAR}(?P<number>\d\d)(?P<day>\d\d)", _iso),
        (rf"(?:{WEEKDAY},? )?{DAY}[\s-]?(?:of )?{MONTH}[\s,-]+{YEAR}", _named),
        (rf"(?:{WEEKDAY},? )?{MONTH} {DAY},? {YEAR}", _named),
        (rf"(?P<first>\d\d?)(?P<mark>[-/.])(?P<second>\d\d?)(?P=mark){YEAR}", _numeric),
        (rf"(?:end of )?{MONTH},? {YEAR}", lambda found: _month_end(int(found["year"]), _month_number(found))),
        (rf"(?:end of )?(?P<part>[qh])(?P<number>[1-4])[\s/,-]*{YEAR}", _quarter),
        (rf"(?:end of )?{YEAR}[\s/-]?(?P<part>[qh])(?P<number>[1-4])", _quarter),
        (rf"end of {YEAR}", lambda found: date(int(found["year"]), 12, 31)),
    )
)


def _without_year(build: Callable[[int], date], today: date, look_back: timedelta = LOOK_BACK) -> date | None:
    """The first such day of a year that does not lie too far back; None when the next one does not exist."""
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            day = build(year)
        except ValueError:  # 29 February
            continue
        if day >= today - look_back:
            return day
    return None


def _named_this_year(found: re.Match[str], today: date, _: Calendar) -> date | None:
    day = _without_year(lambda year: date(year, _month_number(found), int(found["day"])), today)
    return _on_its_weekday(found, day) if day else None


def _month(found: re.Match[str], today: date, _: Calendar) -> date | None:
    return _without_year(lambda year: _month_end(year, _month_number(found)), today)


def _quarter_this_year(found: re.Match[str], today: date, _: Calendar) -> date | None:
    return _without_year(lambda year: _month_end(year, _last_month(found)), today, look_back=timedelta(0))


def _weekday(found: re.Match[str], today: date, _: Calendar) -> date:
    monday = today - timedelta(days=today.weekday())
    day = monday + timedelta(days=WEEKDAYS.index(found["weekday"][:3]))
    which = found["which"] or found["after"]
    if which in ("next", "next week"):
        return day + timedelta(weeks=1)
    return day if which in ("this", "this week") or day > today else day + timedelta(weeks=1)


def _period_end(found: re.Match[str], today: date, calendar: Calendar) -> date | None:
    following = found["which"] == "next"
    unit = found["unit"]
    if unit == "week":
        return _week_end(today, following, calendar)
    if unit == "year":
        return date(today.year + following, 12, 31)
    months = {"month": 1, "quarter": 3}[unit]
    last = today.month + -today.month % months
    end = _add_months(date(today.year, last, 1), months * following)
    return _month_end(end.year, end.month)


def _week_end(today: date, following: bool, calendar: Calendar) -> date:
    end = calendar.last_business_day_of_week(today)
    return calendar.last_business_day_of_week(today + timedelta(weeks=1)) if following or end < today else end


def _week_of(found: re.Match[str], today: date, calendar: Calendar) -> date | None:
    day = _day(found["rest"], today, calendar)
    return calendar.last_business_day_of_week(day) if day else None


RELATIVE: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date, Calendar], date | None]], ...] = tuple(
    (re.compile(pattern), resolve)
    for pattern, resolve in (
        (r"(?:end of )?(?:today|tonight)", lambda _, today, __: today),
        (r"(?:end of )?tomorrow", lambda _, today, __: today + ONE_DAY),
        (rf"(?:{WEEKDAY},? )?{DAY}[\s-]?(?:of )?{MONTH}", _named_this_year),
        (rf"(?:{WEEKDAY},? )?{MONTH} {DAY}", _named_this_year),
        (rf"(?:end of )?{MONTH}", _month),
        (r"(?:end of )?(?P<part>[qh])(?P<number>[1-4])", _quarter_this_year),
        (rf"(?:end of )?(?:(?P<which>this|next|coming) )?{WEEKDAY}(?: (?P<after>(?:this|next) week))?", _weekday),
        (r"(?:end of |later )?(?P<which>this|next|current) (?P<unit>week|month|quarter|year)", _period_end),
        (r"end of (?P<which>)(?P<unit>week|month|quarter|year)", _period_end),
        (r"week (?:of|commencing|starting|beginning) (?P<rest>.+)", _week_of),
        (
            r"weeks? (?:\d ?- ?)?(?P<number>[1-8])",
            lambda found, today, _: today + timedelta(weeks=int(found["number"])),
        ),
    )
)
