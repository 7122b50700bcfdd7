"""Percentiles by nearest rank: always a number that really occurred. Means of durations are not used anywhere."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import accumulate
from typing import NamedTuple

MEDIAN = 50
P10, P90 = 10, 90


class Known(NamedTuple):
    """What a database counted: how many numbers there are, and the percentiles that are asked of them."""

    number: int
    percentiles: Mapping[int, Decimal]


Values = Sequence[Decimal] | Mapping[Decimal, int] | Known
"""Numbers in ascending order, or how often each number occurs, or what is known of them."""


def size(values: Values) -> int:
    """How many numbers there are."""
    if isinstance(values, Known):
        return values.number
    return sum(values.values()) if isinstance(values, Mapping) else len(values)


def rank(number: int, percent: int) -> int:
    """Which of so many numbers in ascending order, counted from 1, is the percentile: the percent of them, rounded up.

    Raises: ValueError when there is no number, or the percent is not within 1 to 100.
    """
    if number < 1 or not 1 <= percent <= 100:
        raise ValueError("A percentile is that of at least one number, from 1 % to 100 %.")
    return -(-number * percent // 100)


def nearest_rank(values: Values, percent: int) -> Decimal | None:
    """The smallest number that at least the percent of all numbers do not exceed; None without numbers.

    Source: nearest rank, as PostgreSQL's percentile_disc has it.
    """
    number = size(values)
    if not number:
        return None
    if isinstance(values, Known):
        return values.percentiles[percent]
    wanted = rank(number, percent)
    if not isinstance(values, Mapping):
        return values[wanted - 1]
    ordered = sorted(values)
    reached = accumulate(values[value] for value in ordered)
    return next(value for value, so_far in zip(ordered, reached, strict=True) if so_far >= wanted)
