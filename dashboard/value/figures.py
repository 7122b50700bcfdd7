"""What a figure is: a number with its unit and formula, or the reason why there is none.

A figure is rounded once, half-even, when it is made; everything before that is exact to 28 digits. Targets are compared
with the rounded number, so that a page never shows 95 % beside "missed the target of 95 %".
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from tracker.translation import gettext

ZERO, ONE = Decimal(0), Decimal(1)
CENT = Decimal("0.01")
DAYS_A_MONTH = 30
HOURS_A_DAY = 24
HOURS_A_MONTH = DAYS_A_MONTH * HOURS_A_DAY


class Unit(StrEnum):
    """What a number counts. Money is in site currency; a share is 0 to 1; a ratio may be negative or above 1."""

    MONEY = "money"
    MONEY_A_MONTH = "money a month"
    MONEY_A_DAY = "money a day"
    MONEY_A_YEAR = "money a year"
    SHARE = "share"
    RATIO = "ratio"
    HOURS = "hours"
    COUNT = "count"
    A_YEAR = "a year"

    @property
    def step(self) -> Decimal:
        """To what a number of this unit is rounded: a cent, a hundredth of a percent, a hundredth of an hour, one."""
        if self in (Unit.SHARE, Unit.RATIO):
            return Decimal("0.0001")
        return ONE if self == Unit.COUNT else CENT


class Lack(StrEnum):
    """Why there is no number."""

    NOT_SET = "not set"
    NOT_ENOUGH_HISTORY = "not enough history"
    NOTHING_YET = "nothing to count"


class State(StrEnum):
    """How a number stands to its target."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Target:
    """From which number on (with at_most: up to which) a figure is good; warning is the limit of what is not bad."""

    value: Decimal
    at_most: bool = False
    warning: Decimal | None = None

    def state(self, value: Decimal) -> State:
        """How a number stands to the target; at the limit it is met."""
        if self._meets(value, self.value):
            return State.GOOD
        near = self.warning is not None and self._meets(value, self.warning)
        return State.WARNING if near else State.BAD

    def _meets(self, value: Decimal, limit: Decimal) -> bool:
        return value <= limit if self.at_most else value >= limit


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, or why there is none. `section` is the heading in docs/metrics.md that has the formula.

    sample is how many rows the number is made of, where that matters for trusting it; notes are sentences that belong
    beside the number; part is the priority, level, ... that the key ends with.
    Raises: ValueError when there is both a number and a lack, neither, or a lack without a reason.
    """

    key: str
    title: str
    unit: Unit
    section: str
    value: Decimal | None = None
    lack: Lack | None = None
    reason: str = ""
    target: Target | None = None
    sample: int | None = None
    notes: tuple[str, ...] = ()
    part: str = ""

    def __post_init__(self) -> None:
        if (self.value is None) == (self.lack is None) or bool(self.lack) != bool(self.reason):
            raise ValueError(f"The figure {self.key} has either a number, or a lack with its reason.")

    @property
    def state(self) -> State | None:
        """How the number stands to its target; None without either."""
        return None if self.value is None or self.target is None else self.target.state(self.value)

    def noting(self, *notes: str) -> "Figure":
        """The same figure with more sentences beside it; empty ones are left out."""
        return replace(self, notes=(*self.notes, *map(gettext, filter(None, notes))))


@dataclass(frozen=True, slots=True)
class Definition:
    """What figures of a kind have in common. A part (a priority, a level, ...) is appended to the key after a dot.

    Its title and section are those of docs/metrics.md; a figure has them, its reason and its notes, in the language of
    the site, when they are marked with gettext_noop or translated already.
    """

    key: str
    title: str
    unit: Unit
    section: str
    target: Target | None = None

    def of(
        self,
        value: Decimal | int,
        *,
        part: str = "",
        target: Target | None = None,
        sample: int | None = None,
        notes: Iterable[str] = (),
    ) -> Figure:
        """The figure with this number, rounded here and nowhere else."""
        rounded = Decimal(value).quantize(self.unit.step, ROUND_HALF_EVEN)
        return Figure(
            key=self._key(part),
            title=gettext(self.title),
            unit=self.unit,
            section=self.section,
            value=rounded + ZERO,  # no minus before a zero
            target=target or self.target,
            sample=sample,
            notes=tuple(map(gettext, filter(None, notes))),
            part=part,
        )

    def without(self, lack: Lack, reason: str, *, part: str = "", target: Target | None = None) -> Figure:
        """The figure without a number, for this reason: one sentence that says what to enter or to wait for."""
        return Figure(
            key=self._key(part),
            title=gettext(self.title),
            unit=self.unit,
            section=self.section,
            lack=lack,
            reason=gettext(reason),
            target=target or self.target,
            part=part,
        )

    def like(self, other: Figure, *, part: str = "") -> Figure:
        """The figure without a number because another one has none."""
        return self.without(other.lack or Lack.NOTHING_YET, other.reason, part=part)

    def share(
        self,
        number: int,
        total: int,
        *,
        nothing: str,
        part: str = "",
        target: Target | None = None,
    ) -> Figure:
        """The share number / total; `nothing` is the reason why there is none when the total is 0.

        Raises: ValueError when the number is negative or more than the total.
        """
        if not 0 <= number <= total:
            raise ValueError(f"{self.key}: {number} of {total} is no share.")
        if not total:
            return self.without(Lack.NOTHING_YET, nothing, part=part, target=target)
        return self.of(Decimal(number) / total, part=part, target=target, sample=total)

    def _key(self, part: str) -> str:
        return f"{self.key}.{part}" if part else self.key


def change(current: Figure, previous: Figure) -> Figure:
    """By how much a figure differs from the same figure of the previous period, in its own unit.

    Raises: ValueError when they are two different figures.
    """
    if current.key != previous.key:
        raise ValueError(f"{current.key} is not compared with {previous.key}.")
    definition = Definition(
        f"{current.key}.change", gettext("%(figure)s: change") % {"figure": current.title}, current.unit, "Change"
    )
    for figure, words in (
        (current, gettext("There is no number for this period: %(reason)s")),
        (previous, gettext("There is no number for the previous period: %(reason)s")),
    ):
        if figure.value is None:
            return definition.without(figure.lack, words % {"reason": figure.reason})
    return definition.of(current.value - previous.value)
