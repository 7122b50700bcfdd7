"""A percentile is a number that occurred."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.value import execution
from dashboard.value.percentiles import MEDIAN, P90, Known, nearest_rank, rank

NUMBERS = st.lists(st.integers(0, 20).map(Decimal), min_size=1, max_size=60)


@given(NUMBERS, st.integers(1, 100))
def test_a_percentile_is_the_smallest_number_that_the_percent_of_all_do_not_exceed(numbers, percent):
    def enough(value):
        return 100 * sum(number <= value for number in numbers) >= percent * len(numbers)

    found = nearest_rank(sorted(numbers), percent)

    assert found == min(number for number in numbers if enough(number))
    assert found == nearest_rank({number: numbers.count(number) for number in numbers}, percent)


def test_a_percentile_of_nothing_is_none():
    assert nearest_rank((), 50) is None
    assert nearest_rank({}, 50) is None


@pytest.mark.parametrize(("number", "percent"), [(0, 50), (1, 0), (1, 101)])
def test_a_rank_is_that_of_at_least_one_number_from_1_to_100_percent(number, percent):
    with pytest.raises(ValueError, match="at least one number"):
        rank(number, percent)


@given(NUMBERS)
def test_what_a_database_counted_is_as_good_as_the_numbers_themselves(numbers):
    listed = sorted(numbers)
    known = Known(len(numbers), {percent: nearest_rank(listed, percent) for percent in (MEDIAN, P90)})

    assert execution.open_ages(known) == execution.open_ages(listed)
