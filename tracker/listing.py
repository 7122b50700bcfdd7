"""The issues of a file as people and as programs read them."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Self

from tracker import terminal
from tracker.file_intake import FileIssue, FileIssues
from tracker.storing import CHANGED

HEADS = ("Reference", "Pri", "Kind", "Deadline", "Title", "Place")
TITLE, PLACE = HEADS.index("Title"), HEADS.index("Place")
GIVING_WAY = (terminal.Shrinking(PLACE, terminal.fit_end, 8), terminal.Shrinking(TITLE, terminal.fit, 20))
NO_REFERENCE = "-"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each the files have."""

    files: int = 0
    issues: int = 0
    checks: int = 0
    skipped: int = 0
    known: int = 0

    @classmethod
    def of(cls, found: FileIssues) -> Self:
        """The counts of one file."""
        known = sum(issue.known for issue in found.issues)
        return cls(1, len(found.issues), len(found.extracted.checks), len(found.extracted.skipped), known)

    def __add__(self, other: Self) -> Self:
        return type(self)(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    def __str__(self) -> str:
        parts = (numbered(self.issues, "issue"), numbered(self.checks, "check"), f"{self.skipped} skipped")
        return f"{', '.join(parts)}, {self.known} already known"


def numbered(number: int, word: str) -> str:
    """The number and the word, in the plural where it needs one."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def document(found: FileIssues) -> dict[str, Any]:
    """What JSON has for one file."""
    extracted = found.extracted
    root_cause = extracted.root_cause
    return {
        "analysis": {
            "source": found.file.source,
            "title": extracted.title,
            "root_cause": {"line": root_cause.line} if root_cause else None,
            "whys": [{"line": why.line} for why in extracted.whys],
        },
        "issues": [_issue_document(issue, tracked=found.imported is not None) for issue in found.issues],
        "validation_steps": [{"line": check.line, "title": check.text} for check in extracted.checks],
        "skipped": [{"line": line.line, "title": line.text, "reason": line.reason} for line in extracted.skipped],
    }


def _issue_document(issue: FileIssue, *, tracked: bool) -> dict[str, Any]:
    said = issue.said
    value = {
        "line": said.line,
        "kind": said.kind,
        "priority": issue.priority,
        "priority_stated": said.priority_stated,
        "done": said.done,
        "duplicate_lines": list(said.duplicate_lines),
        "title": said.title,
        "description": said.description,
        "owner": issue.owner or None,
        "deadline": issue.deadline.astimezone(UTC).isoformat() if issue.deadline else None,
        "affected_systems": list(said.affected_systems),
    }
    return value | {"reference": issue.reference or None} if tracked else value


def table(found: FileIssues, *, zone: tzinfo, width: int | None) -> Iterator[str]:
    """What people read of one file: its title, a line for each issue, the counts."""
    yield terminal.printable(f"{found.file.place}: {found.extracted.title}")
    if found.analysis and found.analysis.source != found.file.source:
        yield terminal.printable(f"This is {found.analysis.source}, which is there already.")
    if found.issues:
        yield from terminal.table([HEADS, *_rows(found, zone)], width=width, shrinking=GIVING_WAY)
    yield str(Counts.of(found))
    if found.imported and found.imported.outcome == CHANGED:
        done = found.imported
        yield f"The text has changed since the last import: {done.new} new, {done.changed} changed, {done.gone} gone"
    yield ""


def _rows(found: FileIssues, zone: tzinfo) -> Iterator[Sequence[str]]:
    for issue in found.issues:
        said = issue.said
        yield (
            issue.reference or NO_REFERENCE,
            issue.priority,
            said.kind,
            short_time(issue.deadline, found.now, zone),
            f"{said.title} (done)" if said.done else said.title,
            f"{found.file.place}:{said.line}",
        )


def short_time(moment: datetime | None, now: datetime, zone: tzinfo) -> str:
    """The moment in a few characters: day and time within this year, else the day and the year."""
    if moment is None:
        return "-"
    local = moment.astimezone(zone)
    return f"{local:%d %b %H:%M}" if local.year == now.astimezone(zone).year else f"{local:%d %b %Y}"
