"""What alerts have been through so far, as `alerts.escalation` asks for it, however many alerts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from django.db.models import DateTimeField, IntegerField, Max, Q, QuerySet, Value
from django.db.models.functions import Cast

from alerts.choices import Level, SilenceKind
from alerts.escalation import Course, Quiet, Taken
from alerts.models import Alert, Silence, StepTaken
from alerts.rules import first_level


class Known(Protocol):
    """What is known of an alert: its row has it."""

    pk: int
    rule: str
    anchor_at: datetime
    opened_at: datetime


def courses(alerts: Sequence[Known]) -> dict[int, Course]:
    """The course of each of these alerts, by key. Three queries, for any number of alerts."""
    keys = [alert.pk for alert in alerts]
    taken, silences, taken_over = _taken(keys), _silences(keys), _taken_over(keys)
    return {
        alert.pk: Course(
            anchor=alert.anchor_at,
            opened_at=alert.opened_at,
            first_level=first_level(alert.rule),
            taken=taken.get(alert.pk, ()),
            silences=silences.get(alert.pk, ()),
            taken_over_at=taken_over.get(alert.pk),
        )
        for alert in alerts
    }


@dataclass(frozen=True, slots=True)
class Held:
    """Who keeps an alert quiet, in which way, and until when."""

    kind: SilenceKind
    by: str
    until: datetime


@dataclass(slots=True)
class SoFar:
    """What an alert has been through, with the names that a page shows."""

    taken: list[Taken] = field(default_factory=list)
    silences: list[Quiet] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)  # without an early end, the longest last

    def course(self, alert: Known) -> Course:
        """The same as `alerts.escalation` asks for it."""
        return Course(alert.anchor_at, alert.opened_at, first_level(alert.rule), self.taken, self.silences)

    @property
    def reached_nobody(self) -> bool:
        """Whether the latest step found nobody."""
        latest = max(self.taken, key=lambda step: (step.at, step.level), default=None)
        return latest is not None and not latest.heard

    def holding(self, now: datetime) -> Held | None:
        """Who keeps it quiet now, or None."""
        return next((held for held in reversed(self.held) if held.until > now), None)


def so_far(alerts: Sequence[Known]) -> dict[int, SoFar]:
    """What each of these alerts has been through, by key: one query, for the few alerts of a page."""
    found = {alert.pk: SoFar() for alert in alerts}
    if not found:
        return found
    nothing, no_number = Cast(None, DateTimeField()), Cast(None, IntegerField())
    steps = _steps_of(found).values_list(
        "alert_id", "level", "latest", "told_at", "heard", nothing, nothing, Value(""), Value("")
    )
    quiet = Silence.objects.filter(alert__in=found).order_by()
    quiet = quiet.values_list("alert_id", no_number, no_number, "at", no_number, "until", "ended_at", "kind", "by_name")
    for alert, level, latest, at, heard, until, ended_at, kind, by in sorted(steps.union(quiet, all=True), key=_until):
        if until is None:
            found[alert].taken.append(Taken(Level(level), latest, at, heard=heard == latest))
            continue
        found[alert].silences.append(Quiet(at, min(until, ended_at or until)))
        if ended_at is None:
            found[alert].held.append(Held(SilenceKind(kind), by, until))
    return found


def _until(row: tuple) -> tuple[int, float]:
    """Steps first, then silences in the order of their ends."""
    until = row[5]
    return (row[0], until.timestamp() if until else 0.0)


def _steps_of(keys: Iterable[int]) -> QuerySet:
    """Of each alert and level the latest step, when it was told, and the latest that somebody heard."""
    return (
        StepTaken.objects.filter(alert__in=keys)
        .order_by()
        .values("alert_id", "level")
        .annotate(heard=Max("repeat", filter=~Q(recipient_name="")), latest=Max("repeat"), told_at=Max("at"))
    )


def _taken(keys: Iterable[int]) -> dict[int, list[Taken]]:
    """Of each alert the latest step of each level."""
    rows = _steps_of(keys).values_list("alert_id", "level", "latest", "told_at", "heard")
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


def _taken_over(keys: Iterable[int]) -> dict[int, datetime]:
    """When the issue of each of these alerts came to its owner, where somebody gave it to them."""
    given = Alert.objects.filter(
        pk__in=keys, issue__owner__isnull=False, issue__field_changes__field="owner"
    ).order_by()
    return dict(given.values("pk").annotate(at=Max("issue__field_changes__at")).values_list("pk", "at"))
