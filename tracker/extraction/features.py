"""Blocks → features: named facts about a block, its text, its headings and its place among its neighbours.

A block's features come in parts. What blocks share (a section, a list, the paragraph that introduces it) is described
once and its part reused, with the sum of its weights.
"""

# ruff: noqa: E501 - tables of patterns; the few values of a block are given in one order everywhere

import re
from collections.abc import Callable, Sequence

from tracker.extraction.document import Block, BlockKind, Document
from tracker.extraction.facets import (
    STRONG_ACTION,
    endings,
    label,
    of_cells,
    of_ending,
    of_form,
    of_label,
    of_marks,
    of_nearest_topics,
    of_place,
    of_section,
    of_shape,
    of_signs,
    of_spans,
    of_topics,
    of_verbs,
    spans,
)
from tracker.extraction.topics import main_topic, topics
from tracker.extraction.traits import READ, TICKS, Traits, length_name, traits

HEADING_WORD = re.compile(
    r"\W{0,6}(?:\d+[.):]?\d*\W{0,4})?(fix|phase|step|priority|option|layer|agent|why|problem|issue|scenario|test|action"
    r"|finding|solution|recommendation|part|stage|level|task|item|lesson|risk|question|root cause|attempt|immediate|short"
    r"|long|medium|high|low|critical|p[0-3])\b",
    re.IGNORECASE,
)
NUMBERED_HEADING = re.compile(r"\W{0,6}(?:[^\W\d_]{1,20} )?\d{1,3}(?:\.\d{1,3})?[.):\s-]")
MOST_SHARED = 30_000  # parts kept for other documents
SHORT = 6  # words: a short entry can name a topic as a heading does
NO_CANDIDATES = (BlockKind.CODE, BlockKind.FRONT_MATTER)


class Part:
    """Some features of a block, with what was once computed of them: their summed weights, what they say in words."""

    __slots__ = ("logits", "names", "phrases")

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.logits: tuple[float, float] | None = None
        self.phrases: tuple[list, list] | None = None


Features = tuple[Part, ...]


def candidates(document: Document) -> list[Block]:
    """The blocks that could be an issue or a check: all with text that are neither code nor front matter."""
    return [block for block in document.blocks if block.kind not in NO_CANDIDATES and block.text]


def kind_of(block: Block) -> str:
    """What a block is, as the models know it."""
    if block.kind is BlockKind.HEADING:
        return f"h{block.depth}" if block.depth in (1, 2, 7) else "h3"
    if block.kind is BlockKind.ENTRY:
        return f"entry{min(block.depth, 3)}"
    return "row" if block.kind is BlockKind.ROW else ("para" if not block.part else "part")


BROAD = {"h1": "h", "h2": "h", "h3": "h", "h7": "h", "entry1": "entry", "entry2": "entry", "entry3": "entry"}


def _share(count: int, size: int, steps: int) -> int:
    return int(count / size * steps)


def _rate(count: int, size: int) -> int:
    """None (0), some (1), most (2)."""
    return 0 if not count else 1 if count < 0.6 * size else 2


class Describer:
    """Describes the blocks of one document; every cache is keyed by what its part depends on."""

    def __init__(self, document: Document, shared: dict[tuple, Part]) -> None:
        self.document = document
        self.shared = shared
        self.blocks = document.blocks
        self.traits = [traits(block) for block in document.blocks]
        self.kinds = [kind_of(block) for block in document.blocks]
        self.headings = [block for block in document.blocks if block.kind is BlockKind.HEADING]
        self.topics = {heading.index: topics(heading.text) for heading in self.headings}
        self.main = {index: main_topic(found) for index, found in self.topics.items()}
        self.has_actions = any(STRONG_ACTION.intersection(found) for found in self.topics.values())
        self.title = self.headings[0].index if self.headings and self.headings[0].depth == 1 else -1
        self.lists: dict[tuple, list[Block]] = {}
        self.levels: dict[tuple, list[Block]] = {}
        for block in document.blocks:
            if block.group:
                self.lists.setdefault((block.group, block.parent), []).append(block)
            if block.kind is BlockKind.HEADING:
                self.levels.setdefault((block.section[-1:], block.depth), []).append(block)
        self.cache: dict[tuple, Part] = {}
        self.paths: dict[tuple[int, ...], tuple[tuple[str, ...], tuple[str, ...], str]] = {}

    def cached(self, make: Callable[..., list[str]], *key: object) -> Part:
        """The part that `make(*key)` describes, made once for this document."""
        place = (make.__name__, *key)
        part = self.cache.get(place)
        if part is None:
            part = self.cache[place] = Part(make(*key))
        return part

    def common(self, make: Callable[..., list[str]], *key: object) -> Part:
        """The part that `make(*key)` describes, made once for all documents: it depends on nothing but its key."""
        place = (make, *key)
        part = self.shared.get(place)
        if part is None:
            if len(self.shared) >= MOST_SHARED:
                self.shared.clear()
            part = self.shared[place] = Part(make(*key))
        return part

    def describe(self, block: Block) -> Features:
        kind = self.kinds[block.index]
        broad = BROAD.get(kind, kind)
        seen = self.traits[block.index]
        path = block.section
        main = self.main.get(path[-1], "nothing") if path else "none"
        above, near, upper = self.above(path)
        parts = [
            self.common(of_section, above, broad, self.has_actions),
            self.common(of_nearest_topics, near, upper, broad),
            self.common(of_form, above, near, seen.form),
            *self.words_above(path),
            self.common(of_shape, kind, broad, seen.form, length_name(len(seen.words)), min(len(path), 4)),
            self.common(of_verbs, seen.verb, seen.label_verb, seen.form, main, broad),
            self.common(of_ending, *endings(block), broad),
            self.common(of_marks, block.checked, block.number is None, *seen.marks, broad),
            self.common(of_spans, *spans(block)),
            self.common(of_signs, seen.signs, broad),
            self.common(of_place, *self.place(block), broad),
        ]
        if block.label:
            parts.append(self.common(of_label, *label(block, seen), broad))
        if broad != "h" and (len(seen.words) <= SHORT or block.text.endswith(":")):
            parts.append(self.common(of_topics, topics(block.text[:READ])))
        if block.lead_in is not None:
            parts.append(self.cached(self.of_lead_in, block.lead_in, seen.form))
        if block.parent is not None:
            parts.append(self.cached(self.of_parent, block.parent))
        if block.group:
            parts.append(self.cached(self.of_list, block.group, block.parent))
        if broad == "h":
            parts.append(Part(self.of_heading(block, seen)))
            parts.append(self.cached(self.of_level, path[-1:], block.depth))
        elif block.kind is BlockKind.ROW:
            parts.append(Part(of_cells(block)))
        return tuple(parts)

    # what several blocks share

    def above(self, path: tuple[int, ...]) -> tuple[tuple[str, ...], tuple[str, ...], str]:
        """(topics of all headings above, topics of the nearest, main topic of the one above that)."""
        found = self.paths.get(path)
        if found is None:
            names = {name: None for index in path if index != self.title for name in self.topics[index]}
            near = self.topics[path[-1]] if path else ()
            upper = self.main[path[-2]] if len(path) > 1 else "none"
            found = self.paths[path] = tuple(sorted(names)), near, upper
        return found

    def words_above(self, path: tuple[int, ...]) -> list[Part]:
        parts = [self.cached(self.of_heading_words, index) for index in path]
        if path:
            parts.append(self.cached(self.of_nearest, path[-1]))
        return parts

    def of_heading_words(self, index: int) -> list[str]:
        return [f"hw {word}" for word in set(self.traits[index].words)]

    def of_nearest(self, index: int) -> list[str]:
        seen, text = self.traits[index], self.blocks[index].text
        marks = {TICKS[mark] for mark in TICKS if mark in text} if not text.isascii() else ()
        return [
            f"heading form {seen.form}",
            *(f"heading mark {mark}" for mark in marks),
            *(f"nw {word}" for word in set(seen.words)),
        ]

    def of_lead_in(self, index: int, form: str) -> list[str]:
        text = self.blocks[index].text[:READ]
        out = ["lead-in colon" if text.endswith(":") else "lead-in"]
        for name in topics(text):
            out += (f"lead {name}", f"form {form} & lead {name}")
        return out

    def of_parent(self, index: int) -> list[str]:
        text = self.blocks[index].text[:READ]
        out = [f"parent {name}" for name in topics(text)]
        out.append(f"parent form {self.traits[index].form}")
        out.append("parent colon" if text.endswith(":") else "parent no colon")
        return out

    def of_list(self, group: int, parent: int | None) -> list[str]:
        members = self.lists[group, parent]
        size = len(members)
        out = [f"peers {min(size - 1, 8)}"]
        if size == 1:
            return out
        forms = [self.traits[block.index].form for block in members]
        out.append(f"peers order {_share(forms.count('base'), size, 4)}")
        out.append(f"peers past {_share(forms.count('past'), size, 4)}")
        out.append(f"peers label {_share(sum(bool(block.label) for block in members), size, 2)}")
        return out + [f"peers {sign}" for sign in self.signs_of(members)]

    def signs_of(self, members: Sequence[Block]) -> list[str]:
        """How many of these blocks show a sign: none (0), some (1), most (2)."""
        size = len(members)
        seen = [self.traits[block.index] for block in members]
        return [
            f"field {_rate(sum(each.field for each in seen), size)}",
            f"state {_rate(sum(each.state for each in seen), size)}",
            f"digit {_rate(sum(each.digit for each in seen), size)}",
            f"path {_rate(sum(each.path for each in seen), size)}",
            f"tick {_rate(sum(each.tick == '✅' for each in seen), size)}",
            f"question {_rate(sum('?' in block.text for block in members), size)}",
            f"stop {_rate(sum(block.text.endswith('.') for block in members), size)}",
        ]

    def of_level(self, above: tuple[int, ...], depth: int) -> list[str]:
        """What the headings of one level below one heading have in common."""
        peers = self.levels[above, depth]
        size = len(peers)
        orders = sum(self.traits[heading.index].form == "base" for heading in peers)
        numbered = sum(bool(NUMBERED_HEADING.match(heading.text)) for heading in peers)
        return [
            f"heading peers {min(size, 6)}",
            f"heading peers order {_share(orders, size, 3)}",
            f"heading peers numbered {_share(numbered, size, 2)}",
        ]

    # what a block has of its own

    def of_heading(self, block: Block, seen: Traits) -> list[str]:
        own = self.topics[block.index]
        out = [f"own {name}" for name in own]
        out += [f"ow {word}" for word in set(seen.words)]
        members = self.document.members(block)
        subs = sum(member.kind is BlockKind.HEADING for member in members)
        tops = [member for member in members if member.kind is BlockKind.ENTRY and member.depth == 1]
        out += [f"holds {kind}" for kind in {member.kind.value for member in members}] or ["holds nothing"]
        out += [f"holds entries {min(len(tops), 6)}", f"holds headings {min(subs, 4)}"]
        if tops:
            out += [f"holds {sign}" for sign in self.signs_of(tops)]
            orders = sum(self.traits[top.index].form == "base" for top in tops)
            out.append(f"holds order {_share(orders, len(tops), 4)}")
        upper = main_topic(self.topics[block.section[-1]]) if block.section else "none"
        numbered = bool(NUMBERED_HEADING.match(block.text))
        if found := HEADING_WORD.match(block.text):
            out += [f"heading word {found[1].lower()}", "heading word"]
        if numbered:
            out.append("heading number")
        below = "entries" if tops else "headings" if subs else "text"
        out += [f"heading {seen.form} under {upper}", f"heading number {numbered} under {upper}"]
        out += [f"heading with {below} under {upper}", f"own main {main_topic(own)}"]
        return out

    def place(self, block: Block) -> tuple[str, str, int, bool]:
        """What stands before and after a block, how many entries it has below it, and whether code is among that."""
        blocks, index = self.blocks, block.index
        following = _kind_beside(blocks[index + 1], self.kinds[index + 1]) if index + 1 < len(blocks) else "end"
        previous = _kind_beside(blocks[index - 1], self.kinds[index - 1]) if index else "start"
        if block.kind is not BlockKind.ENTRY or block.end_line == block.text_end_line:
            return following, previous, 0 if block.kind is BlockKind.ENTRY else -1, False
        kinds = [child.kind for child in self.document.children(block)]
        return following, previous, min(kinds.count(BlockKind.ENTRY), 4), BlockKind.CODE in kinds


def _kind_beside(block: Block, kind: str) -> str:
    return block.kind.value if block.kind is BlockKind.CODE else kind


def describe(
    document: Document, shared: dict[tuple, Part] | None = None
) -> tuple[list[Block], list[Features], list[Traits]]:
    """The candidates with the features and the traits of each. `shared` keeps parts that other documents have too."""
    describer = Describer(document, {} if shared is None else shared)
    blocks = candidates(document)
    return blocks, [describer.describe(block) for block in blocks], [describer.traits[block.index] for block in blocks]


def names_of(features: Features) -> list[str]:
    """The names of all features of a block."""
    return [name for part in features for name in part.names]
