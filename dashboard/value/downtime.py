"""How often the checks found the site up, and what the hours cost in which it was down."""

from dataclasses import dataclass
from decimal import Decimal

from dashboard.value.figures import HOURS_A_MONTH, ONE, ZERO, Definition, Figure, Lack, Target, Unit
from dashboard.value.remediation import Terms
from tracker.translation import gettext, gettext_noop

AVAILABLE = Target(Decimal("0.99"), warning=Decimal("0.95"))
AVAILABILITY = Definition(
    "availability", gettext_noop("Availability by HTTP checks"), Unit.SHARE, gettext_noop("Availability"), AVAILABLE
)
SECTION = gettext_noop("Cost of downtime")
REVENUE = Definition("downtime_revenue", gettext_noop("Revenue lost in downtime"), Unit.MONEY, SECTION)
CHURN = Definition("downtime_churn", gettext_noop("Revenue that left because of downtime"), Unit.MONEY, SECTION)
RECOVERY = Definition("downtime_recovery", gettext_noop("Recovery from downtime"), Unit.MONEY, SECTION)
TOTAL = Definition("downtime_cost", gettext_noop("Cost of downtime"), Unit.MONEY, SECTION)
NO_CHECK = gettext_noop("No HTTP check has passed or failed in this period.")
NO_HOURS = gettext_noop("Nobody entered how many hours of this period the site was down.")
NO_REVENUE = gettext_noop("No revenue profile is in force: enter one.")
NO_CHURN = gettext_noop("The revenue profile states no churn by an hour of downtime.")
NO_RECOVERY = gettext_noop("The revenue profile states no cost of recovery by an hour of downtime.")


@dataclass(frozen=True, slots=True)
class Downtime:
    """The cost of downtime in its three parts; total is the sum of those that are set, and says which are not."""

    revenue: Figure
    churn: Figure
    recovery: Figure
    total: Figure


def availability(*, passed: int, failed: int, errors: int = 0) -> Figure:
    """The share of the HTTP checks that passed. A check that could not be run says nothing either way."""
    figure = AVAILABILITY.share(passed, passed + failed, nothing=NO_CHECK)
    return figure.noting(
        gettext("%(errors)s check(s) could not be run and are not counted.") % {"errors": errors} if errors else ""
    )


def downtime(hours: Decimal | None, mrr: Decimal | None, terms: Terms) -> Downtime:
    """What hours of downtime cost. Without hours that a person entered there is no cost, rather than a cost of 0.

    Raises: ValueError when hours are negative.
    """
    if hours is None:
        return Downtime(*(part.without(Lack.NOT_SET, NO_HOURS) for part in (REVENUE, CHURN, RECOVERY, TOTAL)))
    if hours < 0:
        raise ValueError("Hours of downtime are not negative.")
    amounts = (_revenue(hours, mrr, terms), _churn(hours, mrr, terms), _recovery(hours, terms))
    reasons = (NO_REVENUE, NO_REVENUE if mrr is None else NO_CHURN, NO_RECOVERY)
    parts = tuple(
        part.without(Lack.NOT_SET, reason) if amount is None else part.of(amount)
        for part, amount, reason in zip((REVENUE, CHURN, RECOVERY), amounts, reasons, strict=True)
    )
    known = [amount for amount in amounts if amount is not None]
    missing = dict.fromkeys(gettext("Not counted: %(reason)s") % {"reason": part.reason} for part in parts if part.lack)
    total = TOTAL.of(sum(known, ZERO), notes=missing) if known else TOTAL.like(parts[0])
    return Downtime(*parts, total)


def _revenue(hours: Decimal, mrr: Decimal | None, terms: Terms) -> Decimal | None:
    return None if mrr is None else hours * mrr / HOURS_A_MONTH * terms.downtime_impact


def _churn(hours: Decimal, mrr: Decimal | None, terms: Terms) -> Decimal | None:
    if mrr is None or terms.churn_per_hour is None:
        return None
    return mrr * min(ONE, terms.churn_per_hour * hours) * terms.months_counted


def _recovery(hours: Decimal, terms: Terms) -> Decimal | None:
    return None if terms.recovery_per_hour is None else hours * terms.recovery_per_hour
