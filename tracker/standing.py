"""Where all issues stand: how many in which status and priority, and which are late or soon due."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count

from tracker import terminal
from tracker.choices import Priority, Status
from tracker.deadlines import words_for
from tracker.models import ExtractedItem, Issue
from tracker.querysets import CLOSED, IssueQuerySet

SOON = timedelta(hours=24)
HEADS = ("Reference", "Priority", "Status", "Deadline", "Owner", "Title")
GIVING_WAY = (terminal.Shrinking(5, terminal.fit, 24), terminal.Shrinking(4, terminal.fit, 8))


@dataclass(frozen=True, slots=True)
class Standing:
    """Numbers of issues: by status and priority, and those that ask for attention."""

    as_of: datetime
    counts: Mapping[tuple[str, str], int]
    overdue: int
    upcoming: int
    unassigned: int
    pending_review: int

    def of_status(self, status: Status) -> int:
        """Issues in a status."""
        return sum(number for (word, _), number in self.counts.items() if word == status)

    def of_priority(self, priority: Priority) -> int:
        """Live issues of a priority."""
        return sum(
            number for (status, word), number in self.counts.items() if word == priority and status not in CLOSED
        )

    @property
    def total(self) -> int:
        """All issues."""
        return sum(self.counts.values())

    @property
    def live(self) -> int:
        """Issues that are neither validated nor cancelled."""
        return sum(self.of_priority(priority) for priority in Priority)


def standing(now: datetime) -> Standing:
    """Where the issues stand now."""
    grouped = Issue.objects.order_by().values_list("status", "priority").annotate(number=Count("pk"))
    return Standing(
        as_of=now,
        counts={(status, priority): number for status, priority, number in grouped},
        overdue=Issue.objects.overdue(now).count(),
        upcoming=Issue.objects.due_within(now, SOON).count(),
        unassigned=Issue.objects.unassigned().count(),
        pending_review=ExtractedItem.objects.pending().issues().count(),
    )


def overdue(now: datetime) -> IssueQuerySet:
    """Issues past their deadline, the most urgent first."""
    return Issue.objects.overdue(now).select_related("owner").by_urgency()


def upcoming(now: datetime) -> IssueQuerySet:
    """Issues due within 24 hours, the most urgent first."""
    return Issue.objects.due_within(now, SOON).select_related("owner").by_urgency()


def document(standing: Standing) -> dict[str, Any]:
    """The numbers as JSON has them."""
    return {
        "as_of": standing.as_of.astimezone(UTC).isoformat(),
        "issues": {"total": standing.total, "live": standing.live, "closed": standing.total - standing.live},
        "by_status": {str(status): standing.of_status(status) for status in Status},
        "by_priority": {str(priority): standing.of_priority(priority) for priority in Priority},
        "overdue": standing.overdue,
        "due_within_24_h": standing.upcoming,
        "unassigned": standing.unassigned,
        "pending_review": standing.pending_review,
    }


def issue_document(issue: Issue, now: datetime) -> dict[str, Any]:
    """An issue as JSON has it."""
    return {
        "reference": issue.reference,
        "title": issue.title,
        "priority": issue.priority,
        "status": issue.status,
        "kind": issue.kind,
        "owner": issue.owner.name if issue.owner else None,
        "owner_to_confirm": issue.owner_words if issue.owner_words and not issue.owner else None,
        "deadline": issue.deadline.astimezone(UTC).isoformat() if issue.deadline else None,
        "time_left": words_for(issue.deadline, now) if issue.deadline else None,
    }


def table(standing: Standing) -> Iterator[str]:
    """The numbers as lines: statuses down, priorities across, then what asks for attention."""
    closed = standing.total - standing.live
    yield f"Issues: {standing.total} ({standing.live} live, {closed} closed)"
    yield ""
    rows = [("Status", *map(str, Priority), "Total")]
    for status in Status:
        numbers = [standing.counts.get((str(status), str(priority)), 0) for priority in Priority]
        rows.append((status.label, *map(str, numbers), str(sum(numbers))))
    yield from terminal.table(rows, right=range(1, len(rows[0])))
    yield ""
    yield from terminal.table(
        [
            ("Overdue", str(standing.overdue)),
            ("Due within 24 h", str(standing.upcoming)),
            ("Unassigned", str(standing.unassigned)),
            ("Pending review", str(standing.pending_review)),
        ],
        right=[1],
    )


def listing(heading: str, issues: Sequence[Issue], now: datetime, *, width: int | None) -> Iterator[str]:
    """A heading and a line for each issue: reference, priority, status, time left, owner, title."""
    yield ""
    yield f"{heading}: {len(issues) or 'none'}"
    if not issues:
        return
    rows = [HEADS, *(_cells(issue, now) for issue in issues)]
    yield from terminal.table(rows, width=width, shrinking=GIVING_WAY)


def _cells(issue: Issue, now: datetime) -> tuple[str, ...]:
    owner = issue.owner.name if issue.owner else f"{issue.owner_words}?" if issue.owner_words else "-"
    return (
        issue.reference,
        issue.priority,
        Status(issue.status).label,
        words_for(issue.deadline, now) if issue.deadline else "-",
        owner,
        issue.title,
    )
