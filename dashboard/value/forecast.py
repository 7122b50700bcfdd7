"""Revenue at risk now and later: if nothing changes, and by how long issues of a priority have stayed open here."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from operator import attrgetter, itemgetter
from typing import NamedTuple

from dashboard.value.figures import ONE, ZERO, Definition, Figure, Lack, Unit
from tracker import exposure
from tracker.choices import Priority
from tracker.exposure import Profile, Risk, Totals
from tracker.translation import gettext, gettext_noop

HORIZONS = (24, 168, 720)  # hours: a day, a week, 30 days
LEAST_RESOLVED = 20
NOW = Definition(
    "revenue_at_risk", gettext_noop("Revenue at risk now"), Unit.MONEY_A_MONTH, gettext_noop("Revenue at risk")
)
UNCHANGED = Definition(
    "forecast_unchanged",
    gettext_noop("Revenue at risk if nothing changes"),
    Unit.MONEY_A_MONTH,
    gettext_noop("Forecast"),
)
EXPECTED = Definition(
    "forecast_expected", gettext_noop("Expected revenue at risk"), Unit.MONEY_A_MONTH, gettext_noop("Forecast")
)
NO_REVENUE = gettext_noop("No revenue profile is in force: enter one.")


class Observed(NamedTuple):
    """Issues of one priority by their time in whole hours: resolved after it, or still open (or given up) after it."""

    hours: int
    resolved: int = 0
    open: int = 0


class _Member(NamedTuple):
    """An issue of an analysis: the streams that it threatens, its share of them, the chance that it is still open."""

    cell: exposure.Cell
    share: Decimal
    chance: Decimal


@dataclass(frozen=True, slots=True)
class Curve:
    """The Kaplan-Meier estimate of the share of issues that are still open after so many hours.

    steps are (hours, share from then on), ascending. Beyond the last step the share stays as it is.
    Source: Kaplan & Meier (1958); beyond the last observation as Gill (1980) has it.
    """

    steps: tuple[tuple[int, Decimal], ...]
    resolved: int

    def at(self, hours: int) -> Decimal:
        """The share, 0 to 1, that is still open after so many hours."""
        found = bisect_right(self.steps, hours, key=itemgetter(0))
        return self.steps[found - 1][1] if found else ONE

    def still_open(self, age_hours: int, hours: int) -> Decimal:
        """The probability that an issue of an age is still open so many hours later.

        An issue older than all that history knows, where every issue was resolved sooner, stays open: 1.
        """
        now = self.at(age_hours)
        return self.at(age_hours + hours) / now if now else ONE


def survival(observed: Iterable[Observed]) -> Curve:
    """The curve of these issues. Those that are still open are at risk up to their own time, and at it."""
    resolved: Counter[int] = Counter()
    leaving: Counter[int] = Counter()
    for row in observed:
        resolved[row.hours] += row.resolved
        leaving[row.hours] += row.resolved + row.open
    at_risk, share, steps = leaving.total(), ONE, []
    for hours in sorted(leaving):
        if resolved[hours]:
            share *= 1 - Decimal(resolved[hours]) / at_risk
            steps.append((hours, share))
        at_risk -= leaving[hours]
    return Curve(tuple(steps), resolved.total())


def revenue_at_risk(totals: Totals | None, currency: str = "") -> Figure:
    """The combined exposure now, as tracker.exposure has it; its low and high estimates stand beside it in words."""
    if totals is None:
        return NOW.without(Lack.NOT_SET, NO_REVENUE)
    low, high = (f"{currency} {amount:,.2f}".strip() for amount in (totals.low, totals.high))
    return NOW.of(
        totals.likely, notes=[gettext("Between %(low)s (low) and %(high)s (high).") % {"low": low, "high": high}]
    )


def revenue_at_risk_by(by: str, amounts: Mapping[Hashable, Decimal]) -> tuple[Figure, ...]:
    """The exposure shared out, such as exposure.exposure(...).by_priority; `by` begins the part of the key."""
    return tuple(NOW.of(amount, part=f"{by}.{name}") for name, amount in amounts.items())


def unchanged(profile: Profile | None, risks: Sequence[Risk]) -> tuple[Figure, ...]:
    """The combined exposure in 24 hours, 7 and 30 days, if no issue is closed and none is added."""
    if profile is None:
        return tuple(UNCHANGED.without(Lack.NOT_SET, NO_REVENUE, part=_part(hours)) for hours in HORIZONS)
    return tuple(
        UNCHANGED.of(exposure.totals(profile, exposure.later(risks, hours)).likely, part=_part(hours))
        for hours in HORIZONS
    )


def expected(
    profile: Profile | None, risks: Sequence[Risk], history: Mapping[str, Iterable[Observed]]
) -> tuple[Figure, ...]:
    """The same, when each open issue is resolved as issues of its priority and age were resolved here so far."""
    if profile is None:
        return tuple(EXPECTED.without(Lack.NOT_SET, NO_REVENUE, part=_part(hours)) for hours in HORIZONS)
    curves = {priority: survival(rows) for priority, rows in history.items()}
    resolved = sum(curve.resolved for curve in curves.values())
    if resolved < LEAST_RESOLVED:
        words = gettext("%(resolved)s issue(s) are resolved: it takes %(least)s to expect anything of the others.") % {
            "resolved": resolved,
            "least": LEAST_RESOLVED,
        }
        return tuple(EXPECTED.without(Lack.NOT_ENOUGH_HISTORY, words, part=_part(hours)) for hours in HORIZONS)
    known = {priority: curve for priority, curve in curves.items() if curve.resolved >= LEAST_RESOLVED}
    notes = _unknown(risks, curves, known)
    return tuple(
        EXPECTED.of(expected_exposure(profile, risks, known, hours), part=_part(hours), sample=resolved, notes=notes)
        for hours in HORIZONS
    )


def expected_exposure(profile: Profile, risks: Iterable[Risk], curves: Mapping[str, Curve], hours: int) -> Decimal:
    """The expected combined exposure so many hours later: site currency a month, to the cent.

    Issues of a priority without a curve stay open. Issues are resolved independently of each other, so the expectation
    of a product over analyses is the product of their expectations: each analysis is replaced by the expected largest
    share of its issues, and tracker.exposure combines these.
    """
    number = count()
    analyses = _by_analysis(profile, exposure.later(risks, hours), curves, hours)
    stand_ins = [
        Risk(next(number), analysis, Priority.P0, 0, _keys(profile, cell), largest * profile.mrr_of(cell))
        for analysis, members in enumerate(analyses)
        for cell, largest in _largest_shares(members)
    ]
    return exposure.totals(profile, stand_ins).likely


def _part(hours: int) -> str:
    return f"{hours}_h"


def _unknown(risks: Iterable[Risk], curves: Mapping[str, Curve], known: Mapping[str, Curve]) -> list[str]:
    """Which priorities have too little history of their own to expect anything of them."""
    open_now = sorted({str(risk.priority) for risk in risks} - {str(priority) for priority in known})
    return [
        gettext("%(priority)s: %(number)s resolved issue(s), fewer than %(least)s, so they are taken to stay open.")
        % {
            "priority": priority,
            "number": curves[priority].resolved if priority in curves else 0,
            "least": LEAST_RESOLVED,
        }
        for priority in open_now
    ]


def _keys(profile: Profile, cell: exposure.Cell) -> frozenset[int]:
    return frozenset(profile.parts[position].key for position in cell)


def _by_analysis(
    profile: Profile, risks: Iterable[Risk], curves: Mapping[str, Curve], hours: int
) -> list[list[_Member]]:
    """The issues of each analysis at the end of the time; an issue without one stands alone."""
    groups: dict[tuple[bool, int], list[_Member]] = defaultdict(list)
    known: dict[tuple, _Member] = {}  # most issues are like many others
    for risk in risks:
        alike = (risk.priority, risk.age_hours, risk.streams, risk.confirmed)
        if alike not in known:
            cell = profile.threatened(risk.streams)
            known[alike] = _Member(cell, exposure.share(profile, risk), _chance(risk, curves, hours))
        alone = risk.analysis is None
        groups[alone, risk.issue if alone else risk.analysis].append(known[alike])
    return list(groups.values())


def _largest_shares(members: Sequence[_Member]) -> Iterator[tuple[exposure.Cell, Decimal]]:
    """The streams that an analysis threatens, and the expected largest share of its issues there.

    Streams that all of its issues threaten are taken together, else each by itself.
    """
    first = members[0].cell
    if all(member.cell == first for member in members):
        yield first, _expected_largest(members)
        return
    for position in sorted({position for member in members for position in member.cell}):
        yield (position,), _expected_largest(member for member in members if position in member.cell)


def _chance(risk: Risk, curves: Mapping[str, Curve], hours: int) -> Decimal:
    curve = curves.get(risk.priority)
    return curve.still_open(risk.age_hours - hours, hours) if curve else ONE


def _expected_largest(members: Iterable[_Member]) -> Decimal:
    """The expected largest of shares, each of which is there with a chance of its own, else 0."""
    largest, none_larger = ZERO, ONE
    for member in sorted(members, key=attrgetter("share"), reverse=True):
        largest += member.share * member.chance * none_larger
        none_larger *= 1 - member.chance
    return largest
