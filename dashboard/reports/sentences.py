"""What a report says in sentences: what went well, and what needs a decision. From figures in words."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Protocol

from django.utils.translation import gettext, gettext_lazy, gettext_noop

from dashboard import wording
from dashboard.value import forecast, protection
from dashboard.value.delay import NextActions
from dashboard.value.figures import Figure, Lack, State
from tracker.money import money

NO_WIN = gettext_lazy("No figure met its target or became better than in the previous period.")
NO_DECISION = gettext_lazy("Nothing is overdue, every target that has a number is met, and nothing waits for an input.")
LATE = {
    "overdue": gettext_noop("Issues that are overdue: %(number)s."),
    "blocked": gettext_noop("Issues that are blocked: %(number)s."),
    "without_owner": gettext_noop("Issues that have no owner: %(number)s."),
}
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
            found.append(
                gettext("%(name)s: %(words)s, target met (%(target)s).")
                % {"name": kpi.name, "words": kpi.words, "target": kpi.target}
            )
        elif kpi.better == wording.BETTER:
            found.append(
                gettext("%(name)s: %(words)s, %(change)s than in the previous period.")
                % {"name": kpi.name, "words": kpi.words, "change": kpi.change}
            )
    fixes = sorted((row for row in stakes if row.counted and row.counted > 0), key=lambda row: -row.counted)
    for row in fixes[:MOST_FIXES]:
        found.append(
            gettext("%(reference)s %(title)s: %(counted)s a month counted as protected.")
            % {"reference": row.reference, "title": row.title, "counted": money(row.counted, currency)}
        )
    return tuple(found) or (str(NO_WIN),)


def decisions(
    kpis: Iterable[InWords], actions: NextActions | None, counts: Mapping[str, int], currency: str
) -> tuple[str, ...]:
    """What to do first, what is late or nobody's, which targets are missed, and what has to be entered."""
    rows = tuple(kpis)
    found = [_action(each, currency) for each in actions.actions] if actions else []
    for key, words in LATE.items():
        if counts.get(key):
            found.append(gettext(words) % {"number": counts[key]})
    found += [
        gettext("%(name)s: %(words)s, %(state)s (%(target)s).")
        % {"name": kpi.name, "words": kpi.words, "state": wording.state_words(kpi.figure), "target": kpi.target}
        for kpi in rows
        if kpi.figure.state in (State.BAD, State.WARNING)
    ]
    missing = dict.fromkeys(kpi.figure.reason for kpi in rows if kpi.figure.lack == Lack.NOT_SET)
    if gettext(forecast.NO_REVENUE) in missing:
        missing.pop(gettext(protection.NO_REVENUE), None)  # who enters a profile has done what both ask for
    found += missing
    return tuple(found) or (str(NO_DECISION),)


def _action(action, currency: str) -> str:
    hours = wording.work(action.hours_left)
    a_day = wording.figure_words(action.a_day, currency)
    return gettext("Finish %(reference)s first: waiting costs %(a_day)s, and %(hours)s of work are left.") % {
        "reference": action.reference,
        "a_day": a_day,
        "hours": hours,
    }
