"""The rows of EscalationPolicy as policies of `alerts.escalation`, with the defaults where a row is missing."""

import logging
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from alerts.choices import PERSONAL_CHANNELS, Level
from alerts.escalation import Policy, Step
from alerts.models import Channel, EscalationPolicy, EscalationStep
from tracker.choices import Priority

logger = logging.getLogger(__name__)

# For each level, from the owner to the executive: hours after the deadline, and hours until it is told again.
DEFAULT_HOURS: Mapping[Priority, tuple[tuple[int, int], ...]] = MappingProxyType(
    {
        Priority.P0: ((0, 2), (4, 4), (8, 8), (24, 24)),
        Priority.P1: ((0, 8), (12, 12), (24, 24), (72, 24)),
        Priority.P2: ((0, 24), (72, 72), (168, 168), (336, 168)),
        Priority.P3: ((0, 72), (168, 168), (336, 168), (720, 168)),
    }
)


def policies() -> dict[Priority, Policy]:
    """The policy of every priority, in at most four queries. One without a row, or without any step, is the default."""
    rows = EscalationPolicy.objects.prefetch_related("steps__channels")
    found = {Priority(row.priority): _policy(row) for row in rows}
    complete = {priority: policy for priority, policy in found.items() if policy.steps}
    if len(complete) == len(Priority):
        return complete
    personal = tuple(Channel.objects.filter(kind__in=PERSONAL_CHANNELS).order_by("pk").values_list("pk", flat=True))
    fallbacks = {priority: policy.fallback for priority, policy in found.items()}
    return {
        priority: complete.get(priority) or default_policy(priority, personal, fallback=fallbacks.get(priority))
        for priority in Priority
    }


def kept_policy(frozen: dict[str, Any], priority: str) -> Policy:
    """The policy that an alert has kept; today's of its priority when that cannot be read."""
    try:
        return Policy.thawed(frozen)
    except ValueError:
        logger.exception("An alert of %s keeps no policy that can be read: it follows today's.", priority)
        return policies()[Priority(priority)]


def default_policy(priority: Priority, channels: Iterable[int], *, fallback: int | None = None) -> Policy:
    """The policy that holds until somebody edits it: the owner and three levels, each by these channels."""
    steps = (
        Step(Level(level), after, repeat, tuple(channels), priority != Priority.P0)
        for level, (after, repeat) in enumerate(DEFAULT_HOURS[priority])
    )
    return Policy(priority, fallback, tuple(steps))


def _policy(row: EscalationPolicy) -> Policy:
    steps = sorted(row.steps.all(), key=lambda step: step.level)
    return Policy(Priority(row.priority), row.fallback_id, tuple(map(_step, steps)))


def _step(row: EscalationStep) -> Step:
    channels = tuple(sorted(channel.pk for channel in row.channels.all()))
    return Step(Level(row.level), row.after_hours, row.repeat_hours, channels, row.held_by_quiet_hours)
