"""References such as P0-20250908-001: given once, never again, whatever becomes of the issue."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tracker.choices import Priority
from tracker.models import Issue, ReferenceDay


@transaction.atomic
def next_references(priorities: Sequence[Priority], *, now: datetime) -> list[str]:
    """One reference for each priority, in order: priority, day in the site's zone, sequence across priorities.

    The row of the day stays locked until the caller's transaction ends, so that two of them never get the same
    number. A transaction that is rolled back gives its numbers back: no issue has ever had them.
    """
    if not priorities:
        return []
    day = timezone.localtime(now, timezone.get_default_timezone()).date()
    row = _locked_day(day)
    first = row.last + 1
    row.last += len(priorities)
    row.save(update_fields=["last"])
    return [f"{Priority(priority)}-{day:%Y%m%d}-{first + place:03d}" for place, priority in enumerate(priorities)]


def hold(now: datetime) -> None:
    """Let nobody else give out references of the day until the caller's transaction ends: imports come one by one."""
    _locked_day(timezone.localtime(now, timezone.get_default_timezone()).date())


def _locked_day(day: date) -> ReferenceDay:
    rows = ReferenceDay.objects.select_for_update()
    if row := rows.filter(day=day).first():
        return row
    ReferenceDay.objects.bulk_create([ReferenceDay(day=day, last=_highest(day))], ignore_conflicts=True)
    return rows.get(day=day)


def _highest(day: date) -> int:
    """The highest sequence among the day's issues: 0, unless the row of the day was lost."""
    of_the_day = (Q(reference__startswith=f"{priority}-{day:%Y%m%d}-") for priority in Priority)
    given = Issue.objects.filter(reduce(or_, of_the_day)).values_list("reference", flat=True)
    return max((int(number) for reference in given if (number := reference.rpartition("-")[2]).isdecimal()), default=0)
