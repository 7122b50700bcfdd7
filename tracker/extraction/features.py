"""Blocks → features: named facts about a block, its text, its headings and its place among its neighbours.

A block's features come in parts. What blocks share (a section, a list, the paragraph that introduces it) is described
once and its part reused, with the sum of its weights.
"""

import re
from collections.abc import Sequence

from tracker.extraction.document import Block, BlockKind, Document
from tracker.extraction.lexicon import SIGNS, VERB_FORMS
from tracker.extraction.topics import main_topic, topics
from tracker.extraction.traits import (
    ARROW,
    CLOCK,
    METRIC,
    PLACEHOLDER,
    READ,
    SENTENCE,
    TICKS,
    WORD,
    Traits,
    length_name,
    traits,
    verb_form,
)

HEADER_TOPICS = (
    ("action", re.compile(r"action|task|item\b|todo|follow|improvement|remediation|recommend|fix|work|step|description|what")),
    ("owner", re.compile(r"owner|assign|who|responsible|team|by whom|person|lead")),
    ("due", re.compile(r"due|deadline|eta|date|when|timeline|target")),
    ("priority", re.compile(r"priorit|severity|urgen|\bp\b")),
    ("status", re.compile(r"status|state|done|progress|complete")),
    ("ticket", re.compile(r"ticket|issue|bug|link|tracking|url|pr\b|reference")),
    ("type", re.compile(r"type|kind|category")),
    ("time", re.compile(r"\btime|utc|hour|date.?time")),
    ("event", re.compile(r"event|happened|symptom|impact|effect|metric|value|before|after|evidence|result|cause")),
)  # fmt: skip
HEADING_WORD = re.compile(
    r"\W{0,6}(?:\d+[.):]?\d*\W{0,4})?(fix|phase|step|priority|option|layer|agent|why|problem|issue|scenario|test|action"
    r"|finding|solution|recommendation|part|stage|level|task|item|lesson|risk|question|root cause|attempt|immediate|short"
    r"|long|medium|high|low|critical|p[0-3])\b",
    re.IGNORECASE,
)
NUMBERED_HEADING = re.compile(r"\W{0,6}(?:[^\W\d_]{1,20} )?\d{1,3}(?:\.\d{1,3})?[.):\s-]")
STRONG_ACTION = frozenset(("action", "recommend", "prevent"))
VERIFY = frozenset(("verify", "validate", "confirm"))
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


def _kind_beside(block: Block | None, missing: str) -> str:
    if block is None:
        return missing
    return block.kind.value if block.kind is BlockKind.CODE else kind_of(block)


def _share(count: int, size: int, steps: int) -> int:
    return int(count / size * steps)


def _rate(count: int, size: int) -> int:
    """None (0), some (1), most (2)."""
    return 0 if not count else 1 if count < 0.6 * size else 2


class Describer:
    """Describes the blocks of one document; every cache is keyed by what its part depends on."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.blocks = document.blocks
        self.traits = [traits(block) for block in document.blocks]
        self.kinds = [kind_of(block) for block in document.blocks]
        self.headings = [block for block in document.blocks if block.kind is BlockKind.HEADING]
        self.topics = {heading.index: topics(heading.text) for heading in self.headings}
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

    def cached(self, make, *key: object) -> Part:
        """The part that `make(*key)` describes, made once."""
        place = (make.__name__, *key)
        part = self.cache.get(place)
        if part is None:
            part = self.cache[place] = Part(make(*key))
        return part

    def describe(self, block: Block) -> Features:
        kind = self.kinds[block.index]
        broad = BROAD.get(kind, kind)
        seen = self.traits[block.index]
        parts = [
            self.cached(self.of_section, block.section, broad),
            self.cached(self.of_form, block.section, seen.form),
            self.cached(self.of_shape, kind, broad, seen.form, length_name(len(seen.words)), len(block.section)),
            Part(self.of_text(block, seen, broad) + self.of_place(block, broad)),
        ]
        if block.lead_in is not None:
            parts.append(self.cached(self.of_lead_in, block.lead_in, seen.form))
        if block.parent is not None:
            parts.append(self.cached(self.of_parent, block.parent))
        if block.group:
            parts.append(self.cached(self.of_list, block.group, block.parent))
        if broad == "h":
            parts.append(Part(self.of_heading(block, seen)))
            parts.append(self.cached(self.of_level, block.section[-1:], block.depth))
        return tuple(parts)

    # what several blocks share

    def topics_above(self, path: tuple[int, ...]) -> dict[str, None]:
        return {name: None for index in path if index != self.title for name in self.topics[index]}

    def of_section(self, path: tuple[int, ...], broad: str) -> list[str]:
        above = self.topics_above(path)
        near = self.topics[path[-1]] if path else ()
        main, upper = main_topic(near), self.upper_topic(path)
        actions = "in" if STRONG_ACTION.intersection(above) else "outside"
        actions += f" actions, document {'has' if self.has_actions else 'lacks'} them"
        out = [f"main {main} & {broad}", f"main {main}", f"main {main} under {upper}", actions, f"{actions} & {broad}"]
        for name in above:
            out += (f"above {name}", f"above {name} & {broad}")
        for name in near:
            out += (f"near {name}", f"near {name} & {broad}")
        if not above:
            out.append(f"above nothing & {broad}")
        if not near:
            out.append(f"near nothing & {broad}")
        return out + self.words_above(path)

    def upper_topic(self, path: tuple[int, ...]) -> str:
        return main_topic(self.topics[path[-2]]) if len(path) > 1 else "none"

    def words_above(self, path: tuple[int, ...]) -> list[str]:
        if not path:
            return []
        words = {word for index in path for word in self.traits[index].words}
        nearest = self.traits[path[-1]]
        heading = self.blocks[path[-1]]
        marks = {TICKS[mark] for mark in TICKS if mark in heading.text} if not heading.text.isascii() else ()
        return [
            f"heading form {nearest.form}",
            *(f"heading mark {mark}" for mark in marks),
            *(f"hw {word}" for word in words),
            *(f"nw {word}" for word in set(nearest.words)),
        ]

    def of_form(self, path: tuple[int, ...], form: str) -> list[str]:
        near = self.topics[path[-1]] if path else ()
        out = [f"form {form} & main {main_topic(near)}"]
        out += [f"form {form} & near {name}" for name in near]
        out += [f"form {form} & above {name}" for name in self.topics_above(path)]
        return out

    def of_shape(self, kind: str, broad: str, form: str, length: str, depth: int) -> list[str]:
        return [
            f"kind {kind}", f"form {form}", f"form {form} & {broad}", f"length {length}", f"length {length} & {broad}",
            f"section depth {min(depth, 4)}",
        ]  # fmt: skip

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

    def of_text(self, block: Block, seen: Traits, broad: str) -> list[str]:
        out = self.of_verbs(block, seen, broad)
        if block.label:
            out += self.of_label(block, seen, broad)
        out += self.of_ending(block, broad)
        out += self.of_marks(block, seen, broad)
        out += self.of_signs(block, seen, broad)
        if block.kind is BlockKind.ROW:
            out += self.of_cells(block)
        return out

    def of_verbs(self, block: Block, seen: Traits, broad: str) -> list[str]:
        out = []
        if seen.verb in VERIFY or seen.label_verb in VERIFY:
            main = main_topic(self.topics[block.section[-1]]) if block.section else "none"
            out += ["verifies", f"verifies & main {main}", f"verifies & {broad}"]
        if seen.verb:
            out += [f"verb {seen.verb}", f"verb {seen.verb} {seen.form}"]
        return out

    def of_label(self, block: Block, seen: Traits, broad: str) -> list[str]:
        found = topics(block.label)
        form = seen.label_form
        out = [f"label & {broad}", f"label form {form}", f"label form {form} then {seen.form}"]
        out += [f"label {name}" for name in found]
        out.append(f"label main {main_topic(found)} & {broad}")
        out.append("label only" if len(block.label) + 3 >= len(block.text) else "label and text")
        if seen.field:
            out += ["label field", f"label field & {broad}"]
        return out

    def of_ending(self, block: Block, broad: str) -> list[str]:
        text = block.text
        end = {":": "ends colon", "?": "ends question", ".": "ends stop"}.get(text[-1])
        out = [end, f"{end} & {broad}"] if end else []
        out.append(f"sentences {min(len(SENTENCE.findall(text, 0, READ)), 4)} & {broad}")
        if "?" in text:
            out.append(f"questions {min(text.count('?'), 3)}")
        return out

    def of_marks(self, block: Block, seen: Traits, broad: str) -> list[str]:
        text = block.text[:READ]
        out = []
        if seen.tick:
            out += [f"mark {TICKS[seen.tick]}", f"mark {TICKS[seen.tick]} & {broad}"]
        if seen.state:
            out.append("ends with a state")
        if block.checked is not None:
            out += ["box", f"box {block.checked}"]
        if block.number is not None:
            out.append("numbered")
        if seen.path:
            out += ["path", f"path & {broad}"]
        if ARROW.search(text):
            out += ["arrow", f"arrow & {broad}"]
        if seen.digit:
            out += ["digit", f"digit & {broad}"]
            out += self.of_numbers(text, broad)
        if PLACEHOLDER.search(text):
            out.append("placeholder")
        return out + self.of_spans(block)

    def of_numbers(self, text: str, broad: str) -> list[str]:
        out = ["metric", f"metric & {broad}"] if METRIC.search(text) else []
        if CLOCK.match(text):
            out.append("clock")
        return out

    def of_spans(self, block: Block) -> list[str]:
        text = block.text
        size = len(text)
        out = []
        for name, count in (
            ("bold", block.bold),
            ("code", block.code),
            ("linked", block.linked),
            ("struck", block.struck),
        ):
            if count:
                out.append(f"{name} {'all' if count > 0.9 * size else 'most' if count > 0.4 * size else 'some'}")
        if size > 6 and text.isupper():
            out.append("capitals")
        if block.quoted:
            out.append("quoted")
        if text[0] == "[":
            out.append("bracket")
        return out

    def of_signs(self, block: Block, seen: Traits, broad: str) -> list[str]:
        signs = {SIGNS[word] for word in seen.words if word in SIGNS}
        out = [f"has {form}" for form in {VERB_FORMS[word][0] for word in seen.words if word in VERB_FORMS}]
        for sign in signs:
            out += (f"sign {sign}", f"sign {sign} & {broad}")
        if "we" in signs:
            out += ["we will"] if "intention" in signs else []
            out += ["we should"] if "obligation" in signs else []
        if broad != "h" and (len(seen.words) <= SHORT or block.text.endswith(":")):
            out += [f"own short {name}" for name in topics(block.text[:READ])]
        return out

    def of_cells(self, block: Block) -> list[str]:
        names = " ".join(name for name, _ in block.cells).lower()[:READ]
        out = [f"column {name}" for name, pattern in HEADER_TOPICS if pattern.search(names)]
        out.append(f"cells {min(len(block.cells), 6)}")
        first = block.cells[0][1].lower() if block.cells else ""
        out.append(f"first cell form {verb_form(WORD.findall(first[:READ]))[0]}")
        return out

    def of_place(self, block: Block, broad: str) -> list[str]:
        blocks, index = self.blocks, block.index
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        previous = blocks[index - 1] if index else None
        out = [
            f"{broad} before {_kind_beside(following, 'end')}",
            f"{broad} after {_kind_beside(previous, 'start')}",
        ]
        if block.kind is BlockKind.ENTRY:
            children = self.document.children(block)
            entries = sum(child.kind is BlockKind.ENTRY for child in children)
            out.append(f"children {min(entries, 4)}")
            if any(child.kind is BlockKind.CODE for child in children):
                out.append("code below")
        return out


def describe(document: Document) -> tuple[list[Block], list[Features], list[Traits]]:
    """The candidates with the features and the traits of each."""
    describer = Describer(document)
    blocks = candidates(document)
    return blocks, [describer.describe(block) for block in blocks], [describer.traits[block.index] for block in blocks]


def names_of(features: Features) -> list[str]:
    """The names of all features of a block."""
    return [name for part in features for name in part.names]
