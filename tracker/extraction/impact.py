"""The business impact as an analysis states it: its lines and the amounts of money in them."""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

from tracker.extraction.document import Block, BlockKind, Document
from tracker.extraction.values import Amount, Impact, Statement

CODES = ("USD", "EUR", "GBP", "CHF", "JPY", "CAD", "AUD", "SEK", "NOK", "DKK", "INR", "PLN", "NZD")
SIGNS = {
    **{"$": "USD", "US$": "USD", "CA$": "CAD", "C$": "CAD", "AU$": "AUD", "A$": "AUD"},
    **{"\u20ac": "EUR", "\u00a3": "GBP", "\u20b9": "INR", "\u00a5": ""},
    **{"DOLLAR": "USD", "DOLLARS": "USD", "EURO": "EUR", "EUROS": "EUR", "POUNDS": "GBP"},
    **{code: code for code in CODES},
}
SCALES = {
    **dict.fromkeys(("k", "thousand"), 10**3),
    **dict.fromkeys(("m", "mm", "mio", "mln", "million"), 10**6),
    **dict.fromkeys(("b", "bn", "billion"), 10**9),
}
NUMBER = r"(\d{1,3}(?:[,.'\u2009]\d{3}){1,4}(?:[.,]\d{1,2})?(?!\d)|\d{1,12}(?:[.,]\d{1,3})?)"
SCALE = rf"({'|'.join(sorted(SCALES, key=len, reverse=True))})?"
CODE = f"(?-i:{'|'.join(CODES)})"
SIGN_FIRST = re.compile(
    rf"(?<![\w$])(US\$|CA\$|AU\$|[CA]\$|[$\u20ac\u00a3\u00a5\u20b9]|{CODE})\s?{NUMBER}\s?{SCALE}(?![\w%])",
    re.IGNORECASE,
)
SIGN_LAST = re.compile(
    rf"(?<![\w.,$\u20ac\u00a3]){NUMBER}\s?{SCALE}\s?(\u20ac|\u00a3|{CODE}\b|(?:dollars?|euros?|pounds)\b)",
    re.IGNORECASE,
)
MONEY = re.compile(rf"[$\u20ac\u00a3\u00a5\u20b9]|{CODE}\b|\b(?:dollars?|euros?|pounds)\b")
BUSINESS = re.compile(
    r"\b(?:revenue|arr|mrr|turnover|sales|income|costs?|loss(?:es)?|lost|at risk|impact|refunds?|credits?|fines?|churn"
    r"|penalt\w{1,4}|customers?|damage|sla)\b",
    re.IGNORECASE,
)
IMPACT = re.compile(
    r"\b(?:impact|(?:users?|customers?|who) (?:were|was|are) affected|affected (?:users|customers)|blast radius"
    r"|financial (?:loss|damage|consequences)|cost of (?:the )?(?:incident|outage|downtime)"
    r"|revenue (?:risk|at risk|loss)|business (?:risk|consequences))\b",
    re.IGNORECASE,
)
NOT_OF_THE_INCIDENT = re.compile(
    r"\b(?:prevention|resolution|recovery|after|reduction|of (?:the )?(?:fix|change)|expected|technical|positive|code"
    r"|low|high|mitigation|protection|protected|achieved|delivered|history|metrics?|success|plan|fix(?:es)?|changes|actions?"
    r"|need|solutions?|value|future)\b",
    re.IGNORECASE,
)
LABELLED = re.compile(
    r"[\W_]{0,8}(?:(?:the|critical|business|revenue|financial|customer|user|users|end[ -]user|production|overall|brand"
    r"|service|immediate|primary)\s){0,3}(?:impact|revenue at risk|cost of the incident)"
    r"(?:\s(?:duration|assessment|on \w{3,15}))?\s{0,2}[:\u2013\u2014-]",
    re.IGNORECASE,
)
MONEY_SIGNS = ("$", "\u20ac", "\u00a3", "\u00a5", "\u20b9", "USD", "EUR")
LABEL_LENGTH = 60
MOST_STATEMENTS = 60


def impact(document: Document) -> Impact | None:
    """What the analysis says that the incident cost: sections and lines about its impact, and lines that name money.

    Amounts are read where a currency stands beside the number; a percentage or a count is none. None where the
    document states no impact.
    """
    statements, seen = [], set()
    amounts: dict[tuple[Decimal, str], Amount] = {}  # a sum that is stated again is one sum
    for block in document.blocks:
        if not block.text or block.kind in (BlockKind.CODE, BlockKind.HEADING) or not _states(document, block):
            continue
        if block.text not in seen and len(statements) < MOST_STATEMENTS:
            seen.add(block.text)
            statements.append(Statement(block.line, block.text))
            for amount in _amounts(block):
                amounts.setdefault((amount.value, amount.currency), amount)
    return Impact(tuple(statements), tuple(amounts.values())) if statements else None


def _states(document: Document, block: Block) -> bool:
    about = _about(document.blocks[block.section[-1]].text) if block.section else None
    if about or (about is False and len(block.section) > 1):
        return bool(about)
    head = block.text[:LABEL_LENGTH].lower()
    if ("impact" in head or "cost" in head or "revenue" in head) and LABELLED.match(block.text):
        return True
    if not any(sign in block.text for sign in MONEY_SIGNS) or not BUSINESS.search(block.text):
        return False
    return next(_amounts(block), None) is not None


@lru_cache(maxsize=4096)
def _about(heading: str) -> bool | None:
    """True for a section about the impact, False for one about what was or will be done, else None."""
    if NOT_OF_THE_INCIDENT.search(heading):
        return False
    return True if IMPACT.search(heading) else None


def _amounts(block: Block) -> Iterator[Amount]:
    """The amounts of money in a block, in order."""
    if not MONEY.search(block.text):
        return
    first = ((found, found[1], found[2], found[3]) for found in SIGN_FIRST.finditer(block.text))
    last = ((found, found[3], found[1], found[2]) for found in SIGN_LAST.finditer(block.text))
    taken = -1
    for found, sign, number, scale in sorted((*first, *last), key=lambda parts: parts[0].start()):
        if found.start() < taken:
            continue
        taken = found.end()
        value = _number(number, scaled=bool(scale)) * SCALES.get((scale or "").lower(), 1)
        yield Amount(block.line, found[0].strip(), value, SIGNS.get(sign.upper(), ""))


def _number(text: str, *, scaled: bool) -> Decimal:
    """A number with separators. The last of two kinds is the decimal one; a single one before three digits is not,
    unless a scale follows ("1.200" is twelve hundred, "1.200 million" is not)."""
    plain = re.sub(r"['\u2009]", "", text)
    comma, point = plain.rfind(","), plain.rfind(".")
    decimal = max(comma, point)
    if decimal < 0:
        return Decimal(plain)
    alone = min(comma, point) < 0 and plain.count(plain[decimal]) == 1
    grouped = len(plain) - decimal - 1 == 3 and (not scaled or not alone)
    whole, fraction = (plain, "") if grouped else (plain[:decimal], plain[decimal + 1 :])
    return Decimal(re.sub(r"[,.]", "", whole) + (f".{fraction}" if fraction else ""))
