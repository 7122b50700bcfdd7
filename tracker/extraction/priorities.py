"""How urgent: what an entry, its section or the incident states about its priority, and the priority when nobody does.

A priority is stated by a number ("P1", "Priority 1"), a word ("High priority", "[Critical]"), a term ("short-term") or
a limit ("within 24 hours"). In one place the number beats the word, the word the term, and the term the limit.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from tracker.choices import IssueKind, Priority
from tracker.extraction.document import Block, BlockKind, Document
from tracker.extraction.hints import has_any
from tracker.extraction.labelled import LABEL

P0, P1, P2, P3 = Priority
BY_NUMBER = {"0": P0, "1": P1, "2": P2, "3": P3}
BY_SEVERITY = {"0": P0, "1": P0, "2": P1, "3": P2, "4": P3, "5": P3}
BY_WORD = {
    **dict.fromkeys(("critical", "urgent", "blocker", "highest", "emergency", "severe", "catastrophic"), P0),
    **dict.fromkeys(("high", "major"), P1),
    **dict.fromkeys(("medium", "moderate", "normal", "med"), P2),
    **dict.fromkeys(("low", "lowest", "minor", "trivial"), P3),
}
WORD = f"({'|'.join(sorted(BY_WORD, key=len, reverse=True))})"
WORK_NOUN = (
    r"(?:actions?|(?:hot)?fix(?:es)?|remediations?|repairs?|tasks?|steps?|measures?|improvements?|changes?|items?|works?"
    r"|responses?|mitigations?|follow[- ]?ups?|to[- ]?dos?|patch(?:es)?|recommendations?)"
)
EVENT_NOUN = (
    r"(?:causes?|impacts?|effects?|symptoms?|errors?|problems?|triggers?|risks?|issues?|danger|threats?|consequences?"
    r"|results?|context|failures?|outcomes?|vicinity)"
)
NUMBER = re.compile(
    r"(?<![\w#./-])(?:P|prio(?:rity)?[\s:*_=#-]{0,4}(?:level\s)?P?)([0-3])(?![\w.%+/]|[-\u2013]\d)", re.IGNORECASE
)
RATED = re.compile(
    rf"(?<![\w-]){WORD}[\s-]{{1,2}}(?:priority|urgency|severity)\b(?!\srisks?\b)"
    rf"|\b(?:priority|urgency|severity)[\s*_]{{0,3}}(?:[:=\u2013\u2014-]|is)[\s*_]{{0,4}}{WORD}(?![\w-])",
    re.IGNORECASE,
)
STRONG_WORK = re.compile(
    rf"(?<![\w-])(?<!mission )(?<!business )(?:critical|urgent|emergency)\s(?:[\w/&-]{{2,20}}\s){{0,2}}{WORK_NOUN}\b",
    re.IGNORECASE,
)
LONE_WORD = re.compile(
    rf"(?:^|[(\[{{|:\u2013\u2014]\s?|\s-\s){WORD}(?=\s?(?:[()\]}}|:.!,\u2013\u2014]|-\s|$))", re.IGNORECASE
)
TERMS = (
    (re.compile(rf"(?<![\w-])immediate(?:ly)?\b(?!\s(?:\w{{2,20}}\s)?{EVENT_NOUN}\b)", re.IGNORECASE), P0),
    (re.compile(r"(?<![\w-])(?:today|right now|asap|as soon as possible|hotfix(?:es)?)\b", re.IGNORECASE), P0),
    (re.compile(r"(?<![\w-])(?:short(?:er)?|near(?:er)?)[\s-]term\b|\bthis week\b", re.IGNORECASE), P1),
    (re.compile(r"(?<![\w-])(?:mid(?:dle)?|medium|intermediate)[\s-]term\b", re.IGNORECASE), P2),
    (re.compile(r"\b(?:this|next|coming|current) (?:sprint|month|iteration)\b|\bnext week\b", re.IGNORECASE), P2),
    (re.compile(r"(?<![\w-])long(?:er)?[\s-]term\b|\b(?:this|next) (?:quarter|year)\b", re.IGNORECASE), P3),
)
LIMIT = re.compile(
    r"(?<![\w.-])(?:(within|next|in)\s(?:the\s)?(?:next\s)?)?(\d{1,3})(?:\s?(?:-|\u2013|to)\s?(\d{1,3}))?\s?"
    r"(hours?|hrs?|h|days?|d|weeks?|months?)\b|\b(week|day)s?\s(\d{1,2})\b",
    re.IGNORECASE,
)
HOURS = {"h": 1, "d": 24, "w": 168, "m": 730}
LIMITS = ((24, P0), (168, P1), (750, P2))
ROUND_HOURS = (24, 48, 72)
ADVERB = re.compile(
    r"(?<![\w-])(?:(immediately|asap|as soon as possible)(?!\s(?:when|after|before|if|on|upon|once|as|following))"
    r"|(short|near|mid|medium|long)(?:er)?[\s-]term(?=\s?(?:[,.;:)]|$|we\b)))",
    re.IGNORECASE,
)
BY_TERM = {"short": P1, "near": P1, "mid": P2, "medium": P2, "long": P3}
CLOSING_TERM = re.compile(
    r"(?:\s|\()(?:today|this week|next week|(?:this|next) (?:sprint|month|iteration|quarter|year))[).]{0,2}\Z",
    re.IGNORECASE,
)
ADVERB_WITHIN = 120
HINTS = (
    *(
        "p0",
        "p1",
        "p2",
        "p3",
        "prio",
        "sev",
        "critical",
        "urgen",
        "high",
        "medium",
        "low",
        "minor",
        "major",
        "term",
        "trivial",
    ),
    *(
        "immedia",
        "emergenc",
        "hour",
        "week",
        "asap",
        "as soon",
        "today",
        "right now",
        "sprint",
        "month",
        "quarter",
        "year",
    ),
    *(
        "moderate",
        "normal",
        "blocker",
        "catastrophic",
        "iteration",
        "hotfix",
        "med",
        "day",
        "24",
        "48",
        "72",
        "0-",
        "within",
    ),
)
LEADING_MARKS = re.compile(r"[\W_]{0,12}(?:\d{1,2}[.):]?\d?[\W_]{1,12})?")
BRACKETED = re.compile(r"[(\[]([^()\[\]]{1,60})[)\]]")
LABEL_END = re.compile(r":\s|:$|\s[\u2013\u2014-]\s")
LABEL_LENGTH = 60
PRIORITY_COLUMN = re.compile(r"\W{0,12}(?:priority|prio|severity|urgency|importance|criticality)\b", re.IGNORECASE)
TIME_COLUMN = re.compile(r"\W{0,12}(?:timeframe|time frame|horizon|term|phase|timeline|when)\W{0,12}\Z", re.IGNORECASE)
DETAIL = re.compile(r"\W{0,12}(?:priority|severity|urgency)\b\W{1,6}\w", re.IGNORECASE)
TIMED_DETAIL = re.compile(
    r"\W{0,12}(?:due|deadline|eta|when|timeline|timeframe|assigned to|owner|assignee|responsible)\b", re.IGNORECASE
)
DETAILS_READ = 12
INCIDENT = re.compile(
    r"\W{0,12}(?:(?:incident|overall|business|initial|implementation|issue|bug)\s)?"
    r"(?:severity|priority|sev|urgency|criticality|classification)"
    r"(?:\s(?:level|rating|class|classification|of the incident))?[\s*_]{0,4}(?:[:=|\u2013\u2014-][\s*_]{0,4}|\Z)",
    re.IGNORECASE,
)
INCIDENT_HINTS = ("sev", "priority", "urgency", "critical", "classif")
INCIDENT_FIELD = re.compile(
    r"(?<![\w-])(?:severity|priority|urgency|criticality|classification)\s?[:=]\s?(?=\S)(.{1,30})", re.IGNORECASE
)
RATED_IMPACT = re.compile(
    r"\W{0,12}(?:business\s)?(?:impact|status)\W{1,6}(?=(?:P[0-3]|sev|critical)\b)", re.IGNORECASE
)
ALARM = re.compile(
    r"\W{0,12}(?:critical|urgent)\s(?:\w{2,20}\s)?(?:issue|incident|outage|failure|bug)\W{0,4}:", re.IGNORECASE
)
HEAD_BLOCKS = 12
FIELDS_READ = 400
MISSION_CRITICAL = re.compile(r"\W{0,6}(?:mission|business)[\s-]critical\b", re.IGNORECASE)
SEV_MENTION = re.compile(r"(?<![\w-])sev[\s-]?([0-5])(?![\w.%+-])", re.IGNORECASE)
BY_KIND = {IssueKind.INVESTIGATE: P1, IssueKind.PREVENT: P2}


@lru_cache(maxsize=4096)
def spoken(text: str) -> Priority | None:
    """The priority that a heading, a label or a cell states, else None ("mission critical", "immediate cause")."""
    if not has_any(text.lower(), HINTS):
        return None
    return _by_word(text) or _by_term(text) or _by_limit(text)


def _by_word(text: str) -> Priority | None:
    if found := NUMBER.search(text):
        return BY_NUMBER[found[1]]
    if found := RATED.search(text):
        return BY_WORD[(found[1] or found[2]).lower()]
    if found := LONE_WORD.search(text[LEADING_MARKS.match(text).end() :]):
        return BY_WORD[found[1].lower()]
    return P0 if STRONG_WORK.search(text) else None


def _by_term(text: str) -> Priority | None:
    found = ((pattern.search(text), priority) for pattern, priority in TERMS)
    return min(((match.start(), priority) for match, priority in found if match), default=(0, None))[1]


def _by_limit(text: str) -> Priority | None:
    """The priority of "within 4 hours" or "week 1"; an estimate of effort ("2 hours") states none."""
    for found in LIMIT.finditer(text):
        lead, low, high, unit, ordinal_unit, ordinal = found.groups()
        if ordinal_unit:
            hours = int(ordinal) * HOURS[ordinal_unit[0].lower()]
        else:
            hours = int(high or low) * HOURS[unit[0].lower()]
            if not lead and not (unit[0] in "hH" and (hours in ROUND_HOURS or low == "0")):
                continue
        return next((priority for limit, priority in LIMITS if hours <= limit), P3)
    return None


def stated_priority(document: Document, block: Block) -> Priority | None:
    """The priority of an entry by the nearest place that states one.

    The places: its own words, its cells, its details ("Priority: high"), the entries around it, the paragraph that
    introduces its list, its headings from the nearest outwards. The document's title states nothing about an entry.
    """
    places = (_own(block), _by_details(document, block))
    return next((found for found in places if found), None) or _around(document, block)


def _own(block: Block) -> Priority | None:
    if block.kind is BlockKind.HEADING:
        return spoken(block.text)
    if block.cells:
        return _by_cells(block)
    if not has_any(block.text.lower(), HINTS):
        return None
    return next((found for part in _labels(block) if (found := spoken(part))), None) or _free(block.text)


def _by_cells(row: Block) -> Priority | None:
    marked = (found for _, cell in row.cells if (found := _marked(cell)))
    return _in_column(row, PRIORITY_COLUMN) or _in_front(row) or _in_column(row, TIME_COLUMN) or next(marked, None)


def _in_column(row: Block, names: re.Pattern) -> Priority | None:
    return next((found for name, cell in row.cells if names.match(name) and (found := spoken(cell))), None)


def _in_front(row: Block) -> Priority | None:
    """The priority that a cell begins with ("P0: Patch the gateway"), which its title leaves out."""
    labels = (label[0] for _, cell in row.cells if (label := LABEL.match(cell)))
    return next((found for label in labels if (found := _by_word(label))), None)


def _marked(text: str) -> Priority | None:
    """What the brackets in a text state, or the whole text where it is one word."""
    parts = [found[1] for found in BRACKETED.finditer(text)]
    if len(text) <= 10:
        parts.append(text)
    return next((found for part in parts if (found := _by_word(part))), None)


def _labels(block: Block) -> Iterator[str]:
    """The parts of an entry that speak about it: its brackets, and its label as far as the term stands first."""
    text = block.text
    head = block.label or ""
    end = LABEL_END.search(text[:LABEL_LENGTH])
    if end and len(head) < end.start():
        head = text[: end.start()]
    yield from (found[1] for found in BRACKETED.finditer(text))
    if head:
        rest = head[LEADING_MARKS.match(head).end() :]
        if _by_word(rest) or any((found := pattern.search(rest)) and found.start() < 4 for pattern, _ in TERMS):
            yield rest


def _free(text: str) -> Priority | None:
    """What running words state: "high priority", "longer term, we will", "deploy it immediately"."""
    if found := RATED.search(text):
        return BY_WORD[(found[1] or found[2]).lower()]
    if closing := CLOSING_TERM.search(text[-LABEL_LENGTH:]):
        return _by_term(closing[0])
    if not (found := ADVERB.search(text)):
        return None
    if found[2]:
        return BY_TERM[found[2].lower()]
    return P0 if found.start() < ADVERB_WITHIN else None


def _by_details(document: Document, block: Block) -> Priority | None:
    details = document.members(block) if block.kind is BlockKind.HEADING else document.children(block)
    for detail in details[:DETAILS_READ]:
        if detail.kind is BlockKind.HEADING:
            return None
        if DETAIL.match(detail.text) and (found := spoken(detail.text)):
            return found
        if TIMED_DETAIL.match(detail.text) and (found := _by_term(detail.text)):
            return found
    return None


def _around(document: Document, block: Block) -> Priority | None:
    texts: list[str] = []
    for entry in (block, *document.ancestors(block)):
        if entry is not block:
            texts.append(entry.label or entry.text[:LABEL_LENGTH])
        texts.append(_announcement(document, entry))
    found = next((found for text in texts if text and (found := spoken(text))), None)
    return found or _by_headings(document, block)


def _by_headings(document: Document, block: Block) -> Priority | None:
    for heading in reversed(document.headings(block)):
        if (found := spoken(heading.text)) and not _is_title(document, heading):
            return found
    return None


def _announcement(document: Document, entry: Block) -> str:
    """What introduces the entry's list: a label or a short line; a paragraph that tells a story states nothing."""
    if entry.lead_in is None:
        return ""
    lead_in = document.blocks[entry.lead_in]
    return lead_in.text if len(lead_in.text) <= LABEL_LENGTH else lead_in.label


def _is_title(document: Document, heading: Block) -> bool:
    """Is a heading the first of the document, and not one of many sections of the same level?"""
    if heading.depth > 6 or any(block.kind is BlockKind.HEADING for block in islice(document.blocks, heading.index)):
        return False
    following = next(
        (block for block in islice(document.blocks, heading.index + 1, None) if block.kind is BlockKind.HEADING), None
    )
    return following is None or following.depth > heading.depth


def default_priority(kind: IssueKind, section: tuple[str, ...], incident: Priority | None) -> Priority:
    """The priority of an entry that states none: P0 in a section of immediate actions, else by kind and incident."""
    if any(TERMS[0][0].search(heading) for heading in section[-2:]):
        return P0
    return BY_KIND.get(kind) or incident or P2


def incident_priority(document: Document) -> Priority | None:
    """The severity of the whole incident where the analysis states one, else None.

    Where it may stand, the surest first: a line, cell or section "Severity" or "Priority"; the title; a mark in the
    head of the document ("... | Severity: high", "CRITICAL ISSUE: ..."); the severity mentioned first ("SEV-1").
    """
    blocks = [block for block in document.blocks if block.kind is not BlockKind.CODE]
    heads = ((block, block.text[:LABEL_LENGTH].lower()) for block in blocks)
    hinted = [block for block, head in heads if block.cells or has_any(head, INCIDENT_HINTS)]
    stated = (_incident_cell(document, block) or _incident_line(document, block) for block in hinted)
    title = next((block.text for block in blocks if block.kind is BlockKind.HEADING), "")
    head = (BY_NUMBER[found[1]] if (found := NUMBER.search(title)) else None, *map(_alarm, blocks[:HEAD_BLOCKS]))
    mentioned = (block.text for block in blocks if "sev" in block.text or "SEV" in block.text or "Sev" in block.text)
    severities = (BY_SEVERITY[found[1]] for text in mentioned if (found := SEV_MENTION.search(text)))
    return next((found for places in (stated, head, severities) for found in places if found), None)


def _incident_line(document: Document, block: Block) -> Priority | None:
    """The priority after "Severity:" at the begin of a line, or in the first line below such a heading."""
    if block.cells or not (start := INCIDENT.match(block.text)):
        return None
    rest = block.text[start.end() :][:LABEL_LENGTH]
    if not rest and block.kind is BlockKind.HEADING:
        return next((_level(member.text[:LABEL_LENGTH]) for member in document.members(block)[:1]), None)
    return _level(rest)


def _incident_cell(document: Document, block: Block) -> Priority | None:
    """The priority in a column "Severity" of a table with one row, or in a row whose first cell is that word."""
    if not block.cells:
        return None
    texts = [cell for _, cell in block.cells]
    if len(texts) == 2 and INCIDENT.fullmatch(texts[0]):
        return _level(texts[1])
    near = (
        *document.blocks[max(block.index - 1, 0) : block.index],
        *document.blocks[block.index + 1 : block.index + 2],
    )
    if any(other.cells and other.group == block.group for other in near):
        return None
    named = (cell for name, cell in block.cells if name and INCIDENT.fullmatch(name))
    return next((found for cell in named if (found := _level(cell))), None)


def _alarm(block: Block) -> Priority | None:
    if found := INCIDENT_FIELD.search(block.text[:FIELDS_READ]):
        return _level(found[1])
    if start := RATED_IMPACT.match(block.text):
        return _level(block.text[start.end() :][:LABEL_LENGTH])
    return P0 if ALARM.match(block.text) else None


def _level(text: str) -> Priority | None:
    """The priority that a value states: "SEV-2", "P1 - partial outage", "Mission critical"."""
    if MISSION_CRITICAL.match(text):
        return P0
    if found := SEV_MENTION.search(text):
        return BY_SEVERITY[found[1]]
    return _by_word(text)
