"""Which entries of a document state the same action again. Two taken for one would hide work: when in doubt, two.

Entries are compared by the words that they share, rare words counting more; only entries that share rare words are
compared at all, so that thousands of entries stay affordable. Entries of one list are taken for different: a list does
not repeat itself.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log

from rapidfuzz import fuzz

from tracker.extraction.document import Block
from tracker.extraction.fields import action_text, title

SAME_WORDS = 0.5
ALIKE = ((0.37, 70, 85), (0.33, 80, 101))  # shared words, and the spelling of the titles: in order, or one in the other
RARE = 24  # entries that a word may stand in and still lead to comparisons
MOST_COMPARED = 40  # comparisons for one entry
LEAST_SHARED = 2
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_")
WORD = re.compile(r"[^\W_]+")
ENDINGS = ("ations", "ation", "ings", "ing", "ed", "es", "e", "s")
HEAD = re.compile(r"[^:]{4,70}:\s")
SMALL_WORDS = frozenset(
    """
    a an the of to for in on and or with from by all at as is are be been was were that this it its we our us they their
    should must will would can need needs have has had do does not any each every more new into than so if when also add
    added ensure fix fixed fixes implement implemented create created update updated use make complete completed
    introduce action immediate step phase
    """.split()  # noqa: SIM905 - a block of words is read more easily than a list of strings
)
TESTING = frozenset(("test", "tests", "testing", "tested"))


@dataclass(frozen=True, slots=True)
class _Action:
    """An entry as it is compared: its stems, those of its label, and the list that it stands in."""

    block: Block
    stems: frozenset[str]
    head: frozenset[str]
    testing: bool
    siblings: tuple


def duplicates(blocks: Sequence[Block]) -> tuple[tuple[int, ...], ...]:
    """For each of the entries the lines of the others that state the same action, in order."""
    actions = [_action(block) for block in blocks]
    spread = Counter(stem for action in actions for stem in action.stems)
    weights = {stem: log((len(actions) + 1) / count) + 0.3 for stem, count in spread.items()}
    found: list[set[int]] = [set() for _ in actions]
    for number, others in enumerate(_comparable(actions, spread)):
        for other in others:
            if _same(actions[number], actions[other], weights):
                found[number].add(other)
                found[other].add(number)
    return tuple(tuple(sorted(blocks[other].line for other in others)) for others in found)


def _action(block: Block) -> _Action:
    text = action_text(block)
    words = WORD.findall(CAMEL.sub(" ", text).lower())
    label = HEAD.match(text)
    stems = _stems(words)
    head = _stems(WORD.findall(CAMEL.sub(" ", label[0]).lower())) if label else stems
    siblings = (
        (block.kind, block.section, block.group) if block.group else (block.kind, block.section[:-1], block.depth)
    )
    return _Action(block, stems, head, not TESTING.isdisjoint(words), siblings)


def _stems(words: Iterable[str]) -> frozenset[str]:
    return frozenset(_stem(word) for word in words if word not in SMALL_WORDS and (len(word) > 1 or word.isdigit()))


@lru_cache(maxsize=8192)
def _stem(word: str) -> str:
    """A word without its ending; a short rest keeps it."""
    ending = next((ending for ending in ENDINGS if word.endswith(ending) and len(word) - len(ending) >= 4), "")
    return word.removesuffix(ending) if ending else word


def _comparable(actions: Sequence[_Action], spread: Counter) -> list[list[int]]:
    """For each action the earlier ones that share enough rare words with it, those that share most first."""
    places: dict[str, list[int]] = {}
    found = []
    for number, action in enumerate(actions):
        shared: Counter = Counter()
        rare = [stem for stem in action.stems if spread[stem] <= RARE]
        for stem in rare:
            shared.update(places.get(stem, ()))
            places.setdefault(stem, []).append(number)
        enough = min(LEAST_SHARED, len(rare))
        found.append([other for other, count in shared.most_common(MOST_COMPARED) if count >= enough])
    return found


def _same(one: _Action, other: _Action, weights: dict[str, float]) -> bool:
    if one.siblings == other.siblings or one.testing != other.testing:
        return False
    pairs = {(one.stems, other.stems), (one.head, other.head), (one.head, other.stems), (one.stems, other.head)}
    likeness = max(_overlap(left, right, weights) for left, right in pairs)
    if likeness >= SAME_WORDS or likeness < ALIKE[-1][0]:
        return likeness >= SAME_WORDS
    left, right = title(one.block).lower(), title(other.block).lower()
    ordered, within = fuzz.token_sort_ratio(left, right), fuzz.token_set_ratio(left, right)
    return any(likeness >= words and (ordered >= sort or within >= inside) for words, sort, inside in ALIKE)


def _overlap(left: frozenset[str], right: frozenset[str], weights: dict[str, float]) -> float:
    """How much of the words of both the two share, by weight; nothing where they share fewer than two."""
    both = left & right
    if len(both) < LEAST_SHARED:
        return 0
    return sum(weights.get(stem, 1) for stem in both) / sum(weights.get(stem, 1) for stem in left | right)
