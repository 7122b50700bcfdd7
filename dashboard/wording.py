"""Figures in words: the number with its unit, what its part means, its target, and how it changed. For every page."""

from decimal import Decimal

from django.utils.formats import number_format

from dashboard.value.figures import Figure, State, Target, Unit
from tracker.choices import MeasureCategory, Role
from tracker.money import money, percent

# How a number of money reads on: "USD 5.00 a month".
BY_TIME = {Unit.MONEY: "", Unit.MONEY_A_MONTH: " a month", Unit.MONEY_A_DAY: " a day", Unit.MONEY_A_YEAR: " a year"}
SHORT_HOURS = 10  # below them hundredths are said
LONG_HOURS = 72  # from here on hours are said in days, too
HOURS_A_DAY = 24
PARTS = {
    "original": "original deadline",
    "moved": "moved deadline",
    "all": "",
    "median": "median",
    "p90": "9 out of 10 (p90)",
    "p10": "pessimistic (p10)",
    "p50": "middle (p50)",
    "24_h": "in 24 hours",
    "168_h": "in 7 days",
    "720_h": "in 30 days",
    "under_24_h": "under 24 hours",
    "under_72_h": "1 to 3 days",
    "under_168_h": "3 to 7 days",
    "under_720_h": "7 to 30 days",
    "from_720_h": "30 days and longer",
    "while_open": "while an earlier issue was open",
    "though_validated": "although the earlier issues were validated",
    "untreated": "nothing had been done",
    "stream": "revenue stream",
    **{category.value: category.label for category in MeasureCategory},
}
PARTS_OF = {
    "return": {"p90": "optimistic (p90)"},
    "escalations": {"0": "Owner", "1": Role.TEAM_LEAD.label, "2": Role.MANAGER.label, "3": Role.EXECUTIVE.label},
}
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
GAP = "none"  # never 0
BETTER, WORSE = "better", "worse"
STATES = {State.GOOD: "target met", State.WARNING: "near the target", State.BAD: "target missed"}


def kind_of(key: str) -> str:
    """What kind of figure a key names: "on_time" for "on_time.original.P0"."""
    return key.split(".", 1)[0]


def amount(value: Decimal | None, unit: Unit, currency: str) -> str:
    """A number with its unit in the site's locale; "no number" for None."""
    if value is None:
        return "no number"
    if unit in BY_TIME:
        return f"{money(value, currency)}{BY_TIME[unit]}"
    if unit in (Unit.SHARE, Unit.RATIO):
        return percent(value)
    if unit == Unit.HOURS:
        return hours(value)
    return f"{_plain(value, 2)} a year" if unit == Unit.A_YEAR else _plain(value, 0)


def hours(value: Decimal) -> str:
    """Hours as people say them: "1.25 h", "30.5 h", "452 h (18.8 days)"."""
    if abs(value) < LONG_HOURS:
        return f"{_plain(value, 2 if abs(value) < SHORT_HOURS else 1)} h"
    return f"{_plain(value, 0)} h ({_plain(value / HOURS_A_DAY, 1)} days)"


def unit_words(unit: Unit, currency: str) -> str:
    """What the numbers of a series are: "USD a month", "hours", "number"."""
    if unit in BY_TIME:
        return f"{currency or 'money'}{BY_TIME[unit]}"
    return {Unit.SHARE: "%", Unit.RATIO: "%", Unit.COUNT: "number", Unit.HOURS: "hours"}.get(unit, str(unit))


def cell_words(value: Decimal | None, unit: Unit, currency: str) -> str:
    """A number of a series in its table; the head of the table says what it is. None is a gap, never 0."""
    if value is None:
        return GAP
    if unit in BY_TIME:
        return money(value, currency)
    return _plain(value, 2) if unit in (Unit.HOURS, Unit.A_YEAR) else amount(value, unit, currency)


def figure_words(figure: Figure, currency: str) -> str:
    """The number of a figure with its unit, or in a word why there is none."""
    return str(figure.lack) if figure.value is None else amount(figure.value, figure.unit, currency)


def split_words(figure: Figure, currency: str) -> tuple[str, str]:
    """The same in two: the number, and the time that it is for, for a page that shows the number larger."""
    per = BY_TIME.get(figure.unit, "") if figure.value is not None else ""
    return figure_words(figure, currency).removesuffix(per), per.strip()


def part_words(figure: Figure) -> str:
    """Of what a figure is, where its kind has several: "original deadline, P0"."""
    own = PARTS_OF.get(kind_of(figure.key), {})
    words = figure.part.split(".")
    if words[0] in ("stream", "analysis", "issue") and len(words) > 1:
        return figure.part.split(".", 1)[1]  # a name, which may have dots
    named = (own.get(word, PARTS.get(word, word)) for word in words if word != "priority")
    return ", ".join(filter(None, named))


def name_words(figure: Figure) -> str:
    """What a figure is called, with its part."""
    part = part_words(figure)
    return f"{figure.title}: {part}" if part else figure.title


def target_words(target: Target, unit: Unit, currency: str) -> str:
    """The target of a figure: "at least 95 %"."""
    return f"{'at most' if target.at_most else 'at least'} {amount(target.value, unit, currency)}"


def state_words(figure: Figure) -> str:
    """How a figure stands to its target; "" without a target or a number."""
    return STATES[figure.state] if figure.state else ""


def change_words(change: Figure, currency: str) -> str:
    """By how much a figure changed: "▲ USD 5.00 more", "▼ 3 points less", "no change", or why nobody knows."""
    if change.value is None:
        return "no comparison"
    if not change.value:
        return "no change"
    sign, word = ("▲", "more") if change.value > 0 else ("▼", "less")
    return f"{sign} {_difference(abs(change.value), change.unit, currency)} {word}"


def judgement(change: Figure) -> str:
    """Whether a change is for the better or the worse; "" where it is neither."""
    kind = kind_of(change.key)
    if not change.value or kind not in MORE | LESS:
        return ""
    return BETTER if (change.value > 0) == (kind in MORE) else WORSE


def _difference(value: Decimal, unit: Unit, currency: str) -> str:
    if unit in (Unit.SHARE, Unit.RATIO):
        return f"{_plain(value * 100, 2)} points"
    return amount(value, unit, currency)


def _plain(value: Decimal, places: int) -> str:
    """A number with at most so many decimal places."""
    rounded = round(value, places).normalize()
    shown = max(0, -rounded.as_tuple().exponent)
    return number_format(rounded, shown, use_l10n=True, force_grouping=True)
