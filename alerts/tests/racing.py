"""Many hands at once at alerts, for real."""

from datetime import timedelta
from pathlib import Path

from django.db.models import Sum

from alerts import silences
from alerts.choices import ChannelKind, Severity, SilenceDoor
from alerts.evaluate import evaluate
from alerts.models import Alert, AlertSettings, Channel, Message, StepTaken, Tick
from alerts.policies import policies
from alerts.stepping import take_steps
from tracker.choices import Priority, Status
from tracker.models import Issue, Owner
from tracker.tests import racing
from tracker.tests.racing import NOW, RACES, main

__all__ = ["main", "race"]

ALERTS = 20


def race(name: str, count: int, folder: Path) -> list[str]:
    """What each of `count` hands got that did the same at the same time."""
    return racing.race(name, count, folder, __name__)


def _alerts() -> list[int]:
    frozen = policies()[Priority.P0].frozen()
    rows = [
        Alert(
            rule=f"rule {number}",
            subject="site",
            sentence="It is late.",
            priority=Priority.P0,
            severity=Severity.WARNING,
            policy=frozen,
            anchor_at=NOW - timedelta(hours=5),
            opened_at=NOW,
            next_step_at=NOW,
        )
        for number in range(ALERTS)
    ]
    return [alert.pk for alert in Alert.objects.bulk_create(rows)]


def _take_steps(_: list[int], number: int) -> str:
    return str(take_steps(NOW + timedelta(milliseconds=number)))


def _acknowledge(alerts: list[int], number: int) -> str:
    now = NOW + timedelta(milliseconds=number)
    try:
        silences.acknowledge(alerts[0], actor=None, name=f"Hand {number}", door=SilenceDoor.COMMAND, now=now)
    except silences.SilenceRefused as refused:
        return str(refused)
    return "acknowledged"


def _late_issues() -> None:
    owner = Owner.objects.create(name="Olga Brandt")
    # Earlier tests with transactions of their own leave no row of the migrations behind.
    Channel.objects.get_or_create(name="Log", defaults={"kind": ChannelKind.LOG})
    AlertSettings.objects.update_or_create(pk=1, defaults={"fallback": owner})
    for number in range(ALERTS):
        Issue.objects.create(
            reference=f"P0-20260309-{number:03d}",
            title="Raise the pool size",
            kind="fix",
            priority=Priority.P0,
            status=Status.FAILED,
            owner=owner if number % 2 else None,
            deadline=NOW - timedelta(hours=5),
            **dict.fromkeys(("created_at", "updated_at", "status_since", "worked_at"), NOW),
        )


def _evaluate(_: None, number: int) -> str:
    """What there is once an evaluation is done, and how many alerts all evaluations together say they have opened."""
    evaluate(NOW + timedelta(milliseconds=number))
    rows = (Alert.objects.count(), StepTaken.objects.count(), Message.objects.count())
    return " ".join(map(str, (*rows, Tick.objects.aggregate(opened=Sum("opened"))["opened"])))


RACES |= {
    "take steps": (_alerts, _take_steps),
    "acknowledge": (_alerts, _acknowledge),
    "evaluate": (_late_issues, _evaluate),
}
