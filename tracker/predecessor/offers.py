"""The predecessor's settings beside those of the site: said, never set."""

import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from tracker import revenue
from tracker.choices import Priority
from tracker.models import PriorityPolicy
from tracker.predecessor.files import SETTINGS, UnreadableFile, said_in, shown

# Each setting by the way to it: what it is, and where it is set here.
PLACES = {
    "base_mrr": "Set-up, Revenue: monthly recurring revenue",
    "target_uptime_percentage": "has no counterpart: downtime is noted under Set-up, Downtime",
    "customer_base_size": "has no counterpart: revenue is counted by streams and systems",
    "escalation_thresholds.level_1_hours": "Set-up, Escalation: hours until the Team Lead is told",
    "escalation_thresholds.level_2_hours": "Set-up, Escalation: hours until management is told",
    "escalation_thresholds.level_3_hours": "Set-up, Escalation: hours until the executive is told",
    "business_impact_thresholds.mrr_warning_threshold": "Set-up, Alert settings",
    "business_impact_thresholds.mrr_critical_threshold": "Set-up, Alert settings",
    "business_impact_thresholds.uptime_warning_threshold": "has no counterpart: no figure of uptime is guessed",
    "business_impact_thresholds.uptime_critical_threshold": "has no counterpart: no figure of uptime is guessed",
}
HOURS = {"p0_default_deadline_hours": Priority.P0, "p1_default_deadline_hours": Priority.P1}
DUE_SOON = "alert_days_before_deadline"


def offers(folder: Path, now: datetime) -> Iterator[str]:
    """A sentence for each setting that has a place here, with both values."""
    policies = {row.priority: row for row in PriorityPolicy.objects.all()}
    for file in SETTINGS:
        try:
            said = said_in(folder, file)
        except UnreadableFile as unreadable:
            yield f"{unreadable} No setting was read of it."
            continue
        for name, value in _flat(said) if isinstance(said, dict) else ():
            if here := _here(name, value, policies, now):
                yield f"{file}, {name} is {shown(value)}: {here}."


def _flat(said: dict, before: str = "") -> Iterator[tuple[str, object]]:
    for name, value in said.items():
        if isinstance(value, dict) and not before:
            yield from _flat(value, f"{name}.")
        else:
            yield f"{before}{name}", value


def _here(name: str, value: object, policies: dict[str, PriorityPolicy], now: datetime) -> str:
    """Where the setting is set here and what it is now, or "" for one that is not known or no number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return ""
    if priority := HOURS.get(name):
        hours = policies[priority].hours if priority in policies else "the default"
        return f"set it under Set-up, Deadlines, {priority}, hours, where it is {hours} now"
    if name == DUE_SOON:
        soon = sorted({row.due_soon_hours for row in policies.values()})
        return f"set {value * 24:g} hours under Set-up, Deadlines, due soon, where it is {soon or 'the default'} now"
    if name == "base_mrr":
        row = revenue.row_in_force(now)
        return f"{PLACES[name]}, which is {row.mrr if row else 'not set'} now"
    return PLACES.get(name, "")
