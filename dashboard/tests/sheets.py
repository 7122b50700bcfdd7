"""Sheets made by hand, with everything that a page can be made of."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from dashboard.metrics import filters
from dashboard.metrics.sheet import IssueRow, Line, Series, Sheet
from dashboard.value import delay, execution, forecast
from dashboard.value.figures import Figure, Unit, change

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
ON_TIME = execution.ON_TIME.of(Decimal("0.9"), part="original.P1", target=execution.ON_TIME_TARGETS["P1"])
AT_RISK = forecast.NOW.of(Decimal("1234.5"))
DELAY = delay.A_DAY.of(Decimal(7))


def sheet(*figures: Figure, **fields: object) -> Sheet:
    """A sheet with these figures."""
    values = {
        "as_of": NOW,
        "filters": filters.read({}, NOW, ZoneInfo("UTC")),
        "currency": "USD",
        "figures": {figure.key: figure for figure in figures},
    }
    return Sheet(**(values | fields))


def series(unit: Unit = Unit.COUNT, key: str = "by_priority", **fields: object) -> Series:
    """A series of two labels, the second of which has no number in the second line."""
    lines = (Line("Open", (Decimal(3), Decimal("1.5"))), Line("Late", (Decimal("0.25"), None)))
    return Series(
        **({"key": key, "finding": "Three are open", "unit": unit, "labels": ("P0", "P1"), "lines": lines} | fields)
    )


def compared(figure: Figure, before: Decimal) -> dict[str, Figure]:
    """The change of a figure from a number that it had before, as a sheet has it."""
    past = Figure(figure.key, figure.title, figure.unit, figure.section, before)
    return {figure.key: change(figure, past)}


ROW = IssueRow(1, "P1-20260310-001", "Raise the pool", "P1", "planned", "", None, Decimal(5))
