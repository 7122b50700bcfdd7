"""Which element of the page shows which source line."""

import re
from html.parser import HTMLParser

import pytest
from django.conf import settings

from tracker.extraction import blocks
from tracker.extraction.document import BlockKind
from tracker.html_writer import MAX_DEPTH, write, write_with_anchors
from tracker.rendering import render_with_lines

SAMPLES = sorted((settings.BASE_DIR / "samples").glob("**/*.md"))
REAL_ANALYSES = sorted((settings.BASE_DIR.parent / "shared" / "extraction" / "docs").glob("*.md"))
VOID = {"br", "hr", "input"}


class Anchors(HTMLParser):
    """The text that each element with an id holds."""

    def __init__(self, html):
        super().__init__()
        self.open, self.texts = [], {}
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(dict(attrs).get("id"))
            if self.open[-1]:
                assert self.open[-1] not in self.texts, f"{self.open[-1]} is there twice"
                self.texts[self.open[-1]] = ""

    def handle_endtag(self, tag):
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data):
        for name in self.open:
            if name:
                self.texts[name] += data


def shown_at(markdown, line):
    return " ".join(Anchors(write_with_anchors(markdown).html).texts[f"L{line}"].split())


TEXT = """# Ünïcödé ⚠️ heading

A paragraph – with dashes
and a second line
**bold begins
and ends** here

- first 🚀
  continued
  - nested
- [ ] task

  its paragraph
1. one

| Ä | b |
|---|---|
| row 1 | x |
| row 2 | y |

> quoted
> - entry

```
code
```

Setext
======
"""


@pytest.mark.parametrize(
    ("line", "text"),
    [
        pytest.param(1, "Ünïcödé ⚠️ heading", id="a heading"),
        pytest.param(4, "and a second line", id="a later line of a paragraph"),
        pytest.param(5, "bold begins and ends here", id="a line that begins what ends on the next"),
        pytest.param(6, "", id="a line within bold has a mark only"),
        pytest.param(8, "first 🚀 continued nested", id="a list entry with its details"),
        pytest.param(10, "nested", id="a nested entry"),
        pytest.param(11, "task its paragraph", id="a task"),
        pytest.param(13, "its paragraph", id="a paragraph in an entry"),
        pytest.param(14, "one", id="a numbered entry"),
        pytest.param(16, "Äb", id="the head of a table"),
        pytest.param(19, "row 2y", id="a row of a table"),
        pytest.param(21, "quoted", id="a quotation"),
        pytest.param(22, "entry", id="an entry in a quotation"),
        pytest.param(24, "code", id="code"),
        pytest.param(28, "Setext", id="an underlined heading"),
    ],
)
def test_the_element_of_a_line_shows_what_the_line_says(line, text):
    assert shown_at(TEXT, line) == text


def letters_of(text):
    return "".join(re.findall(r"\w", text))


def assert_every_block_has_its_anchor(markdown):
    texts = Anchors(render_with_lines(markdown).html).texts
    for block in blocks.parse(markdown).blocks:
        if block.kind in (BlockKind.HEADING, BlockKind.ENTRY, BlockKind.ROW, BlockKind.PARAGRAPH):
            assert f"L{block.line}" in texts, block
            shown = letters_of(texts[f"L{block.line}"])
            # an unknown tag of raw HTML is shown as text in front of the words
            assert letters_of(block.text)[:20] in shown or not shown, block


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_every_block_that_the_extraction_reads_in_a_sample_has_its_anchor(path):
    assert_every_block_has_its_anchor(path.read_text())


def test_elements_of_raw_html_have_the_anchor_of_their_line():
    html = write_with_anchors(
        "<h2>Actions</h2>\n<ul>\n<li>Add an alert</li>\n<!-- later -->\n<li>Test it</li>\n</ul>\n"
    ).html

    assert '<li id="L3">Add an alert' in html
    assert '<li id="L5">Test it' in html


@pytest.mark.skipif(not REAL_ANALYSES, reason="the real analyses (../shared/extraction/docs) are not here")
def test_every_block_that_the_extraction_reads_in_a_real_analysis_has_its_anchor():
    for path in REAL_ANALYSES:
        assert_every_block_has_its_anchor(path.read_text())


def test_a_marked_line_carries_its_class_and_a_marked_second_line_does_not_mark_the_first():
    html = write_with_anchors("Fix one\nFix two\n\n- three\n", marks={2: "pending", 4: "taken"}).html

    assert '<p><span id="L1" class="line">Fix one</span>' in html
    assert '<span id="L2" class="line pending">Fix two</span>' in html
    assert '<li id="L4" class="taken">three' in html


def test_only_the_blocks_that_touch_the_asked_lines_are_written_and_numbers_go_on():
    markdown = "# Top\n\n" + "".join(f"{number}. entry {number}\n" for number in range(1, 51))

    html = write_with_anchors(markdown, lines=range(12, 14)).html

    assert re.findall(r"entry \d+", html) == ["entry 10", "entry 11"]
    assert '<li id="L12" value="10">' in html
    assert "Top" not in html


def test_slices_that_tile_the_lines_show_every_block_once():
    slices = [write_with_anchors(TEXT, lines=range(start, start + 7)).lines for start in range(1, 36, 7)]

    assert sorted({line for lines in slices for line in lines}) == list(write_with_anchors(TEXT).lines)


def test_a_table_cut_by_a_slice_keeps_its_head():
    html = write_with_anchors(TEXT, lines=range(19, 20)).html

    assert "<th>Ä</th>" in html
    assert "row 1" not in html


def test_the_nearest_anchor_above_stands_for_a_line_without_one():
    rendered = render_with_lines(TEXT)

    assert rendered.anchor(25) == "L24"
    assert rendered.anchor(3) == "L3"
    assert render_with_lines("\n\n\n# late").anchor(2) == ""


def test_nesting_ends_at_a_depth_that_the_allow_list_can_bear_and_no_word_is_lost():
    html = write(">" * 1000 + " deep").html

    assert html.count("<blockquote>") == MAX_DEPTH
    assert html.count("</blockquote>") == MAX_DEPTH
    assert "deep" in html
    assert write("".join("  " * depth + f"- level {depth}\n" for depth in range(100))).html.count("<li>") == 100


def test_a_line_that_begins_with_a_bold_label_stands_alone_as_it_was_meant():
    html = write_with_anchors("**Severity:** P1\n**Owner:** Kim and\nsomebody else\n").html

    assert '<br>\n<span id="L2" class="line"><strong>Owner' in html
    assert html.count("<br>") == 1
    assert "<br>" not in write("**Severity:** P1\n**Owner:** Kim\n").html


def test_front_matter_is_shown_as_it_is_written_and_the_lines_below_keep_their_numbers():
    markdown = "---\ntitle: Ovens\ntags: [cold]\n---\n\n# Ovens\n\n- Replace the relay\n"

    written = write_with_anchors(markdown)

    assert '<pre id="L1" class="comment">---\ntitle: Ovens' in written.html
    assert '<h1 id="L6">Ovens</h1>' in written.html
    assert '<li id="L8">Replace the relay</li>' in written.html
    assert written.lines == (1, 6, 8)
    assert "title: Ovens" not in write_with_anchors(markdown, lines=range(5, 9)).html


def test_plain_html_has_no_anchors():
    assert "id=" not in write(TEXT).html
