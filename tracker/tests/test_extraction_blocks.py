"""What the blocks of an analysis are: headings, list entries, table rows, paragraphs and code, each with its lines."""

import time

import pytest

from tracker.extraction.blocks import parse
from tracker.extraction.document import BlockKind


def texts(markdown, kind):
    return [block.text for block in parse(markdown).blocks if block.kind == kind]


def block(markdown, text):
    return next(each for each in parse(markdown).blocks if each.text.startswith(text))


def test_every_block_carries_the_lines_of_the_source():
    document = parse("# Report\n\nOne\nline\n\n1. first\n   - detail\n\n   more\n2. second\n\n```sh\nls\n```\n")

    assert [(each.kind.value, each.line, each.end_line) for each in document.blocks] == [
        ("heading", 1, 1),
        ("paragraph", 3, 4),
        ("entry", 6, 9),
        ("entry", 7, 7),
        ("paragraph", 9, 9),
        ("entry", 10, 10),
        ("code", 12, 14),
    ]


def test_lines_are_counted_alike_with_windows_line_ends_a_byte_order_mark_and_letters_of_many_bytes():
    document = parse("\ufeff# Störung\r\n\r\n- Größe prüfen ✅\r\n- zweiter\r\n")

    assert [(each.line, each.text) for each in document.blocks] == [
        (1, "Störung"),
        (3, "Größe prüfen ✅"),
        (4, "zweiter"),
    ]


def test_text_is_one_clean_line_without_inline_marks():
    assert texts(
        "**Fix** the `cache`, see [notes](http://x.example)\nand ~~old~~ <b>new</b> ![logo](x.png)", "paragraph"
    ) == ["Fix the cache, see notes and old new"]


def test_entries_know_their_parent_depth_number_box_and_section():
    document = parse("# A\n## B\n3. [x] outer\n   - inner\n")
    outer, inner = document.blocks[2:]

    assert (outer.number, outer.checked, outer.depth, document.section_path(outer)) == (3, True, 1, ("A", "B"))
    assert (inner.number, inner.checked, inner.depth, inner.parent) == (None, None, 2, outer.index)
    assert document.children(outer) == (inner,)
    assert list(document.ancestors(inner)) == [outer]


def test_a_heading_closes_the_sections_of_its_level_and_below():
    document = parse("# A\n## B\n### C\n## D\ntext\n")

    assert document.section_path(document.blocks[-1]) == ("A", "D")
    assert [each.text for each in document.members(document.blocks[0])] == ["B", "D"]


@pytest.mark.parametrize(
    ("markdown", "heading"),
    [
        pytest.param("**Next steps:**\n\n- a\n", True, id="a short paragraph in bold is a heading"),
        pytest.param("**Next steps:**\n- a\n", True, id="also right above its list"),
        pytest.param("**The cache was full and nobody had ever looked at it.**\n", False, id="a bold sentence is none"),
        pytest.param("**Owner:** Mara\n", False, id="a bold label with text is none"),
        pytest.param("- **Cache**\n", False, id="a bold list entry is none"),
    ],
)
def test_what_counts_as_a_heading_in_bold(markdown, heading):
    first = parse(markdown).blocks[0]

    assert (first.kind is BlockKind.HEADING) is heading
    assert not heading or first.depth == 7


def test_a_paragraph_is_split_where_a_line_begins_with_a_label_a_number_or_an_emoji():
    found = texts("Written by us\n**Date:** 4 May\n✅ Cache emptied\nand checked\n2) Alarm set\n", "paragraph")

    assert found == ["Written by us", "Date: 4 May", "✅ Cache emptied and checked", "2) Alarm set"]


def test_the_bold_label_in_front_is_kept_apart():
    assert block("1. **Alarm** - add one\n", "Alarm").label == "Alarm"
    assert block("- ✅ **Cache:** emptied\n", "✅").label == "Cache"
    assert block("- Empty the **cache**\n", "Empty").label == ""


def test_rows_carry_their_cells_with_column_names_even_when_they_are_ragged():
    document = parse("Follow-up:\n\n| Action | Owner |\n|---|---|\n| Add alarm | Mara | late |\n| Test |\n")
    first, second = (each for each in document.blocks if each.kind is BlockKind.ROW)

    assert first.cells == (("Action", "Add alarm"), ("Owner", "Mara"))
    assert second.cells[0] == ("Action", "Test")
    assert document.lead_in(first) == "Follow-up:"


def test_a_list_knows_the_paragraph_that_introduces_it():
    document = parse("We will:\n\n- a\n- b\n\n## Other\n\n- c\n")

    assert [document.lead_in(each) for each in document.blocks if each.kind is BlockKind.ENTRY] == [
        "We will:",
        "We will:",
        "",
    ]


def test_front_matter_is_one_block_and_no_heading():
    document = parse("---\ntitle: Outage\n\ndate: 2026-01-01\n---\n# Report\n")

    assert [(each.kind.value, each.line, each.end_line) for each in document.blocks] == [
        ("front matter", 1, 5),
        ("heading", 6, 6),
    ]


def test_a_rule_at_the_top_is_no_front_matter():
    assert texts("---\n\nplain\n", "paragraph") == ["plain"]


def test_headings_entries_and_paragraphs_in_raw_html_are_read():
    document = parse("<h2>What we change</h2>\n<ul>\n  <li>Add an <b>alarm</b></li>\n</ul>\n<p>Two\nlines</p>\n")

    assert [(each.kind.value, each.line, each.text) for each in document.blocks] == [
        ("heading", 1, "What we change"),
        ("entry", 3, "Add an alarm"),
        ("paragraph", 5, "Two lines"),
    ]
    assert document.section_path(document.blocks[1]) == ("What we change",)


def test_an_unclosed_fence_takes_the_rest_as_code():
    assert [each.kind for each in parse("```\n- not an entry\n").blocks] == [BlockKind.CODE]


def test_lists_nested_100_deep_keep_their_depth():
    document = parse("".join("  " * depth + "- x\n" for depth in range(100)))

    assert max(each.depth for each in document.blocks) == 100


def test_characters_that_utf8_cannot_carry_do_no_harm():
    assert parse("- a\ud800b\x00c\n").blocks[0].text.startswith("a?b")


HOSTILE = [
    *"[*>|1 #`_<&\t\\\n", "- ", "> ", "**a**\n", "1. ", "| a ", "<p ", "<li>", "a**", "![", "1.\n", "✅\n", "**",
    "---\na:\n", "a:b\n", "](", "~~", "<!--",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE, ids=repr)
def test_200_kb_of_one_mark_are_parsed_in_seconds(piece):
    started = time.process_time()

    parse(piece * (200_000 // len(piece)))

    assert time.process_time() - started < 20  # a quadratic step would take minutes
