"""Comparing with very many analyses: less work than with all of them, and the same returns."""

import pytest

from benchmarks.synthetic_analyses import analyses
from benchmarks.synthetic_terms import packed
from tracker.recurrence import MIGHT_BE, Index, scoring, terms


@pytest.fixture(scope="module")
def many():
    """Made-up analyses, one in twenty of which tells of the fault of an earlier one."""
    return {name: terms(text, name) for name, text in analyses(160)}


def alike_in(index, said):
    """Which analyses come near each one, as the index finds them."""
    return {
        name: {match.key for match in index.alike(each, key=name, on=None, least=MIGHT_BE)}
        for name, each in said.items()
    }


def test_reading_the_rarest_terms_only_finds_the_same_returns_as_comparing_with_all(many, monkeypatch):
    index = Index()
    index.add_many((name, each, None) for name, each in many.items())
    all_compared = {
        name: {key for key, overlap in index.overlaps(each, key=name).items() if scoring.score(overlap) >= MIGHT_BE}
        for name, each in many.items()
    }
    assert any(all_compared.values())

    assert alike_in(index, many) == all_compared
    monkeypatch.setattr("tracker.recurrence.index.MOST_ENTRIES", 300)  # a small part of what an analysis shares here
    assert alike_in(index, many) == all_compared


def test_made_up_terms_are_the_same_for_the_same_seed_and_say_different_things():
    some = list(packed(30, after=5))

    assert some == list(packed(30, after=5))
    assert len({each.hashes.tobytes() for each in some}) == 30
    assert all(each.ends[0] <= 600 for each in some)
