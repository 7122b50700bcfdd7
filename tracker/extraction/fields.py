"""What an entry says about itself: its title, its description and the lines that it takes."""

import re
from collections.abc import Iterator
from itertools import pairwise

from tracker.extraction.document import Block, BlockKind, Document
from tracker.extraction.lexicon import VERB_FORMS

TITLE_LENGTH = 120
EMOJI = "\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\ufe0f\u20e3"
LEADING = re.compile(rf"(?:[\s*_>#\u2022{EMOJI}-]|\d{{1,2}}\ufe0f?\u20e3)+")
NUMBER = re.compile(r"\(?(?:\d{1,2}(?:\.\d{1,2}){0,3}[.):]?|[a-zA-Z][.)])(?:\s|$)[\s:.\u2013\u2014-]{0,4}")
CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?[\s:\u2013\u2014-]{1,4}")
NOISE_NOUN = (
    r"(?:fix|action(?: item)?|step|task|item|recommendation|improvement|measure|solution|option|to-?do|change|ai"
    r"|follow-?up|phase|layer|check|criterion|test scenario)"
)
NUMBERED_NOISE = re.compile(
    rf"(?:(?:critical|immediate|urgent|recommended|proposed|short-term|long-term)\s)?{NOISE_NOUN}\s?#?\d{{1,2}}"
    r"(?:\.\d{1,2})?\s{0,2}(?:\([^()]{0,40}\)\s{0,2})?[:.)\u2013\u2014-][\s:\u2013\u2014-]{0,4}",
    re.IGNORECASE,
)
URGENCY = r"immediate(?:ly)?|(?:short|near|medium|mid|long)[- ]term|urgent|critical|high|medium|low|p[0-3]|now"
STATE = r"todo|done|completed|pending|wip|in progress|optional|new|required|recommended|already planned"
BARE_NOISE = re.compile(
    rf"(?:{NOISE_NOUN}|{URGENCY}|{STATE})\s{{0,2}}[:\u2013\u2014-][\s:\u2013\u2014-]{{1,4}}", re.IGNORECASE
)
EFFORT = r"~?\d{1,3}\s?(?:-\s?\d{1,3}\s?)?(?:m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)"
TAG = re.compile(
    rf"[\[(]\W{{0,4}}(?:{URGENCY}|{STATE}|{EFFORT}|x|\s)\W{{0,4}}[\])][\s:\u2013\u2014-]{{0,4}}", re.IGNORECASE
)
TRAILING = re.compile(
    rf"(?:[\s*_:;,\u2013\u2014{EMOJI}-]{{1,12}}|\s?[(\[]\W?(?i:done|completed|fixed|wip|todo|in progress)\W?[)\]]"
    r"\W{0,2}|\s[-\u2013\u2014:]\s(?:DONE|COMPLETED?|FIXED|RESOLVED|IMPLEMENTED|PENDING|TODO|PROPOSED)"
    r"|[\s(<]https?://[^\s()<>]{1,60}[)>]?)\Z"
)
OBLIGES = re.compile(
    r"\b(?:we|i|they|team)\s(?:\w{2,10}\s)?(?:will|should|must|need|have to|plan|recommend|are \w{3,15}ing)\b"
    r"|\bgoing to\b|\blet's\b|['\u2019]ll\b|['\u2019]re (?:\w{2,12} )?\w{3,15}ing\b",
    re.IGNORECASE,
)
SENTENCE_END = re.compile(r"(?<![A-Z.])[.!?](?=\s{1,4}[A-Z\"'(])")
TITLE_COLUMN = re.compile(
    r"\W{0,12}(?:(?:corrective |preventive |follow-?up )?(?:actions?|action items?|tasks?|items?)|descriptions?|what"
    r"|fix(?:es)?|solutions?(?: implemented)?|recommendations?|(?:counter)?measures?|improvements?|to-?dos?|issues?"
    r"|follow-?ups?|steps?|mitigations?|remediations?|metrics?|criteri(?:on|a)|title|summary|work|changes?)\W{0,12}",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W\d_]{2}")
# Who and when at the end of an entry have fields of their own: "(owner: Ines, due 3 May)", "Owner: Ines. Due: 3 May."
WHO = r"(?:(?:action )?owners?|assignees?|assigned to|responsible|dri)"
WHEN = r"(?:due(?: date| by)?|deadline|eta|target date)"
BRACKETED_FIELDS = re.compile(
    rf"[\s,;:]{{0,3}}[(\[](?:{WHO}\s?[:=]|{WHEN}\s?:?)\s[^()\[\]]{{1,80}}[)\]][\s.]{{0,3}}\Z", re.IGNORECASE
)
FIELD_SENTENCE = re.compile(
    rf"[.;,|\u2013\u2014)-]\s{{1,3}}(?:{WHO}|{WHEN})\s?[:=]\s?[^:;|]{{1,60}}[\s.]{{0,3}}\Z", re.IGNORECASE
)
PEELS = (LEADING, TAG, CLOCK, NUMBERED_NOISE, NUMBER, BARE_NOISE)
MOST_PEELS = 8
TAIL = 80
FIELDS_TAIL = 120
TEXT_READ = 2000


def title(block: Block) -> str:
    """The entry as clean text of one line: no marks, numbers or "Fix 1:" in front, at most TITLE_LENGTH characters."""
    text = _without_tail(_without_fields(_without_head(action_text(block))))
    if len(text) > TITLE_LENGTH:
        plain = block.label or text.split(" ", 1)[0].lower() in VERB_FORMS
        text = _first_sentence(text) if plain else _telling_sentence(text)
    return shortened(text, TITLE_LENGTH)


def _first_sentence(text: str) -> str:
    end = SENTENCE_END.search(text, 20)
    return text[: end.start()] if end else text


def _telling_sentence(text: str) -> str:
    """Of several sentences the first that says what is to be done, else the first."""
    ends = [0, *(end.end() for end in SENTENCE_END.finditer(text[:TEXT_READ]))]
    sentences = [text[start:end].strip() for start, end in pairwise((*ends, len(text)))]
    return next((sentence for sentence in sentences if OBLIGES.search(sentence)), _first_sentence(text)).rstrip(".")


def action_text(block: Block) -> str:
    """The text that says what is to be done: of a table row, its action column or else its longest cell."""
    if not block.cells:
        return block.text
    named = [cell for name, cell in block.cells if TITLE_COLUMN.fullmatch(name) and WORD.search(cell)]
    return max(named or [cell for _, cell in block.cells], key=len)


def _without_head(text: str) -> str:
    """A text without the marks in front of its words, as long as words remain."""
    for _ in range(MOST_PEELS):
        found = next((match for peel in PEELS if (match := peel.match(text)) and match.end()), None)
        if found is None or not WORD.search(text, found.end()):
            break
        text = text[found.end() :]
    return text


def _without_fields(text: str) -> str:
    """A text without the owner and the deadline that are named at its end, as long as words remain."""
    for _ in range(MOST_PEELS):
        before = max(len(text) - FIELDS_TAIL, 0)
        found = BRACKETED_FIELDS.search(text, before) or FIELD_SENTENCE.search(text, before)
        if found is None or not WORD.search(text[: found.start()]):
            break
        text = text[: found.start()]
    return text


def _without_tail(text: str) -> str:
    for _ in range(MOST_PEELS):
        before = max(len(text) - TAIL, 0)
        found = TRAILING.search(text, before)
        if found is None or not WORD.search(text[: found.start()]):
            break
        text = text[: found.start()]
    return text


def shortened(text: str, length: int) -> str:
    """A text of at most `length` characters, cut at a word."""
    if len(text) <= length:
        return text
    cut = text[: length - 2]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(" ,;:-") + " \u2026"


def last_line(document: Document, block: Block) -> int:
    """The last source line of the entry with its details: of a heading, the end of its section.

    A paragraph that ends with a colon has the list, table or code that it announces as its details.
    """
    if block.kind is not BlockKind.HEADING:
        return _announced_end(document, block) if block.text.endswith(":") else block.end_line
    last = block.end_line
    for following in _after(document, block):
        if following.kind is BlockKind.HEADING and following.depth <= block.depth:
            break
        last = max(last, following.end_line)
    return last


def _after(document: Document, block: Block) -> Iterator[Block]:
    """The blocks after this one, without a step for each block before it."""
    return (document.blocks[index] for index in range(block.index + 1, len(document.blocks)))


def _announced_end(document: Document, block: Block) -> int:
    last = block.end_line
    for following in _after(document, block):
        announced = following.lead_in == block.index or following.line <= last
        code = following.kind is BlockKind.CODE and following.index == block.index + 1
        if following.kind is BlockKind.HEADING or not (announced or code):
            break
        last = max(last, following.end_line)
    return last


def description(document: Document, block: Block) -> str:
    """The entry with its details as the source has it; of a table row, one "column: value" a line."""
    if block.cells:
        return "\n".join(f"{name}: {cell}" if name else cell for name, cell in block.cells if cell)
    lines = document.lines[block.line - 1 : last_line(document, block)]
    return "\n".join(line.rstrip() for line in lines).strip("\n")
