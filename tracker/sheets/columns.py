"""Which column of a table is which field of an issue, and what its cells mean. Reads no rows of the database."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from tracker.calendars import Calendar
from tracker.choices import Choice
from tracker.issue_table import COLUMNS, Column
from tracker.sheets.tables import Cell, UnreadableTable
from tracker.spreadsheet import storable
from tracker.tracking import iso_deadline
from tracker.translation import gettext

IN_A_ZONE = re.compile(r"(.*?)\s*\(([A-Za-z][\w+-]*(?:/[\w+-]+)*)\)")
MOST_NUMBER = Decimal(10) ** 15
SLASHED = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}\b.*")
ISO = re.compile(r"\d{4}-\d\d-\d\d.*")
# Fields by the names that a table may call them beside those of an export, in lower case.
NAMES = {
    "reference": ("reference", "issue", "issue id", "issue_id", "ref"),
    "title": ("title", "summary"),
    "priority": ("priority",),
    "status": ("status",),
    "kind": ("kind",),
    "owner": ("owner", "assignee"),
    "systems": ("systems", "system"),
    "deadline": ("deadline", "due", "due date"),
    "revenue": ("revenue", "confirmed revenue at risk a month"),
    "text": ("text", "description"),
    "note": ("note",),
    "hours": ("hours",),
    "reason": ("reason",),
    "until": ("until", "accepted until"),
}
# Columns of an export that follow from others: they may be in a table, and change nothing.
FOLLOWING = {
    "owner_words": "Owner as the analysis names them",
    "analysis": "Analysis",
    "tracked": "Tracked",
    "original_deadline": "Original deadline",
    "status_since": "In this status since",
    "root_cause": "Root cause of the analysis",
}
EXPORTED: dict[str, Column] = {
    **{name: column for column in COLUMNS for name, words in NAMES.items() if column.name.lower() in words},
    **{name: column for column in COLUMNS for name, words in FOLLOWING.items() if column.name == words},
}


class UnclearCell(ValueError):
    """What is wrong with a cell, in one sentence."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each field stands in a row, the zone of its times, and what a person should know of the head."""

    places: Mapping[str, int]
    names: Mapping[str, str]
    zones: Mapping[str, str]
    remarks: list[str] = field(default_factory=list)

    def cells(self, row: tuple[Cell, ...]) -> dict[str, Cell]:
        """The cells of a row that say something, by field."""
        found = {name: row[place] for name, place in self.places.items() if place < len(row)}
        return {name: cell for name, cell in found.items() if not (cell is None or str(cell).strip() == "")}


def layout(head: list[str], *, mapped: Mapping[str, str], zone: str) -> Layout:
    """What the columns are. `mapped` says for the name of a column which field it is. Raises: UnreadableTable."""
    _check_mapping(head, mapped)
    places: dict[str, int] = {}
    names: dict[str, str] = {}
    zones: dict[str, str] = {}
    unknown = []
    for place, title in enumerate(head):
        bare, of_head = _zone_of(title)
        name = mapped.get(title) or mapped.get(bare) or _field(bare)
        if not name:
            unknown += [title] if title else []
            continue
        if name in places:
            raise UnreadableTable(
                gettext("The columns “%(first)s” and “%(title)s” are both the %(name)s: leave one out.")
                % {"first": names[name], "title": title, "name": name}
            )
        places[name], names[name], zones[name] = place, title, of_head or zone
    if not {"reference", "title"} & set(places):
        known = ", ".join(f"“{title}”" for title in head[:10])
        raise UnreadableTable(
            gettext("No column is called Reference or Title (there are %(known)s): name one so, or map it.")
            % {"known": known}
        )
    left = ", ".join(f"“{title}”" for title in unknown[:10])
    remarks = (
        [gettext("Columns that are no field of an issue are left out: %(left)s.") % {"left": left}] if unknown else []
    )
    return Layout(places, names, zones, remarks)


def _check_mapping(head: list[str], mapped: Mapping[str, str]) -> None:
    for column, name in mapped.items():
        if name not in NAMES:
            raise UnreadableTable(
                gettext("There is no field %(name)r: map to one of %(names)s.")
                % {"name": name, "names": ", ".join(NAMES)}
            )
        if column not in head and column not in [_zone_of(title)[0] for title in head]:
            raise UnreadableTable(
                gettext("The table has no column “%(column)s” that could be mapped.") % {"column": column}
            )


def _zone_of(title: str) -> tuple[str, str]:
    """The name of a column without the zone of its times, and that zone, or ""."""
    if found := IN_A_ZONE.fullmatch(title):
        try:
            ZoneInfo(found[2])
        except (KeyError, ValueError, OSError):
            return title, ""
        return found[1], found[2]
    return title, ""


def _field(title: str) -> str:
    folded = " ".join(title.casefold().split())
    for name, words in NAMES.items():
        if folded in words:
            return name
    return next((name for name, words in FOLLOWING.items() if words.casefold() == folded), "")


# what cells say


def is_as_exported(name: str, cell: Cell, exported: object, zone: str) -> bool:
    """Whether the cell says what an export writes for the value that the issue has now."""
    if isinstance(exported, Decimal):
        return _number(cell) == exported
    if isinstance(exported, datetime):
        there = exported.astimezone(ZoneInfo(zone)).replace(tzinfo=None, second=0, microsecond=0)
        if isinstance(cell, datetime):
            return cell.replace(second=0, microsecond=0) == there
        return str(cell).strip() == f"{there:%Y-%m-%d %H:%M}"
    whole = str(exported or "")
    return _lines(str(cell)) in (_lines(whole), _lines(storable(whole)))  # CSV has all of it, XLSX what it can hold


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _number(cell: Cell) -> Decimal | None:
    try:
        found = Decimal(str(cell).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def number(cell: Cell, title: str) -> Decimal:
    """The number in a cell, such as 1200 or 1200.50. Raises: UnclearCell."""
    found = _number(cell)
    if found is None or isinstance(cell, datetime) or abs(found) >= MOST_NUMBER:
        raise UnclearCell(
            gettext("“%(title)s” is %(cell)s, which is no number: write one such as 1200.50.")
            % {"title": title, "cell": shown(cell)}
        )
    return round(found, 2) if isinstance(cell, float) else found


def word(cell: Cell, kind: type[Choice], title: str) -> Choice:
    """The word that the cell names, by what is stored or by its label. Raises: UnclearCell."""
    said = " ".join(str(cell).casefold().replace("_", " ").replace("-", " ").split())
    for each in kind:
        if said in (str(each).casefold().replace("_", " "), each.marked.casefold(), each.label.casefold()):
            return each
    raise UnclearCell(
        gettext("“%(title)s” is %(cell)s, and should be one of %(words)s.")
        % {"title": title, "cell": shown(cell), "words": ", ".join(kind)}
    )


def moment(cell: Cell, title: str, zone: str) -> datetime:
    """The moment that a cell names, in UTC; of a day alone its last second. Raises: UnclearCell."""
    if isinstance(cell, datetime):
        calendar = Calendar(time_zone=zone)
        is_day = (cell.hour, cell.minute, cell.second) == (0, 0, 0)
        found = calendar.end_of_day(cell.date()) if is_day else calendar.moment(cell.date(), cell.time())
        return found.astimezone(UTC)
    said = str(cell).strip()
    if not isinstance(cell, str) or not ISO.fullmatch(said):
        if isinstance(cell, str) and SLASHED.fullmatch(said):
            raise UnclearCell(
                gettext(
                    "“%(title)s” is %(cell)s, and nobody can say which number is the day: write the year first, "
                    "such as 2025-04-03."
                )
                % {"title": title, "cell": shown(cell)}
            )
        raise UnclearCell(
            gettext("“%(title)s” is %(cell)s, which is no date: write one such as 2025-04-03.")
            % {"title": title, "cell": shown(cell)}
        )
    try:
        return iso_deadline(said, time_zone=zone)
    except ValueError:
        raise UnclearCell(
            gettext("“%(title)s” is %(cell)s, which is no date: write one such as 2025-04-03.")
            % {"title": title, "cell": shown(cell)}
        ) from None


def shown(cell: Cell) -> str:
    """A cell in a sentence."""
    text = " ".join(str(cell).split())
    return f"“{text if len(text) <= 60 else text[:59] + '…'}”"
