"""What the work costs: hours that people noted, and estimates where they noted none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from dashboard.value.figures import ONE, ZERO, Definition, Figure, Lack, Unit
from tracker.choices import Priority
from tracker.translation import gettext, gettext_noop

SECTION = gettext_noop("Cost of remediation")
COST = Definition("remediation_cost", gettext_noop("Cost of remediation"), Unit.MONEY, SECTION)
HOURS = Definition("remediation_hours", gettext_noop("Hours of remediation"), Unit.HOURS, SECTION)
ESTIMATED = Definition(
    "remediation_estimated", gettext_noop("Share of the hours that is estimated"), Unit.SHARE, SECTION
)
ONE_RATE = gettext_noop("All hours, also earlier ones, are at the cost of an hour of the revenue profile in force.")
NO_RATE = gettext_noop("No cost of an hour of work is set: enter it in the revenue profile.")
NO_WORK = gettext_noop("Nobody noted hours, and no issue was completed.")
DEFAULT_HOURS: Mapping[str, Decimal] = MappingProxyType(
    {Priority.P0: Decimal(8), Priority.P1: Decimal(16), Priority.P2: Decimal(4), Priority.P3: Decimal(4)}
)
LEAST_HOURS_LEFT = ONE


@dataclass(frozen=True, slots=True)
class Terms:
    """What people entered about money besides the revenue. None is not set.

    Units: hourly_rate and recovery_per_hour are site currency an hour; hours are those of an average issue by
           priority; downtime_impact is the part, 0 to 1, of an hour's revenue that an hour of downtime costs;
           churn_per_hour the part, 0 to 1, of the MRR that leaves for good by an hour of downtime.
    """

    hourly_rate: Decimal | None = None
    hours: Mapping[str, Decimal] = field(default_factory=lambda: DEFAULT_HOURS)
    months_counted: int = 1
    downtime_impact: Decimal = Decimal("0.8")
    churn_per_hour: Decimal | None = None
    recovery_per_hour: Decimal | None = None

    def hours_left(self, priority: str, noted: Decimal = ZERO, issues: int = 1) -> Decimal:
        """The hours of work that open issues of a priority still ask for: their average less the hours noted.

        At least one hour for each issue: work that takes longer than the average is not free.
        """
        return max(LEAST_HOURS_LEFT * issues, self.hours[priority] * issues - noted)


class Work(NamedTuple):
    """The work of a period on issues of one priority.

    Units: noted is the sum of hours that people noted; unnoted is how many issues were completed without any.
    """

    priority: str
    noted: Decimal = ZERO
    unnoted: int = 0


@dataclass(frozen=True, slots=True)
class Remediation:
    """What the work of a period cost, and how much of that is an estimate."""

    cost: Figure
    hours: Figure
    estimated: Figure


def noted_hours(work: Iterable[Work]) -> Decimal:
    """The hours that people noted."""
    return sum((row.noted for row in work), ZERO)


def estimated_hours(work: Iterable[Work], terms: Terms) -> Decimal:
    """The average hours of the issues that were completed without a note of any."""
    return sum((row.unnoted * terms.hours[row.priority] for row in work), ZERO)


def remediation(work: Iterable[Work], terms: Terms) -> Remediation:
    """What the work cost: (hours noted + hours estimated) x rate."""
    work = list(work)
    estimated = estimated_hours(work, terms)
    hours = noted_hours(work) + estimated
    cost = COST.without(Lack.NOT_SET, NO_RATE)
    part = ESTIMATED.of(estimated / hours) if hours else ESTIMATED.without(Lack.NOTHING_YET, NO_WORK)
    if terms.hourly_rate is not None:
        words = (
            gettext("%(share)s of the hours are estimated from averages.") % {"share": f"{part.value:.2%}"}
            if estimated
            else ""
        )
        cost = COST.of(hours * terms.hourly_rate, notes=[words, gettext(ONE_RATE)])
    return Remediation(cost, HOURS.of(hours), part)
