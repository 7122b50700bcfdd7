"""The root cause of an analysis: of all lines that state a cause, the one that most plainly states the main one.

Every line that could be meant is weighed by its label ("Root cause:"), its section, its wording ("was caused by") and
its place; the heaviest wins, the first of equals. Where the document says that the cause is unknown there is none.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from tracker.extraction.cause_wording import (
    ALL_HINTS,
    CAUSE_HEADING,
    DOUBTFUL,
    EXACT_HEADING,
    HEADING_HINTS,
    HINTS,
    LABEL_MARKS,
    LABELLED,
    MAIN,
    NAMED,
    ROOT_HEADING,
    ROOT_SENTENCE,
    SECTIONS,
    SENTENCE_END,
    SENTENCES,
    UNKNOWN,
    WHYS,
)
from tracker.extraction.document import Block, BlockKind, Document
from tracker.extraction.hints import has_any
from tracker.extraction.values import Statement, Why

WEIGHTS = {
    **{
        "label": 12,
        "label sure": 4,
        "label main": 2,
        "label doubtful": -4,
        "label off": -6,
        "label in root section": 3,
    },
    **{"place exact": 11, "place root": 10, "place cause": 8, "place above": -1, "place main": 2, "place doubtful": -4},
    **{"first": 2.5, "further": -1, "nested": -3, "named": 5, "says root": 9, "says cause": 5, "says weak": 2},
    **{"last why": 3, "early why": -3, "one of several": -2, "announces": -3, "opening": 1, "opens account": 2},
    **{"in problem": -1, "in summary": 1.5, "in conclusion": 1.5, "in account": 1, "in timeline": -1, "in review": -3},
    **{"in work": -4},
}
LEAST_WEIGHT = 2
CERTAIN_WEIGHT = 16
OPENING_BLOCKS = 6
LEAST_WORDS = 3
LONGEST_TEXT = 600


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line that could state the root cause, and what speaks for and against it (names of WEIGHTS)."""

    line: int
    text: str
    reasons: tuple[str, ...]

    @property
    def weight(self) -> float:
        return sum(WEIGHTS.get(reason, 0) for reason in self.reasons)


@lru_cache(maxsize=4096)
def _place(heading: str) -> tuple[str, ...]:
    """What a heading says about the cause: nothing, that whys are asked, or what place for the cause it opens."""
    low = heading.lower()
    if not has_any(low, HEADING_HINTS):
        return ()
    if "why" in low and WHYS.search(heading):
        return ("whys",)
    if EXACT_HEADING.fullmatch(heading):
        return ("place exact",)
    if not CAUSE_HEADING.search(heading):
        return ()
    place = "place root" if ROOT_HEADING.search(heading) else "place cause"
    marks = ("place main" if MAIN.search(heading) else "", "place doubtful" if DOUBTFUL.search(heading) else "")
    return (place, *filter(None, marks))


def _opens(heading: str) -> bool:
    """Does a heading open a place for the cause?"""
    place = _place(heading)
    return bool(place) and place[0] != "whys"


@lru_cache(maxsize=4096)
def _section(heading: str) -> str:
    """What else a section is about, "" where its heading does not say."""
    words = [word.lstrip("*_#(\"'") for word in heading.lower().split()]
    for name, beginnings in SECTIONS.items():
        if any(word.startswith(beginnings) for word in words):
            return f"in {name}"
    return ""


def _tells(heading: str) -> bool:
    return has_any(heading.lower(), SECTIONS["account"]) and not _place(heading) and _section(heading) == "in account"


def root_cause(document: Document, whys: Sequence[Why] = ()) -> Statement | None:
    """The document's own main statement of the root cause, None where it makes none or says that it is unknown.

    whys: the whys of the document; what is stated below an early why of a chain is not yet the root cause.
    """
    search = _Search(document, whys)
    best = max(search.candidates(), key=lambda candidate: candidate.weight, default=None)
    if best is None or best.weight < LEAST_WEIGHT or (search.unknown and best.weight < CERTAIN_WEIGHT):
        return None
    return Statement(best.line, best.text)


def _holder(starts: Sequence[int], line: int) -> int:
    """Which block a line is in: the first that begins there, else the last that begins before it."""
    index = bisect_left(starts, line)
    return index if index < len(starts) and starts[index] == line else index - 1


class _Search:
    """One walk through a document that finds all lines that could state the root cause."""

    def __init__(self, document: Document, whys: Sequence[Why]) -> None:
        self.document = document
        self.early = {why.line for why, following in pairwise(whys) if following.chain == why.chain}
        self.why_lines = [why.line for why in whys]
        starts = [block.line for block in document.blocks]
        self.why_blocks = {line: document.blocks[_holder(starts, line)] for line in self.why_lines}
        self.several = any(why.chain > 1 for why in whys)
        self.unknown = False
        self.title = next((block.index for block in document.blocks if block.kind is BlockKind.HEADING), -1)
        self.telling: dict[tuple[int, ...], bool] = {}
        self.about_of: dict[tuple[int, ...], list[str]] = {}
        self.first_of: dict[int, int] = {}  # heading → the block that is its first statement

    def candidates(self) -> Iterator[Candidate]:
        for block in self.document.blocks:
            if block.kind in (BlockKind.CODE, BlockKind.FRONT_MATTER) or block.index == self.title:
                continue
            if not self.is_telling(block) and not has_any(block.text.lower(), ALL_HINTS):
                continue
            if found := self.by_label(block) or self.by_place(block):
                yield found

    def by_label(self, block: Block) -> Candidate | None:
        """A line such as "Root cause: ..."; where nothing follows, the block below it is meant."""
        text, label = _labelled(block)
        if label is None:
            return None
        marks = text[: label.end()]
        reasons = ["label", *(f"label {name}" for name, pattern in LABEL_MARKS.items() if pattern.search(marks))]
        headings = self.headings(block)
        section = _section(headings[0].text) if headings else ""
        reasons += [section] if section in ("in summary", "in conclusion") else []
        places = (_place(heading.text) for heading in headings)
        if any(place in (("place exact",), ("place root",), ("place root", "place main")) for place in places):
            reasons.append("label in root section")
        reasons += self.among_whys(block)
        rest = text[label.end() :].strip(" *_:")
        line = block.line
        if rest.count(" ") + 1 < LEAST_WORDS:
            following = next(iter(self.document.blocks[block.index + 1 : block.index + 2]), None)
            if following is None or following.kind not in (BlockKind.PARAGRAPH, BlockKind.ENTRY):
                return None
            line, rest = following.line, following.text
        reasons += ["announces"] if block.text.endswith(":") and not marks.endswith((" is ", " was ")) else []
        return Candidate(line, _cut(rest), tuple(reasons))

    def among_whys(self, block: Block) -> list[str]:
        """Below an early why stands an answer, not yet the root cause; among several chains, one of several."""
        above = bisect_right(self.why_lines, block.line) - 1
        if above < 0 or not self.belongs(block, self.why_blocks[self.why_lines[above]]):
            return []
        if self.why_lines[above] in self.early:
            return ["early why"]
        return ["one of several"] if self.several else ["last why"]

    def belongs(self, block: Block, why: Block) -> bool:
        """Does a block stand below a why, not in a later section?"""
        return block is why or why.index in block.section or block.section == why.section

    def headings(self, block: Block) -> list[Block]:
        """The nearest headings above, nearest first, without the title."""
        return [self.document.blocks[index] for index in reversed(block.section[-3:]) if index != self.title]

    def by_place(self, block: Block) -> Candidate | None:
        """A block in a section about the cause, or a sentence that states one."""
        if block.kind is BlockKind.HEADING and block.depth < 7:
            return None
        cue = _cue(block.text)
        if _asks_or_announces(block.text) and cue not in ("root", "cause"):
            return None
        reasons = [f"says {cue}"] if cue else []
        if NAMED.match(block.text):
            reasons.append("named")
        headings = self.headings(block)
        if about := self.about(block, headings):
            return self.in_section(block, [*about, *reasons], headings)
        if not reasons and self.opens_account(block, headings):
            reasons.append("opens account")
        return self.by_wording(block, reasons, SENTENCES.get(cue, NAMED)) if reasons else None

    def by_wording(self, block: Block, reasons: list[str], pattern: re.Pattern) -> Candidate | None:
        """A sentence outside of the sections about the cause."""
        if block.kind is BlockKind.HEADING:
            return None
        headings = self.headings(block)
        reasons += [_section(headings[0].text)] if headings else []
        reasons += ["opening"] if block.index < OPENING_BLOCKS else []
        reasons += ["early why"] if "early why" in self.among_whys(block) else []
        if announced := self.announced(block):
            return Candidate(announced.line, _cut(announced.text), tuple(reasons))
        return Candidate(self.line_of(block, pattern), _cut(_sentence(block.text, pattern)), tuple(reasons))

    def announced(self, block: Block) -> Block | None:
        """The first entry of the list that a sentence announces ("The cause was:")."""
        following = next(iter(self.document.blocks[block.index + 1 : block.index + 2]), None)
        if following is None or following.kind is not BlockKind.ENTRY or not block.text.endswith(":"):
            return None
        return following

    def about(self, block: Block, headings: list[Block]) -> list[str]:
        """What the headings say about the cause, found once for each section."""
        if block.section not in self.about_of:
            self.about_of[block.section] = self.read_headings(headings)
        return self.about_of[block.section]

    def is_telling(self, block: Block) -> bool:
        """Can a block count for its section alone: one about the cause, or one that tells what happened?"""
        if block.section not in self.telling:
            headings = self.headings(block)
            account = bool(headings) and _tells(headings[0].text)
            self.telling[block.section] = account or bool(self.about(block, headings))
        return self.telling[block.section]

    def read_headings(self, headings: list[Block]) -> list[str]:
        """What the nearest heading says, or one further out above a heading that says nothing."""
        places = [_place(heading.text) for heading in headings]
        if not any(places):
            return []
        if _opens(headings[0].text):
            asked = places[0] == ("place cause",) and any(place == ("whys",) for place in places)
            return [] if asked else list(places[0])
        above = next((list(place) for place in places[1:] if place and place != ("whys",)), [])
        silent = not places[0] and not _section(headings[0].text)
        return [*above, "place above"] if above and silent else []

    def in_section(self, block: Block, reasons: list[str], headings: list[Block]) -> Candidate | None:
        first = self.is_first(block, headings)
        if first and UNKNOWN.search(block.text[:LONGEST_TEXT]):
            self.unknown = True
            return None
        if block.text.count(" ") + 1 < LEAST_WORDS:
            return None
        reasons.append("first" if first else "further")
        reasons += ["early why"] if "early why" in self.among_whys(block) else []
        reasons += ["nested"] if block.parent is not None else []
        line = self.line_of(block, ROOT_SENTENCE) if "says root" in reasons else block.line
        return Candidate(line, _cut(block.text), tuple(reasons))

    def is_first(self, block: Block, headings: list[Block]) -> bool:
        """Is this the first statement below the outermost of its headings that are about the cause?"""
        about = [heading for heading in headings if _opens(heading.text)]
        outermost = about[-1].index if about else headings[0].index
        return self.first_of.setdefault(outermost, block.index) == block.index

    def opens_account(self, block: Block, headings: list[Block]) -> bool:
        """Is this the first paragraph of a section that tells what happened?"""
        told = headings and block.kind is BlockKind.PARAGRAPH and _tells(headings[0].text)
        return bool(told) and self.first_of.setdefault(headings[0].index, block.index) == block.index

    def line_of(self, block: Block, pattern: re.Pattern) -> int:
        """The source line in which the wording stands (it may run over a line's end)."""
        lines = self.document.lines[block.line - 1 : block.text_end_line]
        for number, line in enumerate(lines):
            if pattern.search(line) or (number + 1 < len(lines) and pattern.search(f"{line} {lines[number + 1]}")):
                return block.line + number
        return block.line


def _labelled(block: Block) -> tuple[str, re.Match | None]:
    """The text of a block or cell that begins with a label, and the label found in it."""
    if "root" not in block.text[:160].lower():
        return "", None
    texts = [cell for _, cell in block.cells] or [block.text]
    if len(texts) == 2 and ROOT_HEADING.search(texts[0]) and len(texts[0]) < 30:
        texts = [f"{texts[0]}: {texts[1]}"]
    return next(((text, found) for text in texts if (found := LABELLED.match(text))), ("", None))


def _cue(text: str) -> str:
    """The name of the strongest wording in a text that states a cause; a look for its letters spares most searches."""
    low = text.lower()
    for name, hints in HINTS.items():
        if has_any(low, hints) and SENTENCES[name].search(text):
            return name
    return ""


def _asks_or_announces(text: str) -> bool:
    """Is a text one question, or the announcement of a list?"""
    return text.endswith(":") or (text.endswith("?") and not SENTENCE_END.search(text))


def _sentence(text: str, pattern: re.Pattern) -> str:
    """The sentence that has the wording, with what follows it."""
    found = pattern.search(text)
    start = max((end.end() for end in SENTENCE_END.finditer(text[: found.start()])), default=0) if found else 0
    return text[start:]


def _cut(text: str) -> str:
    """A text of at most LONGEST_TEXT characters, cut at a word."""
    if len(text) <= LONGEST_TEXT:
        return text
    return text[:LONGEST_TEXT].rsplit(" ", 1)[0] + " \u2026"
