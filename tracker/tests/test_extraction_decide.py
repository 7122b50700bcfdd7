"""Scores → what is taken: an entry or what is below it, and how high a block must score in its document."""

import pytest

from tracker.extraction.decide import taken
from tracker.extraction.neighbours import softmax, threshold

LOW, HIGH = (0.02, 0.02), (0.9, 0.02)


def test_a_block_is_taken_instead_of_weaker_ones_below_it():
    assert taken([None, 0, 0], [HIGH, (0.5, 0.0), LOW]) == [True, False, False]


def test_the_blocks_below_are_taken_where_together_they_say_more():
    assert taken([None, 0, 0], [(0.55, 0.0), HIGH, HIGH]) == [False, True, True]


def test_nothing_below_a_taken_block_is_taken_however_deep():
    assert taken([None, 0, 1, 2], [HIGH, LOW, LOW, (0.6, 0.0)]) == [True, False, False, False]


def test_a_check_counts_like_an_issue():
    assert taken([None, None], [(0.02, 0.9), LOW]) == [True, False]


def test_a_document_without_blocks_has_nothing_to_take():
    assert taken([], []) == []


def test_the_threshold_follows_the_best_of_the_document_within_limits():
    sure, unsure, hopeless = ([(score, 0.0)] * 5 for score in (1.0, 0.5, 0.001))

    assert threshold(sure) > threshold(unsure) > threshold(hopeless) > 0
    assert threshold(sure) < 0.5


def test_a_weak_entry_is_taken_in_a_document_where_nothing_is_stronger():
    assert taken([None], [(0.3, 0.0)]) == [True]
    assert taken([None] * 6, [HIGH] * 5 + [(0.3, 0.0)])[-1] is False


@pytest.mark.parametrize(("issue", "check"), [(0.0, 0.0), (3.0, -2.0), (900.0, 1.0), (-900.0, -900.0)])
def test_probabilities_of_issue_check_and_neither_add_up_to_one(issue, check):
    first, second = softmax(issue, check)

    assert 0 <= first <= 1
    assert 0 <= second <= 1
    assert first + second <= 1 + 1e-12
