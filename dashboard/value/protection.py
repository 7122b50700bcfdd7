"""Revenue protected: what an analysis put at stake when it opened, counted fix by fix as they are validated in time."""

from collections import defaultdict
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
    """What the ledger says of a calendar month, name like 2026-11, and its MRR; None without a profile in force.

    unpriced is how many fixes were validated that no stake has a share for. It is before when it, or that part of it,
    precedes the period that is asked about: then it only takes up room below the cap.
    """

    name: str
    counted: Decimal
    mrr: Decimal | None
    unpriced: int = 0
    before: bool = False

    @property
    def quarter(self) -> tuple[str, int]:
        """The calendar quarter that it lies in."""
        return self.name[:4], (int(self.name[5:]) - 1) // 3


@dataclass(slots=True)
class _Quarter:
    """How much of the months of a calendar quarter counts, told in the order of time.

    Units: site currency a month. counted is what counts so far; beyond is what was validated above the cap since, does
           not count, and comes off first when fixes are reopened.
    """

    counted: Decimal = ZERO
    beyond: Decimal = ZERO

    def add(self, amount: Decimal, mrr: Decimal) -> Decimal:
        """What counts of the next month: what was validated in it less what was reopened."""
        if amount >= 0:
            counts = min(amount, mrr, max(ZERO, mrr - self.counted))
            self.beyond += amount - counts
        else:
            above = min(self.beyond, -amount)
            self.beyond -= above
            counts = -min(-amount - above, max(ZERO, mrr + self.counted))
        self.counted += counts
        return counts


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


def month_totals(months: Iterable[Month]) -> list[Decimal | None]:
    """What each month counts; None without a profile in force. They are in the order of time.

    Within a calendar quarter they add up to at most the MRR, and what is reopened is never more than what counted for
    it. For that they begin with the quarter, also where the period does not: `Month.before`.
    """
    quarters: dict[tuple[str, int], _Quarter] = defaultdict(_Quarter)
    return [None if each.mrr is None else quarters[each.quarter].add(each.counted, each.mrr) for each in months]


def total(months: Sequence[Month]) -> Decimal:
    """What several months count together; those without a profile in force count nothing."""
    counts = zip(months, month_totals(months), strict=True)
    return sum((each for month, each in counts if each is not None and not month.before), ZERO)


def protected(months: Sequence[Month], *, stakes: int, currency: str = "", only: str = "") -> Figure:
    """Revenue protected in a period of months, or `only` in one; stakes is how many were fixed up to its end.

    Months without a profile in force are left out, and named. It says where the cap bit.
    """
    shown = [
        (month, counts)
        for month, counts in zip(months, month_totals(months), strict=True)
        if not month.before and only in ("", month.name)
    ]
    part = shown[0][0].name if len(shown) == 1 else ""
    totals = [counts for _, counts in shown if counts is not None]
    if not totals:
        return PROTECTED.without(Lack.NOT_SET, NO_REVENUE, part=part)
    if not stakes:
        return PROTECTED.without(Lack.NOTHING_YET, NOTHING_AT_STAKE, part=part)
    return PROTECTED.of(sum(totals, ZERO), part=part, notes=_notes(shown, currency))


def _weight(still: Profile, risk: Risk) -> Decimal:
    return exposure.share(still, risk) * still.mrr_of(still.threatened(risk.streams))


def _notes(shown: Iterable[tuple[Month, Decimal | None]], currency: str) -> list[str]:
    notes, unpriced = [], 0
    for month, counts in shown:
        unpriced += month.unpriced
        if counts is None:
            notes.append(gettext("%(name)s is left out: no revenue profile was in force.") % {"name": month.name})
        elif counts != month.counted:
            notes.append(_capped(month, counts, currency))
    if unpriced:
        notes.append(
            gettext("%(unpriced)s validated fix(es) have no share: they were tracked before a revenue profile.")
            % {"unpriced": unpriced}
        )
    return notes


def _capped(month: Month, counts: Decimal, currency: str) -> str:
    """Why not all that the ledger says of a month counts."""
    sentence = gettext("%(name)s is capped: the ledger has %(counted)s, and a quarter counts at most its MRR.")
    if counts == month.mrr:
        sentence = gettext("%(name)s is capped at its MRR: %(counted)s was counted.")
    elif month.counted < 0:
        sentence = gettext(
            "%(name)s takes back %(counts)s: the ledger has %(counted)s, of which the rest was above the cap."
        )
    amounts = {"counted": month.counted, "counts": counts}
    words = {name: f"{currency} {amount:,.2f}".strip() for name, amount in amounts.items()}
    return sentence % {"name": month.name, **words}
