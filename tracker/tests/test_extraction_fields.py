"""What an entry says about itself: title, description and lines, done or not."""

import pytest

from tracker.extraction.blocks import parse
from tracker.extraction.completion import is_done
from tracker.extraction.fields import TITLE_LENGTH, description, last_line, title


def entry(text, words):
    """A document and its last block that holds the words."""
    document = parse(text)
    return document, [block for block in document.blocks if words in block.text][-1]


def title_of(text, words):
    return title(entry(text, words)[1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- [ ] Order flour", "Order flour"),
        ("1. **Order flour:**", "Order flour"),
        ("### Fix 1: Order flour", "Order flour"),
        ("### Critical Fix 2.1 (bakery): Order flour", "Order flour"),
        ("#### 3. Order flour", "Order flour"),
        ("- ✅ Order flour", "Order flour"),
        ("- [15 min] Order flour", "Order flour"),
        ("- (P1) Order flour (done)", "Order flour"),
        ("- 12:40: Order flour", "Order flour"),
        ("- URGENT: Order flour - DONE", "Order flour"),
        ("- 1️⃣ Order flour", "Order flour"),
        ("- Order flour from https://mill.example/shop", "Order flour from"),
        ("- Mill: order flour", "Mill: order flour"),
    ],
)
def test_a_title_is_the_words_without_marks_numbers_and_noise(text, expected):
    assert title_of(text, "rder flour") == expected


@pytest.mark.parametrize("text", ["### Fix 1:", "- P1", "- [ ] 42", "### Immediate"])
def test_noise_stays_where_nothing_else_is_left(text):
    assert title(parse(text).blocks[0]).strip()


def test_of_a_table_row_the_action_column_is_the_title():
    text = "| Owner | Action | Why it matters |\n|---|---|---|\n| Zoe | Order flour | without flour no bread |"

    assert title_of(text, "Order flour") == "Order flour"


def test_a_long_title_is_cut_at_a_word():
    words = title_of("- Order " + "flour " * 60, "Order flour")

    assert len(words) <= TITLE_LENGTH
    assert words.endswith("flour \u2026")


def test_of_long_prose_the_sentence_that_says_what_to_do_is_the_title():
    story = "The mill had been closed since the storm of the last winter and none of us knew about that at all. "

    assert title_of(f"{story}We will call the mill every Monday from now on.", "mill") == (
        "We will call the mill every Monday from now on"
    )


def test_the_description_is_the_entry_with_its_nested_details():
    document, block = entry("# A\n- Order flour\n  - white\n  - dark\n- Sell bread", "Order")

    assert description(document, block) == "- Order flour\n  - white\n  - dark"
    assert last_line(document, block) == 4


def test_a_heading_is_described_by_its_whole_section():
    document, block = entry("## Order flour\nOf two kinds.\n### Kinds\n- white\n\n## Sell bread\n", "Order")

    assert description(document, block) == "## Order flour\nOf two kinds.\n### Kinds\n- white"


def test_a_paragraph_that_announces_a_list_has_it_as_details():
    document, block = entry("Order flour:\n\n- white\n- dark\n\nSell bread.", "Order")

    assert last_line(document, block) == 4


def test_a_row_is_described_by_its_columns():
    document, block = entry("| Action | Owner |\n|---|---|\n| Order flour | Zoe |", "Order")

    assert description(document, block) == "Action: Order flour\nOwner: Zoe"


DONE = [
    "- [x] Order flour",
    "- ✅ Ordered the flour",
    "- Order flour (done)",
    "- Order flour [Done]",
    "- Order flour - COMPLETED",
    "- ~~Order flour~~",
    "- Ordered the flour",
    "- We have ordered flour twice",
    "- We've now ordered flour",
    "- 10:30: Ordered flour",
    "- The flour was ordered",
    "- Bakers ordered the flour",
    "- Order flour. Completed 3 May, Zoe.",
    "- [x] Bread\n  - Order flour",
    "## Completed actions\n- Order flour",
    "## Actions taken\n- Order flour",
    "## ✅ Flour - DONE\n- Order flour",
    "The following items are already completed:\n\n- Order flour",
    "### Order flour\n**Status:** ✅ Done\n",
    "| Action | Status |\n|---|---|\n| Order flour | Done |",
    "| Action | Tracker |\n|---|---|\n| Order flour | ✅ |",
    "| Action | State on 3 May |\n|---|---|\n| Order flour | finished for bread |",
]
OPEN = [
    "- [ ] Order flour",
    "- Order flour",
    "- Order flour (planned)",
    "- Order flour - TODO",
    "- Flour will be ordered",
    "- We are ordering flour",
    "- We have to order flour, which was forgotten",
    "- ✅ Flour orders should never be late",
    "- Enhanced flour orders",
    "- Created a ticket to order flour",
    "- Whether the flour was ordered",
    "## Next steps\n- Order flour",
    "## Recommended actions\n- Order flour",
    "# ✅ The shop is open again\n## Plan\n- Order flour",
    "### Order flour\n**Status:** open\n",
    "| Action | Status |\n|---|---|\n| Order flour | In progress |",
    "| Action | Status |\n|---|---|\n| Order flour | |",
    "## Completed actions\n- [ ] Order flour",
]


@pytest.mark.parametrize("text", DONE)
def test_a_mark_a_tense_or_a_section_says_that_an_entry_is_done(text):
    assert is_done(*entry(text, "lour")) is True


@pytest.mark.parametrize("text", OPEN)
def test_an_entry_without_such_a_mark_is_open(text):
    assert is_done(*entry(text, "lour")) is False


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("Delete old exports (owner: Ines Okafor, due 2026-03-04)", "Delete old exports"),
        ("Set the timeout to 8 s. Owner: Mateus Lindqvist. Due: 2026-10-03.", "Set the timeout to 8 s"),
        ("Rotate the keys - Owner: Ann - Due: Friday", "Rotate the keys"),
        ("Renew the certificate (due 2026-01-01)", "Renew the certificate"),
        ("Add a check (owners must be set)", "Add a check (owners must be set)"),
        ("Add owner: field to the form", "Add owner: field to the form"),
        ("Owner: Bob", "Owner: Bob"),
    ],
)
def test_a_title_leaves_out_the_owner_and_the_deadline_at_its_end(entry, expected):
    assert title(parse(f"- {entry}").blocks[0]) == expected
