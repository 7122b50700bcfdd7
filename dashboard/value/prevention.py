"""Does the organisation learn: what is prevented, what returned all the same, and what that is worth."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from dashboard.value.figures import Definition, Figure, Lack, Unit
from tracker.choices import MeasureCategory, ReturnCase
from tracker.translation import gettext, gettext_noop

DAYS_A_YEAR = 365
LEAST_DAYS_WATCHED = 365
LEAST_RETURNS = 5
LEAST_INCIDENTS = 5
COVERAGE = Definition(
    "prevention_coverage",
    gettext_noop("Analyses with prevention in place"),
    Unit.SHARE,
    gettext_noop("Prevention coverage"),
)
VERIFIED = Definition(
    "prevention_verified",
    gettext_noop("Analyses with verified prevention"),
    Unit.SHARE,
    gettext_noop("Prevention coverage"),
)
RECURRENCE = Definition(
    "recurrence_rate", gettext_noop("Analyses that are returns"), Unit.SHARE, gettext_noop("Recurrence and escapes")
)
ESCAPES = Definition("escapes", gettext_noop("Confirmed returns"), Unit.COUNT, gettext_noop("Recurrence and escapes"))
ESCAPE_RATE = Definition(
    "escape_rate", gettext_noop("Share of the confirmed returns"), Unit.SHARE, gettext_noop("Recurrence and escapes")
)
SECTION = gettext_noop("Prevention value")
FEWER = Definition("fewer_returns", gettext_noop("Fewer returns by prevention"), Unit.A_YEAR, SECTION)
INCIDENT = Definition("incident_cost", gettext_noop("Average cost of an incident"), Unit.MONEY, SECTION)
VALUE = Definition("prevention_value", gettext_noop("Prevention value"), Unit.MONEY_A_YEAR, SECTION)
NO_ANALYSIS = gettext_noop("No analysis came in in this period.")
NO_TRACKED = gettext_noop("No analysis has an issue that is tracked.")
NO_RETURN = gettext_noop("Nobody confirmed a return in this period.")
WATCHED_WITH = gettext_noop(
    "Analyses with prevention in place were watched for %(days)s days together: it takes %(least)s to tell how often "
    "they return."
)
WATCHED_WITHOUT = gettext_noop(
    "Analyses without prevention were watched for %(days)s days together: it takes %(least)s to tell how often they "
    "return."
)
WORSE = gettext_noop("Analyses with prevention in place returned more often than those without.")


class Covered(NamedTuple):
    """Analyses with tracked issues: all, those with a measure in place or verified, those with a verified one.

    by_category counts analyses with a measure in place or verified of a category: one analysis may have several.
    """

    analyses: int
    covered: int
    verified: int
    by_category: Mapping[str, int]


class Watched(NamedTuple):
    """For how many days analyses were watched, all together, and how often one of them returned meanwhile."""

    days: Decimal
    returns: int

    @property
    def a_year(self) -> Decimal:
        """Returns by analysis and year."""
        return self.returns * DAYS_A_YEAR / Decimal(self.days)


@dataclass(frozen=True, slots=True)
class PreventionValue:
    """What prevention saves a year, and the two figures that it is the product of."""

    fewer: Figure
    incident: Figure
    value: Figure


def coverage(counts: Covered) -> tuple[Figure, ...]:
    """The share of the analyses with prevention in place, with verified prevention, and by category."""
    return (
        COVERAGE.share(counts.covered, counts.analyses, nothing=NO_TRACKED),
        VERIFIED.share(counts.verified, counts.analyses, nothing=NO_TRACKED),
        *(
            COVERAGE.share(counts.by_category.get(word, 0), counts.analyses, nothing=NO_TRACKED, part=word)
            for word in MeasureCategory
        ),
    )


def recurrence_rate(*, returns: int, analyses: int) -> Figure:
    """The share of the analyses of a period that were confirmed as the return of an earlier one."""
    return RECURRENCE.share(returns, analyses, nothing=NO_ANALYSIS)


def escapes(by_case: Mapping[str, int]) -> tuple[Figure, ...]:
    """Confirmed returns by how the earlier issues stood: numbers, and shares of all confirmed returns."""
    total = sum(by_case.values())
    numbers = [(case, by_case.get(case, 0)) for case in ReturnCase]
    return (
        *(ESCAPES.of(number, part=case) for case, number in numbers),
        *(ESCAPE_RATE.share(number, total, nothing=NO_RETURN, part=case) for case, number in numbers),
    )


def prevention_value(
    *, with_prevention: Watched, without: Watched, covered_now: int, incidents: int, cost: Decimal | None, reason: str
) -> PreventionValue:
    """Fewer returns a year x average cost of an incident.

    Fewer returns: (returns by analysis and year without prevention - with it) x analyses with prevention in place now.
    Units:  cost is what all incidents together cost, unrounded, or None for `reason`.
    """
    fewer = _fewer(with_prevention, without, covered_now)
    average = cost / incidents if cost is not None and incidents >= LEAST_INCIDENTS else None
    incident = INCIDENT.of(average, sample=incidents) if average is not None else _no_average(incidents, cost, reason)
    if fewer is None:
        words = _too_little(with_prevention, without)
        return PreventionValue(
            FEWER.without(Lack.NOT_ENOUGH_HISTORY, words), incident, VALUE.without(Lack.NOT_ENOUGH_HISTORY, words)
        )
    number = FEWER.of(fewer, notes=[WORSE if fewer < 0 else ""])
    return PreventionValue(number, incident, VALUE.like(incident) if average is None else VALUE.of(fewer * average))


def _fewer(with_prevention: Watched, without: Watched, covered_now: int) -> Decimal | None:
    if _too_little(with_prevention, without):
        return None
    return (without.a_year - with_prevention.a_year) * covered_now


def _too_little(with_prevention: Watched, without: Watched) -> str:
    """Why history does not tell yet, in one sentence, or ""."""
    for group, watched in ((with_prevention, WATCHED_WITH), (without, WATCHED_WITHOUT)):
        if group.days < LEAST_DAYS_WATCHED:
            return gettext(watched) % {"days": f"{group.days:.0f}", "least": LEAST_DAYS_WATCHED}
    returns = with_prevention.returns + without.returns
    if returns < LEAST_RETURNS:
        return gettext("%(returns)s confirmed return(s): it takes %(least)s to compare how often analyses return.") % {
            "returns": returns,
            "least": LEAST_RETURNS,
        }
    return ""


def _no_average(incidents: int, cost: Decimal | None, reason: str) -> Figure:
    if cost is None:
        return INCIDENT.without(Lack.NOT_SET, reason)
    words = gettext("%(incidents)s analysis(es) with costs: it takes %(least)s for an average.") % {
        "incidents": incidents,
        "least": LEAST_INCIDENTS,
    }
    return INCIDENT.without(Lack.NOT_ENOUGH_HISTORY, words)
