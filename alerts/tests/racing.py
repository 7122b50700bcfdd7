"""Many hands at once at alerts, for real."""

from datetime import timedelta
from pathlib import Path

from alerts import silences
from alerts.choices import Severity, SilenceDoor
from alerts.models import Alert
from alerts.policies import policies
from alerts.stepping import take_steps
from tracker.choices import Priority
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


RACES |= {"take steps": (_alerts, _take_steps), "acknowledge": (_alerts, _acknowledge)}
