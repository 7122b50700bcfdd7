"""The whys: which lines ask them, in which chain, and what answers them."""

import pytest

from tracker.extraction.blocks import parse
from tracker.extraction.whys import whys

CHAINS = {
    "headings": """
# Orders lost
## Five Whys
### Why #1: Why were orders lost?
**Answer:** The queue dropped them.
### Why #2: Why did the queue drop them?
**Evidence:** a depth of 10000

The queue was full.
""",
    "bold paragraphs": """
**Why 1:** Why were orders lost?
- The queue dropped them.

**Why 2:** Why did the queue drop them?
- The queue was full.
""",
    "ordinals": """
### 1st Why: Why were orders lost?
The queue dropped them.
### 2nd Why: Why did the queue drop them?
The queue was full.
""",
    "words": """
- First why: Why were orders lost? The queue dropped them.
- Second why: Why did the queue drop them? The queue was full.
""",
    "ordered list": """
## The 5 whys
1. Why were orders lost? The queue dropped them.
2. Why did the queue drop them? The queue was full.
""",
    "a list interrupted by its answers": """
## 5 Whys
1. Why were orders lost?

The queue dropped them.

1. Why did the queue drop them?

The queue was full.
""",
    "nested bullets": """
## Asking why
- Why were orders lost?
  - The queue dropped them.
  - Why did the queue drop them?
    - The queue was full.
""",
    "table": """
| # | Question | Answer |
|---|---|---|
| Why 1 | Why were orders lost? | The queue dropped them. |
| Why 2 | Why did the queue drop them? | The queue was full. |
""",
    "plain lines": """
Why 1: Why were orders lost? The queue dropped them.
Why 2: Why did the queue drop them? The queue was full.
""",
    "digits in boxes": """
## Whys
1\ufe0f\u20e3 Why were orders lost? The queue dropped them.
2\ufe0f\u20e3 Why did the queue drop them? The queue was full.
""",
}


def found(text):
    return whys(parse(text))


@pytest.mark.parametrize("style", CHAINS)
def test_a_chain_is_read_in_every_style_with_questions_and_answers(style):
    first, second = found(CHAINS[style])

    assert (first.chain, first.number, second.chain, second.number) == (1, 1, 1, 2)
    assert (first.question, second.question) == ("Why were orders lost?", "Why did the queue drop them?")
    assert (first.answer, second.answer) == ("The queue dropped them.", "The queue was full.")


@pytest.mark.parametrize("style", CHAINS)
def test_a_why_has_the_line_of_its_question(style):
    lines = CHAINS[style].split("\n")

    assert all("why" in lines[why.line - 1].casefold() for why in found(CHAINS[style]))


def test_numbers_that_begin_again_begin_a_new_chain():
    text = "## Orders\n**Why 1:** a?\n\n**Why 2:** b?\n\n## Mails\n**Why 1:** c?\n\n**Why 2:** d?\n\n**Why 3:** e?"

    assert [(why.chain, why.number) for why in found(text)] == [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3)]


def test_a_recapitulation_is_not_a_second_chain():
    text = """
### Why 1: Why were orders lost?
### Why 2: Why was the queue full?
## Summary
1. **Why 1:** orders lost
2. **Why 2:** queue full
"""
    assert [why.line for why in found(text)] == [2, 3]


def test_conclusions_and_solutions_that_carry_the_number_of_a_why_are_no_whys():
    text = """
## Why 1: Why were orders lost?
**Why 1 conclusion:** the queue dropped them
## Why 2: Why was it full?
## Why 2 solution: a longer queue
"""
    assert [why.line for why in found(text)] == [2, 4]


def test_a_chain_that_only_says_because_counts_its_lines():
    text = "## Five Whys\nOrders were lost.\n\nBecause the queue was full.\n\nBecause the consumer had stopped.\n"

    assert [(why.number, why.line) for why in found(text)] == [(1, 4), (2, 6)]


def test_single_questions_outside_of_a_whys_section_are_no_chain():
    assert found("## Questions\n- Why us?\n\nWhy not sell the old shop?\n\n## Why we wrote this\nTo learn.") == ()


@pytest.mark.parametrize("text", ["", "why", "Why 1", "# 5 Whys", "| why |\n|---|\n| |", "Why 0: x\n\nWhy 99: y"])
def test_odd_texts_do_not_stumble(text):
    found(text)
