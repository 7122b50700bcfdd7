"""What holds for the alerts of one priority, for the page of an issue: one query where a policy is entered."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import OuterRef, QuerySet, Subquery

from alerts.choices import Level
from alerts.escalation import MOST_HOURS, Policy, Step
from alerts.models import AlertSettings, EscalationStep
from alerts.policies import policies
from tracker.choices import Priority
from tracker.models import PriorityPolicy
from tracker.policies import thresholds

HOUR = timedelta(hours=1)
OF_STEP = ("level", "after_hours", "repeat_hours", "held_by_quiet_hours", "policy__fallback_id", "channels")


@dataclass(frozen=True, slots=True)
class Terms:
    """From when on an issue is worth an alert, and who is told then. `fallback` is the site's, not the policy's."""

    due_soon: timedelta
    stalled: timedelta | None  # None: never
    blocked: timedelta
    policy: Policy
    fallback: int | None


def terms(priority: Priority) -> Terms:
    """What holds for the alerts of a priority. In some queries more where a row is missing and a default holds."""
    rows = list(_rows(priority))
    if not rows or rows[0]["due_soon"] is None or rows[0]["blocked"] is None:
        return _with_defaults(priority)
    steps: dict[int, list[dict]] = {}
    for row in rows:
        steps.setdefault(row["level"], []).append(row)
    first = rows[0]
    return Terms(
        first["due_soon"] * HOUR,
        None if first["stalled"] is None else first["stalled"] * HOUR,
        min(first["blocked"], MOST_HOURS) * HOUR,
        Policy(priority, first["policy__fallback_id"], tuple(map(_step, steps.values()))),
        first["fallback"],
    )


def _rows(priority: Priority) -> QuerySet:
    """A row for each step and channel of the priority's policy, each with the settings that hold."""
    limits = PriorityPolicy.objects.filter(priority=OuterRef("policy__priority"))
    settings = AlertSettings.objects.filter(pk=1)
    return (
        EscalationStep.objects.filter(policy__priority=priority)
        .order_by("level", "channels")
        .values(
            *OF_STEP,
            due_soon=Subquery(limits.values("due_soon_hours")),
            stalled=Subquery(limits.values("stalled_hours")),
            blocked=Subquery(settings.values("blocked_hours")),
            fallback=Subquery(settings.values("fallback")),
        )
    )


def _step(rows: list[dict]) -> Step:
    channels = tuple(row["channels"] for row in rows if row["channels"] is not None)
    first = rows[0]
    held = first["held_by_quiet_hours"]
    return Step(Level(first["level"]), first["after_hours"], first["repeat_hours"], channels, held)


def _with_defaults(priority: Priority) -> Terms:
    limits, settings = thresholds()[priority], AlertSettings.current()
    blocked = min(settings.blocked_hours, MOST_HOURS) * HOUR
    return Terms(limits.due_soon, limits.stalled, blocked, policies()[priority], settings.fallback_id)
