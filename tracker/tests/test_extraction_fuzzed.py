"""The reading of analyses under texts that nobody would write: it ends with values, whatever the text is."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracker import reading
from tracker.blanks import blank
from tracker.extraction import extract
from tracker.recurrence import terms
from tracker.rendering import render_with_lines

LIMIT = 200_000
# Pieces that mean something to the parser, to the fields or to the layout; between them anything.
PIECES = (
    *(
        "# ",
        "## Actions (P0)\n",
        "## Five Whys\n",
        "### Why 1: ",
        "- ",
        "* [ ] ",
        "1. ",
        "> ",
        "| a | b |\n|---|---|\n",
    ),
    *("```\n", "~~~", "<!-- ", "-->", "<b>", "</b>", "[x](", ")", "![", "**", "`", "\n", "\n\n", "    ", "\t", "---\n"),
    *("Owner: Dana Fox", "Due: 2026-03-09", "Due: 31.02.2026", "by Friday", "P0", "Root cause: ", "Because ", "@dana"),
    *("Fix the pool", "Verify that it holds", "\u202e", "\u2028", "\x0b", "\U0001f525", "é", "İ", "ß", "{", "}", "\\"),
)
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=20)), max_size=60).map("".join)
MUTATED = st.tuples(st.integers(0, 1500), st.integers(0, 400), TEXTS).map(
    lambda cut: blank("analysis")[: cut[0]] + cut[2] + blank("analysis")[cut[0] + cut[1] :]
)
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FEW
@given(st.one_of(TEXTS, MUTATED))
def test_any_text_is_read_to_lines_that_it_has(text):
    found = extract(text)

    last = len(text.splitlines()) + 1
    for entry in (*found.issues, *found.checks, *found.skipped):
        assert 1 <= entry.line <= entry.end_line <= last
    assert all(issue.title.strip() for issue in found.issues)
    assert extract(text) == found, "the same text reads the same"


@FEW
@given(st.one_of(TEXTS, MUTATED))
def test_any_text_is_shown_and_compared(text):
    html = render_with_lines(text).html

    assert "<script" not in html.lower()
    assert "\x00" not in html
    assert terms(text, "fuzzed.md") == terms(text, "fuzzed.md")


@FEW
@given(st.one_of(st.binary(max_size=400), TEXTS.map(str.encode), TEXTS.map(lambda text: text.encode("utf-16"))))
def test_any_bytes_are_a_text_or_are_refused_in_a_sentence(data):
    try:
        text = reading.decode(data, name="fuzzed.md", limit=LIMIT)
    except reading.UnreadableAnalysis as refused:
        text = str(refused)
    assert "\r" not in text
    extract(text)


@pytest.mark.parametrize("size", [0, 1])
def test_an_empty_document_asks_for_nothing(size):
    assert extract("\n" * size).issues == ()
