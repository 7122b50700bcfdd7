"""Many hands at once at the figures and the ledger, for real."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from dashboard.models import MetricSnapshot, ProtectionEntry, Stake
from dashboard.refresh import refresh
from tracker.choices import Door, IssueKind, Priority, Status
from tracker.models import Issue, RevenueProfile
from tracker.tests import racing
from tracker.tests.racing import NOW, RACES, main

__all__ = ["main", "race"]

ISSUES = 5


def race(name: str, count: int, folder: Path) -> list[str]:
    """What each of `count` hands got that did the same at the same time."""
    return racing.race(name, count, folder, __name__)


def _validated_issues() -> None:
    RevenueProfile.objects.create(effective_on=date(2026, 1, 1), currency="USD", mrr=Decimal(10_000))
    for number in range(ISSUES):
        issue = Issue.objects.create(
            reference=f"P0-20260310-{number:03d}",
            title="Raise the pool size",
            kind=IssueKind.FIX,
            priority=Priority.P0,
            status=Status.VALIDATED,
            **dict.fromkeys(("created_at", "updated_at", "status_since", "worked_at"), NOW),
        )
        issue.changes.create(
            old_status=Status.COMPLETED, new_status=Status.VALIDATED, actor_name="Task", door=Door.TASK, at=NOW
        )


def _refresh(_: None, number: int) -> str:
    """What there is once a refresh is done."""
    refresh(NOW + timedelta(milliseconds=number))
    figures = MetricSnapshot.objects.filter(key="revenue_at_risk")
    return f"{Stake.objects.count()} {ProtectionEntry.objects.count()} {figures.count()}"


RACES |= {"refresh": (_validated_issues, _refresh)}
