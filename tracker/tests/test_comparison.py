import random
import time

import pytest

from tracker.comparison import Entry, compare, fingerprint, normalised, same_words

ACTIONS, LATER = ("Outage", "Actions"), ("Outage", "Later")


def entry(text, section=ACTIONS, group="issue"):
    return Entry(group, text, text.splitlines()[0] if text else "", section, fingerprint(text))


def entries(*texts, **fields):
    return [entry(text, **fields) for text in texts]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("- [ ] Raise the pool size", id="an open check box"),
        pytest.param("  * [x] Raise the pool size", id="a ticked check box"),
        pytest.param("12. Raise the pool size", id="a number"),
        pytest.param("**Raise** the `pool`\n  size", id="emphasis, code and a line break"),
        pytest.param("✅ raise the POOL size", id="a mark of success and another case"),
        pytest.param("Raise the pool\u00a0size", id="a no-break space"),
    ],
)
def test_formatting_is_no_difference(text):
    assert fingerprint(text) == fingerprint("Raise the pool size")


@pytest.mark.parametrize("text", ["Raise the pool size to 50", "Raise the pool's size", "Raise the pool size > 5"])
def test_words_numbers_and_signs_are_a_difference(text):
    assert fingerprint(text) != fingerprint("Raise the pool size")


def test_the_same_words_are_the_same_entry_wherever_they_moved():
    old = entries("Raise the pool size", "Alert on queue depth", "Write a runbook")
    new = entries("Write a runbook", "Raise the pool size", "Alert on queue depth")

    assert compare(old, new) == {0: 2, 1: 0, 2: 1}


def test_several_entries_with_the_same_words_keep_their_order():
    assert compare(entries("Add tests", "Add tests", "Add tests"), entries("Add tests", "Add tests")) == {0: 0, 1: 1}


def test_of_several_entries_with_the_same_words_the_one_in_the_same_section_is_preferred():
    old = [entry("Add tests", ACTIONS), entry("Add tests", LATER)]

    assert compare(old, [entry("Add tests", LATER)]) == {0: 1}


def test_the_same_words_as_a_check_and_as_an_issue_are_two_entries():
    old = [entry("Run the load test", group="check"), entry("Run the load test", group="issue")]
    new = [entry("Run the load test", group="issue"), entry("Run the load test", group="check")]

    assert compare(old, new) == {0: 1, 1: 0}


def test_an_entry_that_became_a_check_is_still_that_entry():
    assert compare([entry("Run the load test")], [entry("Run the load test", group="check")]) == {0: 0}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("Raise the pool size to 50", "Raise the pool size to 80", id="another number"),
        pytest.param(
            "Alert on queue depth",
            "Alert on queue depth\n- page the on-call engineer\n- link the runbook\n- test it on a quiet day",
            id="the same title with more details",
        ),
        pytest.param(
            "Raise the pool size",
            "Raise the database pool size from 50 to 120 and tell the capacity team",
            id="a title that only grew",
        ),
        pytest.param("Write a runbok for outages", "Write a runbook for outages", id="a corrected letter"),
    ],
)
def test_a_changed_wording_in_its_place_is_the_same_entry(before, after):
    others = ["Alert on disk usage", "Rotate the signing keys"]

    assert compare(entries(others[0], before, others[1]), entries(others[0], after, others[1]))[1] == 1


@pytest.mark.parametrize(
    ("gone", "new"),
    [
        pytest.param("Rotate the signing keys", "Write a runbook for outages", id="nothing in common"),
        pytest.param("Add tests", "Add retries", id="two short titles with one word in common"),
        pytest.param("Move the cache to its own host", "Alert when the cache is full", id="the same subject"),
    ],
)
def test_an_action_that_replaces_another_is_a_new_entry(gone, new):
    assert compare(entries("Alert on disk usage", gone), entries("Alert on disk usage", new)) == {0: 0}


def test_far_from_its_place_an_entry_must_be_nearly_the_same():
    between = [f"Check region number {number} of the fleet" for number in range(5)]
    old = entries("Add load tests for the login service", *between)

    assert 5 not in compare(old, entries(*between, "Add load tests for the checkout service"))
    assert compare(old, entries(*between, "Add load tests for the login services"))[5] == 0


def test_two_new_entries_never_share_an_old_one():
    new = entries("Raise the pool size to 80", "Raise the pool size to 90")

    assert compare(entries("Raise the pool size to 50"), new) == {0: 0}


def test_the_most_similar_pair_comes_first():
    old = entries("Raise the pool size of the orders service to 50")
    new = entries("Raise the pool size of the users service to 50", "Raise the pool size of the orders service to 60")

    assert compare(old, new) == {1: 0}


def test_similar_wording_does_not_make_an_issue_of_a_check():
    assert compare([entry("The pool size is 50", group="check")], [entry("The pool size is 80")]) == {}


def test_a_line_of_no_group_can_be_the_same_as_any():
    line = entry("Raise the pool size to 80", group="")

    assert compare([entry("Raise the pool size to 50", group="check")], [line]) == {0: 0}


def test_with_the_same_words_only_similar_ones_stay_apart():
    assert same_words(entries("Raise the pool size to 50"), entries("Raise the pool size to 80")) == {}


def test_nothing_compared_with_nothing_is_nothing():
    assert compare([], []) == compare(entries("Add tests"), []) == compare([], entries("Add tests")) == {}


def test_an_entry_without_words_is_compared_too():
    assert compare([entry("✅")], [entry("")]) == {0: 0}


def changed_document(count):
    """`count` entries of common words, each changed a little, which is the worst case."""
    chance = random.Random(7)
    words = ["pool", "queue", "alert", "service", "retry", "limit", "deploy", "tests", "cache", "region", "token"]
    texts = [f"{' '.join(chance.choices(words, k=9))} number {number}" for number in range(count)]
    return entries(*texts), entries(*(f"{text} again" for text in texts))


def seconds_for(count):
    old, new = changed_document(count)
    started = time.process_time()
    pairs = compare(old, new)
    assert sum(new == old for new, old in pairs.items()) > 0.95 * count
    return time.process_time() - started


def test_the_work_grows_with_the_length_of_the_document_and_not_with_its_square():
    small, large = min(seconds_for(250) for _ in range(3)), min(seconds_for(2500) for _ in range(2))

    assert large < 30 * small  # the square would be 100 times


@pytest.mark.parametrize("hostile", [" ", "-", "[ ]", "*", "#", "9", "> ", "a ", "\n", "- [ ] "])
def test_hostile_text_is_normalised_in_linear_time(hostile):
    def seconds(count):
        started = time.process_time()
        normalised(hostile * (count // len(hostile)))
        return time.process_time() - started

    assert min(seconds(200_000) for _ in range(3)) < 0.5
