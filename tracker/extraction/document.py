"""A parsed analysis: its blocks in order, with look-ups. It knows nothing of Markdown; blocks.py makes it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class BlockKind(StrEnum):
    """What a block is in the document."""

    HEADING = "heading"
    ENTRY = "entry"
    ROW = "row"
    PARAGRAPH = "paragraph"
    CODE = "code"
    FRONT_MATTER = "front matter"


@dataclass(slots=True)
class Block:
    """One block. Lines are 1-based source lines; indices point into `Document.blocks`.

    depth:    heading level 1 to 6 (7: a paragraph in bold alone), else how many list entries enclose or are the block.
    end_line: the last line of the block with its nested blocks; text_end_line: the last line of its own text.
    parent:   the enclosing list entry; section: the headings above, outermost first; lead_in: the paragraph right
              before the list, the table or the further lines of the paragraph.
    checked:  state of a task-list box, None without one; number: of an ordered entry; group: which list or table.
    label:    the bold text that the block begins with, without its colon; of code, its language.
    cells:    (column name, text) of a table row. bold, code, struck, linked: characters of the text so marked.
    """

    index: int
    kind: BlockKind
    line: int
    end_line: int
    text: str = ""
    depth: int = 0
    parent: int | None = None
    section: tuple[int, ...] = ()
    lead_in: int | None = None
    checked: bool | None = None
    number: int | None = None
    group: int = 0
    label: str = ""
    cells: tuple[tuple[str, str], ...] = ()
    text_end_line: int = 0
    part: int = 0
    quoted: bool = False
    bold: int = 0
    code: int = 0
    struck: int = 0
    linked: int = 0


@dataclass(frozen=True)
class Document:
    """The blocks of an analysis in the order of their lines, with look-ups."""

    lines: tuple[str, ...]
    blocks: tuple[Block, ...]

    @cached_property
    def _children(self) -> dict[int | None, tuple[Block, ...]]:
        found: dict[int | None, list[Block]] = {}
        for block in self.blocks:
            found.setdefault(block.parent, []).append(block)
        return {parent: tuple(blocks) for parent, blocks in found.items()}

    @cached_property
    def _members(self) -> dict[int, tuple[Block, ...]]:
        found: dict[int, list[Block]] = {}
        for block in self.blocks:
            if block.section:
                found.setdefault(block.section[-1], []).append(block)
        return {heading: tuple(blocks) for heading, blocks in found.items()}

    def children(self, block: Block) -> tuple[Block, ...]:
        """The blocks right below a list entry, in order."""
        return self._children.get(block.index, ())

    def members(self, heading: Block) -> tuple[Block, ...]:
        """The blocks whose nearest heading this is (its sub-headings too), in order."""
        return self._members.get(heading.index, ())

    def ancestors(self, block: Block) -> Iterator[Block]:
        """The enclosing list entries, nearest first."""
        while block.parent is not None:
            block = self.blocks[block.parent]
            yield block

    def headings(self, block: Block) -> tuple[Block, ...]:
        """The headings above a block, outermost first."""
        return tuple(self.blocks[index] for index in block.section)

    def section_path(self, block: Block) -> tuple[str, ...]:
        """The texts of the headings above a block, outermost first."""
        return tuple(self.blocks[index].text for index in block.section)

    def lead_in(self, block: Block) -> str:
        """The text of the paragraph that introduces the block's list or table, "" without one."""
        return "" if block.lead_in is None else self.blocks[block.lead_in].text

    def source(self, block: Block) -> str:
        """The source lines of the block with its nested blocks."""
        return "\n".join(self.lines[block.line - 1 : block.end_line])
