"""Scores → what is taken: an entry or what is below it, never both; and why the rest is not."""

from collections.abc import Collection, Sequence
from math import inf

from tracker.choices import IssueKind
from tracker.extraction.document import Block, BlockKind, Document
from tracker.extraction.neighbours import Scores, threshold
from tracker.extraction.values import ExtractedIssue


def taken(above: Sequence[int | None], scores: Sequence[Scores], stated: Collection[int] = ()) -> list[bool]:
    """For each block whether it is taken. `above` gives the position of the block each one belongs to.

    A block is taken instead of all below it when what it has over the threshold is at least the sum of theirs. The
    positions in `stated` are those of blocks that say themselves that they are work: no score stands against that.
    """
    limit = threshold(scores)
    size = len(scores)
    gain, below = [0.0] * size, [0.0] * size
    chosen = [False] * size
    for number in range(size - 1, -1, -1):  # a block comes after what it belongs to
        own = inf if number in stated else max(scores[number]) - limit
        chosen[number] = own > 0 and own >= below[number]
        gain[number] = max(own, below[number])
        parent = above[number]
        if parent is not None:
            below[parent] += max(gain[number], 0.0)
    covered = [False] * size
    for number in range(size):
        parent = above[number]
        covered[number] = parent is not None and (covered[parent] or chosen[parent])
    return [choice and not cover for choice, cover in zip(chosen, covered, strict=True)]


def checks_of(
    document: Document, check: Block, places: Sequence[Block], issues: Sequence[ExtractedIssue]
) -> tuple[int, ...]:
    """The lines of the issues that a check belongs to: those of its section, else all fixes, else all issues."""
    for depth in range(len(check.section), 0, -1):
        part = check.section[:depth]
        if depth == 1 and _is_title(document, part[0]):
            break
        lines = tuple(place.line for place in places if place.section[:depth] == part)
        if lines:
            return lines
    fixes = tuple(issue.line for issue in issues if issue.kind is IssueKind.FIX)
    return fixes or tuple(issue.line for issue in issues)


def _is_title(document: Document, heading: int) -> bool:
    return document.blocks[heading].depth == 1 and not any(
        block.kind is BlockKind.HEADING for block in document.blocks[:heading]
    )
