"""Entries that state their priority in front ("P0: Restart the importer"): work, whatever their score.

Whoever writes "P0:" before an order asks for it; that no other entry of the document looks alike must not lose it.
Legends ("P0: within 4 hours"), incidents ("P1: search is down"), examples and what a heading calls no work stay out.
"""

# ruff: noqa: SIM905 - a block of words is read more easily than a list of strings

import re
from collections.abc import Iterator, Sequence

from tracker.extraction.document import Block, BlockKind, Document
from tracker.extraction.fields import action_text
from tracker.extraction.lexicon import SIGNS, VERB_FORMS
from tracker.extraction.skipping import LISTED, about, is_unfilled
from tracker.extraction.traits import READ, WORD

LABEL = re.compile(
    r"[\W_]{0,6}P(?:rio(?:rity)?\s{0,2}P?)?[0-3](?:\s?[(\[][^()\[\]]{1,30}[)\]])?"
    r"(?:\s?[\])][\s:.\u2013\u2014-]{1,5}|\s?[:.]\s{1,3}|\s[\u2013\u2014-]\s{1,3})(?=\w|[\"'`*_(@])",
    re.IGNORECASE,
)
LIMIT = re.compile(
    r"\b(?:(?:with)?in|by|at|for|the|an?|of|one|next|this|same|business|working|calendar|\d{1,3}"
    r"|it|them|as|soon|possible|asap|immediate(?:ly)?|urgent(?:ly)?|at once|right away|now|today|tomorrow|when(?:ever)?"
    r"|first|time|allows?|can|be|end|late[rst]{0,2}|hours?|h|days?|d|weeks?|minutes?|min|months?|quarters?|sprints?|releases?|backlog)\b",
    re.IGNORECASE,
)
# Verbs that a rule of conduct gives without an object of its own: "Fix within a day", "Respond at once".
CONDUCT = frozenset("act address answer fix handle mitigate plan react repair resolve respond schedule solve".split())
LEGEND = re.compile(
    r"\b(?:legend|definitions?|meanings?|means?|defined|scale|sla|slo|polic(?:y|ies)"
    r"|(?:response|reaction|resolution) times?"
    r"|(?:priority|severity|urgency) (?:levels?|class(?:es)?|scheme|rules?|matrix|guide(?:lines?)?)|service levels?"
    r"|(?:our|the) (?:priorities|severities)|how we priorit[iy][sz]e"
    r"|(?:open|known|current|recent|other) (?:incidents?|tickets?|alerts?|issues?|bugs?|defects?)|status)\b"
    r"|^\W{0,4}(?:priorities|severit(?:y|ies)|urgency|levels?)\W{0,4}$",
    re.IGNORECASE,
)
EXAMPLE = re.compile(r"\b(?:examples?|e\.g|for instance|such as|template|format|sample)\b", re.IGNORECASE)
PASSED_OVER = frozenset(
    "also then please and to should we always never must do not immediately urgently at once".split()
)
ARTICLES = frozenset("a all an both each every our that the their these this those".split())
# "Complete outage", "open questions": an order only before an article; "test failures", "search outage": none at all.
ADJECTIVES = frozenset("clean clear close complete double last open secure separate".split())
EVENTS = frozenset(
    """
    bug bugs crash crashes defect defects degradation delay delays downtime error errors failure failures incident
    incidents latency outage outages problem problems timeout timeouts
    """.split()
)
BOTH = frozenset(
    """
    access backup build cache change deploy design load log monitor process queue release report request route scan
    search start stop store support test transfer upgrade upload use work
    """.split()
)
HAPPENED = frozenset("is are was were has had does did been".split())
AFTER_REPORT = frozenset("after again at because by during due for from in on since when while with".split())
NO_ORDER_BEFORE_ARTICLE = frozenset(
    """
    about across affecting after almost along although any anything as at because before behind below beside between
    beyond both but by despite during else even every everything except few for from half if in inside into just like
    many most near neither no nobody none not nothing of off on once one only onto or out outside over past per probably
    some somebody something than that though through to toward towards under unless until upon via what when where
    whether which while who why with within without
    """.split()
)
SURFACE = 12  # words of an entry that are looked at


def _labelled(blocks: Sequence[Block]) -> Iterator[tuple[int, Block, str]]:
    """(position, block, text past the label) of the entries and rows that begin with a priority."""
    for number, block in enumerate(blocks):
        if block.kind in LISTED and (found := LABEL.match(text := action_text(block)[:READ])):
            yield number, block, text[found.end() :]


def limits(blocks: Sequence[Block]) -> set[int]:
    """The positions of the entries that say of a priority only how fast it is served: "P1: within one day"."""
    return {number for number, _, text in _labelled(blocks) if _is_limit(text)}


def stated(document: Document, blocks: Sequence[Block]) -> set[int]:
    """The positions among the blocks of the entries and rows that begin with a priority and then order something.

    A list is judged as one: where most of its labelled entries order nothing it is a legend or a list of incidents.
    """
    lists: dict[tuple[int, int | None], list[tuple[int, bool]]] = {}
    for number, block, text in _labelled(blocks):
        order = _orders(text) and not _kept_out(document, block)
        lists.setdefault((block.group, block.parent), []).append((number, order))
    chosen: set[int] = set()
    for entries in lists.values():
        orders = {number for number, order in entries if order}
        if 2 * len(orders) > len(entries):
            chosen |= orders
    return chosen


def _orders(text: str) -> bool:
    """Does a text begin with an order that names what is to be done: no limit of time alone, no report?"""
    words = WORD.findall(text[:READ].lower().replace("\u2019", "'"))[:SURFACE]
    while words and words[0] in PASSED_OVER:
        words.pop(0)
    if len(words) < 2:
        return False
    verb, following = words[0], words[1]
    if following in ARTICLES and _may_order(verb):
        return not _is_limit(text)
    form, _ = VERB_FORMS.get(verb, ("", ""))
    if form != "base" or verb in ADJECTIVES or (verb in BOTH and EVENTS.intersection(words[1:3])):
        return False
    return not _is_limit(text) and not _reports(words)


def _may_order(word: str) -> bool:
    """Could a word before an article be an order, though perhaps no table lists it ("page the owner")?"""
    form = VERB_FORMS.get(word, ("",))[0]
    unknown = not form and word not in SIGNS and word not in NO_ORDER_BEFORE_ARTICLE
    return form == "base" or (unknown and not word.endswith(("s", "ed", "ing", "ly")))


def _is_limit(text: str) -> bool:
    """Is nothing said but how fast: "within 4 hours", "fix within one day", "respond at once"?"""
    return WORD.search(text) is not None and CONDUCT.issuperset(WORD.findall(LIMIT.sub(" ", text).lower()))


def _reports(words: Sequence[str]) -> bool:
    """Is the first word the subject of what happened: "deploy failed", "backup job is late"?"""
    if HAPPENED.intersection(words[1:4]) and not ARTICLES.intersection(words[1:4]):
        return True
    past = VERB_FORMS.get(words[1], ("",))[0] == "past"
    return past and (len(words) == 2 or words[2] in AFTER_REPORT)


def _kept_out(document: Document, block: Block) -> bool:
    """Does something else say that the entry is no work: a quotation, code, a struck text, its heading, its lead-in?"""
    length = len(block.text)
    if block.quoted or 2 * max(block.code, block.struck) > length or is_unfilled(block):
        return True
    lead_in = document.lead_in(block)[-READ:]
    if LEGEND.search(lead_in) or EXAMPLE.search(lead_in):
        return True
    headings = [heading for heading in document.headings(block) if heading.index != _title(document)]
    return any(LEGEND.search(each.text) or EXAMPLE.search(each.text) for each in headings[-2:]) or bool(
        headings and about(headings[-1].text)
    )


def _title(document: Document) -> int:
    """The place of the document's title, which says nothing about its entries; -1 without one."""
    first = next((block for block in document.blocks[:3] if block.kind is BlockKind.HEADING), None)
    return first.index if first is not None and first.depth == 1 else -1
