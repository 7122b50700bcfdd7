"""Issues as rows of a table that leaves the site: what each column is called, and who may have it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from tracker.choices import IssueKind, Priority, Status
from tracker.models import Issue
from tracker.permissions import SEE_REVENUE, Actor
from tracker.spreadsheet import Row, Value

AT_ONCE = 2000  # issues that are in memory
# In English, as the heads: an import reads both back, in whatever language its site is.
LABELS = {word: word.marked for kind in (IssueKind, Priority, Status) for word in kind}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `fields` are what it is read from; `is_text` is what analyses say, beyond the title."""

    name: str
    read: Callable[[Issue], Value]
    fields: tuple[str, ...]
    is_text: bool = False
    is_money: bool = False


def _systems(issue: Issue) -> str:
    return ", ".join(system.name for system in issue.systems.all())


COLUMNS = (
    Column("Reference", lambda issue: issue.reference, ("reference",)),
    Column("Title", lambda issue: issue.title, ("title",)),
    Column("Priority", lambda issue: LABELS[issue.priority], ("priority",)),
    Column("Status", lambda issue: LABELS[issue.status], ("status",)),
    Column("Kind", lambda issue: LABELS[issue.kind], ("kind",)),
    Column("Owner", lambda issue: issue.owner.name if issue.owner else None, ("owner__name",)),
    Column("Owner as the analysis names them", lambda issue: issue.owner_words, ("owner_words",)),
    Column("Systems", _systems, ()),
    Column("Analysis", lambda issue: issue.analysis.title if issue.analysis else None, ("analysis__title",)),
    Column("Tracked", lambda issue: issue.created_at, ("created_at",)),
    Column("Deadline", lambda issue: issue.deadline, ("deadline",)),
    Column("Original deadline", lambda issue: issue.original_deadline, ("original_deadline",)),
    Column("In this status since", lambda issue: issue.status_since, ("status_since",)),
    Column(
        "Confirmed revenue at risk a month", lambda issue: issue.revenue_at_risk, ("revenue_at_risk",), is_money=True
    ),
    Column("Text", lambda issue: issue.description, ("description",), is_text=True),
    Column(
        "Root cause of the analysis",
        lambda issue: issue.analysis.root_cause if issue.analysis else None,
        ("analysis__root_cause",),
        is_text=True,
    ),
)


def columns_for(actor: Actor, *, with_text: bool) -> list[Column]:
    """The columns of a table for this person: amounts only for those who may see the revenue."""
    money = actor is None or actor.has_perm(SEE_REVENUE)
    return [column for column in COLUMNS if (with_text or not column.is_text) and (money or not column.is_money)]


def rows(issues: QuerySet[Issue], columns: list[Column]) -> Iterator[Row]:
    """The head, and a row for each issue in the order of the query. Reads some at once and keeps none."""
    zone = timezone.get_current_timezone_name()
    yield [f"{column.name} ({zone})" if _is_time(column) else column.name for column in columns]
    fields = {field for column in columns for field in column.fields}
    found = issues.select_related("owner", "analysis").prefetch_related("systems").only("pk", *fields)
    for issue in found.iterator(chunk_size=AT_ONCE):
        yield [column.read(issue) for column in columns]


def _is_time(column: Column) -> bool:
    return any(field.endswith(("_at", "_since", "deadline")) for field in column.fields)
