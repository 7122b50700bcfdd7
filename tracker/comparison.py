"""Which entry of a changed analysis is which entry of the earlier one. Pure: no Django.

Rather two entries too many than one too few: an action that is taken for a changed wording of another one would hide
in that one's issue, while an entry that is wrongly taken for a new one is seen by a person.
"""

import hashlib
import re
import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz

MARKER = re.compile(r"^[ \t]*(?:[-*+•>#]{1,6}|\d{1,9}[.)])?[ \t]*(?:\[[ x]\])?[ \t]*", re.MULTILINE)
DECORATION = re.compile(r"[*_`~|✅☑✔✓⬜☐\ufe0f]+")
COMPARED = 600  # characters of each text that similarity reads
WORDS_READ = 60
CROWDED = 40  # a word that so many entries have says little about which one it is
CANDIDATES = 12
NEIGHBOURS = 3
ALIKE_NEARBY, ALIKE_ANYWHERE = 75, 90
ENLARGED, FEWEST_WORDS = 90, 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry to compare. `group` is what it is ("issue" or "check"); "" fits any."""

    group: str
    text: str
    title: str
    section: tuple[str, ...] = ()
    fingerprint: str = field(default="")


def normalised(text: str) -> str:
    """The words of an entry without list markers, check boxes, emphasis, case and spacing."""
    plain = DECORATION.sub("", MARKER.sub("", unicodedata.normalize("NFKC", text).casefold()))
    return " ".join(plain.split())


def fingerprint(text: str) -> str:
    """The same for two texts that differ in formatting alone."""
    return hashlib.sha256(normalised(text).encode()).hexdigest()


def compare(old: Sequence[Entry], new: Sequence[Entry]) -> dict[int, int]:
    """New position → old position of the entries that are the same, never two to one; both in document order.

    The same words first, by preference in the same section; then similar words, by preference in the same place.
    """
    pairs = same_words(old, new)
    taken = set(pairs.values())
    left_old = [place for place in range(len(old)) if place not in taken]
    left_new = [place for place in range(len(new)) if place not in pairs]
    if left_old and left_new:
        pairs |= _similar(_Texts(old, new, pairs, left_old), left_new)
    return pairs


def same_words(old: Sequence[Entry], new: Sequence[Entry]) -> dict[int, int]:
    """New position → old position of the entries with the same words; several with the same words keep their order."""
    pairs: dict[int, int] = {}
    for key in SAME:
        free: dict[Hashable, list[int]] = defaultdict(list)
        taken = set(pairs.values())
        for place in reversed(range(len(old))):
            if place not in taken:
                free[key(old[place])].append(place)
        for place, entry in enumerate(new):
            if place not in pairs and (places := free.get(key(entry))):
                pairs[place] = places.pop()
    return pairs


SAME: tuple[Callable[[Entry], Hashable], ...] = (
    lambda entry: (entry.fingerprint, entry.group, entry.section),
    lambda entry: (entry.fingerprint, entry.group),
    lambda entry: entry.fingerprint,
)


class _Texts:
    """The entries that are left to compare, with their words and their places between entries that are the same."""

    def __init__(self, old: Sequence[Entry], new: Sequence[Entry], pairs: dict[int, int], left: list[int]) -> None:
        self.old, self.new, self.left = old, new, left
        anchors = set(pairs.values())
        self.old_place = _anchors_before(len(old), anchors)
        self.new_place = _anchors_before(len(new), set(pairs))
        self.words = {place: _words(old[place].text) for place in left}
        self.having: dict[str, list[int]] = defaultdict(list)
        for place in left:
            for word in self.words[place]:
                self.having[word].append(place)
        self.left_places = [self.old_place[place] for place in left]

    def candidates(self, place: int) -> set[int]:
        """The few old entries that may be this new one: those that share its rarest words, and its neighbours."""
        shared: Counter[int] = Counter()
        for word in _words(self.new[place].text):
            having = self.having.get(word, ())
            if 0 < len(having) <= CROWDED:
                for other in having:
                    shared[other] += 1 / len(having)
        middle = bisect_left(self.left_places, self.new_place[place])
        near = self.left[max(middle - NEIGHBOURS, 0) : middle + NEIGHBOURS]
        return {other for other, _ in shared.most_common(CANDIDATES)} | set(near)


def _anchors_before(count: int, anchors: set[int]) -> list[int]:
    places, seen = [], 0
    for place in range(count):
        places.append(seen)
        seen += place in anchors
    return places


def _words(text: str) -> set[str]:
    return set(normalised(text[: COMPARED * 2]).split()[:WORDS_READ])


def _similar(texts: _Texts, left_new: Iterable[int]) -> dict[int, int]:
    found = sorted(_alike(texts, left_new))
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for *_, old, new in found:
        if old not in taken and new not in pairs:
            pairs[new] = old
            taken.add(old)
    return pairs


def _alike(texts: _Texts, left_new: Iterable[int]) -> Iterator[tuple[float, int, int, int]]:
    """(-similarity, distance, old position, new position) of all pairs that are similar enough."""
    for new in left_new:
        for old in texts.candidates(new):
            before, after = texts.old[old], texts.new[new]
            if before.group and after.group and before.group != after.group:
                continue
            distance = abs(texts.old_place[old] - texts.new_place[new])
            if score := _similarity(before, after, nearby=distance == 0):
                yield -score - (before.section == after.section), distance, old, new


def _similarity(before: Entry, after: Entry, *, nearby: bool) -> float:
    """0 when not similar enough, else up to 100. An entry that only grew details keeps its title."""
    text = normalised(before.text[: COMPARED * 2])[:COMPARED], normalised(after.text[: COMPARED * 2])[:COMPARED]
    title = normalised(before.title), normalised(after.title)
    score = max(fuzz.ratio(*text), fuzz.ratio(*title))
    if score >= (ALIKE_NEARBY if nearby else ALIKE_ANYWHERE):
        return score
    enlarged = fuzz.token_set_ratio(*title)
    long_enough = min(len(words.split()) for words in title) >= FEWEST_WORDS
    return score if nearby and long_enough and enlarged >= ENLARGED else 0
