"""The root cause: which of the lines that state a cause is the document's main statement."""

import pytest

from tracker.extraction.blocks import parse
from tracker.extraction.causes import root_cause
from tracker.extraction.whys import whys


def found(text):
    document = parse(text)
    return root_cause(document, whys(document))


def line(text):
    statement = found(text)
    return statement and statement.line


def test_a_labelled_root_cause_is_read_without_its_label():
    assert found("# Outage\nIt broke.\n\n**Root cause:** the disk of the mail server was full.").text == (
        "the disk of the mail server was full."
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# O\n## Timeline\n- 10:00 down\n## Root Cause\nThe disk was full.\n", 5),
        ("# O\n## Root cause analysis\nSeveral things met:\n- The disk was full.\n- Nobody looked.", 4),
        ("# O\n## Root Cause\nThe deploy began at noon.\n\nThis was caused by a full disk.", 5),
        ("# O\n## Cause(s)\nOur disk was full.", 3),
        ("# O\n### What caused the problem?\nOur disk was full.", 3),
        ("# O\n## Summary\nShops closed. The root cause was a full disk.\n## Fixes\n- buy disks", 3),
        ("# O\n## Summary\nAll shops\nclosed for an hour and\nthis was ultimately\ncaused by a full disk.", 5),
        ("# O\n| Field | Value |\n|---|---|\n| Root cause | A full disk |", 4),
        ("# O\n## Root cause\n**ROOT CAUSE:**\n\nA full disk stopped the mails.", 5),
    ],
)
def test_the_line_with_the_main_statement_is_found(text, expected):
    assert line(text) == expected


def test_the_main_root_cause_beats_a_secondary_one_in_front_of_it():
    assert line("# O\n**Secondary root cause:** nobody looked at it\n\n**Primary root cause:** the disk was full") == 4


def test_of_equal_statements_the_first_counts():
    text = "# O\n## Mails\n**Root cause:** the disk was full\n\n## Orders\n**Root cause:** the key was old"

    assert line(text) == 3


def test_what_is_concluded_below_the_last_why_beats_the_answers_below_the_earlier_ones():
    text = """
### Why 1: Why were orders lost?
**Root cause:** the queue dropped them all
### Why 2: Why did the queue drop them?
**Root cause:** nobody limits what is sent to it
"""
    assert line(text) == 5


def test_the_title_of_the_document_and_the_heading_of_the_whys_are_no_statements():
    assert line("# Root cause analysis: the day of the full disk\n## Five Whys root cause\nText without one.") is None


@pytest.mark.parametrize(
    "text",
    [
        "# O\n## Root cause\nWe do not know the cause yet.",
        "# O\n## Root Cause\nUnknown.\n## Summary\nShops closed, because a disk was full.",
        "# O\n## Cause\nThe cause is still under investigation.",
        "# O\nNothing is said here.",
        "",
    ],
)
def test_an_unknown_or_unstated_cause_is_none(text):
    assert found(text) is None


def test_a_cause_that_was_discovered_is_not_yet_stated():
    assert (
        line("# O\n## Timeline\n- 12:00 the root cause was discovered by chance\n- 13:00 the disk, as it was full")
        is None
    )


def test_a_long_statement_is_cut_at_a_word():
    text = found("Root cause: " + "disk " * 400).text

    assert len(text) < 620
    assert text.endswith("disk \u2026")
