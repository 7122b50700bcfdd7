"""Revenue protected: what an analysis put at stake when it opened, counted fix by fix as they are validated in time."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from dashboard.value.figures import CENT, HOURS_A_MONTH, ONE, ZERO, Definition, Figure, Lack, Unit
from tracker import exposure
from tracker.exposure import Profile, Risk
from tracker.translation import gettext, gettext_noop

PROTECTED = Definition(
    "revenue_protected", gettext_noop("Revenue protected"), Unit.MONEY_A_MONTH, gettext_noop("Revenue protected")
)
NO_REVENUE = gettext_noop("No revenue profile was in force: enter one.")
NOTHING_AT_STAKE = gettext_noop(
    "No analysis opened under a revenue profile, or only within the last 15 minutes, so nothing was fixed as its share."
)
MICROSECOND, HOUR = timedelta(microseconds=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Stake:
    """What an analysis put at stake when it opened: kept for ever, with what it was calculated from.

    Units: increase is site currency a month, to the cent; shares (by issue) add up to it.
           leading is the priority of the issue with the largest share at risk, None when that was a confirmed amount.
    """

    increase: Decimal
    leading: str | None
    shares: Mapping[int, Decimal]


class Month(NamedTuple):
    """What was counted in a calendar month, name like 2026-11, and its MRR; None without a profile in force.

    unpriced is how many fixes were validated that no stake has a share for.
    """

    name: str
    counted: Decimal
    mrr: Decimal | None
    unpriced: int = 0


def stake(profile: Profile, standing: Iterable[Risk], opening: Sequence[Risk], fixes: Collection[int]) -> Stake:
    """What issues that an analysis opens put at stake, shared out to its fixes; without fixes to all its issues.

    standing are the risks that are live already, also those of the same analysis that were tracked before. Each
    fix weighs what it puts at risk by itself at its base share: share of its priority x MRR of the streams that it
    threatens, or the confirmed amount.
    Raises: ValueError when it opens no issue.
    """
    if not opening:
        raise ValueError("An analysis that opens no issue puts nothing at stake.")
    return shared_out(profile, exposure.increase(profile, standing, opening), opening, fixes)


def shared_out(profile: Profile, increase: Decimal, opening: Sequence[Risk], fixes: Collection[int]) -> Stake:
    """The stake of issues by whose opening the combined exposure rose so much, as `stake` shares it out.

    Units: increase is site currency a month, to the cent.
    """
    still = replace(profile, grows=False)
    weights = {risk.issue: _weight(still, risk) for risk in opening}
    largest = max(opening, key=lambda risk: (weights[risk.issue], -risk.issue))
    sharing = {issue: weight for issue, weight in weights.items() if issue in fixes} or weights
    if not any(sharing.values()):
        sharing = dict.fromkeys(sharing, ONE)
    leading = None if largest.confirmed is not None else str(largest.priority)
    return Stake(increase, leading, exposure.allocate(increase, sharing))


def overdue_hours(original_deadline: datetime | None, at: datetime) -> Decimal:
    """For how many hours an issue was past its original deadline; 0 before it, at it, or without one."""
    if original_deadline is None or at <= original_deadline:
        return ZERO
    return Decimal((at - original_deadline) // MICROSECOND) / (HOUR // MICROSECOND)


def counted(share: Decimal, overdue_hours: Decimal) -> Decimal:
    """What a fix protected that is validated so many hours past its original deadline.

    The share less the expected loss meanwhile: share x overdue days / 30, at most the share.
    Units:  site currency a month, to the cent, half-even.
    Raises: ValueError when either is negative.
    """
    if share < 0 or overdue_hours < 0:
        raise ValueError("A share and hours overdue are not negative.")
    lost = min(share, share * overdue_hours / HOURS_A_MONTH)
    return (share - lost).quantize(CENT, ROUND_HALF_EVEN)


def taken_back(rows: Iterable[Decimal]) -> Decimal:
    """The row that reopening a fix writes: the negative of all that was counted for it so far."""
    return ZERO - sum(rows, ZERO)


def month_total(month: Month) -> Decimal | None:
    """What a month counts: at most its MRR; None without a profile in force."""
    return None if month.mrr is None else min(month.counted, month.mrr)


def total(months: Iterable[Month]) -> Decimal:
    """What several months count together; those without a profile in force count nothing."""
    return sum((each for month in months if (each := month_total(month)) is not None), ZERO)


def protected(months: Sequence[Month], *, stakes: int, currency: str = "") -> Figure:
    """Revenue protected in a period of months; stakes is how many were fixed up to its end. Says where the cap bit.

    Months without a profile in force are left out, and named.
    """
    part = months[0].name if len(months) == 1 else ""
    if all(month.mrr is None for month in months):
        return PROTECTED.without(Lack.NOT_SET, NO_REVENUE, part=part)
    if not stakes:
        return PROTECTED.without(Lack.NOTHING_YET, NOTHING_AT_STAKE, part=part)
    return PROTECTED.of(total(months), part=part, notes=_notes(months, currency))


def _weight(still: Profile, risk: Risk) -> Decimal:
    return exposure.share(still, risk) * still.mrr_of(still.threatened(risk.streams))


def _notes(months: Iterable[Month], currency: str) -> list[str]:
    notes, unpriced = [], 0
    for month in months:
        unpriced += month.unpriced
        if month.mrr is None:
            notes.append(gettext("%(name)s is left out: no revenue profile was in force.") % {"name": month.name})
        elif month.counted > month.mrr:
            counted = f"{currency} {month.counted:,.2f}".strip()
            notes.append(
                gettext("%(name)s is capped at its MRR: %(counted)s was counted.")
                % {"name": month.name, "counted": counted}
            )
    if unpriced:
        notes.append(
            gettext("%(unpriced)s validated fix(es) have no share: they were tracked before a revenue profile.")
            % {"unpriced": unpriced}
        )
    return notes
