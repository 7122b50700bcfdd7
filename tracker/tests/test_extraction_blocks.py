"""Markdown → blocks: what is one block, where it stands, and what it belongs to."""

import pytest

from tracker.extraction.blocks import Document, parse
from tracker.extraction.document import Block, BlockKind


def kinds(document: Document) -> list[tuple[str, int, str]]:
    return [(block.kind.value, block.line, block.text) for block in document.blocks]


def block(document: Document, text: str) -> Block:
    return next(block for block in document.blocks if block.text.startswith(text))


def test_blocks_come_in_order_with_the_lines_they_stand_on():
    document = parse("# Title\n\nSome text.\n\n- first\n- second\n\n```sh\n- no entry\n```\n")

    assert kinds(document) == [
        ("heading", 1, "Title"),
        ("paragraph", 3, "Some text."),
        ("entry", 5, "first"),
        ("entry", 6, "second"),
        ("code", 8, ""),
    ]


def test_lines_are_right_behind_characters_of_several_bytes():
    document = parse("# Überblick 🚨\n\n日本語のテキスト\n\n- naïve café\n- second\n")

    assert [block.line for block in document.blocks] == [1, 3, 5, 6]


def test_inline_marks_are_removed_from_the_text():
    assert (
        parse("- **Raise** the `pool` [size](https://example.test) ~~now~~").blocks[0].text == "Raise the pool size now"
    )


def test_an_entry_ends_with_what_is_nested_in_it():
    document = parse("- parent\n  more of it\n  - child\n\n    its paragraph\n- next\n")
    parent, child = block(document, "parent"), block(document, "child")

    assert (parent.text, parent.end_line, parent.text_end_line) == ("parent more of it", 5, 2)
    assert (child.parent, child.depth, child.end_line) == (parent.index, 2, 5)
    assert [below.text for below in document.children(parent)] == ["child"]
    assert document.source(child) == "  - child\n\n    its paragraph"


def test_sections_are_the_headings_above_outermost_first():
    document = parse("# A\n## B\n- one\n### C\n- two\n## D\n- three\n")

    assert document.section_path(block(document, "one")) == ("A", "B")
    assert document.section_path(block(document, "two")) == ("A", "B", "C")
    assert document.section_path(block(document, "three")) == ("A", "D")
    assert [member.text for member in document.members(block(document, "B"))] == ["one", "C"]


def test_a_short_paragraph_in_bold_alone_is_a_heading():
    document = parse("## Plan\n\n**Follow-ups**\n\n- one\n")

    assert block(document, "Follow-ups").kind is BlockKind.HEADING
    assert document.section_path(block(document, "one")) == ("Plan", "Follow-ups")


def test_a_whole_sentence_in_bold_is_no_heading():
    document = parse("**The pool was too small for the load that came in on Friday evening.**\n")

    assert document.blocks[0].kind is BlockKind.PARAGRAPH


def test_a_paragraph_is_split_where_a_line_begins_with_a_label_a_number_or_an_emoji():
    document = parse("Next:\n**Now:** restart\n1. drain the queue\n✅ page the owner\nand tell support\n")

    assert [part.line for part in document.blocks] == [1, 2, 3, 4]
    assert block(document, "Now").label == "Now"
    assert block(document, "✅").text == "✅ page the owner and tell support"


def test_check_boxes_and_numbers_of_entries_are_kept():
    document = parse("- [x] done\n- [ ] open\n- plain\n\n7. seventh\n8. eighth\n")

    assert [entry.checked for entry in document.blocks] == [True, False, None, None, None]
    assert [entry.number for entry in document.blocks] == [None, None, None, 7, 8]


def test_a_table_row_knows_its_columns():
    document = parse("Actions:\n\n| Action | Owner |\n|---|---|\n| Add an alert | Ines |\n")
    row = document.blocks[-1]

    assert (row.kind, row.line, row.text) == (BlockKind.ROW, 5, "Add an alert | Ines")
    assert row.cells == (("Action", "Add an alert"), ("Owner", "Ines"))
    assert document.lead_in(row) == "Actions:"


@pytest.mark.parametrize(
    "row",
    [
        pytest.param("| only one |", id="too few cells"),
        pytest.param("| one | two | three | four |", id="too many cells"),
    ],
)
def test_ragged_rows_are_rows(row):
    document = parse(f"| A | B |\n|---|---|\n{row}\n")

    assert [block.kind for block in document.blocks] == [BlockKind.ROW]
    assert [name for name, _ in document.blocks[0].cells] == ["A", "B"]


def test_nothing_inside_a_fence_that_is_never_closed_is_an_entry():
    document = parse("- before\n\n```\n- inside\n# inside too\n")

    assert kinds(document) == [("entry", 1, "before"), ("code", 3, "")]


def test_front_matter_is_one_block_and_lines_count_from_the_top():
    document = parse("---\ntitle: An incident\n---\n# Heading\n")

    assert kinds(document) == [("front matter", 1, ""), ("heading", 4, "Heading")]


def test_a_rule_at_the_top_is_no_front_matter():
    assert parse("---\n\n# Heading\n").blocks[-1].line == 3


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("\n \t\n", id="white space"),
        pytest.param("[" * 200_000, id="brackets"),
        pytest.param("*" * 200_000, id="stars"),
        pytest.param(">" * 20_000, id="quotes"),
        pytest.param("|" * 200_000, id="pipes"),
        pytest.param("# " * 100_000, id="heading marks"),
        pytest.param("\n".join("  " * depth + f"- level {depth}" for depth in range(100)), id="100 lists deep"),
        pytest.param("a\ud800b", id="half a character"),
    ],
)
def test_any_text_is_read(text):
    document = parse(text)

    assert all(1 <= block.line <= block.end_line for block in document.blocks)


def test_lists_nested_100_deep_keep_their_depth():
    document = parse("\n".join("  " * depth + f"- level {depth}" for depth in range(100)))

    assert [entry.depth for entry in document.blocks] == list(range(1, 101))
    assert len(list(document.ancestors(document.blocks[-1]))) == 99
