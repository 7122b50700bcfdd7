"""Why a block was not taken, in one sentence. Nothing that looks like work disappears silently."""

from functools import lru_cache

from tracker.extraction.document import Block, BlockKind, Document
from tracker.extraction.topics import topics

LISTED = (BlockKind.ENTRY, BlockKind.ROW)
LOOKS_LIKE_WORK = 0.5  # of the threshold: a heading or paragraph with less is plain text
STATEMENTS = ("past", "third", "other", "-ing", "-tion", "-ment", "-ity")
NO_WORK = (
    ("timeline", "the timeline"),
    ("evidence", "evidence"),
    ("impact", "the impact"),
    ("cause", "causes"),
    ("why", "a why"),
    ("well", "what went well"),
    ("poorly", "what went badly"),
    ("reference", "references"),
    ("summary", "a summary"),
    ("lesson", "a lesson"),
    ("expected", "expected results"),
    ("status", "the status"),
    ("code", "technical detail"),
)
WORK = frozenset(("action", "recommend", "fix", "prevent", "plan"))


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
    if inside:
        return f"belongs to the {inside} as a detail"
    if outside:
        return "names a group: the entries below it are taken one by one"
    if not block.text:
        return "has no text of its own"
    if score >= limit:
        return "says less than what stands below it"
    return _about(document, block) or _below(score, limit, form)


def _below(score: float, limit: float, form: str) -> str:
    if score < limit * LOOKS_LIKE_WORK and form in STATEMENTS:
        return f"looks like a statement of fact (score {score:.2f}, threshold {limit:.2f})"
    return f"score {score:.2f} is below this document's threshold {limit:.2f}"


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
    return f'describes {words}, not work (section "{heading[:60]}")' if words else ""
