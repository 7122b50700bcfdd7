"""The forecast of the whole site: how long issues stayed open here so far, and what that makes of those that are."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Count, DateTimeField, F, Func, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_noop

from dashboard.value import forecast
from dashboard.value.figures import Figure
from dashboard.value.forecast import Observed
from tracker.choices import Priority, Status
from tracker.exposure import Profile, Risk
from tracker.models import Issue, StatusChange
from tracker.querysets import CLOSED

OF_SITE = gettext_noop("The forecast is that of the whole site: teams and systems have none of their own.")


class WholeHours(Func):
    """Whole hours from one moment to another, counted in the database."""

    output_field = IntegerField()

    def as_postgresql(self, compiler, connection, **extra):
        template = "FLOOR(EXTRACT(EPOCH FROM (%(expressions)s)) / 3600)::int"
        return self.as_sql(compiler, connection, template=template, arg_joiner=" - ", **extra)

    def as_sqlite(self, compiler, connection, **extra):
        template = "(django_timestamp_diff(%(expressions)s) / 3600000000)"  # Django's own, in microseconds
        return self.as_sql(compiler, connection, template=template, **extra)


def observed(live: Iterable[tuple[str, int]], closed: QuerySet[Issue]) -> dict[str, list[Observed]]:
    """By priority how long issues took until they were validated, or have been open until now or cancelled.

    live are (priority, age in whole hours); closed are annotated by `closed_then`. One query.
    """
    seen: dict[str, Counter] = {priority: Counter() for priority in Priority}
    for priority, age in live:
        seen[priority][age, False] += 1
    rows = closed.values_list("priority_then", "took", "status_then").annotate(number=Count("pk"))
    for priority, hours, status, number in rows:
        seen[priority][max(0, hours), status == Status.VALIDATED] += number
    return {
        priority: [
            Observed(hours, number if resolved else 0, 0 if resolved else number)
            for (hours, resolved), number in counts.items()
        ]
        for priority, counts in seen.items()
    }


def closed_then(issues: QuerySet[Issue], now: datetime, *, present: bool) -> QuerySet[Issue]:
    """Those of `issues_then` that were closed then, with `took`: whole hours from when they were tracked until that."""
    since = F("status_since")
    if not present:
        steps = StatusChange.objects.filter(issue=OuterRef("pk"), at__lte=now).order_by("-at", "-pk")
        since = Coalesce(Subquery(steps.values("at")[:1]), F("created_at"), output_field=DateTimeField())
    return issues.filter(status_then__in=CLOSED).annotate(took=WholeHours(since, F("created_at")))


def forecast_figures(
    profile: Profile | None, risks: Sequence[Risk], history: Mapping[str, Iterable[Observed]]
) -> tuple[Figure, ...]:
    """Revenue at risk later: if nothing changes, and as issues were resolved here so far."""
    return (*forecast.unchanged(profile, risks), *forecast.expected(profile, risks, history))
