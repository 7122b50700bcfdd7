"""Whether a release should wait: the unresolved P0 issues of a system, as `manage.py gate` and CI ask for them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from tracker import standing, terminal
from tracker.choices import Status
from tracker.deadlines import words_for
from tracker.models import Analysis, Issue, System

MOST_LISTED = 200
MOST_NAMED = 20
HEADS = ("Reference", "How late", "Owner", "Title", "Link")
GIVING_WAY = (terminal.Shrinking(3, terminal.fit, 24), terminal.Shrinking(2, terminal.fit, 8))


class UnknownSystem(LookupError):
    """There is no system of that name. The text is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a release should wait, and for what.

    `issues` are the most overdue of the `number` issues that count, at most MOST_LISTED. `without_system` are those
    of which neither they nor their analysis name a system, and that were left out because some were asked for.
    """

    as_of: datetime
    systems: tuple[str, ...]
    allowed: int
    number: int
    issues: tuple[Issue, ...]
    without_system: int

    @property
    def stops(self) -> bool:
        """Whether there are more of them than are allowed."""
        return self.number > self.allowed


def verdict(now: datetime, *, systems: Sequence[str] = (), allowed: int = 0) -> Verdict:
    """What stands in the way of a release of these systems, of any system without them. At most four queries.

    Raises: UnknownSystem.
    """
    everywhere = Issue.objects.stops_release(now)
    found = systems_named(systems)
    meant = everywhere.filter(affects(found)) if found else everywhere
    listed = tuple(meant.select_related("owner").by_urgency()[: MOST_LISTED + 1])
    number = meant.order_by().count() if len(listed) > MOST_LISTED else len(listed)
    names = tuple(system.name for system in found)
    unknown_where = everywhere.filter(systems__isnull=True, analysis__systems__isnull=True).order_by()
    nowhere = unknown_where.count() if found else 0
    return Verdict(now, names, allowed, number, listed[:MOST_LISTED], nowhere)


def systems_named(names: Sequence[str]) -> list[System]:
    """The systems of these names, in any case; an exact name goes before. One query. Raises: UnknownSystem."""
    if not names:
        return []
    rows = {system.name: system for system in System.objects.only("name")}
    folded = {name.casefold(): system for name, system in rows.items()}
    found = {}
    for name in names:
        system = rows.get(name.strip()) or folded.get(name.strip().casefold())
        if system is None:
            raise UnknownSystem(unknown(name, sorted(rows)))
        found[system.pk] = system
    return list(found.values())


def unknown(name: str, known: Sequence[str]) -> str:
    """That there is no such system, and which there are."""
    words = ", ".join(known[:MOST_NAMED]) + (", …" if len(known) > MOST_NAMED else "")
    return f"There is no system {name[:100]!r}: name one of {words}." if known else "There are no systems yet."


def affects(systems: Sequence[System]) -> Q:
    """Issues that name one of the systems, and those that name none of an analysis that does."""
    named = Issue.systems.through.objects.filter(system__in=systems).values("issue")
    of_analyses = Analysis.systems.through.objects.filter(system__in=systems).values("analysis")
    names_any = Exists(Issue.systems.through.objects.filter(issue=OuterRef("pk")))
    return Q(pk__in=named) | Q(~names_any, analysis__in=of_analyses)


def reason(issue: Issue, now: datetime) -> str:
    """Why the issue counts: how late it is, or that its validation failed."""
    late = words_for(issue.deadline, now) if issue.deadline and issue.deadline <= now else ""
    failed = "validation failed" if issue.status == Status.FAILED else ""
    return ", ".join(filter(None, (late, failed)))


def address(issue: Issue) -> str:
    """Where people find the issue."""
    return settings.SITE_URL + reverse("admin:tracker_issue_change", args=[issue.pk])


def sentence(found: Verdict) -> str:
    """The verdict in one line."""
    where = f" of {', '.join(found.systems)}" if found.systems else ""
    count = f"{found.number or 'no'} unresolved P0 {'issue' if found.number == 1 else 'issues'}{where}"
    allowed = f" ({found.allowed} allowed)" if found.allowed else ""
    return f"{'Stop' if found.stops else 'Go'}: {count}{allowed}."


def lines(found: Verdict, *, width: int | None) -> Iterator[str]:
    """The verdict for a person: one line, and a table when the release should wait."""
    yield terminal.printable(sentence(found))
    if not found.stops:
        return
    rows = [HEADS]
    for issue in found.issues:
        owner = issue.owner.name if issue.owner else "-"
        rows.append((issue.reference, reason(issue, found.as_of), owner, issue.title, address(issue)))
    yield from terminal.table(rows, width=width, shrinking=GIVING_WAY)
    if left := found.number - len(found.issues):
        yield f"… and {left} more."


def document(found: Verdict) -> dict[str, Any]:
    """The verdict as JSON has it."""
    return {
        "as_of": found.as_of.astimezone(UTC).isoformat(),
        "stop": found.stops,
        "systems": list(found.systems),
        "unresolved": found.number,
        "allowed": found.allowed,
        "without_system": found.without_system,
        "issues": [
            standing.issue_document(issue, found.as_of) | {"reason": reason(issue, found.as_of), "link": address(issue)}
            for issue in found.issues
        ],
    }
