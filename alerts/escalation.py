"""From a policy and times to the steps that are due. Pure: no Django, no clock.

A step is one level told once (repeat 0) or again. What is due follows from a few rules:

- The first level of an alert is told when the alert opens, and so is every level below it that a policy without the
  first level still has. The first level is the owner; for a rule that begins higher up, the level that it names.
- Every other level is told when the alert's clock reaches the hours of that level. The clock starts at the anchor:
  the deadline, or the start of the alert for a rule without a deadline. It may have reached them before the alert was
  found, after a day without a worker: then all those levels are told at once, each of them once.
- A level that was told is told again when its repeat hours have passed since it was told last, for as long as the
  alert is open, lower levels too. Repeats that were missed are one repeat.
- Who takes an issue over while its alert is open is told at once: the level of the owner, again, whoever heard it
  before.
- A level for which nobody was found is told again after UNHEARD_HOURS, however seldom it repeats: somebody may have
  been entered meanwhile.
- While somebody has acknowledged or snoozed the alert, nothing is due and its clock stands still. When that ends, the
  levels that had been told are told again at once, and what was left of the time to the next level begins to run.

So an alert that is open always has a next step, unless its policy has no step at all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from alerts.choices import Level
from tracker.choices import Priority

MOST_HOURS = 10 * 365 * 24  # longer spans count as ten years: no sum of times leaves the calendar
UNHEARD_HOURS = 4


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

    def step(self, level: Level) -> Step | None:
        """The step of a level, or None when the policy has none."""
        return next((step for step in self.steps if step.level == level), None)

    def up_to(self, level: Level) -> Self:
        """The same policy without the levels above: for a rule that does not escalate."""
        return replace(self, steps=tuple(step for step in self.steps if step.level <= level))

    def frozen(self) -> dict[str, Any]:
        """The policy as JSON, as an alert keeps it."""
        steps = [
            {
                "level": int(step.level),
                "after_hours": step.after_hours,
                "repeat_hours": step.repeat_hours,
                "channels": list(step.channels),
                "held_by_quiet_hours": step.held_by_quiet_hours,
            }
            for step in self.steps
        ]
        return {"priority": str(self.priority), "fallback": self.fallback, "steps": steps}

    @classmethod
    def thawed(cls, frozen: dict[str, Any]) -> Self:
        """The policy that an alert has kept. Raises: ValueError when it is no frozen policy."""
        try:
            steps = (
                Step(
                    Level(each["level"]),
                    int(each["after_hours"]),
                    int(each["repeat_hours"]),
                    tuple(map(int, each["channels"])),
                    bool(each["held_by_quiet_hours"]),
                )
                for each in frozen["steps"]
            )
            return cls(Priority(frozen["priority"]), frozen["fallback"], tuple(sorted(steps, key=_level)))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError("This is no escalation policy as alerts keep it.") from error


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken; `heard` is whether it had a recipient."""

    level: Level
    repeat: int
    at: datetime
    heard: bool = True


@dataclass(frozen=True, slots=True)
class Quiet:
    """A time in which nobody is told: [at, until)."""

    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Course:
    """What an alert has been through so far. All times are aware. Of each level only the latest step matters.

    `taken_over_at` is when the issue came to its owner, where it had another or none before.
    """

    anchor: datetime
    opened_at: datetime
    first_level: Level
    taken: Sequence[Taken] = ()
    silences: Sequence[Quiet] = ()
    taken_over_at: datetime | None = None

    def with_taken(self, taken: Iterable[Taken]) -> Self:
        """The course after these steps as well."""
        return replace(self, taken=(*self.taken, *taken))


def due(policy: Policy, course: Course, now: datetime) -> list[Taken]:
    """The steps to take now, lowest level first: a level whose time has come once, at most one repeat of each."""
    if silenced_until(course.silences, now):
        return []
    return [Taken(level, repeat, now) for level, repeat, moment in _moments(policy, course) if moment <= now]


def next_at(policy: Policy, course: Course, now: datetime) -> datetime | None:
    """When the next step is due if nothing changes: `now` when one is due already; None for a policy without steps."""
    step = next_step(policy, course, now)
    return step and step.at


def next_step(policy: Policy, course: Course, now: datetime) -> Taken | None:
    """The step that comes next if nothing changes, with its time as `at`; of several at once the highest level."""
    awake = silenced_until(course.silences, now) or now
    steps = [Taken(level, repeat, max(awake, moment)) for level, repeat, moment in _moments(policy, course)]
    return min(steps, key=lambda step: (step.at, -step.level), default=None)


def silenced_until(silences: Iterable[Quiet], now: datetime) -> datetime | None:
    """The end of the silence that holds now, those that follow on it without a gap included; else None."""
    end = _awake(_merged(silences), now)
    return end if end > now else None


def _moments(policy: Policy, course: Course) -> list[tuple[Level, int, datetime]]:
    """For each level the step that comes next, and when: (level, repeat, moment)."""
    silences = _merged(course.silences)
    last: dict[Level, Taken] = {}
    for taken in course.taken:
        if taken.level not in last or taken.repeat > last[taken.level].repeat:
            last[taken.level] = taken
    found = []
    for step in _steps(policy, course.first_level):
        if told := last.get(step.level):
            found.append((step.level, told.repeat + 1, _told_again(step, told, course, silences)))
        else:
            found.append((step.level, 0, _told_first(step, course, silences)))
    return found


def _steps(policy: Policy, first: Level) -> list[Step]:
    """The steps from the first level on; those below it when the policy has no other: silence is no choice."""
    steps = sorted(policy.steps, key=_level)
    return [step for step in steps if step.level >= first] or steps


def _told_first(step: Step, course: Course, silences: Sequence[Quiet]) -> datetime:
    if step.level <= course.first_level:
        return _awake(silences, course.opened_at)
    return _awake(silences, max(course.opened_at, _after(course.anchor, step.after_hours, silences)))


def _told_again(step: Step, told: Taken, course: Course, silences: Sequence[Quiet]) -> datetime:
    """When the repeat hours have passed, or at the end of a silence in which, or after which, nobody was told yet.

    The owner's level also when somebody has taken the issue over since, once no silence holds.
    """
    hours = step.repeat_hours if told.heard else min(step.repeat_hours, UNHEARD_HOURS)
    moments = [_after(told.at, hours, silences), *(quiet.until for quiet in silences if quiet.until > told.at)]
    if step.level == Level.OWNER and course.taken_over_at and course.taken_over_at > told.at:
        moments.append(_awake(silences, course.taken_over_at))
    return min(moments)


def _after(start: datetime, hours: int, silences: Sequence[Quiet]) -> datetime:
    """The first moment at which so many hours have passed since the start in which nothing was silenced."""
    moment = start + timedelta(hours=min(hours, MOST_HOURS))
    for quiet in silences:
        begin = max(quiet.at, start)
        if begin > moment:
            break
        if quiet.until > begin:
            moment += quiet.until - begin
    return moment


def _awake(silences: Sequence[Quiet], moment: datetime) -> datetime:
    """The moment, or the end of the silence that it falls into."""
    return next((quiet.until for quiet in silences if quiet.at <= moment < quiet.until), moment)


def _merged(silences: Iterable[Quiet]) -> list[Quiet]:
    """The same silences in order, those that touch or overlap as one; one without a length is none."""
    merged: list[Quiet] = []
    for quiet in sorted((quiet for quiet in silences if quiet.at < quiet.until), key=lambda quiet: quiet.at):
        if merged and quiet.at <= merged[-1].until:
            merged[-1] = Quiet(merged[-1].at, max(merged[-1].until, quiet.until))
        else:
            merged.append(quiet)
    return merged


def _level(step: Step) -> Level:
    return step.level
