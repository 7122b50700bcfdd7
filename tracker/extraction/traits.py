"""What can be seen of one block by itself: its words, the form of its first verb, marks, numbers, how it ends."""

# ruff: noqa: SIM905, E501, RUF001 - a block of words is read more easily than a list of strings

import re
from dataclasses import dataclass

from tracker.extraction.document import Block
from tracker.extraction.lexicon import SIGNS, VERB_FORMS

WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?")
READ = 4000  # characters of a block that are looked at: a task is said at its beginning
TICKS = {"✅": "tick", "☑": "tick", "✔": "tick", "✓": "tick", "❌": "cross", "✗": "cross", "✖": "cross", "☐": "box",
         "⬜": "box", "⚠": "warning", "🔴": "alarm", "🚨": "alarm", "🟡": "amber", "🟠": "amber", "🟢": "green", "⏳": "open",
         "🔄": "open", "🎯": "target", "🔧": "tool", "🛠": "tool", "→": "arrow"}  # fmt: skip
CLOCK = re.compile(r"\W{0,4}(?:\d{1,2}[:h]\d{2}|\d{4}-\d\d|\d{1,2}/\d{1,2}|~\d{1,2}:\d\d)")
METRIC = re.compile(r"\d(?:\s?%|\s?(?:ms|s|sec|min|minutes?|hours?|[kmg]b|x)\b)|[$€£]\s?\d|[<>≥≤]\s?\d")
ARROW = re.compile(r"→|[-=]>|⇒")
PATH = re.compile(r"\w/\w|\w\.(?:py|js|ts|md|ya?ml|json|sh|go|rb|tf|sql|xml|txt|toml|conf|ini|kt|java)\b|\w\(\)")
SENTENCE = re.compile(r"[.!?](?:\s|$)")
STATE = re.compile(
    r"[:–—-]\s?(?:✅\s?)?(?:[A-Z]{4,20}(?: [A-Z]{1,20}){0,3}|resolved|operational|restored|maintained|completed?|working"
    r"|protected|passed|ok)\W{0,4}$"
)
STATE_TAIL = 60
DIGIT = re.compile(r"\d")
PLACEHOLDER = re.compile(r"\W{0,4}\.\.\.|\?\?|\btbd\b|\byour (?:name|item)\b", re.IGNORECASE)
FIELD = re.compile(
    r"\W{0,4}(?:files?|location|path|date|time|type|method|purpose|impact|business impact|benefits?|effort|estimate|evidence"
    r"|frequency|pros?|cons?|advantages?|disadvantages?|owner|status|results?|expected(?: results?)?|example|note|scope"
    r"|severity|probability|risk|reason|rationale|why|details?|description|change|before|after|current|target|mission"
    r"|timeline|duration|dependenc(?:y|ies)|complexity|confidence|priority|success metrics?|metric|output|code|commit|link"
    r"|source|version|environment|symptoms?|errors?|answer|question|root cause|cause|problem|finding|context|compliance"
    r"|validation|verification|test|action|fix|solution|mitigation|deliverables?)s?\s?\d{0,3}\W{0,3}$",
    re.IGNORECASE,
)
PASSED_OVER = frozenset("also then please and to should we always never must do not".split())
ENDINGS = ("ing", "ed", "tion", "ment", "ly", "ity")
LENGTHS = (1, 3, 5, 8, 12, 18, 28, 45)
LENGTH_NAMES = tuple(str(next(limit for limit in LENGTHS if count <= limit)) for count in range(46))


@dataclass(slots=True)
class Traits:
    """form and verb are those of the text past its bold label; label_form and label_verb those of the label.

    signs: what its small words tell (lexicon.SIGNS) and which verb forms it has ("verb past").
    """

    words: list[str]
    form: str
    verb: str
    label_form: str
    label_verb: str
    field: bool
    signs: frozenset[str]
    tick: str
    state: bool
    path: bool
    arrow: bool
    digit: bool
    metric: bool
    clock: bool
    placeholder: bool

    @property
    def marks(self) -> tuple[str, bool, bool, bool, bool, bool, bool, bool]:
        """What can be seen without reading: from `tick` to `placeholder`."""
        return (
            self.tick, self.state, self.path, self.arrow, self.digit, self.metric, self.clock, self.placeholder
        )  # fmt: skip


WORD_SIGNS = {word: f"verb {form}" for word, (form, _) in VERB_FORMS.items()}
ALL_SIGNS = {word: (sign,) for word, sign in SIGNS.items()}
for _word, _sign in WORD_SIGNS.items():
    ALL_SIGNS[_word] = (*ALL_SIGNS.get(_word, ()), _sign)


def verb_form(words: list[str]) -> tuple[str, str]:
    """(form of the first word that tells, its base verb): "base" reads as an order, "past" as a report."""
    for word in words[:2]:
        if word in PASSED_OVER:
            continue
        if found := VERB_FORMS.get(word):
            return found
        break
    first = words[0] if words else ""
    if first in SIGNS:
        return f"word {SIGNS[first]}", ""
    for end in ENDINGS:
        if first.endswith(end) and len(first) > len(end) + 2:
            return f"-{end}", ""
    return ("other" if first else "none"), ""


def traits(block: Block) -> Traits:
    text = block.text[:READ]
    words = WORD.findall(text.lower().replace("\u2019", "'"))
    label_form = label_verb = ""
    body = words
    field = False
    if block.label:
        label = WORD.findall(block.label[:READ].lower().replace("\u2019", "'"))
        label_form, label_verb = verb_form(label)
        body = words[len(label) :] or words
        field = FIELD.match(block.label) is not None
    form, verb = verb_form(body)
    signs = frozenset(sign for word in words if word in ALL_SIGNS for sign in ALL_SIGNS[word])
    return Traits(words, form, verb, label_form, label_verb, field, signs, *_marks(text))


def _marks(text: str) -> tuple[str, bool, bool, bool, bool, bool, bool, bool]:
    plain = text.isascii()
    tick = "" if plain else next((mark for mark in text[:4] if mark in TICKS), "")
    digit = DIGIT.search(text) is not None
    return (
        tick,
        STATE.search(text[-STATE_TAIL:]) is not None,
        ("/" in text or "." in text or "(" in text) and PATH.search(text) is not None,
        (not plain or ">" in text) and ARROW.search(text) is not None,
        digit,
        digit and METRIC.search(text) is not None,
        digit and CLOCK.match(text) is not None,
        ("..." in text or "??" in text or "TBD" in text or "tbd" in text) and PLACEHOLDER.search(text) is not None,
    )


def length_name(count: int) -> str:
    return LENGTH_NAMES[count] if count < len(LENGTH_NAMES) else "more"
