"""Blocks → features: named facts about a block, its text, its headings and its place among its neighbours.

A block's features come in parts. What blocks share (a section, a list, the paragraph that introduces it) is described
once and its part reused, with the sum of its weights.
"""

import re
from collections.abc import Callable, Sequence

from tracker.extraction.document import Block, BlockKind, Document
from tracker.extraction.topics import main_topic, topics
from tracker.extraction.traits import READ, SENTENCE, TICKS, WORD, Traits, length_name, traits, verb_form

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
FORMS = frozenset(("verb base", "verb past", "verb ing", "verb third"))
ENDS = {":": "ends colon", "?": "ends question", ".": "ends stop"}
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
        place = (make.__name__, *key)
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


# what a block has of its own, in few values, and the features that follow from these values alone


def of_section(above: tuple[str, ...], broad: str, has_actions: bool) -> list[str]:
    actions = "in" if STRONG_ACTION.intersection(above) else "outside"
    actions += f" actions, document {'has' if has_actions else 'lacks'} them"
    out = [actions, f"{actions} & {broad}"]
    for name in above:
        out += (f"above {name}", f"above {name} & {broad}")
    return out if above else [*out, f"above nothing & {broad}"]


def of_nearest_topics(near: tuple[str, ...], upper: str, broad: str) -> list[str]:
    main = main_topic(near)
    out = [f"main {main} & {broad}", f"main {main}", f"main {main} under {upper}"]
    for name in near:
        out += (f"near {name}", f"near {name} & {broad}")
    return out if near else [*out, f"near nothing & {broad}"]


def of_form(above: tuple[str, ...], near: tuple[str, ...], form: str) -> list[str]:
    out = [f"form {form} & main {main_topic(near)}"]
    out += [f"form {form} & near {name}" for name in near]
    return out + [f"form {form} & above {name}" for name in above]


def of_shape(kind: str, broad: str, form: str, length: str, depth: int) -> list[str]:
    return [
        f"kind {kind}", f"form {form}", f"form {form} & {broad}", f"length {length}", f"length {length} & {broad}",
        f"section depth {depth}",
    ]  # fmt: skip


def of_verbs(verb: str, label_verb: str, form: str, main: str, broad: str) -> list[str]:
    out = []
    if verb in VERIFY or label_verb in VERIFY:
        out += ["verifies", f"verifies & main {main}", f"verifies & {broad}"]
    if verb:
        out += [f"verb {verb}", f"verb {verb} {form}"]
    return out


def label(block: Block, seen: Traits) -> tuple[tuple[str, ...], str, str, bool, bool]:
    whole = len(block.label) + 3 >= len(block.text)
    return topics(block.label[:READ]), seen.label_form, seen.form, whole, seen.field


def of_label(found: tuple[str, ...], label_form: str, form: str, whole: bool, field: bool, broad: str) -> list[str]:
    out = [f"label & {broad}", f"label form {label_form}", f"label form {label_form} then {form}"]
    out += [f"label {name}" for name in found]
    out += [f"label main {main_topic(found)} & {broad}", "label only" if whole else "label and text"]
    if field:
        out += ["label field", f"label field & {broad}"]
    return out


def endings(block: Block) -> tuple[str, int, int]:
    """How a block ends, how many sentences it has and how many questions."""
    text = block.text
    return ENDS.get(text[-1], ""), min(len(SENTENCE.findall(text, 0, READ)), 4), min(text.count("?"), 3)


def of_ending(end: str, sentences: int, questions: int, broad: str) -> list[str]:
    out = [f"sentences {sentences} & {broad}"]
    if end:
        out += [end, f"{end} & {broad}"]
    if questions:
        out.append(f"questions {questions}")
    return out


def of_marks(
    checked: bool | None, plain: bool, tick: str, state: bool, path: bool, arrow: bool, digit: bool, metric: bool,
    clock: bool, placeholder: bool, broad: str,
) -> list[str]:  # fmt: skip
    out = []
    if tick:
        out += [f"mark {TICKS[tick]}", f"mark {TICKS[tick]} & {broad}"]
    if checked is not None:
        out += ["box", f"box {checked}"]
    for name, present in (("path", path), ("arrow", arrow), ("digit", digit), ("metric", metric)):
        if present:
            out += [name, f"{name} & {broad}"]
    signs = (("numbered", not plain), ("ends with a state", state), ("clock", clock), ("placeholder", placeholder))
    return out + [name for name, present in signs if present]


def spans(block: Block) -> tuple[str, str, str, str, bool, bool, bool]:
    """How much of the text is bold, code, linked, struck; is it in capitals, quoted, in brackets?"""
    text = block.text
    size = len(text)
    capitals = size > 6 and text.isupper()
    shares = [_extent(count, size) if count else "" for count in (block.bold, block.code, block.linked, block.struck)]
    return (*shares, capitals, block.quoted, text[0] == "[")


def _extent(count: int, size: int) -> str:
    return "all" if count > 0.9 * size else "most" if count > 0.4 * size else "some"


def of_spans(bold: str, code: str, linked: str, struck: str, capitals: bool, quoted: bool, bracket: bool) -> list[str]:
    shares = (("bold", bold), ("code", code), ("linked", linked), ("struck", struck))
    out = [f"{name} {share}" for name, share in shares if share]
    return out + [name for name, on in (("capitals", capitals), ("quoted", quoted), ("bracket", bracket)) if on]


def of_signs(found: frozenset[str], broad: str) -> list[str]:
    forms = {sign for sign in found if sign in FORMS}
    signs = found - forms
    out = [f"has {form.removeprefix('verb ')}" for form in forms]
    for sign in signs:
        out += (f"sign {sign}", f"sign {sign} & {broad}")
    if "we" in signs:
        out += [f"we {word}" for word, sign in (("will", "intention"), ("should", "obligation")) if sign in signs]
    return out


def of_topics(found: tuple[str, ...]) -> list[str]:
    return [f"own short {name}" for name in found]


def of_cells(block: Block) -> list[str]:
    names = " ".join(name for name, _ in block.cells).lower()[:READ]
    out = [f"column {name}" for name, pattern in HEADER_TOPICS if pattern.search(names)]
    out.append(f"cells {min(len(block.cells), 6)}")
    first = block.cells[0][1].lower() if block.cells else ""
    out.append(f"first cell form {verb_form(WORD.findall(first[:READ]))[0]}")
    return out


def of_place(following: str, previous: str, entries: int, code: bool, broad: str) -> list[str]:
    out = [f"{broad} before {following}", f"{broad} after {previous}"]
    if entries >= 0:
        out.append(f"children {entries}")
    if code:
        out.append("code below")
    return out


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
