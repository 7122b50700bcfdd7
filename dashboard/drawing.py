"""A series as shapes on a plane: the one geometry of the charts in reports, written as SVG and as PNG elsewhere.

Over time it is lines with gaps where there is no number, else lying bars, beside which names of any length have room.
Lengths are Decimal, in the unit of the plane; y grows downwards.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.utils.translation import gettext

from dashboard import wording
from dashboard.metrics.sheet import Series
from dashboard.value.figures import ONE, ZERO, Unit

WIDTH = Decimal(640)
LINE_HEIGHT = Decimal(260)
LEFT, RIGHT, TOP, BOTTOM = Decimal(84), Decimal(16), Decimal(30), Decimal(28)
NAMES = Decimal(190)  # room for names beside bars
NUMBERS = Decimal(110)  # ... and for numbers behind them
BAR, BETWEEN = Decimal(13), Decimal(9)
DOT = Decimal(3)
LINES, MOST_X_LABELS = 4, 5
LONGEST_NAME, LONGEST_LEGEND = 30, 34
OVER_TIME = frozenset({"exposure_trend", "conversion_trend", "recurrences_trend", "availability"})
STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
TICKS_OF_TEN = 10  # from here on ticks have no decimal places


@dataclass(frozen=True, slots=True)
class Rect:
    """A filled bar in the colour of a line."""

    x: Decimal
    y: Decimal
    width: Decimal
    height: Decimal
    line: int


@dataclass(frozen=True, slots=True)
class Path:
    """Points of a line that follow each other without a gap."""

    points: tuple[tuple[Decimal, Decimal], ...]
    line: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A thin line to read values by."""

    x1: Decimal
    y1: Decimal
    x2: Decimal
    y2: Decimal


@dataclass(frozen=True, slots=True)
class Words:
    """A text at a point: anchor is start, middle or end; y is its base line."""

    x: Decimal
    y: Decimal
    text: str
    anchor: str = "start"


Shape = Rect | Path | Rule | Words


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart. title is the finding, description what it shows, in words."""

    key: str
    title: str
    description: str
    width: Decimal
    height: Decimal
    shapes: tuple[Shape, ...]


def draw(series: Series, currency: str) -> Drawing | None:
    """The chart of a series; None when it has no number."""
    if not any(value is not None for line in series.lines for value in line.values):
        return None
    unit = wording.unit_words(series.unit, currency)
    names = ", ".join(line.name for line in series.lines)
    over_time = series.key in OVER_TIME or series.key.endswith("_by_month")
    height = LINE_HEIGHT if over_time else _bars_height(series)
    shapes = (*_legend(series, unit), *(_lines(series) if over_time else _bars(series, currency)))
    return Drawing(
        series.key,
        series.finding,
        gettext("%(names)s (%(unit)s), %(number)s values.")
        % {"names": names, "unit": unit, "number": len(series.labels)},
        WIDTH,
        height,
        shapes,
    )


def _legend(series: Series, unit: str) -> Iterator[Shape]:
    yield Words(WIDTH - RIGHT, Decimal(16), unit, "end")
    x = Decimal(8)
    for place, line in enumerate(series.lines):
        name = _short(line.name, LONGEST_LEGEND)
        yield Rect(x, Decimal(7), Decimal(10), Decimal(10), place)
        yield Words(x + 14, Decimal(16), name)
        x += 26 + Decimal("6.4") * len(name)


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


# -- over time --------------------------------------------------------------------------------------------------------


def _lines(series: Series) -> Iterator[Shape]:
    known = [value for line in series.lines for value in line.values if value is not None]
    ticks = _ticks(min(ZERO, *known), max(known))
    low, high = ticks[0], ticks[-1]
    bottom = LINE_HEIGHT - BOTTOM

    def y(value: Decimal) -> Decimal:
        return bottom - (value - low) / (high - low) * (bottom - TOP)

    def x(place: int) -> Decimal:
        return LEFT + (WIDTH - LEFT - RIGHT) * place / max(1, len(series.labels) - 1)

    for tick in ticks:
        yield Rule(LEFT, y(tick), WIDTH - RIGHT, y(tick))
        yield Words(LEFT - 6, y(tick) + 4, tick_words(tick, series.unit), "end")
    yield from _dates(series.labels, x)
    for place, line in enumerate(series.lines):
        for points in _runs(line.values):
            yield Path(tuple((x(at), y(value)) for at, value in points), place)


def _dates(labels: Sequence[str], x) -> Iterator[Shape]:
    every = -(-len(labels) // MOST_X_LABELS)
    last = len(labels) - 1
    for at in range(last % every, len(labels), every):
        anchor = "end" if at == last else "start" if at == 0 else "middle"
        yield Words(x(at), LINE_HEIGHT - 8, labels[at], anchor)


def _runs(values: Sequence[Decimal | None]) -> Iterator[list[tuple[int, Decimal]]]:
    """The numbers with their places, in pieces that end at the gaps."""
    for known, piece in groupby(enumerate(values), key=lambda pair: pair[1] is not None):
        if known:
            yield list(piece)


def _ticks(low: Decimal, high: Decimal) -> list[Decimal]:
    """Round numbers from below the lowest value up to above the highest."""
    rough = (high - low) / LINES or ONE
    power = ONE.scaleb(rough.adjusted())
    step = next(power * factor for factor in STEPS if power * factor >= rough)
    first = (low / step).to_integral_value("ROUND_FLOOR")
    last = (high / step).to_integral_value("ROUND_CEILING")
    return [step * number for number in range(int(first), int(max(last, first + 1)) + 1)]


def tick_words(value: Decimal, unit: Unit) -> str:
    """A round number beside a rule, without its unit."""
    if unit in (Unit.SHARE, Unit.RATIO):
        return wording.amount(value, unit, "")
    places = 0 if abs(value) >= TICKS_OF_TEN or value == value.to_integral_value() else 2
    return f"{value:,.{places}f}"


# -- bars -------------------------------------------------------------------------------------------------------------


def _bars_height(series: Series) -> Decimal:
    return TOP + (BAR * len(series.lines) + BETWEEN) * len(series.labels)


def _bars(series: Series, currency: str) -> Iterator[Shape]:
    most = max((abs(value) for line in series.lines for value in line.values if value is not None), default=ONE) or ONE
    room = WIDTH - NAMES - NUMBERS - RIGHT
    group = BAR * len(series.lines) + BETWEEN
    for at, label in enumerate(series.labels):
        top = TOP + group * at
        yield Words(NAMES - 8, top + (group - BETWEEN) / 2 + 4, _short(label, LONGEST_NAME), "end")
        for place, line in enumerate(series.lines):
            value, y = line.values[at], top + BAR * place
            length = ZERO if value is None else abs(value) / most * room
            if length:
                yield Rect(NAMES, y, length, BAR - 2, place)
            words = wording.cell_words(value, series.unit, currency)
            yield Words(NAMES + length + 5, y + BAR - 3, words)
    yield Rule(NAMES, TOP, NAMES, _bars_height(series) - BETWEEN)
