"""Is an entry done, as the document marks it? The nearest place that says anything decides; else it is open."""

import re
from functools import lru_cache
from itertools import pairwise

from tracker.extraction.document import Block, BlockKind, Document
from tracker.extraction.hints import has_any
from tracker.extraction.lexicon import VERB_FORMS

TICK = "[\u2705\u2714\u2611\u2713]\ufe0f?"
OPEN_SIGN = "[\u274c\u23f3\U0001f504\U0001f6a7\u2b1c\u2610\U0001f51c]"
DONE = (
    r"(?:done|completed?|finished|fixed|resolved|implemented|deployed|merged|shipped|closed|applied|released|delivered)"
)
OPEN = (
    r"(?:to[\s-]?do|open|pending|in[\s-]progress|not (?:started|done|yet)|wip|planned|proposed|backlog|blocked|tbd"
    r"|ongoing|outstanding|partial(?:ly)?|upcoming|to be (?:done|implemented|scheduled)|won'?t (?:do|fix))"
)
SHOUTED_DONE = "(?:DONE|COMPLETED?|FIXED|IMPLEMENTED|RESOLVED)"
SHOUTED_OPEN = "(?:TODO|TO DO|PENDING|PROPOSED|IN PROGRESS|PLANNED|OPEN|NOT STARTED)"
STATUS_COLUMN = re.compile(
    r"\W{0,12}(?:status|state|progress|done|completed?)(?:\s(?:on|at|as of)\b.{0,30})?\W{0,12}", re.IGNORECASE
)
DONE_CELL = re.compile(
    rf"[\W_]{{0,12}}(?:{DONE}\b|yes\W{{0,12}}\Z)|[\s*_]{{0,12}}{TICK}[\s*_]{{0,12}}\Z", re.IGNORECASE
)
OPEN_CELL = re.compile(rf"[\W_]{{0,12}}(?:{OPEN}\b|no\W{{0,12}}\Z)|[\s*_]{{0,12}}{OPEN_SIGN}", re.IGNORECASE)
DONE_MARK = re.compile(
    rf"(?i:[(\[]\W{{0,4}}{DONE}(?:\s(?:as of|on|in|at|by)\b[^()\[\]]{{0,40}})?\W{{0,3}}[)\]])"
    rf"|[-\u2013\u2014:|\u2705]\ufe0f?\s{{0,2}}{SHOUTED_DONE}\b|(?i:[-\u2013\u2014:]\s?(?:done|completed?)[\s.!]{{0,3}}\Z)"
    rf"|(?:\A[\W_]{{0,6}}|[.;!)]\s){SHOUTED_DONE}\b|[.;!)]\s(?:Done|Completed|Finished|Fixed|Closed)\b"
)
OPEN_MARK = re.compile(
    rf"(?i:[(\[]\W{{0,4}}{OPEN}\W{{0,3}}[)\]])|[-\u2013\u2014:|]\s?{SHOUTED_OPEN}\b|\A[\W_]{{0,6}}{SHOUTED_OPEN}\b"
    rf"|\A\s?{OPEN_SIGN}"
)
TICKED = re.compile(rf"\A[\s\d.)*_]{{0,6}}{TICK}|{TICK}[\s*_.]{{0,4}}\Z")
STATUS_DETAIL = re.compile(r"\W{0,4}(?:current\s)?status\W{0,6}", re.IGNORECASE)
DONE_HINTS = (
    *("done", "complete", "finished", "fixed", "resolved", "implemented", "deployed", "merged", "shipped", "closed"),
    *("applied", "released", "delivered"),
)
OPEN_HINTS = ("(", "[", "TO", "PEN", "PRO", "PLAN", "NOT")
TICKS = "\u2705\u2714\u2611\u2713"
DETAILS_READ = 12
FUTURE = re.compile(
    r"\b(?:will|should|must|shall|needs?|(?:have|has|going|plan(?:s|ned|ning)?|want|intend|continue|yet) to|to be|would"
    r"|could|can|may|might|consider|let's)\b|['\u2019]ll\b|(?:['\u2019]re|\bare|\bis|\bam)\s(?:\w{2,12}\s)?\w{2,14}ing\b",
    re.IGNORECASE,
)
HAVE = re.compile(
    r"(?:\b(?:have|has|had|was|were|been)|['\u2019]ve)\s(?:(?:now|already|also|since|been|recently)\s){0,2}$", re.I
)
SENTENCE_END = re.compile(r"[.;!?]\s")
CLOCK = re.compile(r"[\s*_]{0,4}\d{1,2}:\d{2}(?::\d{2})?[\s*_:\u2013\u2014-]{1,4}")
LABEL = re.compile(r"[^:]{1,60}:\s")
WORD = re.compile(r"[A-Za-z][A-Za-z'\u2019]{0,20}")
TEXT_READ = 160
SUBJECTS = frozenset(("we", "i", "they", "he", "she", "the", "our", "team"))
ACTORS = frozenset(("we", "i", "they", "he", "she", "team"))
QUALITIES = frozenset(
    """
    advanced automated centralised centralized coordinated dedicated defined detailed distributed enhanced expanded
    extended improved increased integrated isolated limited managed optimised optimized reduced required scheduled
    shared simplified staged standardised standardized structured synchronized tested unified
    """.split()  # noqa: SIM905 - a block of words is read more easily than a list of strings
)
INTENTIONS = frozenset(
    ("considered", "discussed", "expected", "needed", "planned", "proposed", "required", "surprised")
)
SAME_FORMS = frozenset(("cut", "put", "set", "shut", "split"))
ONLY_A_TICKET = re.compile(
    r"\b(?:created|raised|opened|filed|logged|added)\s(?:an?\s|the\s)?(?:\w{2,12}\s)?(?:ticket|issue|story|card|task)s?\b",
    re.IGNORECASE,
)
ASKING = frozenset(("whether", "which", "what", "who", "how", "why", "if", "when", "where"))
DETERMINERS = frozenset(("a", "an", "the", "that", "all", "our", "their", "its"))
DONE_HEADING = re.compile(
    rf"\b{DONE}\b(?:\s(?:by|on)\b.{{0,40}}|\s(?:fix|action|work|item|step|task|change|issue|improvement|measure)\w{{0,4}}"
    rf"(?:\s\w{{1,12}})?)?[\W_]{{0,12}}\Z|\b(?:actions?|steps?|measures?|mitigations?)\s(?:\w{{2,15}}\s){{0,4}}taken\b"
    rf"|\b(?:fix(?:es)?|changes?|solutions?)\s(?:applied|implemented|made|deployed)\b|\A\W{{0,3}}{TICK}.{{0,40}}\b{DONE}\b"
    rf"|\bwhat (?:we|was|has been|have we) (?:did|done|changed|fixed)\b|{TICK}.{{0,30}}\b(?:created|added)\b",
    re.IGNORECASE,
)
OPEN_HEADING = re.compile(
    r"\b(?:future|remaining|next|proposed|recommend\w*|required|to be|pending|to[\s-]?dos?|planned|plan|outstanding"
    r"|should|needed|open|possible|potential|follow[\s-]?ups?|still|not yet|incomplete|opportunities)\b",
    re.IGNORECASE,
)
RECOVERY_HEADING = re.compile(r"\W{0,4}(?:recovery|resolution (?:and|&) recovery)\W{0,4}", re.IGNORECASE)
DONE_LEAD_IN = re.compile(
    rf"\b(?:already|(?:have|has) been|were|was|have|had|we)\s(?:\w{{2,12}}\s)?(?:{DONE}|taken|took|made|added|did)\b"
    r"|\b(?:involved|included|consisted of)\b|\bfully (?:resolved|fixed|implemented)\b",
    re.IGNORECASE,
)


def is_done(document: Document, block: Block) -> bool:
    """Does the document mark the entry as done?

    The places: its check box, its marks and cells, its tense, its details ("Status: done"), the entry around it, the
    line that introduces its list, its headings from the nearest outwards.
    """
    answers = (verdict(document, block) for verdict in (_by_box, _by_marks, _by_details, _by_tense, _by_surroundings))
    return bool(next((answer for answer in answers if answer is not None), False))


def _by_box(document: Document, block: Block) -> bool | None:
    if block.checked is None:
        return None
    return block.checked or bool(DONE_MARK.search(block.text))


def _by_marks(document: Document, block: Block) -> bool | None:
    if block.cells:
        return _by_cells(block)
    text = block.text
    if block.struck * 2 > len(text) or (has_any(text.lower(), DONE_HINTS) and DONE_MARK.search(text)):
        return True
    if (text[:1] in OPEN_SIGN or has_any(text, OPEN_HINTS)) and OPEN_MARK.search(text):
        return False
    return True if has_any(text, TICKS) and TICKED.search(text) and not FUTURE.search(text) else None


def _by_cells(row: Block) -> bool | None:
    """What the status column says; in a table without one, a cell that is nothing but a status."""
    for name, cell in row.cells:
        if STATUS_COLUMN.fullmatch(name):
            return bool(DONE_CELL.match(cell))
    for _, cell in row.cells[1:]:
        if len(cell) < 24 and DONE_CELL.match(cell):
            return True
        if len(cell) < 24 and OPEN_CELL.match(cell):
            return False
    return True if any(DONE_MARK.search(cell) for _, cell in row.cells) else None


def _by_details(document: Document, block: Block) -> bool | None:
    details = document.members(block) if block.kind is BlockKind.HEADING else document.children(block)
    for detail in details[:DETAILS_READ]:
        if detail.kind is BlockKind.HEADING:
            return None
        if found := STATUS_DETAIL.match(detail.text):
            return bool(DONE_CELL.match(detail.text[found.end() :]) or TICK_START.match(detail.text[found.end() :]))
    return None


def _by_tense(document: Document, block: Block) -> bool | None:
    """Done where the entry tells of itself in the past ("Removed the ...", "We've added"), open in the future."""
    if block.cells:
        return None
    text = _bare(block.text)[:TEXT_READ]
    first = SENTENCE_END.split(text, maxsplit=1)[0]
    words = _words(text)
    if _begins_past(text, words[:6]):
        return True
    if FUTURE.search(first):
        return False
    return True if _tells_past(first, [word for word in words if word[1] < len(first)]) else None


def _bare(text: str) -> str:
    """An entry without its time or label in front."""
    for pattern in (CLOCK, LABEL):
        if (found := pattern.match(text)) and len(text) - found.end() > 8:
            text = text[found.end() :]
    return text


def _words(text: str) -> list[tuple[str, int]]:
    """The words of a text in small letters with their places, without @names."""
    found = WORD.finditer(text)
    return [
        (word[0].lower().replace("\u2019", "'"), word.start())
        for word in found
        if not word.start() or text[word.start() - 1] != "@"
    ]


def _begins_past(text: str, words: list[tuple[str, int]]) -> bool:
    """ "Removed the ...", "We fixed ...", "We have now confirmed ..." """
    if len(words) < 2 or words[0][0] in ASKING or ONLY_A_TICKET.search(text):
        return False
    if _is_past(words[0][0]):
        return True
    subject = words[0][0].split("'")[0]
    if subject in SUBJECTS and any(_is_past(word) for word, _ in words[1:3]):
        return True
    return subject in ACTORS and _has_done(text, words)


def _tells_past(text: str, words: list[tuple[str, int]]) -> bool:
    """ "The old key on the proxy was revoked", "The clients implemented a fix", "Alerts configured" """
    if not words or words[0][0] in ASKING or VERB_FORMS.get(words[0][0], ("",))[0] == "base":
        return False
    names = [word for word, _ in words]
    if any(_is_past(verb) and after in DETERMINERS for verb, after in pairwise(names[1:5])):
        return True
    return _has_done(text, words) or (1 < len(words) <= 6 and _is_past(names[-1]))


def _has_done(text: str, words: list[tuple[str, int]]) -> bool:
    return any((_is_past(word) or word in SAME_FORMS) and HAVE.search(text[:start]) for word, start in words)


def _is_past(word: str) -> bool:
    """Is a word a verb's past form, and none that names a quality ("enhanced monitoring")?"""
    return word not in QUALITIES and word not in INTENTIONS and VERB_FORMS.get(word, ("",))[0] == "past"


def _by_surroundings(document: Document, block: Block) -> bool | None:
    for parent in document.ancestors(block):
        if parent.checked is not None:
            return parent.checked
        if DONE_MARK.search(parent.text) or TICKED.search(parent.text):
            return True
    lead_in = document.lead_in(block)
    if lead_in and DONE_LEAD_IN.search(lead_in) and not FUTURE.search(lead_in):
        return True
    headings = reversed(document.headings(block)[1:] if len(block.section) > 1 else document.headings(block))
    verdicts = (_heading(heading.text) for heading in headings)
    return next((verdict for verdict in verdicts if verdict is not None), None)


@lru_cache(maxsize=4096)
def _heading(text: str) -> bool | None:
    if OPEN_HEADING.search(text):
        return False
    return True if DONE_HEADING.search(text) or RECOVERY_HEADING.fullmatch(text) else None


TICK_START = re.compile(rf"[\s*_]{{0,12}}{TICK}")
