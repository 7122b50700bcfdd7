"""The return on remediation: as a range from a seeded simulation, never as a bare point."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from dashboard.value.figures import ONE, Definition, Figure, Lack, Unit
from dashboard.value.percentiles import MEDIAN, P10, P90, nearest_rank
from dashboard.value.protection import Month, total
from dashboard.value.remediation import Terms, Work, noted_hours
from tracker.exposure import Profile, Share
from tracker.translation import gettext, gettext_noop

DRAWS = 10_000
SEED = 1958
LEAST_PART_OF_HOURS, MOST_PART_OF_HOURS = Decimal("0.5"), Decimal(2)
RETURN = Definition("return", gettext_noop("Return on remediation"), Unit.RATIO, gettext_noop("Return"))
NO_COST = gettext_noop("There is no cost yet: nobody noted hours, and no issue was completed.")
NO_REVENUE = gettext_noop("No revenue profile is in force: enter one.")
PERCENTS = {"p10": P10, "p50": MEDIAN, "p90": P90}


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted as protected in a calendar month, by what it depends on.

    Units: site currency a month. by_leading is by the leading priority of the stake; confirmed is what rests on
           amounts that a manager confirmed, and is certain. What the month itself says of its amount is not used.
    """

    month: Month
    by_leading: Mapping[str, Decimal]
    confirmed: Decimal


def triangular(random: Random, low: Decimal, likely: Decimal, high: Decimal) -> Decimal:
    """A draw between low and high, likely the most probable. Uses random.random() only, which every Python repeats.

    Source: the inverse of the distribution function; Kotz & van Dorp (2004), chapter 1.
    """
    drawn = Decimal(random.random())
    width = high - low
    if not width:
        return low
    if drawn * width < likely - low:
        return low + (drawn * width * (likely - low)).sqrt()
    return high - ((1 - drawn) * width * (high - likely)).sqrt()


def simulated_return(
    protected: Figure,
    counted: Sequence[Counted],
    profile: Profile | None,
    work: Iterable[Work],
    terms: Terms,
    *,
    cost: Figure,
    seed: int = SEED,
) -> tuple[Figure, ...]:
    """p10, p50 and p90 of (protected x months counted - cost) / cost. protected and cost are the figures beside it.

    One share by priority is drawn for all of its amounts, and one average by priority for all of its estimated hours:
    whoever estimates too high does so everywhere. Hours that were noted, and confirmed amounts, do not vary. The cap
    holds in each draw, month by month, as in the figure.
    """
    missing = _missing(protected, profile, cost)
    if missing is not None:
        return tuple(RETURN.without(*missing, part=part) for part in PERCENTS)
    random = Random(seed)  # noqa: S311 - a simulation, no secret
    work = [row for row in work if row.noted or row.unnoted]
    draws = sorted(_draw(random, counted, profile, work, terms) for _ in range(DRAWS))
    return tuple(
        RETURN.of(
            nearest_rank(draws, percent),
            part=part,
            sample=DRAWS,
            notes=[gettext("%(draws)s draws, seed %(seed)s.") % {"draws": f"{DRAWS:,}", "seed": seed}],
        )
        for part, percent in PERCENTS.items()
    )


def _missing(protected: Figure, profile: Profile | None, cost: Figure) -> tuple[Lack, str] | None:
    for figure in (protected, cost):
        if figure.lack:
            return figure.lack, figure.reason
    if profile is None:
        return Lack.NOT_SET, NO_REVENUE
    return (Lack.NOTHING_YET, NO_COST) if not cost.value else None


def _draw(random: Random, counted: Sequence[Counted], profile: Profile, work: list[Work], terms: Terms) -> Decimal:
    leading = sorted({priority for each in counted for priority in each.by_leading})
    parts = {priority: _part_of_likely(random, profile.shares[priority]) for priority in leading}
    months = [
        each.month._replace(counted=sum((n * parts[of] for of, n in each.by_leading.items()), each.confirmed))
        for each in counted
    ]
    hours = noted_hours(work)
    for row in work:
        likely = terms.hours[row.priority]
        drawn = triangular(random, likely * LEAST_PART_OF_HOURS, likely, likely * MOST_PART_OF_HOURS)
        hours += row.unnoted * drawn
    cost = hours * terms.hourly_rate
    return (total(months) * terms.months_counted - cost) / cost


def _part_of_likely(random: Random, share: Share) -> Decimal:
    """A drawn share as a part of the likely one, by which the amounts were calculated."""
    return triangular(random, share.low, share.likely, share.high) / share.likely if share.likely else ONE
