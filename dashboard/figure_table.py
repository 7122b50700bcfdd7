"""Figures as rows of a table that leaves the site: those of a period, and those of each day."""

from collections.abc import Iterable, Iterator

from django.db.models import QuerySet

from dashboard import wording
from dashboard.metrics.sheet import Sheet
from dashboard.models import MetricSnapshot
from dashboard.value.catalogue import definition_of
from dashboard.value.figures import Figure
from tracker.spreadsheet import Row

AT_ONCE = 2000  # snapshots that are in memory
HEAD = ("Page", "Key", "Figure", "Number", "Unit", "Target", "State", "Why there is no number", "Change", "As of")
HEAD_OF_DAYS = ("Day", "Key", "Figure", "Number", "Unit", "Why there is no number", "Taken")


def of_period(sheets: Iterable[tuple[str, Sheet]], zone: str) -> Iterator[Row]:
    """The head, and a row for each figure of these pages, by page. Shares are parts of 1."""
    yield (*HEAD[:-1], f"{HEAD[-1]} ({zone})")
    for page, sheet in sheets:
        for figure in sheet.figures.values():
            yield _row(page, figure, sheet)


def _row(page: str, figure: Figure, sheet: Sheet) -> Row:
    change = sheet.changes.get(figure.key)
    return (
        page,
        figure.key,
        wording.name_words(figure),
        figure.value,
        _unit(figure.unit, sheet.currency),
        figure.target and figure.target.value,
        wording.state_words(figure),
        figure.reason,
        change and change.value,
        sheet.as_of,
    )


def of_days(rows: QuerySet[MetricSnapshot], zone: str) -> Iterator[Row]:
    """The head, and a row for each figure of each day, the newest first. Reads some at once and keeps none."""
    yield (*HEAD_OF_DAYS[:-1], f"{HEAD_OF_DAYS[-1]} ({zone})")
    columns = rows.order_by("-day", "key").values_list("day", "key", "value", "unit", "lack", "taken_at")
    for day, key, value, unit, lack, taken_at in columns.iterator(chunk_size=AT_ONCE):
        yield (f"{day}", key, _title(key), value, unit, lack, taken_at)


def _unit(unit: str, currency: str) -> str:
    return unit.replace("money", currency) if currency else unit


def _title(key: str) -> str:
    """What the kind of figure is called; "" for one that this version does not know any more."""
    try:
        return definition_of(key).title
    except KeyError:
        return ""
