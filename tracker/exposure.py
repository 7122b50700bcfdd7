"""Revenue at risk that adds up. Pure: no Django, no clock. docs/exposure.md has the formulas and a worked example."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import NamedTuple, TypeVar

from tracker.choices import Priority
from tracker.translation import gettext

CENT = Decimal("0.01")
ZERO, ONE = Decimal(0), Decimal(1)
HOURS_TO_DOUBLE = 168
MOST_GROWTH = Decimal(2)

Key = TypeVar("Key", bound=Hashable)
Cell = tuple[int, ...]  # the streams that an issue threatens, as positions in Profile.parts


class Estimate(StrEnum):
    """Which of the three estimates of a share is meant."""

    LOW = "low"
    LIKELY = "likely"
    HIGH = "high"


LIKELY = tuple(Estimate).index(Estimate.LIKELY)


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a revenue that an issue of a priority puts at risk, 0 to 1, in three estimates.

    Raises: ValueError when they do not rise from low over likely to high between 0 and 1.
    """

    low: Decimal
    likely: Decimal
    high: Decimal

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.likely <= self.high <= 1:
            # xgettext: no-python-format
            raise ValueError(gettext("A share at risk rises from low over likely to high, between 0 % and 100 %."))


@dataclass(frozen=True, slots=True)
class Stream:
    """A part of the monthly recurring revenue (MRR)."""

    key: int
    name: str
    mrr: Decimal


@dataclass(frozen=True, slots=True)
class Profile:
    """What there is to lose: MRR in site currency, its streams if they are known, the share at risk by priority.

    Raises: ValueError in one sentence when there is no revenue, or the streams do not add up to it.
    """

    currency: str
    mrr: Decimal
    shares: Mapping[Priority, Share]
    streams: tuple[Stream, ...] = ()
    grows: bool = True

    def __post_init__(self) -> None:
        if self.mrr <= 0 or any(stream.mrr <= 0 for stream in self.streams):
            raise ValueError(gettext("Monthly recurring revenue is an amount above 0, in total and in each stream."))
        found = sum((stream.mrr for stream in self.streams), ZERO)
        if self.streams and found != self.mrr:
            raise ValueError(
                gettext(
                    "The streams add up to %(found)s and the monthly recurring revenue is %(mrr)s: make them equal, "
                    "or leave out all streams."
                )
                % {"found": f"{found:,.2f}", "mrr": f"{self.mrr:,.2f}"}
            )

    @property
    def parts(self) -> tuple[Stream, ...]:
        """The streams; without any, the whole revenue as one."""
        return self.streams or (Stream(0, "", self.mrr),)

    def threatened(self, keys: frozenset[int]) -> Cell:
        """The positions of the streams with these keys; of all when there are none."""
        hit = tuple(number for number, stream in enumerate(self.parts) if stream.key in keys)
        return hit or tuple(range(len(self.parts)))

    def mrr_of(self, cell: Cell) -> Decimal:
        """The revenue of these streams together."""
        parts = self.parts
        return sum((parts[number].mrr for number in cell), ZERO)


class Risk(NamedTuple):
    """A live issue as a risk. An issue without an analysis is a risk of its own.

    `streams` are the keys of those that depend on its systems; none means that it threatens all of them.
    Units: age_hours is whole hours since it was tracked; confirmed is site currency a month, or None.
    """

    issue: int
    analysis: int | None
    priority: str
    age_hours: int = 0
    streams: frozenset[int] = frozenset()
    confirmed: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Alone:
    """What one issue puts at risk by itself: share x growth x revenue, or the amount that was confirmed."""

    streams: tuple[str, ...]
    mrr: Decimal
    growth: Decimal
    low: Decimal
    likely: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """The combined exposure a month: site currency, to the cent. by_stream (by key) adds up to likely."""

    low: Decimal
    likely: Decimal
    high: Decimal
    by_stream: Mapping[int, Decimal]


@dataclass(frozen=True, slots=True)
class Exposure:
    """The combined exposure, and the likely one shared out. Each mapping adds up to totals.likely to the cent.

    by_analysis has what issues without an analysis put at risk under None; by_stream is empty without streams.
    """

    totals: Totals
    by_priority: Mapping[str, Decimal]
    by_analysis: Mapping[int | None, Decimal]
    by_issue: Mapping[int, Decimal]

    @property
    def by_stream(self) -> Mapping[int, Decimal]:
        """What each stream has at risk."""
        return self.totals.by_stream


def growth(age_hours: int) -> Decimal:
    """By how much a share has grown with age: 1 + hours / 168, between 1 and 2."""
    return min(MOST_GROWTH, 1 + Decimal(max(0, age_hours)) / HOURS_TO_DOUBLE)


def share(profile: Profile, risk: Risk, estimate: Estimate = Estimate.LIKELY) -> Decimal:
    """The part, 0 to 1, of each stream that the issue threatens which it puts at risk by itself.

    A confirmed amount takes the place of priority and age: it is spread over the streams in proportion to their MRR.
    """
    if risk.confirmed is not None:
        return min(ONE, risk.confirmed / profile.mrr_of(profile.threatened(risk.streams)))
    base = getattr(profile.shares[Priority(risk.priority)], estimate)
    return min(ONE, base * growth(risk.age_hours)) if profile.grows else base


def alone(profile: Profile, risk: Risk) -> Alone:
    """What the issue puts at risk by itself, as if it were the only one: site currency a month, to the cent."""
    cell = profile.threatened(risk.streams)
    mrr = profile.mrr_of(cell)
    grown = growth(risk.age_hours) if profile.grows and risk.confirmed is None else ONE
    names = tuple(profile.parts[number].name for number in cell) if profile.streams else ()
    return Alone(names, mrr, grown, *(_cents(mrr * share(profile, risk, estimate)) for estimate in Estimate))


def totals(profile: Profile, risks: Iterable[Risk]) -> Totals:
    """The combined exposure of all risks, in three estimates and by stream."""
    return _Combination(profile, risks).totals()


def exposure(profile: Profile, risks: Iterable[Risk]) -> Exposure:
    """The combined exposure of all risks, by stream, priority, analysis and issue. Time: n log n."""
    risks = list(risks)
    combination = _Combination(profile, risks)
    sums = combination.totals()
    by_issue = settle(sums.likely, combination.parts())
    by_priority: dict[str, Decimal] = defaultdict(Decimal)
    by_analysis: dict[int | None, Decimal] = defaultdict(Decimal)
    for risk in risks:
        amount = by_issue[risk.issue]
        by_priority[risk.priority] += amount
        by_analysis[risk.analysis] += amount
    return Exposure(sums, dict(by_priority), dict(by_analysis), by_issue)


def increase(profile: Profile, standing: Iterable[Risk], opening: Iterable[Risk]) -> Decimal:
    """By how much new risks alone raise the combined likely exposure, at their base shares: no growth with age.

    Units: site currency a month, to the cent.
    """
    still = replace(profile, grows=False)
    before = list(standing)
    without, together = (_Combination(still, risks).total(Estimate.LIKELY) for risks in (before, [*before, *opening]))
    return _cents(together - without)


def later(risks: Iterable[Risk], hours: int) -> list[Risk]:
    """The same risks so many hours later, if nothing changes."""
    return [risk._replace(age_hours=risk.age_hours + hours) for risk in risks]


def allocate(amount: Decimal, weights: Mapping[Key, Decimal]) -> dict[Key, Decimal]:
    """Share an amount out in proportion to the weights, so that the parts add up to it to the cent.

    Units:  amount is whole cents and not negative; the parts too.
    Raises: ValueError when there is something to share out, and no weight above 0.
    """
    total = sum(sorted(weights.values()), ZERO)
    if amount and not total:
        raise ValueError(gettext("An amount cannot be shared out without a weight above 0."))
    return settle(amount, {key: amount * weight / (total or 1) for key, weight in weights.items()})


def settle(total: Decimal, exact: Mapping[Key, Decimal]) -> dict[Key, Decimal]:
    """Round parts to the cent so that they add up to their total, which is rounded already.

    Every part is rounded down, and the cents left over go to the largest remainders, then to the lowest keys: no part
    moves by a whole cent, and one that is whole cents stays as it is.
    """
    cents = {key: int(amount * 100) for key, amount in exact.items()}
    left = int(total * 100) - sum(cents.values())
    remainders = {key: amount * 100 - cents[key] for key, amount in exact.items()}
    raised = set(sorted(exact, key=lambda key: (-remainders[key], key))[:left])
    return {key: Decimal(part + (key in raised)).scaleb(-2) for key, part in cents.items()}


class _Member(NamedTuple):
    """An issue within its risk, and its share by each estimate."""

    issue: int
    cell: Cell
    shares: tuple[Decimal, ...]


class _Combination:
    """All risks together. A risk is an analysis with its issues: in each stream the largest share counts.

    An atom is a set of streams that a risk treats alike: all that its issues threaten when they threaten the same,
    else each stream by itself. So the work does not grow with the number of streams while issues name none. Shares are
    counted, not multiplied as they come, so that the order of the risks makes no difference in the last digit.
    """

    def __init__(self, profile: Profile, risks: Iterable[Risk]) -> None:
        self.profile = profile
        self.groups = _grouped(profile, risks)
        self.largest: dict[Estimate, dict[Cell, Counter[Decimal]]] = {word: defaultdict(Counter) for word in Estimate}
        by_estimate = tuple(self.largest.values())
        for members in self.groups:
            for atom, touching in _atoms(members):
                for counts, shares in zip(
                    by_estimate, zip(*(one.shares for one in touching), strict=True), strict=True
                ):
                    counts[atom][max(shares)] += 1

    def by_stream(self, estimate: Estimate) -> list[tuple[Decimal, Decimal]]:
        """Of each stream the exposure, MRR x (1 - product(1 - share)) unrounded, and the sum of the shares."""
        counts: list[Counter[Decimal]] = [Counter() for _ in self.profile.parts]
        for atom, found in self.largest[estimate].items():
            for number in atom:
                counts[number].update(found)
        return [_of_stream(stream.mrr, found) for stream, found in zip(self.profile.parts, counts, strict=True)]

    def total(self, estimate: Estimate) -> Decimal:
        """The exposure of all streams, unrounded."""
        return sum((amount for amount, _ in self.by_stream(estimate)), ZERO)

    def totals(self) -> Totals:
        """The exposure in three estimates and by stream, to the cent."""
        low, likely, high = (_cents(self.total(estimate)) for estimate in Estimate)
        exact = [amount for amount, _ in self.by_stream(Estimate.LIKELY)]
        amounts = {stream.key: amount for stream, amount in zip(self.profile.streams, exact, strict=False)}
        return Totals(low, likely, high, settle(likely, amounts) if amounts else {})

    def parts(self) -> dict[int, Decimal]:
        """What each issue has of the likely exposure, unrounded.

        In a stream each risk has its part of the exposure in proportion to its largest share, and each of its issues
        a part of that in proportion to its own share.
        """
        rates = [amount / shares if shares else ZERO for amount, shares in self.by_stream(Estimate.LIKELY)]
        rate_of = {atom: sum((rates[at] for at in atom), ZERO) for atom in self.largest[Estimate.LIKELY]}
        parts: dict[int, Decimal] = defaultdict(Decimal)
        for members in self.groups:
            for atom, touching in _atoms(members):
                shares = [member.shares[LIKELY] for member in touching]
                scale = rate_of[atom] * max(shares) / (sum(shares) or 1)
                for member, part in zip(touching, shares, strict=True):
                    parts[member.issue] += part * scale
        return parts


class Standing:
    """Live risks at their base shares, which come and go one after the other: `increase` without combining all anew."""

    def __init__(self, profile: Profile, risks: Iterable[Risk] = ()) -> None:
        self.profile = replace(profile, grows=False)
        self.groups: dict[int, dict[int, _Member]] = defaultdict(dict)
        self.group_of: dict[int, int] = {}
        self.counts: list[Counter[Decimal]] = [Counter() for _ in profile.parts]  # of the largest shares, by stream
        self.amounts: dict[int, Decimal] = {}  # of the streams that nothing has changed since
        for group, members in _groups(self.profile, risks).items():
            self.groups[group] = {member.issue: member for member in members}
            self.group_of.update(dict.fromkeys(self.groups[group], group))
            self._count(group, 1)

    def add(self, risk: Risk) -> None:
        """Let a risk stand; one that stands already, as it is now."""
        self.remove(risk.issue)
        ((group, members),) = _groups(self.profile, [risk]).items()
        self._count(group, -1)
        self.groups[group][risk.issue] = members[0]
        self.group_of[risk.issue] = group
        self._count(group, 1)

    def remove(self, issue: int) -> None:
        """Let the risk of an issue stand no more; nothing happens when it does not."""
        group = self.group_of.pop(issue, None)
        if group is not None:
            self._count(group, -1)
            del self.groups[group][issue]
            self._count(group, 1)

    def open(self, risks: Iterable[Risk]) -> Decimal:
        """Let these risks stand too; by how much they alone raise the exposure: site currency a month, to the cent."""
        before = self._total()
        for risk in risks:
            self.add(risk)
        return _cents(self._total() - before)

    def _total(self) -> Decimal:
        for number in set(range(len(self.counts))) - self.amounts.keys():
            self.amounts[number] = _of_stream(self.profile.parts[number].mrr, self.counts[number])[0]
        return sum((self.amounts[number] for number in range(len(self.counts))), ZERO)

    def _count(self, group: int, times: int) -> None:
        """Count the largest share of a risk in each of its streams, or (-1) count it no more."""
        for atom, touching in _atoms(sorted(self.groups[group].values())) if self.groups[group] else ():
            largest = max(member.shares[LIKELY] for member in touching)
            for number in atom:
                self.counts[number][largest] += times
                if not self.counts[number][largest]:
                    del self.counts[number][largest]
                self.amounts.pop(number, None)


def _grouped(profile: Profile, risks: Iterable[Risk]) -> list[list[_Member]]:
    """The issues of each risk, in order: sums of shares do not depend on the order of the rows."""
    return [sorted(members) for members in _groups(profile, risks).values()]


def _groups(profile: Profile, risks: Iterable[Risk]) -> dict[int, list[_Member]]:
    """The issues of each analysis; an issue without one stands alone, under a number below 0."""
    groups: dict[int, list[_Member]] = defaultdict(list)
    known: dict[tuple, tuple[Cell, tuple[Decimal, ...]]] = {}  # most issues are like many others
    for risk in risks:
        alike = (risk.priority, min(risk.age_hours, HOURS_TO_DOUBLE), risk.streams, risk.confirmed)
        if alike not in known:
            shares = tuple(share(profile, risk, estimate) for estimate in Estimate)
            known[alike] = (profile.threatened(risk.streams), shares)
        groups[-1 - risk.issue if risk.analysis is None else risk.analysis].append(_Member(risk.issue, *known[alike]))
    return groups


def _atoms(members: list[_Member]) -> Iterator[tuple[Cell, list[_Member]]]:
    """The streams that the issues of one risk threaten, taken together where all threaten the same."""
    first = members[0].cell
    if all(member.cell == first for member in members):
        yield first, members
        return
    touching: dict[int, list[_Member]] = defaultdict(list)
    for member in members:
        for number in member.cell:
            touching[number].append(member)
    for number, some in sorted(touching.items()):
        yield (number,), some


def _of_stream(mrr: Decimal, found: Counter[Decimal]) -> tuple[Decimal, Decimal]:
    """The exposure of a stream, and the sum of the shares."""
    spared, shares = ONE, ZERO
    for part, times in sorted(found.items()):
        spared *= (1 - part) ** times
        shares += part * times
    return mrr * (1 - spared), shares


def _cents(amount: Decimal) -> Decimal:
    """To the cent, half-even."""
    return amount.quantize(CENT, ROUND_HALF_EVEN)
