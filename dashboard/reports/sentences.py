"""What a report says in sentences: what went well, and what needs a decision. From figures in words."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Protocol

from dashboard import wording
from dashboard.value import forecast, protection
from dashboard.value.delay import NextActions
from dashboard.value.figures import Figure, Lack, State, Unit
from tracker.money import money

NO_WIN = "No figure met its target or became better than in the previous period."
NO_DECISION = "Nothing is overdue, every target that has a number is met, and nothing waits for an input."
MOST_FIXES = 3


class InWords(Protocol):
    """A figure with its words."""

    figure: Figure
    name: str
    words: str
    change: str
    better: str
    target: str


class AtStake(Protocol):
    """What was counted for a fix."""

    reference: str
    title: str
    counted: Decimal | None


def wins(kpis: Iterable[InWords], stakes: Iterable[AtStake], currency: str) -> tuple[str, ...]:
    """What was protected, which targets are met, and what became better."""
    found = []
    for kpi in kpis:
        if kpi.figure.state == State.GOOD:
            found.append(f"{kpi.name}: {kpi.words}, target met ({kpi.target}).")
        elif kpi.better == wording.BETTER:
            found.append(f"{kpi.name}: {kpi.words}, {kpi.change} than in the previous period.")
    fixes = sorted((row for row in stakes if row.counted and row.counted > 0), key=lambda row: -row.counted)
    for row in fixes[:MOST_FIXES]:
        found.append(f"{row.reference} {row.title}: {money(row.counted, currency)} a month counted as protected.")
    return tuple(found) or (NO_WIN,)


def decisions(
    kpis: Iterable[InWords], actions: NextActions | None, counts: Mapping[str, int], currency: str
) -> tuple[str, ...]:
    """What to do first, what is late or nobody's, which targets are missed, and what has to be entered."""
    rows = tuple(kpis)
    found = [_action(each, currency) for each in actions.actions] if actions else []
    for key, words in (("overdue", "are overdue"), ("blocked", "are blocked"), ("without_owner", "have no owner")):
        if counts.get(key):
            found.append(f"Issues that {words}: {counts[key]}.")
    found += [
        f"{kpi.name}: {kpi.words}, {wording.state_words(kpi.figure)} ({kpi.target})."
        for kpi in rows
        if kpi.figure.state in (State.BAD, State.WARNING)
    ]
    missing = dict.fromkeys(kpi.figure.reason for kpi in rows if kpi.figure.lack == Lack.NOT_SET)
    if forecast.NO_REVENUE in missing:
        missing.pop(protection.NO_REVENUE, None)  # who enters a profile has done what both ask for
    found += missing
    return tuple(found) or (NO_DECISION,)


def _action(action, currency: str) -> str:
    hours = wording.amount(action.hours_left, Unit.HOURS, currency)
    a_day = wording.figure_words(action.a_day, currency)
    return f"Finish {action.reference} first: waiting costs {a_day}, and {hours} of work are left."
