"""Does the organisation execute: from an analysis to tracked, completed and validated work, in time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from alerts.choices import Level
from dashboard.value.figures import ONE, ZERO, Definition, Figure, Lack, Target, Unit
from dashboard.value.percentiles import MEDIAN, P90, Values, nearest_rank, size
from dashboard.value.remediation import Terms
from tracker.choices import Priority
from tracker.translation import gettext, gettext_noop

FIRST_ISSUE_HOURS = Decimal(2)
ALL = "all"
ON_TIME_TARGETS: Mapping[str, Target] = {
    Priority.P0: Target(Decimal("0.95")),
    Priority.P1: Target(Decimal("0.90")),
    ALL: Target(Decimal("0.95")),
}
AGE_LIMITS = (24, 72, 168, 720)  # hours: a day, three days, a week, 30 days

CONVERSION = Definition(
    "conversion",
    gettext_noop("Extracted issues tracked or dismissed with a reason"),
    Unit.SHARE,
    gettext_noop("Conversion"),
)
FIRST_ISSUE = Definition(
    "first_issue",
    gettext_noop("Hours from analysis to first tracked issue"),
    Unit.HOURS,
    gettext_noop("Time to the first tracked issue"),
    Target(FIRST_ISSUE_HOURS, at_most=True),
)
FIRST_ISSUE_IN_TIME = Definition(
    "first_issue_in_time",
    gettext_noop("Analyses tracked within 2 h"),
    Unit.SHARE,
    gettext_noop("Time to the first tracked issue"),
)
ON_TIME = Definition("on_time", gettext_noop("Completed by the deadline"), Unit.SHARE, gettext_noop("On-time rate"))
VALIDATED = Definition(
    "validated",
    gettext_noop("Validated out of completed"),
    Unit.SHARE,
    gettext_noop("Validated out of completed"),
    Target(ONE),
)
TO_COMPLETE = Definition(
    "hours_to_complete", gettext_noop("Hours to complete"), Unit.HOURS, gettext_noop("Time to complete and to validate")
)
TO_VALIDATE = Definition(
    "hours_to_validate", gettext_noop("Hours to validate"), Unit.HOURS, gettext_noop("Time to complete and to validate")
)
OPEN_AGE = Definition("open_age", gettext_noop("Age of open issues"), Unit.HOURS, gettext_noop("Age of open issues"))
OPEN_BY_AGE = Definition(
    "open_by_age", gettext_noop("Open issues by age"), Unit.COUNT, gettext_noop("Age of open issues")
)
ESCALATIONS = Definition(
    "escalations", gettext_noop("Escalations by level"), Unit.COUNT, gettext_noop("Escalations and acknowledgements")
)
ACKNOWLEDGED = Definition(
    "hours_to_acknowledge",
    gettext_noop("Hours to acknowledge an alert"),
    Unit.HOURS,
    gettext_noop("Escalations and acknowledgements"),
)
NO_ENTRY = gettext_noop("No analysis of this period asks for work.")
NO_FIRST = gettext_noop("No analysis of this period has a tracked issue.")
NONE_DUE = gettext_noop("No analysis of this period is older than 2 h or has a tracked issue.")
NONE_JUDGED = gettext_noop("In this period no issue was completed in time, and none became late.")
NONE_COMPLETED = gettext_noop("No issue was completed in this period.")
NONE_VALIDATED = gettext_noop("No issue was validated in this period.")
NONE_OPEN = gettext_noop("No issue is open.")
NONE_ACKNOWLEDGED = gettext_noop("Nobody acknowledged an alert in this period.")


class Punctuality(NamedTuple):
    """Issues of one priority by one deadline: completed by it; completed after it, or still open past it."""

    on_time: int = 0
    late: int = 0


class Assigned(NamedTuple):
    """Open work of one priority that one owner has. noted is the hours that people noted on it.

    The keys are those of the owner and of the lead of their team; None of nobody.
    """

    owner: str
    team: str
    priority: str
    open: int
    overdue: int = 0
    noted: Decimal = ZERO
    owner_key: int | None = None
    team_key: int | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """The open work of an owner or a team. load is its part, 0 to 1, of the hours of work left on the whole site.

    key is that of the owner, or of the lead of the team; None of nobody.
    """

    name: str
    team: str
    open: int
    overdue: int
    hours_left: Decimal
    load: Decimal
    key: int | None = None


def conversion(*, extracted: int, tracked: int, dismissed: int) -> Figure:
    """The share of the extracted issues that are tracked, or dismissed with a reason."""
    figure = CONVERSION.share(tracked + dismissed, extracted, nothing=NO_ENTRY)
    waiting = extracted - tracked - dismissed
    return figure.noting(gettext("%(waiting)s wait(s) for a decision.") % {"waiting": waiting} if waiting else "")


def first_issue(hours: Values, *, within: int, late: int, waiting: int) -> tuple[Figure, ...]:
    """Median and p90 of the hours from analysis to first tracked issue, and the share within 2 h.

    within and late count analyses; late are those tracked later, or waiting for longer than 2 h. waiting are all
    that have no tracked issue yet: the percentiles cannot know them.
    """
    note = (
        gettext("%(waiting)s analysis(es) without a tracked issue are not in it.") % {"waiting": waiting}
        if waiting
        else ""
    )
    return (
        *(figure.noting(note) for figure in _spread(FIRST_ISSUE, hours, nothing=NO_FIRST)),
        FIRST_ISSUE_IN_TIME.share(within, within + late, nothing=NONE_DUE),
    )


def on_time(by_priority: Mapping[str, Punctuality], *, deadline: str) -> tuple[Figure, ...]:
    """The share of the issues completed by their deadline ("original" or "moved"), by priority and of all.

    An issue counts once it is completed or its deadline has passed, whichever comes first.
    """
    rows = [(str(priority), by_priority.get(priority, Punctuality())) for priority in Priority]
    everything = Punctuality(sum(row.on_time for _, row in rows), sum(row.late for _, row in rows))
    return tuple(
        ON_TIME.share(
            row.on_time,
            row.on_time + row.late,
            nothing=NONE_JUDGED,
            part=f"{deadline}.{name}",
            target=ON_TIME_TARGETS.get(name),
        )
        for name, row in (*rows, (ALL, everything))
    )


def validated(*, completed: int, validated: int) -> Figure:
    """The share of the issues whose work was completed that are validated. completed counts the validated too."""
    return VALIDATED.share(validated, completed, nothing=NONE_COMPLETED)


def hours_to_complete(by_priority: Mapping[str, Values]) -> tuple[Figure, ...]:
    """Median and p90 of the hours from tracking to completion, by priority."""
    return _by_priority(TO_COMPLETE, by_priority, NONE_COMPLETED)


def hours_to_validate(by_priority: Mapping[str, Values]) -> tuple[Figure, ...]:
    """Median and p90 of the hours from tracking to validation, by priority."""
    return _by_priority(TO_VALIDATE, by_priority, NONE_VALIDATED)


def open_ages(hours: Values) -> tuple[Figure, ...]:
    """Median and p90 of the age of open issues."""
    return _spread(OPEN_AGE, hours, nothing=NONE_OPEN)


def open_by_age(numbers: Iterable[int]) -> tuple[Figure, ...]:
    """How many issues are open for less than a day, 3 days, a week, 30 days, and longer."""
    parts = (*(f"under_{limit}_h" for limit in AGE_LIMITS), f"from_{AGE_LIMITS[-1]}_h")
    return tuple(OPEN_BY_AGE.of(number, part=part) for part, number in zip(parts, numbers, strict=True))


def loads(rows: Iterable[Assigned], terms: Terms) -> tuple[Load, ...]:
    """The open work of each owner with their load, by name: no order of merit or blame. Nobody's work is under ""."""
    return _loads(((row.owner, row.team, row.owner_key, row) for row in rows), terms)


def team_loads(rows: Iterable[Assigned], terms: Terms) -> tuple[Load, ...]:
    """The open work of each team with its load, by name."""
    return _loads(((row.team, row.team, row.team_key, row) for row in rows), terms)


def escalations(by_level: Mapping[int, int]) -> tuple[Figure, ...]:
    """How often each level was told of an alert, repeats not counted."""
    return tuple(ESCALATIONS.of(by_level.get(level, 0), part=str(int(level))) for level in Level)


def hours_to_acknowledge(hours: Values, *, waiting: int) -> tuple[Figure, ...]:
    """Median and p90 of the hours from the opening of an alert to its first acknowledgement."""
    note = (
        gettext("%(waiting)s open alert(s) that nobody acknowledged are not in it.") % {"waiting": waiting}
        if waiting
        else ""
    )
    return tuple(figure.noting(note) for figure in _spread(ACKNOWLEDGED, hours, nothing=NONE_ACKNOWLEDGED))


def _spread(definition: Definition, values: Values, *, nothing: str, part: str = "") -> tuple[Figure, Figure]:
    number = size(values)
    tail = f".{part}" if part else ""
    if not number:
        lack = Lack.NOTHING_YET
        return tuple(definition.without(lack, nothing, part=f"{word}{tail}") for word in ("median", "p90"))
    return tuple(
        definition.of(nearest_rank(values, percent), part=f"{word}{tail}", sample=number)
        for word, percent in (("median", MEDIAN), ("p90", P90))
    )


def _by_priority(definition: Definition, by_priority: Mapping[str, Values], nothing: str) -> tuple[Figure, ...]:
    return tuple(
        figure
        for priority in Priority
        for figure in _spread(definition, by_priority.get(priority, ()), nothing=nothing, part=str(priority))
    )


def _loads(named: Iterable[tuple[str, str, int | None, Assigned]], terms: Terms) -> tuple[Load, ...]:
    sums: dict[tuple[str, str], list] = {}
    keys: dict[tuple[str, str], int | None] = {}
    for name, team, key, row in named:
        found = sums.setdefault((name, team), [0, 0, ZERO])
        found[0] += row.open
        found[1] += row.overdue
        found[2] += terms.hours_left(row.priority, row.noted, row.open)
        keys[name, team] = key
    total = sum((left for _, _, left in sums.values()), ZERO)
    return tuple(
        Load(*names, number, overdue, left, left / total if total else ZERO, keys[names])
        for names, (number, overdue, left) in sorted(sums.items())
    )
