"""Figures in words: the number with its unit, what its part means, its target, and how it changed. For every page."""

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_lazy, gettext_noop

from dashboard.value.figures import Figure, Lack, State, Target, Unit
from tracker.choices import MeasureCategory, Role
from tracker.money import money, percent

# How a number of money reads on: "USD 5.00 a month".
BY_TIME = {
    Unit.MONEY: "",
    Unit.MONEY_A_MONTH: gettext_lazy("a month"),
    Unit.MONEY_A_DAY: gettext_lazy("a day"),
    Unit.MONEY_A_YEAR: gettext_lazy("a year"),
}
SHORT_HOURS = 10  # below them hundredths are said
LONG_HOURS = 72  # from here on hours are said in days, too
HOURS_A_DAY = 24
PARTS = {
    "original": gettext_lazy("original deadline"),
    "moved": gettext_lazy("moved deadline"),
    "all": "",
    "median": gettext_lazy("median"),
    "p90": gettext_lazy("9 out of 10 (p90)"),
    "p10": gettext_lazy("pessimistic (p10)"),
    "p50": gettext_lazy("middle (p50)"),
    "24_h": gettext_lazy("in 24 hours"),
    "168_h": gettext_lazy("in 7 days"),
    "720_h": gettext_lazy("in 30 days"),
    "under_24_h": gettext_lazy("under 24 hours"),
    "under_72_h": gettext_lazy("1 to 3 days"),
    "under_168_h": gettext_lazy("3 to 7 days"),
    "under_720_h": gettext_lazy("7 to 30 days"),
    "from_720_h": gettext_lazy("30 days and longer"),
    "while_open": gettext_lazy("while an earlier issue was open"),
    "though_validated": gettext_lazy("although the earlier issues were validated"),
    "untreated": gettext_lazy("nothing had been done"),
    "stream": gettext_lazy("revenue stream"),
    **{category.value: gettext_lazy(category.marked) for category in MeasureCategory},
}
PARTS_OF = {
    "return": {"p90": gettext_lazy("optimistic (p90)")},
    "escalations": {
        "0": gettext_lazy("Owner"),
        "1": gettext_lazy(Role.TEAM_LEAD.marked),
        "2": gettext_lazy(Role.MANAGER.marked),
        "3": gettext_lazy(Role.EXECUTIVE.marked),
    },
}
OF_WORK = frozenset({"remediation_hours"})  # hours that somebody works, not hours that pass
# Of which figures more is better, of which less is; of all others (costs, hours of work) it is neither.
MORE = frozenset(
    (
        *("revenue_protected", "return", "availability", "prevention_coverage", "prevention_verified", "fewer_returns"),
        *("prevention_value", "conversion", "first_issue_in_time", "on_time", "validated"),
    )
)
LESS = frozenset(
    (
        *("revenue_at_risk", "forecast_unchanged", "forecast_expected", "delay_a_day", "delay_so_far", "escapes"),
        *("downtime_revenue", "downtime_churn", "downtime_recovery", "downtime_cost", "recurrence_rate", "escape_rate"),
        *("first_issue", "hours_to_complete", "hours_to_validate", "open_age", "escalations", "hours_to_acknowledge"),
    )
)
GAP = gettext_lazy("none")  # never 0
BETTER, WORSE = gettext_noop("better"), gettext_noop("worse")
STATES = {
    State.GOOD: gettext_lazy("target met"),
    State.WARNING: gettext_lazy("near the target"),
    State.BAD: gettext_lazy("target missed"),
}
LACKS = {
    Lack.NOT_SET: gettext_lazy("not set"),
    Lack.NOT_ENOUGH_HISTORY: gettext_lazy("not enough history"),
    Lack.NOTHING_YET: gettext_lazy("nothing to count"),
}


def kind_of(key: str) -> str:
    """What kind of figure a key names: "on_time" for "on_time.original.P0"."""
    return key.split(".", 1)[0]


def amount(value: Decimal | None, unit: Unit, currency: str) -> str:
    """A number with its unit in the site's locale; "no number" for None."""
    if value is None:
        return gettext("no number")
    if unit in BY_TIME:
        return f"{money(value, currency)} {BY_TIME[unit]}".rstrip()
    if unit in (Unit.SHARE, Unit.RATIO):
        return percent(value)
    if unit == Unit.HOURS:
        return hours(value)
    return gettext("%(number)s a year") % {"number": _plain(value, 2)} if unit == Unit.A_YEAR else _plain(value, 0)


def work(value: Decimal) -> str:
    """Hours that somebody works: "1.25 h", "452 h". A day of work is not one of the calendar, so there are no days."""
    return gettext("%(hours)s h") % {"hours": _plain(value, 2 if abs(value) < SHORT_HOURS else 1)}


def hours(value: Decimal) -> str:
    """Hours that pass, as people say them: "1.25 h", "30.5 h", "452 h (18.8 days)"."""
    if abs(value) < LONG_HOURS:
        return work(value)
    return gettext("%(hours)s h (%(days)s days)") % {"hours": _plain(value, 0), "days": _plain(value / HOURS_A_DAY, 1)}


def unit_words(unit: Unit, currency: str) -> str:
    """What the numbers of a series are: "USD a month", "hours", "number"."""
    if unit in BY_TIME:
        return f"{currency or gettext('money')} {BY_TIME[unit]}".rstrip()
    if unit in (Unit.SHARE, Unit.RATIO):
        return "%"
    words = {Unit.COUNT: gettext("number"), Unit.HOURS: gettext("hours"), Unit.A_YEAR: gettext("a year")}
    return words[unit]


def cell_words(value: Decimal | None, unit: Unit, currency: str) -> str:
    """A number of a series in its table; the head of the table says what it is. None is a gap, never 0."""
    if value is None:
        return str(GAP)
    if unit in BY_TIME:
        return money(value, currency)
    return _plain(value, 2) if unit in (Unit.HOURS, Unit.A_YEAR) else amount(value, unit, currency)


def lack_words(lack: str) -> str:
    """Why there is no number, in a word or two."""
    return str(LACKS[Lack(lack)])


def figure_words(figure: Figure, currency: str) -> str:
    """The number of a figure with its unit, or in a word why there is none."""
    if figure.value is None:
        return lack_words(figure.lack)
    return work(figure.value) if kind_of(figure.key) in OF_WORK else amount(figure.value, figure.unit, currency)


def split_words(figure: Figure, currency: str) -> tuple[str, str]:
    """The same in two: the number, and the time that it is for, for a page that shows the number larger."""
    per = str(BY_TIME.get(figure.unit, "")) if figure.value is not None else ""
    return figure_words(figure, currency).removesuffix(f" {per}"), per


def part_words(figure: Figure) -> str:
    """Of what a figure is, where its kind has several: "original deadline, P0"."""
    own = PARTS_OF.get(kind_of(figure.key), {})
    words = figure.part.split(".")
    if words[0] in ("stream", "analysis", "issue") and len(words) > 1:
        return figure.part.split(".", 1)[1]  # a name, which may have dots
    named = (str(own.get(word, PARTS.get(word, word))) for word in words if word != "priority")
    return ", ".join(filter(None, named))


def name_words(figure: Figure) -> str:
    """What a figure is called, with its part."""
    part = part_words(figure)
    return f"{figure.title}: {part}" if part else figure.title


def target_words(target: Target, unit: Unit, currency: str) -> str:
    """The target of a figure: "at least 95 %"."""
    words = gettext("at most %(number)s") if target.at_most else gettext("at least %(number)s")
    return words % {"number": amount(target.value, unit, currency)}


def state_words(figure: Figure) -> str:
    """How a figure stands to its target; "" without a target or a number."""
    return str(STATES[figure.state]) if figure.state else ""


def change_words(change: Figure, currency: str) -> str:
    """By how much a figure changed: "▲ USD 5.00 more", "▼ 3 points less", "no change", or why nobody knows."""
    if change.value is None:
        return gettext("no comparison")
    if not change.value:
        return gettext("no change")
    words = gettext("▲ %(difference)s more") if change.value > 0 else gettext("▼ %(difference)s less")
    by = abs(change.value)
    told = work(by) if kind_of(change.key) in OF_WORK else _difference(by, change.unit, currency)
    return words % {"difference": told}


def judgement(change: Figure) -> str:
    """Whether a change is for the better or the worse; "" where it is neither."""
    kind = kind_of(change.key)
    if not change.value or kind not in MORE | LESS:
        return ""
    return BETTER if (change.value > 0) == (kind in MORE) else WORSE


def _difference(value: Decimal, unit: Unit, currency: str) -> str:
    if unit in (Unit.SHARE, Unit.RATIO):
        return gettext("%(number)s points") % {"number": _plain(value * 100, 2)}
    return amount(value, unit, currency)


def _plain(value: Decimal, places: int) -> str:
    """A number with at most so many decimal places."""
    rounded = round(value, places).normalize()
    shown = max(0, -rounded.as_tuple().exponent)
    return number_format(rounded, shown, use_l10n=True, force_grouping=True)
