"""Who does an entry and until when, as the document words it."""

import pytest

from tracker.extraction.assignments import deadline_words, owner_words
from tracker.extraction.blocks import parse


def entry(text, words="rder flour"):
    document = parse(text)
    return document, [block for block in document.blocks if words in block.text][-1]


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("| Action | Owner |\n|---|---|\n| Order flour | Zoe Lund |", "Zoe Lund"),
        ("| Action | By whom |\n|---|---|\n| Order flour | the mill |", "the mill"),
        ("- Order flour. Owner: Zoe Lund", "Zoe Lund"),
        ("- Order flour (owner: @zoe, due Friday)", "@zoe"),
        ("- Order flour, assigned to Zoe", "Zoe"),
        ("### Order flour\n- **Owner:** Zoe\n", "Zoe"),
        ("- Order flour @zoe.lund", "@zoe.lund"),
        ("- @zoe order flour", "@zoe"),
        ("- Order flour (Zoe Lund)", "Zoe Lund"),
        ("- Order flour (Zoe)\n- Sell bread (Ben)", "Zoe"),
        ("- Order flour [ZL]\n- Sell bread [BK]", "ZL"),
        ("- Order flour (zoe)\n- Sell bread (ben)", "zoe"),
        ("- Order flour – Zoe Lund, due 3 May", "Zoe Lund"),
        ("- Order flour from two mills. Zoe Lund, until 3 May 2026.", "Zoe Lund"),
        ("- Order flour – bakery team, Zoe Lund", "bakery team, Zoe Lund"),
        ("- Zoe to order flour", "Zoe"),
        ("- The bakery team should order flour", "The bakery team"),
        ("The bakery team will do the following:\n\n- Order flour", "The bakery team"),
        ("## Zoe's tasks\n- Order flour", "Zoe"),
        ("## Actions\n### Bakery team\n- Order flour", "Bakery team"),
    ],
)
def test_the_owner_is_read_as_written(text, owner):
    assert owner_words(*entry(text)) == owner


@pytest.mark.parametrize(
    "text",
    [
        "- Order flour",
        "- We should order flour",
        "- Our team will order flour",
        "- Order flour (optional)",
        "- Order flour (done)",
        "- Order flour (see below)",
        "- Order flour from mill@example.org",
        "- Work with the bakery team to order flour",
        "| Action | Owner |\n|---|---|\n| Order flour | TBD |",
        "| Action | Owner |\n|---|---|\n| Order flour | ??? |",
        "## Call to action\n- Order flour",
        "- Refuse to order flour",
    ],
)
def test_nobody_is_named_where_the_document_names_nobody(text):
    assert owner_words(*entry(text)) == ""


@pytest.mark.parametrize(
    ("text", "deadline"),
    [
        ("| Action | Due |\n|---|---|\n| Order flour | 3 May |", "3 May"),
        ("| Action | Expected Date |\n|---|---|\n| Order flour | May 3, 2026 |", "May 3, 2026"),
        ("- Order flour by 2026-05-03", "by 2026-05-03"),
        ("- P0: Order flour by 2026-05-03 10:00 (owner: Zoe)", "by 2026-05-03 10:00"),
        ("- Order flour by 3 May 2026, at 10:00 UTC", "by 3 May 2026, at 10:00 UTC"),
        ("- Order flour by 2026-05-03T10:00Z", "by 2026-05-03T10:00Z"),
        ("- Order flour. Due: next Friday", "next Friday"),
        ("- Order flour (@zoe, by Friday)", "by Friday"),
        ("- Order flour by end of week", "by end of week"),
        ("- Order flour (end of Q3)", "end of Q3"),
        ("- Order flour, Q4 2026", "Q4 2026"),
        ("- Order flour later this year", "later this year"),
        ("- Order flour (Zoe, this week)", "this week"),
        ("- Order flour within 2 days", "within 2 days"),
        ("- **Week 1:** Order flour", "Week 1"),
        ("### Order flour\nAssigned to: Zoe, by May 3\n", "by May 3"),
        ("## Immediate actions (within 4 hours)\n- Order flour", "within 4 hours"),
        ("## Plan\n### Immediate (24 hours)\n- Order flour", "24 hours"),
        ("## Plan\n### Phase 1 – 24-72h\n- Order flour", "24-72h"),
        ("## Plan\n### Long-term (Target: Q4 2026 - Q1 2027)\n- Order flour", "Q4 2026 - Q1 2027"),
        ("## Plan\n### Next 30 days\n- Order flour", "Next 30 days"),
    ],
)
def test_the_deadline_is_read_as_written(text, deadline):
    assert deadline_words(*entry(text)) == deadline


@pytest.mark.parametrize(
    "text",
    [
        "- Order flour",
        "- [15 min] Order flour",
        "- Order flour (2 hours)",
        "## Phase 2 (1 hour)\n- Order flour",
        "- Order flour that keeps within 2 days of heat its taste",
        "| Action | Due |\n|---|---|\n| Order flour | n/a |",
        "- Order flour until it is enough",
    ],
)
def test_an_estimate_of_effort_or_a_condition_is_no_deadline(text):
    assert deadline_words(*entry(text)) == ""
