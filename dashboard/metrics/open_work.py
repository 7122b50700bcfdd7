"""How old the open issues are, and who has how much of the open work: counted by the database, whatever the number."""

from datetime import timedelta

from django.db.models import Count, F, Q, Sum, Window
from django.db.models.functions import RowNumber

from dashboard.metrics.asked import Asked
from dashboard.metrics.site import hours_between
from dashboard.value import execution
from dashboard.value.figures import ZERO, Figure
from dashboard.value.percentiles import MEDIAN, P90, Known, rank
from tracker.teams import Member


def age_figures(asked: Asked) -> list[Figure]:
    """The age of the open issues. Two queries, and one without any."""
    numbers = _by_age(asked)
    return [*execution.open_ages(_ages(asked, sum(numbers))), *execution.open_by_age(numbers)]


def _by_age(asked: Asked) -> list[int]:
    """How many live issues are of each step of age, the youngest first. One query."""
    limits = [asked.now - timedelta(hours=hours) for hours in execution.AGE_LIMITS]
    steps = [
        Q(**({"created_at__gt": since} if since else {}), **({"created_at__lte": until} if until else {}))
        for since, until in zip((*limits, None), (None, *limits), strict=True)
    ]
    counted = asked.live().aggregate(**{f"step_{place}": Count("pk", filter=step) for place, step in enumerate(steps)})
    return [counted[f"step_{place}"] for place in range(len(steps))]


def _ages(asked: Asked, number: int) -> Known:
    """The percentiles of the ages of so many live issues. One query."""
    if not number:
        return Known(0, {})
    places = {percent: rank(number, percent) for percent in (MEDIAN, P90)}
    ordered = asked.live().annotate(place=Window(RowNumber(), order_by=F("created_at").desc()))
    found = dict(ordered.filter(place__in=set(places.values())).values_list("place", "created_at"))
    return Known(number, {percent: hours_between(found[place], asked.now) for percent, place in places.items()})


def loads(asked: Asked) -> tuple[tuple[execution.Load, ...], tuple[execution.Load, ...]]:
    """The open work by owner and by team. Two queries, and one for the owners."""
    rows = _assigned(asked)
    return execution.loads(rows, asked.site.terms), execution.team_loads(rows, asked.site.terms)


def _assigned(asked: Asked) -> list[execution.Assigned]:
    """The open work of each owner and priority."""
    keys = ("owner_then", "priority_then")
    late = Count("pk", filter=Q(deadline_then__lte=asked.now))
    numbers = asked.open_work().values_list(*keys).annotate(number=Count("pk"), late=late)
    noted = asked.open_work().filter(notes__hours__isnull=False, notes__at__lte=asked.now)
    hours = {tuple(key): sum for *key, sum in noted.values_list(*keys).annotate(sum=Sum("notes__hours"))}
    members = asked.site.teams
    return [
        _of(members.of(owner), owner, priority, number, late, hours.get((owner, priority), ZERO))
        for owner, priority, number, late in numbers
    ]


def _of(member: Member, owner: int | None, *work: object) -> execution.Assigned:
    return execution.Assigned(member.name, member.team, *work, owner_key=owner, team_key=member.lead)
