"""One row of a table: what it says, as values; as a new issue or as changes of one that is here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext

from tracker import amend, workflow
from tracker.choices import IssueKind, Priority, Status
from tracker.entering import NewIssue
from tracker.hand import Hand
from tracker.models import Issue, Owner, System
from tracker.people import Directory, directory
from tracker.sheets import columns
from tracker.sheets.columns import EXPORTED, FOLLOWING, Layout, UnclearCell
from tracker.sheets.tables import Cell


@dataclass(slots=True)
class Site:
    """The owners and systems of the site, read once for a whole table."""

    people: Directory = field(default_factory=directory)
    systems: dict[str, System] = field(
        default_factory=lambda: {system.name.casefold(): system for system in System.objects.all()}
    )

    def owner(self, cell: Cell, title: str) -> Owner:
        """The owner that a cell names. Raises: UnclearCell."""
        if found := self.people.find(str(cell)):
            return found
        raise UnclearCell(
            gettext("“%(title)s” is %(cell)s, and no single owner is called so: add the owner first.")
            % {"title": title, "cell": columns.shown(cell)}
        )

    def systems_of(self, cell: Cell, title: str) -> list[System]:
        """The systems that a cell names, with commas between. Raises: UnclearCell."""
        names = [name.strip() for name in str(cell).split(",") if name.strip()]
        if unknown := [name for name in names if name.casefold() not in self.systems]:
            raise UnclearCell(
                gettext("“%(title)s” has %(name)s, which is no system of this site.")
                % {"title": title, "name": columns.shown(unknown[0])}
            )
        return [self.systems[name] for name in dict.fromkeys(each.casefold() for each in names)]


@dataclass(frozen=True, slots=True)
class Said:
    """What a row says: values by field, of those cells that say something else than an export of the issue."""

    values: dict[str, object]
    reason: str = ""

    def details(self, issue: Issue | None) -> list[str]:
        """What changes, in words; of a new issue what it has, its title first."""
        if issue is None:
            ordered = sorted(self.values.items(), key=lambda pair: (pair[0] != "title", pair[0]))
            return [f"{name} {_words(value)}" for name, value in ordered]
        return [
            f"{name} {_words(_before(issue, name))} → {_words(value)}" for name, value in sorted(self.values.items())
        ]


def _before(issue: Issue, name: str) -> object:
    return EXPORTED[name].read(issue) if name in EXPORTED else None


def _words(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M %Z}"
    if isinstance(value, list):
        return ", ".join(system.name for system in value) or gettext("none")
    text = " ".join(str(value if value not in (None, "") else gettext("none")).split())
    return text if len(text) <= 80 else f"{text[:79]}…"


def said(cells: dict[str, Cell], layout: Layout, site: Site, *, issue: Issue | None, reason: str) -> Said:
    """Read the cells of a row, all of them. Raises: UnclearCell with a sentence for everything that is wrong."""
    values: dict[str, object] = {}
    wrong = []
    for name, cell in cells.items():
        if name in ("reference", "reason") or (issue and _is_as_here(name, cell, issue, layout)):
            continue
        try:
            values[name] = _value(name, cell, layout, site, issue)
        except UnclearCell as unclear:
            wrong.append(str(unclear))
    if "hours" in values and "note" not in values:
        wrong.append(
            gettext("“%(column)s” belong to a note: say in a column Note what was done.")
            % {"column": layout.names["hours"]}
        )
    if wrong:
        raise UnclearCell(" ".join(wrong))
    values = {name: value for name, value in values.items() if value is not None and not _is_same(name, value, issue)}
    return Said(values, str(cells.get("reason") or reason).strip())


def _is_as_here(name: str, cell: Cell, issue: Issue, layout: Layout) -> bool:
    exported = EXPORTED.get(name)
    return exported is not None and columns.is_as_exported(name, cell, exported.read(issue), layout.zones[name])


def _is_same(name: str, value: object, issue: Issue | None) -> bool:
    """Whether the issue has the value although an export writes it otherwise."""
    if issue is None:
        return False
    if name == "systems":
        return {system.pk for system in value} == {system.pk for system in issue.systems.all()}
    if name == "title":
        return " ".join(value.split()) == issue.title
    return name in ("priority", "status", "kind", "owner", "deadline") and value == getattr(issue, name)


def _value(name: str, cell: Cell, layout: Layout, site: Site, issue: Issue | None) -> object:
    title, zone = layout.names[name], layout.zones[name]
    if name in FOLLOWING or (name == "text" and issue):
        if issue is None:
            return None  # a new issue has none of what follows from others
        raise UnclearCell(
            gettext("“%(title)s” is not changed by an import: leave it as it was exported, or empty.")
            % {"title": title}
        )
    readers: dict[str, Callable[[], object]] = {
        "priority": lambda: columns.word(cell, Priority, title),
        "status": lambda: columns.word(cell, Status, title),
        "kind": lambda: columns.word(cell, IssueKind, title),
        "owner": lambda: site.owner(cell, title),
        "systems": lambda: site.systems_of(cell, title),
        "deadline": lambda: columns.moment(cell, title, zone),
        "until": lambda: columns.moment(cell, title, zone),
        "revenue": lambda: columns.number(cell, title),
        "hours": lambda: columns.number(cell, title),
    }
    return readers.get(name, lambda: str(cell).strip())()


def new_issue(row: Said) -> NewIssue:
    """The issue that a row without a reference describes. Raises: UnclearCell."""
    values = row.values
    if not values.get("title"):
        raise UnclearCell(gettext("A new issue needs a title; to change one that is here, give its reference."))
    if "priority" not in values:
        raise UnclearCell(gettext("A new issue needs a priority: P0, P1, P2 or P3."))
    return NewIssue(
        title=str(values["title"]),
        text=str(values.get("text", "")),
        kind=values.get("kind", IssueKind.FIX),
        priority=values["priority"],
        owner=values.get("owner"),
        deadline=values.get("deadline"),
        systems=tuple(values.get("systems", ())),
    )


def is_only_new(row: Said) -> bool:
    """Whether nothing has to be done with a new issue after it is tracked."""
    later = {"note", "hours", "until", "revenue"} & set(row.values)
    return not later and row.values.get("status", Status.IDENTIFIED) == Status.IDENTIFIED


def change(issue: Issue, row: Said, hand: Hand) -> None:
    """Make the changes of a row, the status last because the others open its gates. Raises: Refused."""
    for step in _steps(issue, row, hand):
        step()


def _steps(issue: Issue, row: Said, hand: Hand) -> Iterator[Callable[[], object]]:
    values, why = row.values, {"reason": row.reason}
    if "owner" in values:
        yield lambda: amend.assign(issue.pk, values["owner"], **why, **hand.stamp())
    if "deadline" in values:
        yield lambda: amend.move_deadline(issue.pk, values["deadline"], **why, **hand.stamp())
    if "priority" in values:
        yield lambda: amend.set_priority(issue.pk, values["priority"], **why, **hand.stamp())
    if "revenue" in values:
        yield lambda: amend.confirm_revenue(issue.pk, Decimal(values["revenue"]), **why, **hand.stamp())
    if about := {name: values[name] for name in ("title", "kind", "systems") if name in values}:
        yield lambda: amend.describe(issue.pk, **about, **why, **hand.stamp())
    if "note" in values:
        yield lambda: amend.add_note(issue.pk, values["note"], hours=values.get("hours"), **hand.stamp())
    if "status" in values:
        yield lambda: _move(issue, row, hand)


def _move(issue: Issue, row: Said, hand: Hand) -> None:
    status = row.values["status"]
    name = workflow.transition_to(status, Issue.objects.get(pk=issue.pk))
    until = row.values.get("until")
    workflow.apply(name, issue.pk, reason=row.reason, until=until, **hand.stamp())
