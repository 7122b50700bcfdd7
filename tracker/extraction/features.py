"""Blocks → features: named facts about a block, its text, its headings and its place among its neighbours."""

import re

from tracker.extraction.document import Block, BlockKind, Document
from tracker.extraction.lexicon import MAIN_TOPICS, SIGNS, TOPIC_PATTERNS, VERB_FORMS

WORD = re.compile(r"[^\W\d_]+(?:['’][a-z]+)?")
LEADING_MARKS = re.compile(r"[^\w(\[`\"']*(?:\d{1,3}[.):]\s*)?[^\w(\[`\"']*")
CLOCK = re.compile(r"\W{0,4}(?:\d{1,2}[:h]\d{2}|\d{4}-\d\d|\d{1,2}/\d{1,2}|~\d{1,2}:\d\d)")
NUMBER = re.compile(r"\d")
METRIC = re.compile(r"\d(?:\s?%|\s?(?:ms|s|sec|min|minutes?|hours?|[kmg]b|x)\b)|[$€£]\s?\d|[<>≥≤]\s?\d")
ARROW = re.compile(r"→|->|=>|⇒")
PATH = re.compile(r"[\w-]+/[\w./-]+|\b\w+\.(?:py|js|ts|md|ya?ml|json|sh|go|rb|tf|sql|xml|txt|toml|conf|ini)\b|\w+\(\)")
TICKS = {"✅": "tick", "☑": "tick", "✔": "tick", "✓": "tick", "❌": "cross", "✗": "cross", "✖": "cross", "☐": "box",
         "⚠": "warning", "🔴": "alarm", "🚨": "alarm", "🟡": "amber", "🟠": "amber", "🟢": "green", "⏳": "open",
         "🔄": "open", "🎯": "target", "🔧": "tool", "🛠": "tool", "→": "arrow"}  # fmt: skip
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


def topics(text: str) -> tuple[str, ...]:
    """What a heading or a lead-in is about, as names of lexicon.TOPICS."""
    lower = text.lower()
    return tuple(name for name, pattern in TOPIC_PATTERNS if pattern.search(lower))


def main_topic(found: tuple[str, ...]) -> str:
    """The one topic that tells most about what stands below a heading."""
    return next((name for name in MAIN_TOPICS if name in found), "nothing")


FIELD = re.compile(
    r"\W*(?:files?|location|path|date|time|type|method|purpose|impact|business impact|benefits?|effort|estimate|evidence|"
    r"frequency|pros?|cons?|advantages?|disadvantages?|owner|status|results?|expected(?: results?)?|example|note|scope|"
    r"severity|probability|risk|reason|rationale|why|details?|description|change|before|after|current|target|mission|"
    r"timeline|duration|dependenc(?:y|ies)|complexity|confidence|priority|success metrics?|metric|output|code|commit|link|"
    r"source|version|environment|symptoms?|errors?|answer|question|root cause|cause|problem|finding|context|compliance|"
    r"validation|verification|test|action|fix|solution|mitigation)s?\s*\d*\W*$",
    re.IGNORECASE,
)
HEADING_WORD = re.compile(
    r"\W*(?:\d+[.):]?\d*\W*)?(fix|phase|step|priority|option|layer|agent|why|problem|issue|scenario|test|action|finding|"
    r"solution|recommendation|part|stage|level|task|item|lesson|risk|question|root cause|attempt|immediate|short|long|"
    r"medium|high|low|critical|p[0-3])\b",
    re.IGNORECASE,
)
NUMBERED_HEADING = re.compile(r"\W*(?:\w+ )?\d+(?:\.\d+)?[.):\s-]")
VERIFY = frozenset(("verify", "validate", "confirm"))
STRONG_ACTION = frozenset(("action", "recommend", "prevent"))
SENTENCE = re.compile(r"[.!?](?:\s|$)")
STATE = re.compile(
    r"(?:[:–—-]\s*(?:✅\s*)?)(?:[A-Z]{4,}[A-Z ]*|resolved|operational|restored|maintained|complete[d]?|working|protected|passed|ok)\W*$"
)
PLACEHOLDER = re.compile(r"^\W*\.\.\.|\?\?|\btbd\b|lorem|your (?:name|item)", re.IGNORECASE)


def length_name(count: int) -> str:
    for limit in (1, 3, 5, 8, 12, 18, 28, 45):
        if count <= limit:
            return f"{limit}"
    return "more"


def verb_form(words: list[str]) -> tuple[str, str]:
    """(form of the first word that tells, its base verb): "base" reads as an order, "past" as a report."""
    for word in words[:2]:
        if word in ("also", "then", "please", "and", "to", "should", "we", "always", "never", "must", "do", "not"):
            continue
        if found := VERB_FORMS.get(word):
            return found
        break
    first = words[0] if words else ""
    if first in SIGNS:
        return f"word {SIGNS[first]}", ""
    for end in ("ing", "ed", "tion", "ment", "ly", "ity"):
        if first.endswith(end) and len(first) > len(end) + 2:
            return f"-{end}", ""
    return "other" if first else "none", ""


class Describer:
    """Computes what blocks share (headings, lists) once and then describes each block."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.topic_cache: dict[str, tuple[str, ...]] = {}
        self.groups: dict[int, list[Block]] = {}
        for block in document.blocks:
            if block.group:
                self.groups.setdefault(block.group, []).append(block)
        self.words = [WORD.findall(block.text.lower().replace("’", "'")) for block in document.blocks]
        self.leads = [self._lead(block, words) for block, words in zip(document.blocks, self.words, strict=True)]
        self.headings = [b for b in document.blocks if b.kind is BlockKind.HEADING]
        self.has_actions = any(STRONG_ACTION.intersection(self.topics(h.text)) for h in self.headings)

    def _lead(self, block: Block, words: list[str]) -> tuple[str, str]:
        """The verb form of the text, past its bold label when text follows one."""
        return verb_form(self._body(block, words))

    def _body(self, block: Block, words: list[str]) -> list[str]:
        if not block.label:
            return words
        label = WORD.findall(block.label.lower().replace("’", "'"))
        return words[len(label) :] or words

    def topics(self, text: str) -> tuple[str, ...]:
        if text not in self.topic_cache:
            self.topic_cache[text] = topics(text)
        return self.topic_cache[text]

    def describe(self, block: Block) -> list[str]:
        kind = self.kind(block)
        out = ["kind " + kind]
        out += self.of_section(block, kind)
        out += self.of_text(block, kind)
        out += self.of_words(block, kind)
        out += self.of_place(block, kind)
        return out

    def kind(self, block: Block) -> str:
        if block.kind is BlockKind.HEADING:
            return f"h{block.depth}" if block.depth in (1, 2, 7) else "h3"
        if block.kind is BlockKind.ENTRY:
            return f"entry{min(block.depth, 3)}"
        return "row" if block.kind is BlockKind.ROW else ("para" if not block.part else "part")

    def of_section(self, block: Block, kind: str) -> list[str]:
        blocks = self.document.blocks
        path = block.section
        above: dict[str, int] = {}
        for index in path:
            if blocks[index].depth == 1 and index == self.headings[0].index:
                continue
            for name in self.topics(blocks[index].text):
                above[name] = above.get(name, 0) + 1
        broad = kind.rstrip("0123456789") if kind[0] != "h" else "h"
        out = [f"above {name}" for name in above]
        out += [f"above {name} & {broad}" for name in above]
        near = self.topics(blocks[path[-1]].text) if path else ()
        out += [f"near {name}" for name in near] + [f"near {name} & {broad}" for name in near]
        main = main_topic(near)
        upper = main_topic(self.topics(blocks[path[-2]].text)) if len(path) > 1 else "none"
        out += [f"main {main} & {broad}", f"main {main}", f"main {main} under {upper}"]
        strong = bool(STRONG_ACTION.intersection(above))
        out.append(f"{'in' if strong else 'outside'} actions, document {'has' if self.has_actions else 'lacks'} them")
        out.append(
            f"{'in' if strong else 'outside'} actions, document {'has' if self.has_actions else 'lacks'} them & {broad}"
        )
        if path:
            heading = blocks[path[-1]]
            out.append(f"heading form {self.leads[heading.index][0]}")
            for mark in TICKS:
                if mark in heading.text:
                    out.append(f"heading mark {TICKS[mark]}")
        if not near:
            out.append(f"near nothing & {broad}")
        if not above:
            out.append(f"above nothing & {broad}")
        lead = self.topics(self.document.lead_in(block)) if block.lead_in is not None else ()
        out += [f"lead {name}" for name in lead]
        if block.lead_in is not None:
            text = self.document.lead_in(block)
            out.append("lead-in colon" if text.endswith(":") else "lead-in")
        form = self.leads[block.index][0]
        out.append(f"form {form} & main {main}")
        out += [f"form {form} & near {name}" for name in near] + [f"form {form} & above {name}" for name in above]
        out += [f"form {form} & lead {name}" for name in lead]
        if block.parent is not None:
            parent = blocks[block.parent]
            for name in self.topics(parent.text):
                out.append(f"parent {name}")
            out.append(f"parent form {self.leads[parent.index][0]}")
            out.append("parent colon" if parent.text.endswith(":") else "parent no colon")
        for index in path:
            words = self.words[index]
            out += [f"hw {word}" for word in set(words)]
        if path:
            out += [f"nw {word}" for word in set(self.words[path[-1]])]
        return out

    def of_text(self, block: Block, kind: str) -> list[str]:
        text, words = block.text, self.words[block.index]
        broad = kind.rstrip("0123456789") if kind[0] != "h" else "h"
        form, verb = self.leads[block.index]
        out = [f"form {form}", f"form {form} & {broad}", f"length {length_name(len(words))}"]
        out.append(f"length {length_name(len(words))} & {broad}")
        label_verb = verb_form(WORD.findall(block.label.lower()))[1] if block.label else ""
        if verb in VERIFY or label_verb in VERIFY:
            main = main_topic(self.topics(self.document.blocks[block.section[-1]].text)) if block.section else "none"
            out += ["verifies", f"verifies & main {main}", f"verifies & {broad}"]
        if verb:
            out.append(f"verb {verb}")
            out.append(f"verb {verb} {form}")
        if block.label:
            lab = WORD.findall(block.label.lower())
            lform = verb_form(lab)[0]
            out += [f"label & {broad}", f"label form {lform}", f"label form {lform} then {form}"]
            out += [f"label {name}" for name in self.topics(block.label)]
            if FIELD.match(block.label):
                out += ["label field", f"label field & {broad}"]
            out.append(f"label main {main_topic(self.topics(block.label))} & {broad}")
            out.append("label only" if len(block.label) + 3 >= len(text) else "label and text")
        head = text[:4]
        for mark, name in TICKS.items():
            if mark in head:
                out += [f"mark {name}", f"mark {name} & {broad}"]
            elif mark in text:
                out.append(f"mark {name} inside")
        if block.checked is not None:
            out += ["box", f"box {block.checked}"]
        if text.startswith("["):
            out.append("bracket")
        if block.number is not None:
            out.append("numbered")
        if text.endswith(":"):
            out += ["ends colon", f"ends colon & {broad}"]
        elif text.endswith("?"):
            out += ["ends question", f"ends question & {broad}"]
        elif text.endswith("."):
            out += ["ends stop", f"ends stop & {broad}"]
        for name, pattern in (("clock", CLOCK),):
            if pattern.match(text):
                out.append(name)
        for name, pattern in (("metric", METRIC), ("arrow", ARROW), ("path", PATH), ("digit", NUMBER)):
            if pattern.search(text):
                out += [name, f"{name} & {broad}"]
        sentences = len(SENTENCE.findall(text))
        out.append(f"sentences {min(sentences, 4)} & {broad}")
        if STATE.search(text):
            out.append("ends with a state")
        if PLACEHOLDER.search(text):
            out.append("placeholder")
        if "?" in text:
            out.append(f"questions {min(text.count('?'), 3)}")
        size = max(len(text), 1)
        for name, count in (
            ("bold", block.bold),
            ("code", block.code),
            ("linked", block.linked),
            ("struck", block.struck),
        ):
            if count:
                out.append(f"{name} {'all' if count > 0.9 * size else 'most' if count > 0.4 * size else 'some'}")
        if text.isupper() and len(text) > 6:
            out.append("capitals")
        if block.quoted:
            out.append("quoted")
        if block.kind is BlockKind.ROW:
            heads = " ".join(name for name, _ in block.cells).lower()
            for name, pattern in HEADER_TOPICS:
                if pattern.search(heads):
                    out.append(f"column {name}")
            out.append(f"cells {min(len(block.cells), 6)}")
            cell_form = verb_form(WORD.findall(" ".join(c for _, c in block.cells[:1]).lower()))[0]
            out.append(f"first cell form {cell_form}")
        return out

    def of_words(self, block: Block, kind: str) -> list[str]:
        words = self.words[block.index]
        broad = kind.rstrip("0123456789") if kind[0] != "h" else "h"
        signs = {SIGNS[word] for word in words if word in SIGNS}
        out = [f"sign {sign}" for sign in signs] + [f"sign {sign} & {broad}" for sign in signs]
        if "we" in signs and "intention" in signs:
            out.append("we will")
        if "we" in signs and "obligation" in signs:
            out.append("we should")
        forms = {VERB_FORMS[word][0] for word in words if word in VERB_FORMS}
        out += [f"has {form}" for form in forms]
        bag = set(words)
        if kind[0] == "h":
            out += [f"own {name}" for name in self.topics(block.text)]
            out += [f"ow {word}" for word in bag]
        elif len(words) <= 6 or block.text.endswith(":"):
            out += [f"own short {name}" for name in self.topics(block.text)]
        return out

    def shares(self, blocks: list[Block]) -> list[tuple[str, int]]:
        """How many of these blocks show a sign: none (0), some (1), most (2)."""
        found = {
            "field": sum(bool(b.label and FIELD.match(b.label)) for b in blocks),
            "state": sum(bool(STATE.search(b.text)) for b in blocks),
            "question": sum("?" in b.text for b in blocks),
            "stop": sum(b.text.endswith(".") for b in blocks),
            "digit": sum(bool(NUMBER.search(b.text)) for b in blocks),
            "path": sum(bool(PATH.search(b.text)) for b in blocks),
            "tick": sum("✅" in b.text[:3] for b in blocks),
        }
        return [(name, 0 if not n else 1 if n < 0.6 * len(blocks) else 2) for name, n in found.items()]

    def of_place(self, block: Block, kind: str) -> list[str]:
        broad = kind.rstrip("0123456789") if kind[0] != "h" else "h"
        out = []
        children = self.document.children(block)
        entries = sum(child.kind is BlockKind.ENTRY for child in children)
        if block.kind is BlockKind.ENTRY:
            out.append(f"children {min(entries, 4)}")
            if any(child.kind is BlockKind.CODE for child in children):
                out.append("code below")
        if block.group:
            group = self.groups[block.group]
            peers = [b for b in group if b is not block and b.parent == block.parent]
            out.append(f"peers {min(len(peers), 8)}")
            if peers:
                base = sum(self.leads[b.index][0] == "base" for b in peers) / len(peers)
                past = sum(self.leads[b.index][0] == "past" for b in peers) / len(peers)
                out.append(f"peers order {int(base * 4)}")
                out.append(f"peers past {int(past * 4)}")
                labels = sum(bool(b.label) for b in peers) / len(peers)
                out.append(f"peers label {int(labels * 2)}")
                for name, share in self.shares(peers):
                    out.append(f"peers {name} {share}")
        blocks = self.document.blocks
        following = blocks[block.index + 1] if block.index + 1 < len(blocks) else None
        previous = blocks[block.index - 1] if block.index else None
        out.append(
            f"{broad} before {self.kind(following) if following and following.kind.value not in ('code',) else (following.kind.value if following else 'end')}"
        )
        out.append(
            f"{broad} after {self.kind(previous) if previous and previous.kind.value not in ('code',) else (previous.kind.value if previous else 'start')}"
        )
        if kind[0] == "h":
            members = self.document.members(block)
            kinds = {m.kind.value for m in members}
            out += [f"holds {k}" for k in kinds] or ["holds nothing"]
            subs = [m for m in members if m.kind is BlockKind.HEADING]
            tops = [m for m in members if m.kind is BlockKind.ENTRY and m.depth == 1]
            out.append(f"holds entries {min(len(tops), 6)}")
            out.append(f"holds headings {min(len(subs), 4)}")
            if tops:
                for name, share in self.shares(tops):
                    out.append(f"holds {name} {share}")
                base = sum(self.leads[b.index][0] == "base" for b in tops) / len(tops)
                out.append(f"holds order {int(base * 4)}")
            parent = block.section[-1] if block.section else None
            peers = [
                h for h in self.headings if (h.section[-1] if h.section else None) == parent and h.depth == block.depth
            ]
            out.append(f"heading peers {min(len(peers), 6)}")
            base = sum(self.leads[b.index][0] == "base" for b in peers) / len(peers)
            out.append(f"heading peers order {int(base * 3)}")
            out.append(f"own main {main_topic(self.topics(block.text))}")
            numbered = sum(bool(NUMBERED_HEADING.match(h.text)) for h in peers) / len(peers)
            out.append(f"heading peers numbered {int(numbered * 2)}")
            if NUMBERED_HEADING.match(block.text):
                out.append("heading number")
            upper = main_topic(self.topics(self.document.blocks[parent].text)) if parent is not None else "none"
            if found := HEADING_WORD.match(block.text):
                out += [f"heading word {found[1].lower()}", "heading word"]
            out.append(f"heading {form} under {upper}" if (form := self.leads[block.index][0]) else "")
            out.append(f"heading number {bool(NUMBERED_HEADING.match(block.text))} under {upper}")
            out.append(f"heading with {'entries' if tops else 'headings' if subs else 'text'} under {upper}")
        out.append(f"section depth {min(len(block.section), 4)}")
        return out


def candidates(document: Document) -> list[Block]:
    """The blocks that could be an issue or a check: all with text that are neither code nor front matter."""
    kinds = (BlockKind.CODE, BlockKind.FRONT_MATTER)
    return [block for block in document.blocks if block.kind not in kinds and block.text]


def kind_of(block: Block) -> str:
    """What a block is, as the models know it."""
    if block.kind is BlockKind.HEADING:
        return f"h{block.depth}" if block.depth in (1, 2, 7) else "h3"
    if block.kind is BlockKind.ENTRY:
        return f"entry{min(block.depth, 3)}"
    return "row" if block.kind is BlockKind.ROW else ("para" if not block.part else "part")


FIND_OUT = frozenset(
    [
        "analyse",
        "analyze",
        "assess",
        "check",
        "clarify",
        "compare",
        "confirm",
        "correlate",
        "debug",
        "determine",
        "diagnose",
        "discover",
        "discuss",
        "evaluate",
        "examine",
        "explore",
        "find",
        "identify",
        "inspect",
        "investigate",
        "look",
        "reproduce",
        "research",
        "review",
        "study",
        "survey",
        "trace",
        "track",
        "understand",
        "verify",
        "why",
        "whether",
        "how",
        "what",
        "which",
        "who",
    ]
)


def verb_form_of(block: Block, *, find_out: bool = False) -> str:
    """The form of the verb that a block begins with; with `find_out` also whether it asks to find something out."""
    words = WORD.findall(block.text[len(block.label) if block.label else 0 :].lower()) or WORD.findall(
        block.text.lower()
    )
    form, verb = verb_form(words)
    if find_out and (
        verb in ("investigate", "determine", "diagnose", "clarify", "examine", "analyse", "analyze", "research")
    ):
        return "find out"
    return form


def describe(document: Document) -> tuple[list[Block], list[list[str]]]:
    """The candidates with the names of the features of each."""
    describer = Describer(document)
    blocks = candidates(document)
    return blocks, [list(dict.fromkeys(describer.describe(block))) for block in blocks]
