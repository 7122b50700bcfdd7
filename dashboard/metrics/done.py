"""Work that came to its end in a period: in time or late, how long it took, and whether it was validated."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from dashboard.metrics.asked import Asked
from dashboard.metrics.site import hours_between
from dashboard.value import execution
from dashboard.value.figures import Figure
from tracker.choices import Priority, Status
from tracker.models import FieldChange, Issue, StatusChange

DONE = (Status.COMPLETED, Status.VALIDATED)
AT_ONCE = 10_000


class DoneIssue(NamedTuple):
    """An issue whose work is completed; `at` is when it last came to the status that is asked about.

    `came_from` is the status before that step: "" of an issue that was tracked as done already, as its analysis says.
    """

    issue: int
    priority: str
    status: str
    created_at: datetime
    deadline: datetime | None
    original_deadline: datetime | None
    came_from: str
    at: datetime


@dataclass(frozen=True)
class Done:
    """The issues that came to be completed, and to be validated, in the period, and are so still."""

    asked: Asked

    @cached_property
    def completed(self) -> list[DoneIssue]:
        """Completed in the period; one that was reopened is not."""
        return list(self._reached(Status.COMPLETED, DONE))

    @cached_property
    def worked_on(self) -> list[DoneIssue]:
        """Those of the completed whose work was done here: of what was done before it was tracked nobody knows when."""
        return [row for row in self.completed if row.came_from]

    @cached_property
    def validated(self) -> list[DoneIssue]:
        """Validated in the period, and still."""
        return list(self._reached(Status.VALIDATED, (Status.VALIDATED,)))

    def _reached(self, step: Status, still: tuple[Status, ...]) -> Iterator[DoneIssue]:
        columns = ("pk", "priority_then", "status_then", "created_at", "deadline_then", "original_deadline")
        rows = reached(self.asked, step, still).values_list(*columns, "came_from", "done_at")
        return (DoneIssue(*row) for row in rows.iterator(chunk_size=AT_ONCE))

    @cached_property
    def late(self) -> Mapping[str, tuple[int, int]]:
        """Open work by priority that became late in the period by its original, and by its moved, deadline. One query.

        It is counted in the database: of an earlier moment, reading every issue that was live then takes most of the
        time of a page.
        """
        counts = (
            became_late(self.asked)
            .values_list("priority_then")
            .annotate(
                original=Count("pk", filter=late_by("original_deadline", self.asked)),
                moved=Count("pk", filter=late_by("deadline_then", self.asked)),
            )
        )
        return {priority: tuple(numbers) for priority, *numbers in counts}


def reached(asked: Asked, step: Status, still: tuple[Status, ...]) -> QuerySet[Issue]:
    """The issues that came to a status in the period and still stand in one of these.

    Annotated: done_at, when they last came to it, and came_from, the status before that.
    """
    steps = asked.issues().filter(asked.within("changes__at"), status_then__in=still, changes__new_status=step)
    steps = steps.annotate(done_at=F("changes__at"), came_from=F("changes__old_status"), done_by=F("changes__pk"))
    again = StatusChange.objects.filter(asked.within("at"), issue=OuterRef("pk"), new_status=step).order_by()
    return steps.exclude(
        Exists(again.filter(Q(at__gt=OuterRef("done_at")) | Q(at=OuterRef("done_at"), pk__gt=OuterRef("done_by"))))
    )


def became_late(asked: Asked) -> QuerySet[Issue]:
    """Open work that became late in the period by its original deadline or by the one that it had then."""
    may_be = late_by("original_deadline", asked) | late_by("deadline", asked)
    if not asked.site.present:
        may_be |= Exists(FieldChange.objects.filter(issue=OuterRef("pk"), field="deadline", at__gt=asked.now))
    return asked.open_work().filter(may_be, deadline_then__isnull=False)


def late_by(deadline: str, asked: Asked) -> Q:
    """That the deadline passed in the period; one that had passed when the issue was tracked became late then."""
    start = asked.period.start
    return Q(**{f"{deadline}__lte": asked.now}) & (Q(**{f"{deadline}__gte": start}) | Q(created_at__gte=start))


def on_time_figures(done: Done) -> list[Figure]:
    """How much was completed by its original and by its moved deadline."""
    original = _punctuality(done, _original, {priority: late for priority, (late, _) in done.late.items()})
    moved = _punctuality(done, _moved, {priority: late for priority, (_, late) in done.late.items()})
    return [*execution.on_time(original, deadline="original"), *execution.on_time(moved, deadline="moved")]


def duration_figures(done: Done) -> list[Figure]:
    """How much of what was completed is validated, and how long both took."""
    validated = sum(row.status == Status.VALIDATED for row in done.completed)
    return [
        execution.validated(completed=len(done.completed), validated=validated),
        *execution.hours_to_complete(_spans(done.worked_on)),
        *execution.hours_to_validate(_spans(done.validated)),
    ]


def _original(row: DoneIssue) -> datetime | None:
    return row.original_deadline if row.deadline else None


def _moved(row: DoneIssue) -> datetime | None:
    return row.deadline


def _punctuality(
    done: Done, deadline: Callable[[DoneIssue], datetime | None], open_late: Mapping[str, int]
) -> Mapping[str, execution.Punctuality]:
    """An issue belongs to the period in which it was completed or became late, whichever came first.

    One whose deadline had passed when it was tracked became late then: no earlier period can have told of it.
    """
    start = done.asked.period.start
    on_time: dict[str, int] = defaultdict(int)
    late: dict[str, int] = defaultdict(int, open_late)
    for row in done.worked_on:
        limit = deadline(row)
        if limit is None:
            continue
        if row.at <= limit:
            on_time[row.priority] += 1
        elif max(limit, row.created_at) >= start:
            late[row.priority] += 1
    return {priority: execution.Punctuality(on_time[priority], late[priority]) for priority in Priority}


def _spans(rows: list[DoneIssue]) -> dict[str, list[Decimal]]:
    spans: dict[str, list[Decimal]] = {priority: [] for priority in Priority}
    for row in rows:
        spans[row.priority].append(hours_between(row.created_at, row.at))
    return {priority: sorted(values) for priority, values in spans.items()}
