"""From a policy and times to the steps that are due. Pure: no Django, no clock.

A step is one level told once (repeat 0) or again. The clock of an alert starts at its anchor: the deadline, or the
start for rules without one. While somebody has acknowledged or snoozed the alert its clock stands still; when that ends
the levels that had been told are told again, and what was left of the time to the next level begins to run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.choices import Level
from tracker.choices import Priority


@dataclass(frozen=True, slots=True)
class Step:
    """One level of a policy. Hours are whole; channels are ids of rows."""

    level: Level
    after_hours: int
    repeat_hours: int
    channels: tuple[int, ...]
    held_by_quiet_hours: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """Who is told when. `fallback` is the id of the owner who is told where the line of reporting has nobody."""

    priority: Priority
    fallback: int | None
    steps: tuple[Step, ...]

    def frozen(self) -> dict:
        """The policy as JSON, as an alert keeps it."""
        raise NotImplementedError

    @classmethod
    def thawed(cls, frozen: dict) -> "Policy":
        """The policy that an alert has kept."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken."""

    level: Level
    repeat: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Quiet:
    """A time in which nobody is told: [at, until)."""

    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Course:
    """What an alert has been through so far. All times are aware."""

    anchor: datetime
    opened_at: datetime
    first_level: Level
    taken: Sequence[Taken] = ()
    silences: Sequence[Quiet] = ()


def due(policy: Policy, course: Course, now: datetime) -> list[Taken]:
    """The steps to take now, lowest level first: a level whose time has come once, at most one repeat of each."""
    raise NotImplementedError


def next_at(policy: Policy, course: Course, now: datetime) -> datetime | None:
    """When the next step after `now` is due if nothing changes, or None when the policy has no step for it."""
    raise NotImplementedError
