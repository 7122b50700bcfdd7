"""Why a block was not taken, in one sentence. Nothing that looks like work disappears silently."""

import re
from collections.abc import Sequence
from functools import lru_cache

from tracker.extraction.document import Block, BlockKind, Document
from tracker.extraction.topics import topics
from tracker.translation import gettext, gettext_noop

LISTED = (BlockKind.ENTRY, BlockKind.ROW)
LOOKS_LIKE_WORK = 0.5  # of the threshold: a heading or paragraph with less is plain text
STATEMENTS = ("past", "third", "other", "-ing", "-tion", "-ment", "-ity")
NO_WORK = (
    ("timeline", gettext_noop("the timeline")),
    ("evidence", gettext_noop("evidence")),
    ("impact", gettext_noop("the impact")),
    ("cause", gettext_noop("causes")),
    ("why", gettext_noop("a why")),
    ("well", gettext_noop("what went well")),
    ("poorly", gettext_noop("what went badly")),
    ("reference", gettext_noop("references")),
    ("summary", gettext_noop("a summary")),
    ("lesson", gettext_noop("a lesson")),
    ("expected", gettext_noop("expected results")),
    ("status", gettext_noop("the status")),
    ("code", gettext_noop("technical detail")),
)
# A place of the product's own template that nobody filled in: words in braces where the title of an entry begins.
UNFILLED = re.compile(r"\{[^{}\s]+ [^{}]*\}")
WORK = frozenset(("action", "recommend", "fix", "prevent", "plan"))


def is_unfilled(block: Block) -> bool:
    """Is the block a place of the template that still waits for words?"""
    return bool(UNFILLED.match(block.text))


def unfilled(blocks: Sequence[Block], above: Sequence[int | None]) -> set[int]:
    """The positions of such blocks, and of what they stand below: no heading is taken in place of its entries."""
    found: set[int] = set()
    for number in range(len(blocks) - 1, -1, -1):  # a block comes after what it belongs to
        if number in found or is_unfilled(blocks[number]):
            found.update({number, above[number]} - {None})
    return found


def reported(block: Block, *, score: float, limit: float) -> bool:
    """Is a block that was not taken shown? Entries and rows always, other text when it comes near the threshold."""
    return block.kind in LISTED or score >= limit * LOOKS_LIKE_WORK


def reason(
    document: Document, block: Block, *, score: float, limit: float, inside: str, outside: bool, form: str
) -> str:
    """The reason in one sentence.

    inside:  what was taken above it ("issue on line 41"), "" when nothing was.
    outside: whether something below it was taken.
    form:    the form of its first verb (traits.verb_form).
    """
    if is_unfilled(block):
        return gettext("is a place of the template that nobody has filled in")
    if inside:
        return gettext("belongs to the %(entry)s as a detail") % {"entry": inside}
    if outside:
        return gettext("names a group: the entries below it are taken one by one")
    if not block.text:
        return gettext("has no text of its own")
    if score >= limit:
        return gettext("says less than what stands below it")
    return _about(document, block) or _below(score, limit, form)


def _below(score: float, limit: float, form: str) -> str:
    facts = {"score": f"{score:.2f}", "limit": f"{limit:.2f}"}
    if score < limit * LOOKS_LIKE_WORK and form in STATEMENTS:
        return gettext("looks like a statement of fact (score %(score)s, threshold %(limit)s)") % facts
    return gettext("score %(score)s is below this document's threshold %(limit)s") % facts


def _about(document: Document, block: Block) -> str:
    """What the nearest heading says that its entries are, when that is no work."""
    return about(document.blocks[block.section[-1]].text) if block.section else ""


@lru_cache(maxsize=1024)
def about(heading: str) -> str:
    """Why nothing below such a heading is work, "" when it may be."""
    found = topics(heading)
    if WORK.intersection(found):
        return ""
    words = next((words for name, words in NO_WORK if name in found), "")
    if not words:
        return ""
    return gettext('describes %(words)s, not work (section "%(heading)s")') % {
        "words": gettext(words),
        "heading": heading[:60],
    }
