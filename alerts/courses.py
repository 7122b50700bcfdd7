"""What alerts have been through so far, as `alerts.escalation` asks for it. Two queries, however many alerts."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from django.db.models import Max, Q

from alerts.choices import Level
from alerts.escalation import Course, Quiet, Taken
from alerts.models import Silence, StepTaken
from alerts.rules import first_level


class Known(Protocol):
    """What is known of an alert: its row has it."""

    pk: int
    rule: str
    anchor_at: datetime
    opened_at: datetime


def courses(alerts: Sequence[Known]) -> dict[int, Course]:
    """The course of each of these alerts, by key."""
    keys = [alert.pk for alert in alerts]
    taken, silences = _taken(keys), _silences(keys)
    return {
        alert.pk: Course(
            anchor=alert.anchor_at,
            opened_at=alert.opened_at,
            first_level=first_level(alert.rule),
            taken=taken.get(alert.pk, ()),
            silences=silences.get(alert.pk, ()),
        )
        for alert in alerts
    }


def _taken(keys: Iterable[int]) -> dict[int, list[Taken]]:
    """Of each alert the latest step of each level."""
    rows = (
        StepTaken.objects.filter(alert__in=keys)
        .order_by()
        .values_list("alert_id", "level")
        .annotate(heard=Max("repeat", filter=~Q(recipient_name="")), latest=Max("repeat"), told_at=Max("at"))
        .values_list("alert_id", "level", "latest", "told_at", "heard")
    )
    found: dict[int, list[Taken]] = {}
    for alert, level, latest, told_at, heard in rows.iterator():
        found.setdefault(alert, []).append(Taken(Level(level), latest, told_at, heard=heard == latest))
    return found


def _silences(keys: Iterable[int]) -> dict[int, list[Quiet]]:
    """Of each alert the times in which it was, or is, acknowledged or snoozed."""
    found: dict[int, list[Quiet]] = {}
    rows = Silence.objects.filter(alert__in=keys).order_by().values_list("alert_id", "at", "until", "ended_at")
    for alert, at, until, ended_at in rows.iterator():
        found.setdefault(alert, []).append(Quiet(at, min(until, ended_at or until)))
    return found
