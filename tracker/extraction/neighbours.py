"""The first answers of a document → features for the second model: how a block stands among its neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

from tracker.extraction.document import Block, BlockKind, Document

FLOOR = 1e-4
FEW_BLOCKS = 8
NEGLIGIBLE = 0.02
Scores = tuple[float, float]  # probabilities that a block is an issue, is a check

NAMES = (
    "issue logit", "check logit", "work logit", "work", "check", "against best", "against threshold", "best",
    "alone in list", "list mean", "list best", "list check", "list size", "previous", "next",
    "section mean", "section best", "section check", "section alone",
    "above", "highest above", "top level",
    "below mean", "below best", "below count", "deepest best", "below gain", "nothing below",
    "better than below", "better than above", "better than list", "rank",
    "is h1", "is h2", "is h3", "is h7", "is entry1", "is entry2", "is entry3", "is row", "is para", "is part",
)  # fmt: skip
KIND_AT = {name.removeprefix("is "): index for index, name in enumerate(NAMES) if name.startswith("is ")}


def logit(value: float) -> float:
    value = min(max(value, FLOOR), 1 - FLOOR)
    return log(value / (1 - value))


def softmax(issue: float, check: float) -> Scores:
    """Probabilities of issue and check from log-odds against "neither"."""
    top = max(issue, check, 0.0)
    first, second = exp(issue - top), exp(check - top)
    total = first + second + exp(-top)
    return first / total, second / total


def threshold(scores: Sequence[Scores]) -> float:
    """What a block of this document must reach: about half the mean of its five best, within limits.

    Scores shift between house styles; the order within one document survives. A text of a few blocks offers nothing
    to compare with: there a block has to convince by itself.
    """
    best = sorted((max(score) for score in scores), reverse=True)[:5]
    least = 0.10 if len(scores) >= FEW_BLOCKS else 0.25
    return min(max(0.525 * sum(best) / len(best), least), 0.475) if best else 0.475


def tree(document: Document, blocks: Sequence[Block]) -> list[int | None]:
    """For each block the position of the block it belongs to: its entry, its lead-in, else its nearest heading."""
    position = {block.index: number for number, block in enumerate(blocks)}
    found: list[int | None] = []
    for block in blocks:
        above: int | None = block.parent
        if above is None and block.lead_in is not None and block.kind is not BlockKind.HEADING:
            above = block.lead_in
        if above is None and block.section:
            above = block.section[-1]
        while above is not None and above not in position:
            around = document.blocks[above]
            above = around.parent if around.parent is not None else (around.section[-1] if around.section else None)
        found.append(None if above is None else position[above])
    return found


@dataclass(slots=True)
class _Group:
    """Sums over the members of a list or a section, from which the mean of all others follows."""

    size: int = 0
    total: float = 0.0
    check: float = 0.0
    best: float = -1.0
    second: float = -1.0

    def add(self, work: float, check: float) -> None:
        self.size += 1
        self.total += work
        self.check += check
        if work > self.best:
            self.best, self.second = work, self.best
        elif work > self.second:
            self.second = work

    def others(self, work: float, check: float) -> tuple[float, float, float]:
        """(mean, best, mean check) of the other members; there is at least one."""
        best = self.second if work >= self.best else self.best
        rest = self.size - 1
        return (self.total - work) / rest, best, (self.check - check) / rest


class Neighbourhood:
    """The scores of one document with the sums that its blocks share."""

    def __init__(self, document: Document, blocks: Sequence[Block], scores: Sequence[Scores]) -> None:
        self.blocks = blocks
        self.scores = scores
        self.work = [issue + check for issue, check in scores]
        self.above = tree(document, blocks)
        self.best = sorted(self.work, reverse=True)[:5]
        self.top = sum(self.best) / len(self.best) if self.best else 0.0
        self.threshold = threshold(scores)
        self.rank = [0] * len(blocks)
        for place, number in enumerate(sorted(range(len(blocks)), key=lambda n: -self.work[n])):
            self.rank[number] = place
        self.below = [_Group() for _ in blocks]
        self._sum_groups()
        self._sum_below()

    def _sum_groups(self) -> None:
        self.lists: dict[tuple, _Group] = {}
        self.sections: dict[tuple, _Group] = {}
        self.previous: list[float] = []
        self.next = [-1.0] * len(self.blocks)
        last: dict[tuple, int] = {}
        for number, block in enumerate(self.blocks):
            work, check = self.work[number], self.scores[number][1]
            key = self.list_key(number)
            self.lists.setdefault(key, _Group()).add(work, check)
            if block.kind is not BlockKind.HEADING:
                self.sections.setdefault(block.section, _Group()).add(work, check)
            before = last.get(key)
            self.previous.append(-1.0 if before is None else self.work[before])
            if before is not None:
                self.next[before] = work
            last[key] = number

    def list_key(self, number: int) -> tuple:
        block = self.blocks[number]
        return self.above[number], block.group, block.kind, block.depth

    def _sum_below(self) -> None:
        size = len(self.blocks)
        self.deepest, self.gain, self.highest = [0.0] * size, [0.0] * size, [0.0] * size
        for number in range(size - 1, -1, -1):
            if (above := self.above[number]) is None:
                continue
            work = self.work[number]
            self.below[above].add(work, self.scores[number][1])
            self.deepest[above] = max(self.deepest[above], self.deepest[number], work)
            self.gain[above] += self.gain[number] + max(0.0, work - self.threshold)
        for number in range(size):
            if (above := self.above[number]) is not None:
                self.highest[number] = max(self.highest[above], self.work[above])

    def stands_out(self, number: int) -> bool:
        """Could the second model still take this block? Where neither it nor its list says so, no neighbour does."""
        work = self.work[number]
        return work >= NEGLIGIBLE or self.lists[self.list_key(number)].best >= 10 * NEGLIGIBLE

    def features(self, number: int, kind: str) -> list[float]:
        """The values of NAMES for the block at that position."""
        issue, check = self.scores[number]
        work = self.work[number]
        values = [
            logit(issue), logit(check), logit(work), work, check,
            logit(work) - logit(self.top), work / self.threshold, self.top,
            *self._of_list(number, work, check), self.previous[number], self.next[number],
            *self._of_section(number, work, check), *self._of_tree(number, work),
            self.rank[number] / len(self.blocks),
        ]  # fmt: skip
        flags = [0.0] * len(KIND_AT)
        flags[KIND_AT[kind] - len(values)] = 1.0
        return values + flags

    def _of_list(self, number: int, work: float, check: float) -> tuple[float, ...]:
        group = self.lists[self.list_key(number)]
        if group.size < 2:
            return 1.0, 0.0, 0.0, 0.0, 0.0
        mean, best, checks = group.others(work, check)
        return 0.0, mean, best, checks, log(group.size)

    def _of_section(self, number: int, work: float, check: float) -> tuple[float, ...]:
        block = self.blocks[number]
        group = self.sections.get(block.section)
        if block.kind is BlockKind.HEADING or group is None or group.size < 2:
            return 0.0, 0.0, 0.0, 1.0
        return *group.others(work, check), 0.0

    def _of_tree(self, number: int, work: float) -> tuple[float, ...]:
        above = self.above[number]
        below = self.below[number]
        up = (0.0, 0.0, 1.0) if above is None else (
            self.work[above], self.highest[number], 0.0)  # fmt: skip
        down = (0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
        if below.size:
            mean = below.total / below.size
            down = mean, below.best, log(1 + below.size), self.deepest[number], log(1 + self.gain[number]), 0.0
        group = self.lists[self.list_key(number)]
        against_list = work - group.others(work, 0.0)[0] if group.size > 1 else 0.0
        return *up, *down, work - self.deepest[number], work - self.highest[number], against_list
