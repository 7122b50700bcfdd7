"""Figures as JSON and as lines of text, the same in every command."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from dashboard.value.figures import Figure, Unit
from tracker import terminal

HEADS = ("Key", "Figure", "Value", "Unit")


def figure_document(figure: Figure) -> dict[str, Any]:
    """A figure as JSON has it: numbers as text, to their last digit."""
    return {
        "key": figure.key,
        "title": figure.title,
        "unit": str(figure.unit),
        "value": None if figure.value is None else str(figure.value),
        "lack": str(figure.lack) if figure.lack else None,
        "reason": figure.reason or None,
        "target": None if figure.target is None else str(figure.target.value),
        "state": str(figure.state) if figure.state else None,
        "sample": figure.sample,
        "notes": list(figure.notes),
        "section": figure.section,
    }


def document(as_of: datetime, currency: str, figures: Iterable[Figure]) -> dict[str, Any]:
    """Figures as of a moment, as JSON has them."""
    return {
        "as_of": as_of.astimezone(UTC).isoformat(),
        "currency": currency or None,
        "figures": {figure.key: figure_document(figure) for figure in figures},
    }


def table(as_of: datetime, currency: str, figures: Iterable[Figure], *, width: int | None) -> Iterator[str]:
    """Figures as of a moment, as lines."""
    yield f"As of {as_of.astimezone(UTC):%Y-%m-%d %H:%M} UTC, money in {currency or 'no currency: none is set'}"
    yield ""
    rows = [(figure.key, figure.title, words(figure), str(figure.unit)) for figure in figures]
    shrinking = [terminal.Shrinking(1, terminal.fit, 24)]
    yield from terminal.table([HEADS, *rows], right=[2], width=width, shrinking=shrinking)


def words(figure: Figure) -> str:
    """The number of a figure, or why there is none."""
    if figure.value is None:
        return str(figure.lack)
    return f"{figure.value:.2%}" if figure.unit == Unit.SHARE else f"{figure.value:,}"
