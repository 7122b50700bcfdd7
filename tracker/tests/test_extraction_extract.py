"""The whole extraction: every entry is accounted for, whatever the text."""

import json
import re
import time
from pathlib import Path

import pytest

from tracker.choices import IssueKind, Priority
from tracker.extraction import extract
from tracker.extraction.blocks import parse
from tracker.extraction.document import BlockKind
from tracker.extraction.model import WEIGHTS
from tracker.extraction.training.words import PRODUCTS

SAMPLES = sorted((Path(__file__).parents[2] / "samples").glob("*.md"))
OWN = sorted((Path(__file__).parents[1] / "extraction" / "training" / "analyses").glob("*.md"))
PLAN = """# Orders stuck

**Severity:** SEV-2

## Timeline

- 10:02 Alarm fired
- 10:40 Queue emptied

## Root cause

The importer keeps its lock when it crashes.

## Action items

1. **Release the lock on a crash** (owner: Mara Lind, by 2026-03-12)
   - use a lease instead of a lock
   - keep the lease for one minute
2. Add an alarm on the age of the queue
3. Investigate why the second node did not take over
4. [x] Restart the importer

## Validation steps

- [ ] Kill the importer; it goes on within two minutes
"""


def accounted(found):
    entries = (*found.issues, *found.checks, *found.skipped)
    return {entry.line for entry in entries}


@pytest.mark.parametrize("path", [*SAMPLES, *OWN], ids=lambda path: path.stem)
def test_no_entry_row_or_box_disappears(path):
    text = path.read_text(encoding="utf-8")
    found = extract(text)
    lines = accounted(found)

    for block in parse(text).blocks:
        if block.kind in (BlockKind.ENTRY, BlockKind.ROW):
            assert block.line in lines, block.text


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_line_is_taken_or_skipped_but_not_both_and_in_order(path):
    found = extract(path.read_text(encoding="utf-8"))
    taken = [entry.line for entry in (*found.issues, *found.checks)]
    skipped = [entry.line for entry in found.skipped]

    assert not set(taken) & set(skipped)
    assert skipped == sorted(skipped)
    assert [issue.line for issue in found.issues] == sorted(issue.line for issue in found.issues)
    assert all(entry.reason and entry.line <= entry.end_line for entry in found.skipped)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_yields_issues_with_scores_and_reasons(path):
    found = extract(path.read_text(encoding="utf-8"))

    assert found.issues
    for entry in (*found.issues, *found.checks):
        assert 0 < entry.score <= 1
        assert entry.reasons
        assert all(abs(reason.weight) > 0 for reason in entry.reasons)


def test_an_action_plan_is_read_whole():
    found = extract(PLAN)

    assert [issue.line for issue in found.issues] == [16, 19, 20, 21]
    assert found.issues[0].end_line == 18
    assert "lease" in found.issues[0].description
    assert found.issues[0].section == ("Orders stuck", "Action items")
    assert [issue.done for issue in found.issues] == [False, False, False, True]
    assert found.issues[2].kind is IssueKind.INVESTIGATE
    assert found.issues[1].kind is IssueKind.PREVENT
    assert [check.line for check in found.checks] == [25]
    assert found.priority is Priority.P1
    assert found.root_cause.line == 12


def test_details_of_a_taken_entry_say_whose_they_are():
    reasons = {line.line: line.reason for line in extract(PLAN).skipped}

    assert reasons[17] == reasons[18] == "belongs to the issue on line 16 as a detail"
    assert reasons[7] == 'describes the timeline, not work (section "Timeline")'


def test_priorities_that_nobody_states_follow_kind_and_section():
    found = extract(PLAN)

    assert not any(issue.priority_stated for issue in found.issues)
    assert found.issues[2].priority is Priority.P1


def test_the_same_text_yields_the_same_values_each_time():
    assert extract(PLAN) == extract(PLAN)


def test_an_entry_without_text_is_skipped_with_that_reason():
    assert [(line.line, line.reason) for line in extract("# A\n\n-\n").skipped] == [(3, "has no text of its own")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "\x00",
        "plain words",
        "# Only a title",
        "- ",
        "|a|\n|-|\n|",
        "\ufeff",
        "مرحبا\n- اختبار ✅",
        "<script>alert(1)</script>",
    ],
    ids=repr,
)
def test_any_text_is_accepted(text):
    found = extract(text)

    assert found.whys == ()


ONE_BLOCK = [
    "[",
    "*",
    ">",
    "|",
    "1",
    " ",
    "#",
    "> ",
    "**a:** ",
    "why? ",
    "a/",
    "1:",
    "A" * 60 + " ",
    "A",
    "a. ",
    "...",
    "a ✅ ",
    "$1 ",
]
MANY_BLOCKS = ["- ", "1. ", "- a\n", "# a\n", "| a |\n", "✅\n", "- **a:** b\n", "- [ ] a\n", "  - a\n", "**a**\n\n"]


@pytest.mark.parametrize("piece", ONE_BLOCK, ids=repr)
def test_200_kb_of_one_kind_are_extracted_in_seconds(piece):
    started = time.process_time()

    extract("- " + piece * (200_000 // len(piece)))

    assert time.process_time() - started < 60  # a backtracking pattern would take minutes


@pytest.mark.parametrize("piece", MANY_BLOCKS, ids=repr)
def test_thousands_of_small_blocks_are_extracted_in_seconds(piece):
    started = time.process_time()

    extract(piece * (20_000 // len(piece)))

    assert time.process_time() - started < 60  # a quadratic step would take minutes


def test_lists_nested_100_deep_are_accounted_for():
    text = "# Actions\n\n" + "".join("  " * depth + f"- Add alarm {depth}\n" for depth in range(100))

    assert accounted(extract(text)) >= set(range(3, 103))


def test_no_weight_hangs_on_the_name_of_a_product():
    data = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    words = {
        word for part in ("first", "kind") for name in data[part]["weights"] for word in re.findall(r"[a-z]+", name)
    }

    assert not words & PRODUCTS


def test_the_weights_say_when_and_from_what_they_were_learned():
    about = json.loads(WEIGHTS.read_text(encoding="utf-8"))["about"]

    assert {"date", "analyses", "organisations", "labels", "scores left out"} <= about.keys()
    assert WEIGHTS.stat().st_size < 400_000


@pytest.mark.parametrize("text", ["# Report\n\nAll was well.\n", "# Notes\n\nHello.\n\n- one\n- two\n"])
def test_a_short_text_without_work_yields_no_issue(text):
    assert extract(text).issues == ()
