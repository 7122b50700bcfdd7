"""What it costs that work is late, and which work reduces the exposure most by hour."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from dashboard.value.figures import DAYS_A_MONTH, HOURS_A_MONTH, ZERO, Definition, Figure, Lack, Unit
from dashboard.value.remediation import Terms
from tracker.translation import gettext, gettext_noop

SECTION = gettext_noop("Cost of delay")
A_DAY = Definition("delay_a_day", gettext_noop("Cost of delay of overdue issues"), Unit.MONEY_A_DAY, SECTION)
SO_FAR = Definition("delay_so_far", gettext_noop("Cost of delay so far"), Unit.MONEY, SECTION)
BY_HOUR = Definition(
    "next_actions", gettext_noop("Cost of delay a day by hour of work"), Unit.MONEY_A_DAY, gettext_noop("Next actions")
)
NO_REVENUE = gettext_noop("No revenue profile is in force: enter one.")
NONE_OPEN = gettext_noop("No work is open.")
MOST_ACTIONS = 3


class Late(NamedTuple):
    """Overdue issues: what each has of the combined exposure a month, for how many hours it is overdue, how many."""

    at_risk: Decimal
    hours: Decimal
    issues: int = 1


class Candidate(NamedTuple):
    """Open work: what it has of the combined exposure a month, and the hours that people noted on it."""

    issue: int
    reference: str
    priority: str
    at_risk: Decimal
    noted: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Action:
    """What to do next: an issue, its cost of delay a day, the hours left, and the former by the latter."""

    issue: int
    reference: str
    a_day: Figure
    hours_left: Decimal
    by_hour: Figure


@dataclass(frozen=True, slots=True)
class NextActions:
    """The actions, the best first; without any, why."""

    actions: tuple[Action, ...]
    lack: Lack | None = None
    reason: str = ""


def cost_of_delay(late: Iterable[Late] | None) -> tuple[Figure, Figure]:
    """What the overdue issues cost a day, and what they have cost since their deadlines at today's exposure.

    None is without a revenue profile.
    """
    if late is None:
        return A_DAY.without(Lack.NOT_SET, NO_REVENUE), SO_FAR.without(Lack.NOT_SET, NO_REVENUE)
    a_month = so_far = ZERO
    issues = 0
    for row in late:
        a_month += row.at_risk * row.issues
        so_far += row.at_risk * row.hours * row.issues
        issues += row.issues
    return A_DAY.of(a_month / DAYS_A_MONTH, sample=issues), SO_FAR.of(so_far / HOURS_A_MONTH, sample=issues)


def next_actions(candidates: Iterable[Candidate] | None, terms: Terms, most: int = MOST_ACTIONS) -> NextActions:
    """The open work with the highest cost of delay by hour left, then the more urgent, then the older reference.

    None is without a revenue profile.
    Source: Reinertsen (2009): cost of delay divided by duration.
    """
    if candidates is None:
        return NextActions((), Lack.NOT_SET, gettext(NO_REVENUE))
    ranked = heapq.nsmallest(
        most, candidates, key=lambda row: (-_by_hour(row, terms), str(row.priority), row.reference)
    )
    if not ranked:
        return NextActions((), Lack.NOTHING_YET, gettext(NONE_OPEN))
    return NextActions(tuple(_action(row, terms) for row in ranked))


def _left(row: Candidate, terms: Terms) -> Decimal:
    return terms.hours_left(row.priority, row.noted)


def _by_hour(row: Candidate, terms: Terms) -> Decimal:
    return row.at_risk / DAYS_A_MONTH / _left(row, terms)


def _action(row: Candidate, terms: Terms) -> Action:
    return Action(
        row.issue,
        row.reference,
        A_DAY.of(row.at_risk / DAYS_A_MONTH, part=row.reference),
        _left(row, terms),
        BY_HOUR.of(_by_hour(row, terms), part=row.reference),
    )
