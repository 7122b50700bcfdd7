"""Is a new analysis the return of an earlier one? Every text here is invented."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.recurrence import RECURRENCE, SAME_INCIDENT, Index, OtherVersion, from_bytes, pack, terms, to_bytes
from tracker.recurrence.packing import term_hash

SAMPLES = Path(__file__).parents[2] / "samples"

LEASE = """# Five Whys: label printers stop after midnight

**Date:** 2026-04-02

The print gateway answers `LeaseExpiredError` for every label. The print lease of a station ends at midnight, and the
print gateway keeps the expired lease.

## Why 1: Why do the printers stop?
Because the print gateway sends every label with an expired print lease.

## Why 2: Why is the print lease expired?
Because the lease renewal runs in the station agent, and the station agent restarts at midnight.

## Root cause
The lease renewal of the station agent is lost when it restarts, and the print gateway keeps the expired lease.

## Actions
- [ ] Let the print gateway ask for a new print lease
"""
LEASE_AGAIN = """# Postmortem: no labels in hall 2

**Date:** 2026-05-11

Since 00:05 hall 2 prints no labels. The log shows `LeaseExpiredError` from the print gateway again.

Q1. Why are there no labels?
A: The print gateway refuses the print lease of hall 2.

Q2. Why does it refuse it?
A: An expired lease is kept: the station agent restarts at midnight and its lease renewal is lost.

Cause: the lease renewal is still part of the station agent. The expired lease stays in the print gateway.
"""
INVOICES = """# Five Whys: invoices with a wrong total

**Date:** 2026-04-20

## Why 1: Why is the invoice total wrong?
Because the tax rounding of the invoice service rounds every line instead of the invoice total.

## Why 2: Why does the tax rounding differ?
Because the ledger import has a tax rounding of its own.

## Root cause
Two implementations of the tax rounding: one in the invoice service, one in the ledger import.

## Actions
- [ ] One tax rounding for the invoice service and the ledger import
"""
SENSORS = """# Five Whys: greenhouse without frost alarm

**Date:** 2026-04-22

## Why 1: Why was there no frost alarm?
Because the sensor hub reports the mean of the probes and not the coldest probe.

## Why 2: Why does the sensor hub report the mean?
Because the night report was built first, and the night report shows the mean of the probes.

## Root cause
The frost alarm reads the value that the sensor hub makes for the night report.

## Actions
- [ ] Let the frost alarm read the coldest probe
"""
EARLIER = {"printers.md": LEASE, "invoices.md": INVOICES, "sensors.md": SENSORS}


def index_of(texts: dict[str, str]) -> Index:
    index = Index()
    for name, text in texts.items():
        said = terms(text, name)
        index.add(name, said, said.stated_on)
    return index


def found(text: str, earlier: dict[str, str] = EARLIER, name: str = "new.md", **options):
    """The matches of a text among earlier ones, by name."""
    return {match.key: match for match in index_of(earlier).returns_of(terms(text, name), **options)}


# -- which are returns ------------------------------------------------------------------------------------------------


def test_the_same_fault_in_other_words_and_another_layout_is_a_likely_return():
    matches = found(LEASE_AGAIN)

    assert next(iter(matches)) == "printers.md"
    assert matches["printers.md"].likely
    assert matches["printers.md"].kind == RECURRENCE
    assert matches["printers.md"].on == date(2026, 4, 2)


def test_other_faults_written_in_the_same_layout_are_no_likely_returns():
    earlier = {"printers.md": LEASE, "sensors.md": SENSORS}

    assert not any(match.likely for match in found(INVOICES, earlier).values())


def test_another_fault_of_the_same_component_is_possible_and_not_shown_as_likely():
    def gateway(title: str, cause: str) -> str:
        said = "The print gateway answers `TrayLostError` and `TrayFullError`. " * 3
        return f"# Print gateway {title}\n\n{said}\n\n## Why 1: Why?\n{cause}\n\n## Root cause\n{cause}\n"

    earlier = {
        "disk.md": gateway("stops at noon", "Old backups fill the disk of the rack."),
        "certificate.md": gateway("down on Friday", "A lapsed certificate slows every order."),
    }
    matches = found(gateway("slow on Monday", "A lapsed certificate slows every order."), earlier)

    assert (matches["disk.md"].possible, matches["disk.md"].likely) == (True, False)
    assert matches["certificate.md"].likely


def test_which_keys_come_into_question_can_be_said():
    assert list(found(LEASE_AGAIN, among=lambda name: name != "printers.md")) == list(
        found(LEASE_AGAIN, {"invoices.md": INVOICES, "sensors.md": SENSORS})
    )


def test_with_a_single_earlier_analysis_what_every_analysis_says_is_no_reason():
    assert not any(match.likely for match in found(LEASE, {"invoices.md": INVOICES}).values())


def test_among_the_shipped_samples_exactly_the_one_return_is_likely():
    said = {path.name: terms(path.read_text(encoding="utf-8"), path.name) for path in SAMPLES.glob("*.md")}
    index = Index()
    for name, sample in said.items():
        index.add(name, sample, sample.stated_on)

    likely = {(name, match.key) for name in said for match in index.returns_of(said[name], key=name) if match.likely}

    pair = ("2026-10-02-checkout-timeouts.md", "2026-11-16-checkout-timeouts-return.md")
    assert likely == {pair, pair[::-1]}


def test_one_shared_phrase_alone_decides_nothing_however_often_it_is_repeated():
    def repeated(verbs: str) -> str:
        return "\n".join(f"- {verb} relay tower {verb}" for verb in verbs.split())

    one = LEASE + repeated("mount paint heat lift scan ring fold tilt")
    other = INVOICES + repeated("sell count drive mend weigh brush hide turn")

    assert not found(one, {"other.md": other})["other.md"].likely


def test_what_both_repeat_counts_more_than_what_both_say_once():
    once = "# A\n\nThe copper valve leaks near the third basin. " + INVOICES.split("\n", 1)[1]
    often = "# B\n\n" + "The copper valve leaks near the third basin. " * 5 + SENSORS.split("\n", 1)[1]
    new = "# C\n\n" + "The copper valve leaks near the third basin. " * 5

    matches = found(new, {"once.md": once, "often.md": often})

    assert "once.md" not in matches
    assert matches["often.md"].reasons


def test_words_in_another_form_are_the_same_words():
    earlier = {"a.md": "# Renewal\n\n" + "Restarting workers failed. " * 4}

    reasons = found("# Night\n\n" + "It restarts a worker, failing. " * 4, earlier)["a.md"].reasons

    assert reasons[0].startswith("both keep coming back to \u201crestarts worker\u201d")


def test_at_most_the_number_asked_for_is_given_and_the_likeliest_first():
    scores = [match.score for match in index_of(EARLIER).returns_of(terms(LEASE_AGAIN), top=2)]

    assert len(scores) == 2
    assert scores == sorted(scores, reverse=True)


def test_no_earlier_analysis_or_none_with_a_shared_word_gives_no_match():
    assert Index().returns_of(terms(LEASE)) == []
    assert found("# Пожар на складе\n\nДатчик молчал.") == {}


# -- what is said about them ------------------------------------------------------------------------------------------


def test_the_reasons_name_the_shared_error_and_the_shared_phrases_as_the_new_analysis_spells_them():
    reasons = "\n".join(found(LEASE_AGAIN)["printers.md"].reasons)

    assert "shared error signature LeaseExpiredError" in reasons
    assert "\u201cprint gateway\u201d" in reasons
    assert "same words in the causes" in reasons


@pytest.mark.parametrize(
    ("mention", "said"),
    [
        pytest.param("See reports/hall_2_labels.md for the first time.", "refers to hall_2_labels", id="a file name"),
        pytest.param("This was meant to be repaired by #4711.", "refers to #4711", id="an issue number"),
    ],
)
def test_a_reference_to_the_earlier_analysis_is_a_reason_and_raises_the_score(mention, said):
    earlier = {"docs/hall_2_labels.md": LEASE.replace("# Five Whys", "# Issue #4711")}

    without, with_it = found(LEASE_AGAIN, earlier), found(f"{LEASE_AGAIN}\n{mention}\n", earlier)

    assert with_it["docs/hall_2_labels.md"].reasons[0] == said
    assert with_it["docs/hall_2_labels.md"].score > without["docs/hall_2_labels.md"].score


def test_a_file_name_that_any_analysis_could_have_is_no_reference():
    matches = found(f"{LEASE_AGAIN}\nSee postmortem.md.\n", {"postmortem.md": LEASE})

    assert not any(reason.startswith("refers") for reason in matches["postmortem.md"].reasons)


def test_two_analyses_of_one_issue_number_tell_of_the_same_incident():
    earlier = {"first.md": LEASE.replace("# Five Whys", "# Issue #4711")}

    assert found(LEASE_AGAIN.replace("# Postmortem", "# #4711"), earlier)["first.md"].kind == SAME_INCIDENT


@pytest.mark.parametrize(
    ("on", "kind"),
    [
        pytest.param(date(2026, 4, 2), SAME_INCIDENT, id="on the same day it is the same incident"),
        pytest.param(date(2026, 4, 3), RECURRENCE, id="a day later it is a return"),
        pytest.param(None, RECURRENCE, id="without a day it is a return"),
    ],
)
def test_an_analysis_much_like_one_of_the_same_day_tells_of_the_same_incident(on, kind):
    assert found(LEASE.replace("stop", "halt"), on=on)["printers.md"].kind == kind


# -- an index that changes --------------------------------------------------------------------------------------------


def test_an_analysis_is_no_return_of_itself():
    index = index_of(EARLIER)

    assert "printers.md" not in {match.key for match in index.returns_of(terms(LEASE), key="printers.md")}


def test_an_analysis_scores_the_same_whether_it_has_been_added_before_or_not():
    before = found(LEASE_AGAIN)["printers.md"].score
    index = index_of(EARLIER | {"new.md": LEASE_AGAIN})

    matches = {match.key: match for match in index.returns_of(terms(LEASE_AGAIN, "new.md"), key="new.md")}

    assert matches["printers.md"].score == pytest.approx(before)


def test_a_newer_text_takes_the_place_of_the_older_one():
    index = index_of(EARLIER)

    index.add("printers.md", terms(SENSORS, "printers.md"))

    assert len(index) == 3
    assert not any(match.likely for match in index.returns_of(terms(LEASE_AGAIN)))


def test_an_index_after_adding_and_forgetting_is_as_if_nothing_had_happened():
    index, plain = index_of(EARLIER | {"gone.md": LEASE_AGAIN}), index_of(EARLIER)

    index.discard("gone.md")
    index.discard("never there")
    index.add("late.md", terms(LEASE_AGAIN))
    index.discard("late.md")

    assert "gone.md" not in index
    assert index.returns_of(terms(LEASE_AGAIN)) == plain.returns_of(terms(LEASE_AGAIN))


def test_the_order_of_adding_changes_nothing():
    backwards = dict(reversed(EARLIER.items()))

    assert list(found(LEASE_AGAIN).values()) == list(found(LEASE_AGAIN, backwards).values())


# -- rows that keep the terms -----------------------------------------------------------------------------------------


def test_terms_kept_as_bytes_find_the_same_returns():
    index = Index()
    for name, text in EARLIER.items():
        said = terms(text, name)
        index.add(name, from_bytes(memoryview(to_bytes(pack(said)))), said.stated_on)

    assert index.returns_of(terms(LEASE_AGAIN)) == index_of(EARLIER).returns_of(terms(LEASE_AGAIN))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="no bytes"),
        pytest.param(b"\xff" + to_bytes(pack(terms(LEASE)))[1:], id="of another version"),
        pytest.param(to_bytes(pack(terms(LEASE)))[:-1], id="cut off"),
    ],
)
def test_bytes_that_cannot_be_read_are_refused_so_that_the_text_is_read_again(data):
    with pytest.raises(OtherVersion):
        from_bytes(data)


def test_a_long_analysis_takes_no_more_than_four_kilobytes():
    long = "\n".join(f"The {word}{number} pump stops the {word} line." for word in "abcdefgh" for number in range(900))

    assert len(to_bytes(pack(terms(f"# Long\n\n{long}")))) < 4096


@given(st.text(max_size=300), st.text(max_size=40))
def test_any_text_under_any_name_can_be_compared(text, name):
    said = terms(text, name)
    index = Index()
    index.add("it", said)

    assert from_bytes(to_bytes(pack(said))) == pack(said)
    for match in index.returns_of(said):
        assert 0 <= match.score <= 1


# -- among very many ---------------------------------------------------------------------------------------------------


def test_many_taken_in_together_are_the_same_as_one_after_the_other():
    together, single = Index(), index_of(EARLIER)
    together.add_many((name, terms(text, name), terms(text, name).stated_on) for name, text in EARLIER.items())

    for text in (LEASE_AGAIN, INVOICES):
        assert together.returns_of(terms(text)) == single.returns_of(terms(text))
    together.discard("printers.md")
    single.discard("printers.md")
    assert together.returns_of(terms(LEASE_AGAIN)) == single.returns_of(terms(LEASE_AGAIN))


def test_a_phrase_used_once_counts_for_how_rare_it_is_and_for_nothing_else():
    index = Index()
    for number in range(9):
        index.add(number, terms(f"# C{number}\n\nThe print gateway keeps the print lease number {number}."))
    index.add("often.md", terms("# A\n\n" + "The print gateway stops. " * 4))

    assert index.found_in(term_hash("phrases", "print gateway")) == 10
    assert [match.key for match in index.returns_of(terms("# B\n\n" + "The print gateway. " * 4))] == ["often.md"]
