"""Who does an entry and until when, in the words of the document. An estimate of effort is neither."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from tracker.extraction.document import Block, BlockKind, Document
from tracker.extraction.hints import has_any
from tracker.extraction.lexicon import VERB_FORMS

OWNER_WORD = (
    r"(?:(?:action )?owners?|owned by|assignees?|assigned to|responsible(?: (?:person|party|team))?|dri|point person"
    r"|poc|accountable|lead)"
)
DUE_WORD = (
    r"(?:due(?: date| by)?|deadlines?|eta|target (?:date|completion)|expected(?: date| by| completion)?|complete by"
    r"|completion date|by when|timeline|time ?frame|when)"
)
OWNER_COLUMN = re.compile(rf"\W{{0,12}}(?:{OWNER_WORD}|(?:by )?whom?|team|person|engineer)\W{{0,12}}", re.IGNORECASE)
DUE_COLUMN = re.compile(rf"\W{{0,12}}(?:{DUE_WORD}|date)\W{{0,12}}", re.IGNORECASE)
NOBODY = re.compile(
    r"\W{0,12}(?:tbd|tba|n/?a|none|nobody|unassigned|not assigned|unknown|open|to-?do|pending)?\W{0,12}", re.IGNORECASE
)
VALUE = r"[\s*_]{0,4}(?:[:=]|\s[\u2013\u2014-]\s)[\s*_]{0,4}([^\n;|()\[\]]{1,60})"
OWNER_LABEL = re.compile(
    rf"(?<![\w-]){OWNER_WORD}{VALUE}|\bassigned to[\s*_]{{1,3}}([^\n;|()\[\].,:]{{2,40}})", re.IGNORECASE
)
DUE_LABEL = re.compile(rf"(?<![\w-]){DUE_WORD}{VALUE}", re.IGNORECASE)
VALUE_END = re.compile(
    rf"\.(?:\s|$)|,\s(?!\d{{4}}|(?-i:[A-Z]))|\s[\u2013\u2014|-]\s(?!Q\d)|[\s,](?=(?:{DUE_WORD}|status|priority|{OWNER_WORD})\s?[:=])",
    re.IGNORECASE,
)
HANDLE = re.compile(r"(?<![\w./@-])@[A-Za-z][\w.-]{0,36}\w(?![\w.]{0,40}/)")
PERSON = r"[A-Z][a-z\u00e0-\u017f'-]{1,20}"
TEAM = r"(?:(?:the\s)?(?:[\w&/-]{2,20}\s){0,3}(?:team|squad|guild|crew))"
NAME = rf"(?:@[A-Za-z][\w.-]{{0,36}}\w|{TEAM}|{PERSON}(?:\s(?:{PERSON}|[A-Z]\.?|[a-z]{{3,12}}))?)"
NAMES = rf"{NAME}(?:(?:,\s|\s?&\s|\sand\s|\s?/\s?){NAME}){{0,2}}"
BRACKETED_LAST = re.compile(
    rf"[(\[]((?-i:{NAMES})|[a-z]{{3,12}}|(?<=\[)[A-Z]{{2,3}})(?:(?:\s(?:to|will)|,)\s[^()\[\]]{{1,40}})?[)\]]"
    r"[\s.]{0,3}(?:[(\[][^()\[\]]{1,30}[)\]]\s{0,2})?\Z"
)
DASHED_LAST = re.compile(rf"\s[\u2013\u2014-]\s({NAMES})(?:[,;]\s[^\u2013\u2014]{{1,50}})?[\s.]{{0,3}}\Z")
LAST_SENTENCE = re.compile(
    rf"[.;,)]\s(?:In progress,\s|Completed(?:\s[\w ]{{1,20}})?,\s|Done,\s)?({NAMES})"
    r"(?:,\s(?=by|until|due|before|Q\d|end|this|next|\d)[^.]{1,40})?\.?\s{0,3}\Z"
)
TO_DO_IT = re.compile(
    rf"[\W\d_]{{0,6}}((?:{PERSON}|@[\w-]{{2,30}})(?:(?:\s|\sand\s|,\s|\s&\s){PERSON}){{0,2}})"
    r"\s(?:to|will|should|must|needs? to|ha(?:s|ve) to|is going to)\s[a-z]{2,20}\b"
)
TEAM_SUBJECT = re.compile(
    r"[\W\d_]{0,6}((?:the\s)?(?:[\w&/-]{2,25}\s){0,4}(?:team|squad|group|department|guild|crew|engineers?|admins?|ops))"
    r"\s(?:should|will|must|shall|needs? to|to|(?:is|are) going to|ha(?:s|ve) to)\s[a-z]{2,20}\b",
    re.IGNORECASE,
)
EVERYBODY = re.compile(r"(?:the\s)?(?:our|we|whole|entire|every|each|all|any|no|when|if)\b", re.IGNORECASE)
NOT_A_NAME = frozenset(
    """
    ability access actions after again agree all anyone api app architecture attempt backend backlog blocked both
    browser bug cache call changes cleanup client clients closed cloud cluster code config container critical data
    database decide deferred dev docs done draft early easy emergency engineering error errors everyone existing
    external failure feature forget frontend future goal hard hardware he high host hosts how hub i immediate
    immediately infra internal issue it job jobs key later library local long low maintenance manual master maybe
    medium minor mobile model monitor more network new next node nodes none now old only open optional our partial
    pending phase pipeline plan platform policy process prod production project promise proxy question questions queue
    refuse region release remote same schema script security see server servers service services she short slow
    software soon source spike staging step steps storage story stretch system table task team test tests that there
    these they this ticket time token tools traffic upstream urgent user users version via we web website when where
    wip work worker yes you
    """.split()  # noqa: SIM905 - a block of words is read more easily than a list of strings
)
NEIGHBOURS = 6
SIGNATURE_LENGTH = 100
TEAM_NAME = re.compile(rf"(?:\A|,\s){TEAM}\b", re.IGNORECASE)
SURE_NAME = re.compile(rf"@|\b(?:team|squad|guild|crew)\b|\b{PERSON}\s(?:{PERSON}|[A-Z]\b)")
ORDINARY_ENDING = re.compile(r"(?:ed|ing|al|ly|ion|ive|able|ment|ity|ness|ous|ic)\Z")
OWNED_HEADING = re.compile(
    r"[\W\d_]{0,6}(?:(?P<whose>(?:[\w&-]{2,20}\s){0,2}[\w&-]{2,20})['\u2019]s?\s(?:actions?|tasks?|items?|to-?dos?|list)"
    r"|(?P<team>(?:[\w&/-]{2,20}\s){1,3}(?:team|squad|guild))(?:\s(?:actions?|tasks?|items?|to-?dos?))?)\W{0,12}",
    re.IGNORECASE,
)
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
DATE = (
    r"(?:\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\s(?:of\s)?{MONTH}\b\.?(?:,?\s\d{{4}})?|{MONTH}\.?\s\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s\d{{4}})?)"
)
DAY = r"(?:(?:next\s|this\s)?(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tonight|tomorrow)"
PERIOD = r"(?:week|sprint|iteration|month|quarter|year)"
QUARTER = r"(?:Q[1-4](?:[\s/-]{0,2}\d{4})?(?:\s?[-\u2013]\s?Q[1-4](?:\s\d{4})?)?|H[12]\s\d{4})"
SPAN = r"\d{1,3}\+?(?:\s?(?:-|\u2013|to)\s?\d{1,3})?\s?(?:hours?|hrs?|h|days?|d|weeks?|wks?|months?)"
END_OF = (
    rf"(?:the\s)?(?:end|close|start|beginning) of (?:the |this |next )?"
    rf"(?:business|day|{PERIOD}|{QUARTER}|{MONTH}|\d{{4}})(?:\s\d{4})?"
)
COMING = rf"(?:(?:later |early |end of )?(?:this|next|the coming|the next) {PERIOD})"
POINT = rf"(?:{END_OF}|EO[DWMQY]|COB|{DATE}|{DAY}|{QUARTER}|{COMING}|{MONTH}(?:\s\d{{4}})?\b|\d{{4}}\b)"
CLOCK = r"(?:(?:T|,?\s(?:at\s)?)\d{1,2}:\d{2}(?::\d{2})?(?:\s?(?:[ap]m|Z|UTC|[+-]\d{2}:?\d{2})(?!\w))?)"
BY = re.compile(
    rf"(?<![\w-])(?:(?:by|before|until|no later than|due(?: on)?) (?:the )?{POINT}{CLOCK}?|at {END_OF})(?!\w)",
    re.IGNORECASE,
)
WHEN = re.compile(
    rf"(?<![\w-])(?:{END_OF}|EO[DWMQY]|{QUARTER}|(?:later|early) {COMING}|{COMING}|COB)(?!\w)", re.IGNORECASE
)
WITHIN = re.compile(
    rf"(?<![\w-])(?:within (?:the (?:next )?)?(?:{SPAN}|an? {PERIOD})|(?:in )?(?:the )?next {SPAN})(?!\w)",
    re.IGNORECASE,
)
ORDINAL = re.compile(
    r"(?<![\w-])(?:weeks?|days?|sprint) \d{1,2}(?:\s?[-\u2013]\s?\d{1,2})?(?!\w|\s?(?:of|hours?|days?))", re.IGNORECASE
)
BRACKETED_SPAN = re.compile(rf"[(\[]\s?((?:~|about )?{SPAN})\s?[)\]]", re.IGNORECASE)
ROUND_HOURS = re.compile(r"(?<![\w-])((?:\d{1,2}\s?[-\u2013]\s?)?(?:24|48|72)\s?(?:h|hrs?|hours))\b", re.IGNORECASE)
URGENCY = re.compile(
    r"\b(?:immediate|short|medium|mid|long|near|critical|high|low|urgent|priority|p[0-3])\b", re.IGNORECASE
)
BRACKETED = re.compile(r"[(\[]([^()\[\]]{1,60})[)\]]")
TARGET = re.compile(
    rf"(?<![\w-])target[\s*_]{{0,4}}:[\s*_]{{0,4}}({POINT}(?:\s?[-\u2013]\s?{POINT})?|{ORDINAL.pattern}|within {SPAN})",
    re.IGNORECASE,
)
CLOSING = re.compile(r"[\s(,](today|tomorrow|tonight|this week|next week)[).]{0,2}\Z", re.IGNORECASE)
DATE_ALONE = re.compile(DATE, re.IGNORECASE)
DIGIT = re.compile(r"\d")
TIME_HINTS = (
    *(
        "day",
        "tonight",
        "tomorrow",
        "week",
        "sprint",
        "iteration",
        "month",
        "quarter",
        "year",
        "eod",
        "eow",
        "eom",
        "eoq",
    ),
    *("cob", "end of", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
)
DUE_HINTS = ("due", "deadline", "eta", "target", "expected", "complet", "when", "timeline", "time frame", "timeframe")
OWNER_HINTS = ("own", "assign", "responsible", "dri", "point person", "poc", "accountable", "lead")
DETAILS_READ = 12
LABEL_LENGTH = 80
LEAD_IN_LENGTH = 200


def owner_words(document: Document, block: Block) -> str:
    """Who is to do the entry, as written, "" where nobody is named.

    The places: the owner's column, "Owner:" in the entry or its details, an @name, a name in brackets at its end, the
    subject of its sentence; then the line that introduces the list and the headings.
    """
    if block.cells:
        return _cell(block, OWNER_COLUMN)
    labelled = _labelled(block.text, OWNER_LABEL) if has_any(block.text.lower(), OWNER_HINTS) else ""
    own = labelled or _in_details(document, block, OWNER_LABEL) or _named(document, block)
    return own or _nearest(document, block, _owner_around)


def deadline_words(document: Document, block: Block) -> str:
    """Until when the entry is to be done, as written, "" where nothing says so; places as for the owner."""
    if block.cells and (found := _cell(block, DUE_COLUMN)):
        return found
    heading = block.kind is BlockKind.HEADING
    own = _due_labelled(block.text) or _in_details(document, block, DUE_LABEL)
    if not own and (DIGIT.search(block.text) or has_any(block.text.lower(), TIME_HINTS)):
        own = _deadline_around(block.text) if heading else _deadline_in(block.text)
    return own or _nearest(document, block, _deadline_around)


def _cell(row: Block, column: re.Pattern) -> str:
    for name, cell in row.cells:
        if column.fullmatch(name) and not NOBODY.fullmatch(cell):
            return cell
    return ""


def _due_labelled(text: str) -> str:
    if not has_any(text.lower(), DUE_HINTS):
        return ""
    found = TARGET.search(text)
    return found[1] if found else _labelled(text, DUE_LABEL)


def _labelled(text: str, label: re.Pattern) -> str:
    """What follows a label such as "Owner:" up to the end of the statement."""
    if not (found := label.search(text)):
        return ""
    value = VALUE_END.split(next(group for group in found.groups() if group), maxsplit=1)[0].strip(" *_`.")
    return "" if NOBODY.fullmatch(value) else value


def _in_details(document: Document, block: Block, label: re.Pattern) -> str:
    details = document.members(block) if block.kind is BlockKind.HEADING else document.children(block)
    for detail in details[:DETAILS_READ]:
        if detail.kind is BlockKind.HEADING:
            break
        found = label.search(detail.text[:LABEL_LENGTH])
        if found and found.start() < 4 and (value := _labelled(detail.text, label)):
            return value
        if label is DUE_LABEL and OWNER_LABEL.match(detail.text) and (value := _deadline_in(detail.text)):
            return value
    return ""


def _named(document: Document, block: Block) -> str:
    """The person or team that an entry names as the one who does it."""
    text = block.text
    handles = list(HANDLE.finditer(text))
    edge = [found[0] for found in handles if found.start() < 4 or not text[found.end() :].strip(" .)]*_")]
    if edge:
        return edge[-1]
    name = _signed(text)
    if name and (SURE_NAME.search(name) or _is_habit(document, block)):
        return name
    return _subject(text)


def _signed(text: str) -> str:
    """The name that an entry ends with: "(Maria)", "[DK]", "- Maria Lund, due Friday", ". Maria Lund, until May"."""
    for pattern in (BRACKETED_LAST, DASHED_LAST, LAST_SENTENCE):
        if (found := pattern.search(text[-SIGNATURE_LENGTH:])) and _is_name(found[1]):
            return found[1]
    return ""


def _is_habit(document: Document, block: Block) -> bool:
    """Does another entry of the list end with a name in brackets too, or is there none to compare with?"""
    near = document.blocks[max(block.index - NEIGHBOURS, 0) : block.index + NEIGHBOURS + 1]
    siblings = [
        other for other in near if other is not block and other.group == block.group and other.kind is block.kind
    ]
    return not siblings or any(_signed(other.text) for other in siblings)


def _subject(text: str) -> str:
    """Who is said to do it: "The payments team should ...", "Maria to ..."."""
    for statement in (text, text.partition(": ")[2]):
        if (found := TEAM_SUBJECT.match(statement)) and _is_somebody(found[1]):
            return found[1]
    if (found := TO_DO_IT.match(text)) and _is_name(found[1]):
        return found[1]
    return ""


def _is_somebody(subject: str) -> bool:
    """Does the subject of a sentence name a team, not everybody, and not an object ("Work with the team to ...")?"""
    return not EVERYBODY.match(subject) and VERB_FORMS.get(subject.split(maxsplit=1)[0].lower(), ("",))[0] != "base"


def _is_name(name: str) -> bool:
    """Could it be a name: none of its words an ordinary one?"""
    words = [word.strip("@,&/.") for word in name.split()]
    return bool(TEAM_NAME.search(name)) or not any(_is_ordinary(word) for word in words if word)


def _is_ordinary(word: str) -> bool:
    low = word.lower()
    return low in NOT_A_NAME or low in VERB_FORMS or (word == low and bool(ORDINARY_ENDING.search(low)))


def _nearest(document: Document, block: Block, read: Callable[[str], str]) -> str:
    """The first answer among the entries around, the lines that introduce the lists, and the headings outwards."""
    return next((found for text in _around(document, block) if text and (found := read(text))), "")


def _around(document: Document, block: Block) -> Iterator[str]:
    yield document.lead_in(block)[:LEAD_IN_LENGTH]
    for parent in document.ancestors(block):
        yield parent.text[:LABEL_LENGTH]
        yield document.lead_in(parent)[:LEAD_IN_LENGTH]
    for index in reversed(block.section[1:] if len(block.section) > 1 else block.section):
        yield document.blocks[index].text


@lru_cache(maxsize=4096)
def _owner_around(text: str) -> str:
    if found := _labelled(text, OWNER_LABEL):
        return found
    if owned := OWNED_HEADING.fullmatch(text):
        name = owned["whose"] or owned["team"]
        return "" if EVERYBODY.match(name) else name
    if len(text) < LABEL_LENGTH and (handle := HANDLE.search(text)):
        return handle[0]
    subject = TEAM_SUBJECT.match(text)
    return subject[1] if subject and _is_somebody(subject[1]) else ""


def _deadline_in(text: str) -> str:
    """The deadline in an entry's own words: "by Friday", "(end of week)", "within 2 days" at its end or in front."""
    if found := [match[0] for match in BY.finditer(text)]:
        return found[-1]
    for bracketed in BRACKETED.finditer(text):
        if found := WHEN.search(bracketed[1]) or WITHIN.search(bracketed[1]) or DATE_ALONE.fullmatch(bracketed[1]):
            return found[0]
    if found := WHEN.search(text):
        return found[0]
    if closing := CLOSING.search(text[-LABEL_LENGTH:]):
        return closing[1]
    if (found := ORDINAL.search(text[:LABEL_LENGTH])) and text[found.end() :][:3].strip(" *_)]")[:1] in (":", "-"):
        return found[0]
    found = WITHIN.search(text)
    return found[0] if found and (found.start() < 4 or not text[found.end() :].strip(" .*_:")) else ""


@lru_cache(maxsize=4096)
def _deadline_around(text: str) -> str:
    """The deadline that a heading or an introducing line sets for what is below it."""
    if len(text) > LABEL_LENGTH * 2:
        return ""
    if found := TARGET.search(text):
        return found[1]
    for pattern in (BY, WITHIN, WHEN, ORDINAL):
        if found := pattern.search(text):
            return found[0]
    if found := ROUND_HOURS.search(text):
        return found[1]
    found = BRACKETED_SPAN.search(text)
    return found[1] if found and URGENCY.search(text) else ""
