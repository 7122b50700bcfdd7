"""The issues as they stood at a moment.

At present the columns of an issue say how it stands. For a moment of the past its history does: the status by the steps
that were taken until then, deadline, priority, owner and confirmed amount by the changes that were made after it. What
has no history (the systems of an issue, the names of people, the streams of a profile) is taken as it is now.
"""

from datetime import UTC, datetime

from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    DecimalField,
    Exists,
    Expression,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, NullIf, TruncMinute
from django.db.models.lookups import Exact

from tracker.choices import Status
from tracker.models import FieldChange, Issue, Owner, StatusChange
from tracker.querysets import LIVE

MONEY = DecimalField(max_digits=14, decimal_places=2)


class Moment(Func):
    """A moment that was written as ISO 8601, as the database keeps moments."""

    function = "datetime"  # of SQLite, in UTC
    output_field = DateTimeField()

    def as_postgresql(self, compiler, connection, **extra):
        return self.as_sql(compiler, connection, template="CAST(%(expressions)s AS timestamptz)", **extra)


def is_present(now: datetime) -> bool:
    """Whether nothing was changed after the moment, so that the columns tell. At most two queries."""
    return not any(model.objects.filter(at__gt=now).order_by().exists() for model in (StatusChange, FieldChange))


def issues_then(now: datetime, *, present: bool) -> QuerySet[Issue]:
    """The issues that were tracked by then, with how they stood then.

    Annotated: status_then, deadline_then, priority_then, owner_then, revenue_then.
    """
    return with_then(Issue.objects.filter(created_at__lte=now), now, present=present)


def with_then(issues: QuerySet[Issue], now: datetime, *, present: bool) -> QuerySet[Issue]:
    """The same of other issues; of one that was tracked after the moment it is how it was tracked."""
    return issues.order_by().annotate(**(_as_they_are() if present else _as_they_were(now)))


def live_of(issues: QuerySet[Issue], now: datetime, *, present: bool) -> QuerySet[Issue]:
    """Those of `issues_then` that were neither validated nor cancelled then."""
    if not present:
        issues = issues.filter(Q(is_closed=False) | Q(status_since__gt=now))  # what an index finds
    return issues.filter(status_then__in=LIVE)


def _as_they_are() -> dict[str, Expression]:
    return {
        "status_then": F("status"),
        "deadline_then": F("deadline"),
        "priority_then": F("priority"),
        "owner_then": F("owner_id"),
        "revenue_then": F("revenue_at_risk"),
    }


def _as_they_were(now: datetime) -> dict[str, Expression]:
    steps = StatusChange.objects.filter(issue=OuterRef("pk"))
    latest = steps.filter(at__lte=now).order_by("-at", "-pk").values("new_status")[:1]
    next_one = steps.filter(at__gt=now).order_by("at", "pk").values("old_status")[:1]
    status = Coalesce(
        Subquery(latest), NullIf(Subquery(next_one), Value("")), Value(str(Status.IDENTIFIED)), output_field=CharField()
    )
    return {
        "status_then": Case(When(status_since__lte=now, then=F("status")), default=status, output_field=CharField()),
        "deadline_then": _changed_back(now, "deadline", _deadline(now), F("deadline"), DateTimeField()),
        "priority_then": _changed_back(now, "priority", _old(now, "priority"), F("priority"), CharField()),
        "owner_then": _changed_back(now, "owner", _owner(now), F("owner_id"), IntegerField()),
        "revenue_then": _changed_back(now, "revenue_at_risk", _revenue(now), F("revenue_at_risk"), MONEY),
    }


def priority_of(now: datetime, issue: str) -> Expression:
    """The priority that the issue of other rows (the relation of that name) had then."""
    changes = FieldChange.objects.filter(issue=OuterRef(issue), field="priority", at__gt=now).order_by("at", "pk")
    before = Subquery(changes.values("old")[:1], output_field=CharField())
    return Coalesce(before, F(f"{issue}__priority"), output_field=CharField())


def _changes(now: datetime, field: str) -> QuerySet[FieldChange]:
    return FieldChange.objects.filter(issue=OuterRef("pk"), field=field, at__gt=now).order_by("at", "pk")


def _old(now: datetime, field: str) -> Subquery:
    """What the first change after the moment says that the field was."""
    return Subquery(_changes(now, field).values("old")[:1], output_field=CharField())


def _changed_back(now: datetime, field: str, before: Expression, here: F, kind) -> Case:
    return Case(When(Exists(_changes(now, field)), then=before), default=here, output_field=kind)


def _deadline(now: datetime) -> Expression:
    """History keeps deadlines to the minute; the original deadline is kept as it was."""
    written = Moment(NullIf(_old(now, "deadline"), Value("")))
    original = Exact(TruncMinute("original_deadline", tzinfo=UTC), written)
    return Case(When(original, then=F("original_deadline")), default=written, output_field=DateTimeField())


def _owner(now: datetime) -> Expression:
    """History keeps owners by name."""
    changes = FieldChange.objects.filter(issue=OuterRef(OuterRef("pk")), field="owner", at__gt=now)
    name = Subquery(changes.order_by("at", "pk").values("old")[:1])
    return Subquery(Owner.objects.filter(name=name).order_by().values("pk")[:1])


def _revenue(now: datetime) -> Expression:
    return Cast(NullIf(_old(now, "revenue_at_risk"), Value("")), MONEY)
