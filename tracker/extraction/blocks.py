"""Markdown → blocks: the one file that knows the parser (pyromark). No other code reads Markdown marks.

A block is a heading, a list entry, a table row, a paragraph, a piece of code or the front matter. A paragraph is split
where a line begins with a bold label, a number or an emoji; a short paragraph in bold alone is a heading (level 7).
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyromark

from tracker.extraction import html_text
from tracker.extraction.document import Block, BlockKind, Document
from tracker.extraction.front_matter import split_front_matter

__all__ = ["Block", "BlockKind", "Document", "parse", "split_front_matter"]

OPTIONS = pyromark.Options.ENABLE_TABLES | pyromark.Options.ENABLE_TASKLISTS | pyromark.Options.ENABLE_STRIKETHROUGH
BOLD_HEADING_LEVEL = 7
BOLD_HEADING_WORDS = 14
EMOJI = "\u2600-\u27bf\u2b50\u2b55\U0001f000-\U0001faff"
NEW_PART = re.compile(
    rf"\s{{0,12}}(?:>\s?)?(?:[{EMOJI}]|(?:\*\*|__)?\d{{1,2}}[.)](?:\*\*|__)?\s|(?:\*\*|__)(?:[^*_\n]{{1,80}}:(?:\*\*|__)|"
    r"[^*_\n]{1,80}(?:\*\*|__)(?:\s{0,2}[:\u2013\u2014-]|\s{0,4}$)|[A-Z][A-Z ]{2,30}(?:\*\*|__)))"
)
ONLY_MARKS = re.compile(rf"[\s\d.)(#{EMOJI}\ufe0f]*\Z")
BOLD_END = re.compile(rf"[\s:.!?{EMOJI}\ufe0f]*\Z")


@dataclass(slots=True)
class _Inline:
    """Text being read: of a paragraph part, a heading or a cell."""

    line: int
    pieces: list[str] = field(default_factory=list)
    label: str = ""
    bold: int = 0
    code: int = 0
    struck: int = 0
    linked: int = 0

    def text(self) -> str:
        return " ".join("".join(self.pieces).split())


@dataclass(slots=True)
class _Container:
    """A list entry, or the document itself: what blocks are put into."""

    entry: Block | None
    previous: int | None = None  # the paragraph that would introduce a list starting now
    has_text: bool = False


class _Reader:
    """Turns the parser's events into blocks. One method for each event that matters."""

    def __init__(self, text: str, first_line: int) -> None:
        self.data = text.encode()
        self.first_line = first_line
        self.starts = [0]
        self.filled: list[int] = []  # for each line: the last line up to it that is not blank
        self._index_lines()
        self.lines = text.split("\n")
        self.blocks: list[Block] = []
        self.section: list[Block] = []
        self.path: tuple[int, ...] = ()
        self.containers = [_Container(None)]
        self.lists: list[tuple[int, int | None, int | None]] = []  # group, next number, lead-in
        self.groups = 0
        self.parts: list[_Inline] = []
        self.marks = {"Strong": 0, "Strikethrough": 0, "Link": 0, "Image": 0, "BlockQuote": 0}
        self.label_from: int | None = None
        self.header: list[str] = []
        self.cells: list[str] = []
        self.in_code = False
        self.starters = {
            "Item": self.start_item,
            "List": self.start_list,
            "Heading": self.start_text,
            "Paragraph": self.start_text,
            "TableCell": self.start_text,
            "Table": self.start_table,
            "CodeBlock": self.start_code,
            "Strong": self.start_strong,
        }
        self.enders = {
            "Item": self.end_item,
            "List": self.end_list,
            "Heading": self.end_heading,
            "Paragraph": self.end_paragraph,
            "TableCell": self.end_cell,
            "TableHead": self.end_table_head,
            "TableRow": self.end_row,
            "Table": self.end_table,
            "CodeBlock": self.end_code,
            "HtmlBlock": self.end_html,
            "Strong": self.end_strong,
        }

    def _index_lines(self) -> None:
        last = 0
        for number, line in enumerate(self.data.split(b"\n")):
            if line.strip(b" \t\r>"):
                last = number
            self.filled.append(last)
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.starts.pop()

    def line_at(self, offset: int) -> int:
        return self.first_line + bisect_right(self.starts, offset) - 1

    def last_line(self, end: int, start_line: int) -> int:
        """The last line with text in front of byte `end`."""
        row = bisect_right(self.starts, max(end - 1, 0)) - 1
        return max(self.first_line + self.filled[row], start_line)

    def line_above(self, start: int) -> int:
        """The last line with text above the line of byte `start`."""
        return self.last_line(self.starts[bisect_right(self.starts, start) - 1], 0)

    def read(self, events: Iterator) -> list[Block]:
        handlers = {
            "Text": self.add_text,
            "Code": self.add_code,
            "Start": self.start,
            "End": self.end,
            "TaskListMarker": self.task_marker,
            "InlineHtml": self.inline_html,
        }
        for event, span in events:
            if type(event) is str:
                if event in ("SoftBreak", "HardBreak"):
                    self.line_break(span)
                continue
            ((name, value),) = event.items()
            if handler := handlers.get(name):
                handler(value, span)
        return self.blocks

    def start(self, value: object, span: dict) -> None:
        name = value if isinstance(value, str) else next(iter(value))
        if name in self.marks:
            self.marks[name] += 1
        if starter := self.starters.get(name):
            starter(value, span)

    def end(self, value: object, span: dict) -> None:
        name = value if isinstance(value, str) else next(iter(value))
        if name in self.marks:
            self.marks[name] -= 1
        if ender := self.enders.get(name):
            ender(value, span)

    # text

    def start_text(self, value: object, span: dict) -> None:
        self.parts = [_Inline(self.line_at(span["start"]))]
        self.label_from = None

    def add_text(self, text: str, span: dict) -> None:
        if self.in_code or self.marks["Image"]:
            return
        if not self.parts:  # a tight list entry has no paragraph of its own
            self.start_text(None, span)
        part = self.parts[-1]
        part.pieces.append(text)
        marks = self.marks
        if marks["Strong"]:
            part.bold += len(text)
        if marks["Link"]:
            part.linked += len(text)
        if marks["Strikethrough"]:
            part.struck += len(text)

    def add_code(self, text: str, span: dict) -> None:
        self.add_text(text, span)
        if self.parts:
            self.parts[-1].code += len(text)

    def start_strong(self, value: object, span: dict) -> None:
        if not self.parts:
            self.start_text(None, span)
        pieces = self.parts[-1].pieces
        if not self.parts[-1].label and len(pieces) < 8 and ONLY_MARKS.match("".join(pieces)):
            self.label_from = len(pieces)

    def end_strong(self, value: object, span: dict) -> None:
        if self.label_from is not None and self.parts:
            label = " ".join("".join(self.parts[-1].pieces[self.label_from :]).split())
            self.parts[-1].label = label.rstrip(": ")
            self.label_from = None

    def inline_html(self, text: str, span: dict) -> None:
        if self.parts:
            self.parts[-1].pieces.append(" ")

    def line_break(self, span: dict) -> None:
        if not self.parts:
            return
        row = bisect_right(self.starts, span["start"])
        if not self.marks["Strong"] and row < len(self.lines) and NEW_PART.match(self.lines[row]):
            self.parts.append(_Inline(self.first_line + row))
            self.label_from = None
        else:
            self.parts[-1].pieces.append(" ")

    # blocks

    def add(self, kind: BlockKind, line: int, end_line: int, **fields: object) -> Block:
        entry = self.containers[-1].entry
        block = Block(
            len(self.blocks),
            kind,
            line,
            end_line,
            parent=None if entry is None else entry.index,
            section=self.path,
            text_end_line=end_line,
            quoted=bool(self.marks["BlockQuote"]),
            **fields,
        )
        self.blocks.append(block)
        return block

    def fill(self, block: Block, part: _Inline) -> None:
        block.text, block.label = part.text(), part.label
        block.bold, block.code, block.struck, block.linked = part.bold, part.code, part.struck, part.linked

    def end_heading(self, value: object, span: dict) -> None:
        if self.containers[-1].entry is not None:  # a heading inside a list entry is that entry's text
            self.end_paragraph(value, span)
            return
        part = self.parts[0]
        block = self.add(BlockKind.HEADING, part.line, self.last_line(span["end"], part.line))
        self.fill(block, part)
        self.parts = []
        self.open_section(block, int(value["Heading"][1]))

    def open_section(self, block: Block, level: int) -> None:
        while self.section and self.section[-1].depth >= level:
            self.section.pop()
        block.depth = level
        block.section = tuple(heading.index for heading in self.section)
        self.section.append(block)
        self.path = (*block.section, block.index)
        self.containers[-1].previous = None

    def end_paragraph(self, value: object, span: dict) -> None:
        self.flush(self.last_line(span["end"], 0))

    def flush(self, end_line: int) -> None:
        """Make blocks of the text read so far; the first text of a list entry becomes that entry's own."""
        parts, self.parts = self.parts, []
        container = self.containers[-1]
        first: Block | None = None
        for number, part in enumerate(parts):
            last = parts[number + 1].line - 1 if number + 1 < len(parts) else max(end_line, part.line)
            if container.entry is not None and not container.has_text:
                container.has_text = True
                container.entry.text_end_line = last
                self.fill(container.entry, part)
                first = container.entry
                continue
            block = self.add_part(part, last, number, first)
            first = first or block

    def add_part(self, part: _Inline, last: int, number: int, first: Block | None) -> Block:
        container = self.containers[-1]
        introduced = first is not None and first.kind is BlockKind.PARAGRAPH and first.text.endswith(":")
        block = self.add(
            BlockKind.PARAGRAPH,
            part.line,
            last,
            depth=len(self.containers) - 1,
            part=number,
            lead_in=first.index if introduced else None,
        )
        self.fill(block, part)
        if container.entry is None and is_bold_heading(block):
            block.kind = BlockKind.HEADING
            self.open_section(block, BOLD_HEADING_LEVEL)
        else:
            container.previous = block.index
        return block

    # lists

    def start_list(self, value: dict, span: dict) -> None:
        if self.parts:
            self.flush(self.line_above(span["start"]))
        self.groups += 1
        self.lists.append((self.groups, value["List"], self.containers[-1].previous))

    def end_list(self, value: object, span: dict) -> None:
        self.lists.pop()

    def start_item(self, value: object, span: dict) -> None:
        group, number, lead_in = self.lists[-1]
        if number is not None:
            self.lists[-1] = (group, number + 1, lead_in)
        line = self.line_at(span["start"])
        end_line = self.last_line(span["end"], line)
        depth = len(self.containers)
        block = self.add(BlockKind.ENTRY, line, end_line, depth=depth, group=group, number=number, lead_in=lead_in)
        block.text_end_line = line
        self.containers.append(_Container(block))
        self.parts = []

    def end_item(self, value: object, span: dict) -> None:
        if self.parts:
            self.flush(self.last_line(span["end"], 0))
        self.containers.pop()

    def task_marker(self, checked: bool, span: dict) -> None:
        if (entry := self.containers[-1].entry) is not None:
            entry.checked = checked

    # tables and code

    def start_table(self, value: object, span: dict) -> None:
        if self.parts:
            self.flush(self.line_above(span["start"]))
        self.groups += 1
        self.header, self.cells = [], []

    def end_cell(self, value: object, span: dict) -> None:
        self.cells.append(self.parts[0].text() if self.parts else "")
        self.parts = []

    def end_table_head(self, value: object, span: dict) -> None:
        self.header, self.cells = self.cells, []

    def end_row(self, value: object, span: dict) -> None:
        names = self.header + [""] * (len(self.cells) - len(self.header))
        cells = tuple(zip(names, self.cells, strict=False))
        line = self.line_at(span["start"])
        text = " | ".join(cell for cell in self.cells if cell)
        self.add(
            BlockKind.ROW,
            line,
            line,
            text=text,
            cells=cells,
            group=self.groups,
            lead_in=self.containers[-1].previous,
            depth=len(self.containers) - 1,
        )
        self.cells = []

    def end_table(self, value: object, span: dict) -> None:
        self.containers[-1].previous = None

    def end_html(self, value: object, span: dict) -> None:
        line = self.line_at(span["start"])
        rows = self.lines[line - self.first_line : self.line_at(max(span["end"] - 1, 0)) - self.first_line + 1]
        self.groups += 1
        for element in html_text.texts(rows):
            kind = BlockKind.ENTRY if element.name == "li" else BlockKind.PARAGRAPH
            if heading := element.name not in ("li", "p"):
                kind = BlockKind.HEADING
            depth = len(self.containers) - 1 + (kind is BlockKind.ENTRY)
            block = self.add(kind, line + element.first, line + element.last, text=element.text, depth=depth)
            block.group = self.groups if kind is BlockKind.ENTRY else 0
            if heading:
                self.open_section(block, int(element.name[1]))

    def start_code(self, value: object, span: dict) -> None:
        if self.parts:
            self.flush(self.line_above(span["start"]))
        self.in_code = True

    def end_code(self, value: object, span: dict) -> None:
        self.in_code = False
        line = self.line_at(span["start"])
        depth = len(self.containers) - 1
        self.add(BlockKind.CODE, line, self.last_line(span["end"], line), depth=depth)


def is_bold_heading(block: Block) -> bool:
    """Is a paragraph a heading in bold: few words, all of them bold, no whole sentence?"""
    if not block.label or not block.text.startswith(block.label, block.text.find(block.label)):
        return False
    rest = block.text[block.text.find(block.label) + len(block.label) :]
    words = block.text.count(" ") + 1
    sentence = block.text.endswith((".", "!")) and words > 8
    return bool(BOLD_END.match(rest)) and words <= BOLD_HEADING_WORDS and not sentence


def parse(text: str) -> Document:
    """The blocks of a Markdown text. Any text is accepted; characters that UTF-8 cannot carry become "?"."""
    text = text.removeprefix("\ufeff").encode("utf-8", "replace").decode()
    body, front = split_front_matter(text)
    reader = _Reader(body, 1 + front)
    if front:
        reader.add(BlockKind.FRONT_MATTER, 1, front)
    events = pyromark.events_with_range(body, options=OPTIONS)
    return Document(tuple(text.split("\n")), tuple(reader.read(events)))
