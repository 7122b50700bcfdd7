"""Facets of a block: a few values that are told by themselves, and the names of the features that follow from them.

Nothing here depends on the rest of the document, so what is said of one block holds for all with the same values.
"""

# ruff: noqa: E501, PLR0917 - tables of patterns; the few values of a block are given in one order everywhere

import re

from tracker.extraction.document import Block
from tracker.extraction.topics import main_topic, topics
from tracker.extraction.traits import READ, SENTENCE, TICKS, WORD, Traits, verb_form

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
STRONG_ACTION = frozenset(("action", "recommend", "prevent"))
VERIFY = frozenset(("verify", "validate", "confirm"))
FORMS = frozenset(("verb base", "verb past", "verb ing", "verb third"))
ENDS = {":": "ends colon", "?": "ends question", ".": "ends stop"}


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
