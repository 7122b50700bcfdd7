"""How analyses became work and work came to its end: entries, analyses, and issues that were completed or late."""

from datetime import timedelta

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext

from dashboard.metrics.asked import Asked
from dashboard.metrics.done import DONE, became_late, late_by, reached
from dashboard.metrics.learning import entries_of, with_first_issue
from dashboard.metrics.site import hours_between
from dashboard.rows.listing import Cell, Listing, of_analysis, of_hours, of_issue
from dashboard.value.execution import FIRST_ISSUE_HOURS
from dashboard.value.figures import ZERO
from tracker.choices import Decision, ItemKind, Priority, Status
from tracker.models import ExtractedItem, Issue

ISSUE = ("title", "reference", "created_at", "original_deadline")
DEADLINES = {"original": "original_deadline", "moved": "deadline_then"}


def conversion(asked: Asked, part: str) -> tuple[Listing, ...]:
    """The entries that ask for work of the analyses of the period, with what was decided about each."""
    rows = entries_of(asked).filter(asked.within("analysis__imported_at")).select_related("analysis")
    columns = ("kind", "line", "priority", "decision", "decided_at", "analysis__title")
    return (
        Listing(
            "entries",
            gettext("Entries that ask for work"),
            (
                gettext("Analysis"),
                gettext("Line"),
                gettext("Kind"),
                gettext("Priority"),
                gettext("Decision"),
                gettext("Decided"),
            ),
            rows.only(*columns).order_by("-analysis__imported_at", "-analysis_id", "line", "pk"),
            _entry,
        ),
    )


def _entry(row: ExtractedItem) -> tuple[Cell, ...]:
    return (
        of_analysis(row.analysis),
        Cell(f"{row.line}"),
        Cell(ItemKind(row.kind).label),
        Cell(row.priority),
        Cell(Decision(row.decision).label),
        Cell(at=row.decided_at),
    )


def first_issue(asked: Asked, part: str) -> tuple[Listing, ...]:
    """The analyses of the period that have a tracked issue."""
    return (_analyses(asked, Q(first__isnull=False)),)


def first_issue_in_time(asked: Asked, part: str) -> tuple[Listing, ...]:
    """Those, and the analyses that have waited for one for longer than they should."""
    due = asked.now - timedelta(hours=int(FIRST_ISSUE_HOURS))
    return (_analyses(asked, Q(first__isnull=False) | Q(waits=True, imported_at__lt=due)),)


def _analyses(asked: Asked, which: Q) -> Listing:
    rows = with_first_issue(asked).filter(which).only("title", "imported_at")
    return Listing(
        "analyses",
        gettext("Analyses of the period"),
        (gettext("Analysis"), gettext("Came in"), gettext("First issue tracked"), gettext("Waited for")),
        rows.order_by("-imported_at", "-pk"),
        lambda row: (
            of_analysis(row),
            Cell(at=row.imported_at),
            Cell(at=row.first) if row.first else Cell(gettext("still waits")),
            of_hours(max(hours_between(row.imported_at, row.first or asked.now), ZERO)),
        ),
    )


def completed(asked: Asked, part: str) -> tuple[Listing, ...]:
    """The issues that were completed in the period and are so still."""
    rows = reached(asked, Status.COMPLETED, DONE)
    return (_ended("completed", gettext("Completed in the period"), gettext("Completed"), _of_priority(rows, part)),)


def worked_on(asked: Asked, part: str) -> tuple[Listing, ...]:
    """Those of them whose work was done here: of what was tracked as done nobody knows how long it took."""
    rows = reached(asked, Status.COMPLETED, DONE).exclude(came_from="")
    return (_ended("completed", gettext("Completed in the period"), gettext("Completed"), _of_priority(rows, part)),)


def validated(asked: Asked, part: str) -> tuple[Listing, ...]:
    """The issues that were validated in the period and are so still."""
    rows = reached(asked, Status.VALIDATED, (Status.VALIDATED,))
    return (_ended("validated", gettext("Validated in the period"), gettext("Validated"), _of_priority(rows, part)),)


def on_time(asked: Asked, part: str) -> tuple[Listing, ...]:
    """What was completed in time, what too late, and what is still open past its deadline."""
    deadline = DEADLINES[part.partition(".")[0]]
    start = asked.period.start
    rows = _of_priority(reached(asked, Status.COMPLETED, DONE).exclude(came_from=""), part)
    rows = rows.filter(deadline_then__isnull=False)
    in_time = Q(done_at__lte=F(deadline))
    late = ~in_time & (Q(**{f"{deadline}__gte": start}) | Q(created_at__gte=start))
    still = _of_priority(became_late(asked).filter(late_by(deadline, asked)), part)
    return (
        _ended("in_time", gettext("Completed in time"), gettext("Completed"), rows.filter(in_time), deadline),
        _ended("late", gettext("Completed late"), gettext("Completed"), rows.filter(late), deadline),
        Listing(
            "open",
            gettext("Not completed, and late"),
            (gettext("Issue"), gettext("Priority"), gettext("Status"), gettext("Deadline")),
            still.only(*ISSUE).order_by(deadline, "pk"),
            lambda row: (
                of_issue(row),
                Cell(row.priority_then),
                Cell(Status(row.status_then).label),
                Cell(at=getattr(row, deadline)),
            ),
        ),
    )


def _of_priority(rows: QuerySet[Issue], part: str) -> QuerySet[Issue]:
    """Those of the priority with which the part of a figure ends, if it names one."""
    last = part.rpartition(".")[2]
    return rows.filter(priority_then=last) if last in list(Priority) else rows


def _ended(key: str, title: str, word: str, rows: QuerySet[Issue], deadline: str = "deadline_then") -> Listing:
    return Listing(
        key,
        title,
        (gettext("Issue"), gettext("Priority"), gettext("Tracked"), word, gettext("Took"), gettext("Deadline")),
        rows.only(*ISSUE).order_by("-done_at", "-pk"),
        lambda row: (
            of_issue(row),
            Cell(row.priority_then),
            Cell(at=row.created_at),
            Cell(at=row.done_at),
            of_hours(hours_between(row.created_at, row.done_at)),
            Cell(at=getattr(row, deadline)),
        ),
    )
