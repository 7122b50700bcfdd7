"""Markdown → HTML, with an anchor for each source line. Pure; the result still has to pass the allow-list of rendering.

The parser (pyromark) yields events; each opens or closes an element. What cannot come from here: an element that stays
open, nesting deeper than MAX_DEPTH (the allow-list needs quadratic time for a deep tree), an attribute of raw HTML
other than the address of a link. Tags that no analysis needs are written as the text that they are.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from itertools import accumulate
from operator import itemgetter

import pyromark

from tracker.extraction.blocks import OPTIONS, split_front_matter
from tracker.translation import gettext

MAX_DEPTH = 250
MAX_RAW_DEPTH = 40
ALIGNMENTS = {"Left": ' align="left"', "Center": ' align="center"', "Right": ' align="right"'}
INLINE = {"Emphasis": "em", "Strong": "strong", "Strikethrough": "del"}
INSIDE_TEXT = frozenset({*INLINE, "Link", "Image"})
NEVER_LEFT_OUT = INSIDE_TEXT | {"TableHead", "TableCell"}
LINE_TAGS = {"a", "b", "br", "code", "del", "em", "i", "ins", "kbd", "s"}
SMALL_TAGS = {"small", "span", "strong", "sub", "sup", "u"}
LIST_TAGS = {"dd", "dl", "dt", "li", "ol", "ul", "details", "summary"}
TABLE_TAGS = {"table", "tbody", "td", "tfoot", "th", "thead", "tr"}
TEXT_TAGS = {"u", "blockquote", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "p", "pre"}
RAW_TAGS = frozenset(LINE_TAGS | SMALL_TAGS | LIST_TAGS | TABLE_TAGS | TEXT_TAGS)
RAW_VOID = frozenset({"br", "hr"})
RAW_ANCHORED = frozenset({"li", "p", "h1", "h2", "h3", "h4", "h5", "h6"})
RAW_CLOSED_BY_ITSELF = frozenset({"li", "p", "tr", "td", "th", "dt", "dd"})
RAW_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)((?:[\s/][^<>]*)?)>")
RAW_ADDRESS = re.compile(r"""\shref\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
NO_MARKS: Mapping[int, str] = {}


@dataclass(frozen=True, slots=True)
class Written:
    """The HTML, and the source lines that have an element with the id L<line>, ascending."""

    html: str
    lines: tuple[int, ...] = ()


@dataclass(slots=True)
class _Open:
    """An element that is open: what ends it, and the tags of raw HTML that were opened inside it."""

    closing: str
    raw: list[str] = field(default_factory=list)


class _Writer:
    """Writes what each event stands for."""

    def __init__(
        self,
        text: str,
        *,
        anchors: bool,
        marks: Mapping[int, str] = NO_MARKS,
        lines: range | None = None,
        above: int = 0,
    ) -> None:
        self.anchors, self.marks, self.lines, self.above = anchors, marks, lines, above
        self.rows = text.split("\n")
        self.starts = [0, *accumulate(len(row.encode()) + 1 for row in self.rows)]
        self.out: list[str] = []
        self.anchored = [0]
        self.stack = [_Open("")]
        self.raw_depth = 0
        self.inline_depth = 0
        self.line_open = False
        self.skipping = 0
        self.images: list[tuple[int, str]] = []  # place in the output, address
        self.links = 0
        self.numbers: list[int | None] = []
        self.alignments: tuple[str, ...] = ()
        self.column = 0
        self.cell_tag = "td"
        self.raw_html: list[str] = []
        self.raw_starts: list[tuple[int, int]] = []  # of each piece: its place in raw_html, in the source
        self.raw_length = 0

    def written(self, events: Iterator[tuple]) -> Written:
        writers = {
            "Text": self.text,
            "Code": self.code,
            "Html": self.block_html,
            "InlineHtml": self.raw,
            "TaskListMarker": self.task_marker,
            "Start": self.start,
            "End": self.end,
        }
        for event, span in events:
            if type(event) is str:
                self.mark(event, span)
                continue
            ((name, value),) = event.items()
            if self.skipping:
                self.skipping += (name == "Start") - (name == "End")
            elif writer := writers.get(name):
                writer(value, span)
        return Written("".join(self.out), tuple(self.anchored[1:]))

    def front_matter(self, text: str) -> None:
        self.anchored.append(1)
        self.out.append(f'<pre id="L1" class="comment">{escape(text, quote=False)}</pre>\n')

    # lines

    def line_at(self, offset: int) -> int:
        return self.above + bisect_right(self.starts, offset)

    def left_out(self, span: dict) -> bool:
        """Does a block lie wholly outside the lines that are asked for?"""
        if self.lines is None:
            return False
        last = self.line_at(max(span["end"] - 1, span["start"]))
        return last < self.lines.start or self.line_at(span["start"]) >= self.lines.stop

    def anchor(self, offset: int, own_class: str = "") -> str:
        """The attributes of an element that begins at byte `offset`: the first one of each line carries its id."""
        line = self.line_at(offset)
        if not self.anchors or line <= self.anchored[-1]:
            return f' class="{own_class}"' if own_class else ""
        self.anchored.append(line)
        classes = f"{own_class} {self.marks.get(line, '')}".strip()
        return f' id="L{line}"' + (f' class="{classes}"' if classes else "")

    def line_break(self, html: str, span: dict) -> None:
        """Each line of a text is a span of its own; an empty one where bold or a link goes on from the line before."""
        self.close_line()
        self.out.append("<br>\n" if self.anchors and self.begins_bold(span["end"]) else html)
        if self.anchors and not self.images:
            self.open_line(span["end"])

    def begins_bold(self, offset: int) -> bool:
        """Does a line begin with a bold label, as in "**Severity:** P1"? Then it was meant as a line of its own."""
        return self.rows[bisect_right(self.starts, offset) - 1].lstrip(" \t>").startswith(("**", "__"))

    def open_line(self, offset: int) -> None:
        self.out.append(f"<span{self.anchor(offset, 'line')}>")
        if self.inline_depth or self.stack[-1].raw or self.line_open:
            self.out.append("</span>")
        else:
            self.line_open = True

    def close_line(self) -> None:
        if self.line_open and not self.inline_depth and not self.stack[-1].raw:
            self.out.append("</span>")
            self.line_open = False

    # events that are complete in themselves

    def mark(self, event: str, span: dict) -> None:
        if self.skipping:
            return
        if event == "Rule":
            if not self.left_out(span):
                self.out.append("<hr>\n")
        else:
            self.line_break("<br>\n" if event == "HardBreak" else "\n", span)

    def text(self, value: str, span: dict) -> None:
        self.out.append(escape(value, quote=False))

    def code(self, value: str, span: dict) -> None:
        self.out.append(f"<code>{escape(value, quote=False)}</code>")

    def task_marker(self, checked: bool, span: dict) -> None:
        label = gettext("done") if checked else gettext("not done")
        state = f'{"checked " if checked else ""}aria-label="{escape(label)}"'
        self.out.append(f'<input type="checkbox" disabled {state}> ')

    def block_html(self, value: str, span: dict) -> None:
        self.raw_html.append(value)
        self.raw_starts.append((self.raw_length, span["start"]))
        self.raw_length += len(value)

    # elements

    def start(self, value: object, span: dict) -> None:
        name, details = (value, None) if isinstance(value, str) else next(iter(value.items()))
        if name == "Item" and self.numbers[-1] is not None:
            self.numbers[-1] += 1
        if name not in NEVER_LEFT_OUT and self.left_out(span):
            self.skipping = 1
            return
        if name in INSIDE_TEXT:
            self.inline_depth += 1
        else:
            self.start_block(name)
        if name == "HtmlBlock":
            self.raw_html, self.raw_starts, self.raw_length = [], [], 0
            self.out.append(f"<span{self.anchor(span['start'])}></span>")
            return
        opening, closing = self.element(name, details, span)
        if len(self.stack) > MAX_DEPTH:
            opening = closing = ""
        if opening:
            self.out.append(opening)
        self.stack.append(_Open(closing))
        if name == "Paragraph" and self.marked_inside(span):
            self.open_line(span["start"])

    def start_block(self, name: str) -> None:
        """A block ends the line of text before it; white space keeps their words apart."""
        self.close_line()
        if name != "TableCell" and self.out and not self.out[-1].endswith("\n"):
            self.out.append("\n")

    def element(self, name: str, details: object, span: dict) -> tuple[str, str]:
        """What opens and what ends an element."""
        if tag := INLINE.get(name):
            return f"<{tag}>", f"</{tag}>"
        return getattr(self, f"start_{name.lower()}", self.start_unknown)(details, span)

    def end(self, value: object, span: dict) -> None:
        name = value if isinstance(value, str) else next(iter(value))
        if name == "HtmlBlock":
            self.raw_block("".join(self.raw_html))
            return
        if name == "Image":
            self.name_image()
        if name == "Link":
            self.links -= 1
        if name == "List":
            self.numbers.pop()
        self.close_raw(0)
        self.close_line()
        self.inline_depth -= name in INSIDE_TEXT
        self.out.append(self.stack.pop().closing)

    def start_unknown(self, details: object, span: dict) -> tuple[str, str]:
        return "", ""

    def start_heading(self, details: dict, span: dict) -> tuple[str, str]:
        tag = details["level"].lower()
        return f"<{tag}{self.anchor(span['start'])}>", f"</{tag}>\n"

    def start_paragraph(self, details: None, span: dict) -> tuple[str, str]:
        return f"<p{'' if self.marked_inside(span) else self.anchor(span['start'])}>", "</p>\n"

    def marked_inside(self, span: dict) -> bool:
        """Does a later line of a paragraph have a mark of its own? Then the first line must not stand for all."""
        if not self.marks:
            return False
        first, last = self.line_at(span["start"]), self.line_at(span["end"] - 1)
        return any(line in self.marks for line in range(first + 1, last + 1))

    def start_blockquote(self, details: None, span: dict) -> tuple[str, str]:
        return "<blockquote>\n", "</blockquote>\n"

    def start_codeblock(self, details: object, span: dict) -> tuple[str, str]:
        return f"<pre{self.anchor(span['start'])}><code>", "</code></pre>\n"

    def start_list(self, first: int | None, span: dict) -> tuple[str, str]:
        self.numbers.append(None if first is None else first - 1)
        if first is None:
            return "<ul>\n", "</ul>\n"
        return ("<ol>\n" if first == 1 else f'<ol start="{first}">\n'), "</ol>\n"

    def start_item(self, details: None, span: dict) -> tuple[str, str]:
        number = self.numbers[-1]
        value = "" if self.lines is None or number is None else f' value="{number}"'
        return f"<li{self.anchor(span['start'])}{value}>", "</li>\n"

    def start_table(self, alignments: tuple[str, ...], span: dict) -> tuple[str, str]:
        self.alignments = alignments
        return "<table>", "</tbody></table>\n"

    def start_tablehead(self, details: None, span: dict) -> tuple[str, str]:
        self.column, self.cell_tag = 0, "th"
        return f"<thead><tr{self.anchor(span['start'])}>", "</tr></thead>\n<tbody>\n"

    def start_tablerow(self, details: None, span: dict) -> tuple[str, str]:
        self.column, self.cell_tag = 0, "td"
        return f"<tr{self.anchor(span['start'])}>", "</tr>\n"

    def start_tablecell(self, details: None, span: dict) -> tuple[str, str]:
        align = ALIGNMENTS.get(self.alignments[self.column], "") if self.column < len(self.alignments) else ""
        self.column += 1
        return f"<{self.cell_tag}{align}>", f"</{self.cell_tag}>"

    def start_link(self, details: dict, span: dict) -> tuple[str, str]:
        self.links += 1
        address = ("mailto:" if details["link_type"] == "Email" else "") + details["dest_url"]
        return f'<a href="{escape(address)}">', "</a>"

    def start_image(self, details: dict, span: dict) -> tuple[str, str]:
        """No image is fetched from elsewhere: its text leads to it, except inside a link, which leads on itself."""
        address = details["dest_url"]
        self.images.append((len(self.out) + 1, address))
        if self.links:
            return "", ""
        return f'<a class="image" href="{escape(address)}">', "</a>"

    def name_image(self) -> None:
        place, address = self.images.pop()
        if len(self.out) == place:
            self.out.append(escape(address.rsplit("/", 1)[-1] or "image"))

    # raw HTML

    def raw_block(self, text: str) -> None:
        """Raw HTML over several lines. Comments are shown as text: a template's hints, or work that is hidden."""
        place = 0
        while (start := text.find("<!--", place)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
            self.raw(text[place:start], begins=place)
            if comment := text[start + 4 : end].strip():
                self.out.append(f'<pre class="comment">{escape(comment, quote=False)}</pre>')
            place = end + 3
        self.raw(text[place:], begins=place)

    def raw(self, text: str, span: dict | None = None, *, begins: int | None = None) -> None:
        """Raw tags and the text between them. `begins`: the place of the text in its block of raw HTML, if any."""
        if span and text.startswith("<!--") and text.endswith("-->"):
            return
        place = 0
        for tag in RAW_TAG.finditer(text):
            self.out.append(escape(text[place : tag.start()], quote=False))
            self.raw_tag(tag, None if begins is None else begins + tag.start())
            place = tag.end()
        self.out.append(escape(text[place:], quote=False))

    def raw_tag(self, tag: re.Match, at: int | None) -> None:
        name, attributes = tag[2].lower(), tag[3]
        open_tags = self.stack[-1].raw
        if name not in RAW_TAGS and name != "img":
            self.out.append(escape(tag[0], quote=False))
        elif name == "img":  # nothing is fetched from elsewhere
            return
        elif name in RAW_VOID:
            self.out.append(f"<{name}>")
        elif tag[1]:
            if name in open_tags:
                self.close_raw(len(open_tags) - 1 - open_tags[::-1].index(name))
        elif not attributes.endswith("/"):
            if name in RAW_CLOSED_BY_ITSELF and open_tags and open_tags[-1] == name:
                self.close_raw(len(open_tags) - 1)
            self.open_raw(name, attributes, self.raw_anchor(name, at))

    def raw_anchor(self, name: str, at: int | None) -> str:
        """The anchor of an element that stands in a block of raw HTML at that place."""
        if at is None or name not in RAW_ANCHORED:
            return ""
        return self.anchor(self.raw_starts[bisect_right(self.raw_starts, at, key=itemgetter(0)) - 1][1])

    def open_raw(self, name: str, attributes: str, anchor: str) -> None:
        address = RAW_ADDRESS.search(attributes) if name == "a" else None
        if self.raw_depth >= MAX_RAW_DEPTH or (name == "a" and not address):
            return
        href = f' href="{address[1] or address[2] or ""}"' if address else ""
        self.out.append(f"<{name}{href}{anchor}>")
        self.stack[-1].raw.append(name)
        self.raw_depth += 1

    def close_raw(self, keep: int) -> None:
        """Close the tags of raw HTML that were opened in the current element, but the first `keep`."""
        raw = self.stack[-1].raw
        while len(raw) > keep:
            self.out.append(f"</{raw.pop()}>")
            self.raw_depth -= 1


def write(text: str) -> Written:
    """The HTML of a Markdown text, without anchors."""
    text = _encodable(text)
    return _Writer(text, anchors=False).written(_events(text))


def write_with_anchors(text: str, *, marks: Mapping[int, str] = NO_MARKS, lines: range | None = None) -> Written:
    """The HTML of a Markdown text where the first element of each source line has the id L<line>.

    `marks` gives lines a class; `lines` leaves out the blocks that touch none of them. Lines are 1-based. What stands
    above the text for other programs (YAML front matter) is shown as it is written.
    """
    text = _encodable(text)
    body, above = split_front_matter(text)
    writer = _Writer(body, anchors=True, marks=marks, lines=lines, above=above)
    if above and (lines is None or lines.start <= above):
        writer.front_matter("\n".join(text.split("\n", above)[:above]))
    return writer.written(_events(body))


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()  # lone surrogates have no bytes


def _events(text: str) -> Iterator[tuple]:
    return pyromark.events_with_range(text, options=OPTIONS)
