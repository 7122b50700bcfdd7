"""The same action stated again: found where it is plain, never where two actions could be meant."""

import pytest

from tracker.extraction.blocks import parse
from tracker.extraction.document import BlockKind
from tracker.extraction.restated import duplicates


def restated(text):
    entries = [block for block in parse(text).blocks if block.kind in (BlockKind.ENTRY, BlockKind.ROW)]
    return {block.line: lines for block, lines in zip(entries, duplicates(entries), strict=True) if lines}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Rotate the signing key of the gateway", "Rotate the gateway signing key"),
        ("Alert on the depth of the order queue", "**Queue alert:** alert on order queue depth"),
        ("Add retry limits to the mail worker", "Added retry limits to the mail worker"),
        ("Limit uploads: refuse files above 20 MB", "Limit uploads"),
    ],
)
def test_an_action_in_other_words_is_the_same_action(first, second):
    assert restated(f"## Plan\n- {first}\n- Hire a baker\n## Summary\n- {second}") == {2: (5,), 5: (2,)}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Rotate the signing key of the gateway", "Rotate the signing key of the printer in the cellar hall"),
        ("Order queue limits", "Test order queue limits"),
        ("Write the mail to the shops", "Write the invoice for the bakers"),
        ("Fix it", "Fix it"),
        ("Update the database", "Update the website"),
    ],
)
def test_actions_that_share_some_words_stay_two(first, second):
    assert restated(f"## Plan\n- {first}\n- Hire a baker\n## Summary\n- {second}") == {}


def test_a_list_does_not_repeat_itself():
    assert restated("- Rotate the signing key of the gateway\n- Rotate the gateway signing key") == {}


def test_every_place_knows_all_others():
    text = "## A\n- Rotate the signing key\n## B\n- Rotate the signing key\n## C\n- Rotate the signing key"

    assert restated(text) == {2: (4, 6), 4: (2, 6), 6: (2, 4)}


def test_words_that_every_entry_has_do_not_lead_to_comparisons():
    text = "".join(f"## Section {number}\n- restart the shop server number {number}\n" for number in range(300))

    assert restated(text) == {}


def test_nothing_restates_nothing():
    assert duplicates(()) == ()
