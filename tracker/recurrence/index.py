"""Earlier analyses in a form that thousands can be compared in milliseconds, one added or taken out at any time.

Every term of an analysis is one 64-bit number (its hash, its count, the place of the analysis) in one of many short
lists, chosen by the hash: no dictionary of words is needed, and an analysis costs about six kilobytes of memory.
"""

import heapq
import math
from array import array
from collections.abc import Callable, Hashable, Iterable
from datetime import date

from tracker.recurrence import scoring
from tracker.recurrence.packing import KINDS, Packed, pack, term_hash
from tracker.recurrence.scoring import Match, Overlap
from tracker.recurrence.vocabulary import Terms

BUCKETS = 1 << 17
HASH_SHIFT = 32
COUNT_SHIFT = 24
COUNT_MASK = 0xFF
PLACE_MASK = (1 << COUNT_SHIFT) - 1
CLOSELY_COMPARED = 60  # those whose shared terms weigh most; the others share too little to matter
PHRASES, CAUSE_WORDS, SIGNATURES, NAMES = range(len(KINDS))
PHRASE_WEIGHTS = array("d", [0.0, *(scoring.phrase_weight(count) for count in range(1, 256))])
CAUSE_WEIGHTS = array("d", [0.0, *(scoring.cause_weight(count) for count in range(1, 256))])
SIGNATURE_WEIGHTS = array("d", [scoring.signature_weight(count) for count in range(256)])
ALL_ONE = array("d", [1.0] * 256)
COUNT_WEIGHTS = (PHRASE_WEIGHTS, CAUSE_WEIGHTS, SIGNATURE_WEIGHTS, ALL_ONE)


class Index:
    """Earlier analyses by key. Not safe for several threads at once; each process keeps its own."""

    def __init__(self) -> None:
        self._places: dict[Hashable, int] = {}
        self._keys: list[Hashable] = []
        self._packed: list[Packed | None] = []
        self._dates: list[date | None] = []
        self._sizes = array("d")  # about the length of the vector of phrases, for a first ranking
        self._free: list[int] = []
        self._buckets: list[array | None] = [None] * BUCKETS

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._places

    def add(self, key: Hashable, analysis: Terms | Packed, on: date | None = None) -> None:
        """Take in an analysis, or its newer text; `on` is the day of its incident, None where unknown."""
        self.discard(key)
        packed = pack(analysis) if isinstance(analysis, Terms) else analysis
        place = self._new_place()
        self._places[key] = place
        self._keys[place], self._packed[place], self._dates[place] = key, packed, on
        phrases = packed.counts[: packed.ends[PHRASES]]
        self._sizes[place] = math.sqrt(sum(PHRASE_WEIGHTS[count] ** 2 for count in phrases)) or 1.0
        for term, count in zip(packed.hashes, packed.counts, strict=True):
            bucket = self._buckets[term % BUCKETS]
            if bucket is None:
                bucket = self._buckets[term % BUCKETS] = array("Q")
            bucket.append(term << HASH_SHIFT | count << COUNT_SHIFT | place)

    def discard(self, key: Hashable) -> None:
        """Forget an analysis; nothing happens when it is not there."""
        place = self._places.pop(key, None)
        if place is None:
            return
        for term in set(self._packed[place].hashes):
            bucket = self._buckets[term % BUCKETS]
            bucket[:] = array("Q", [entry for entry in bucket if entry & PLACE_MASK != place])
        self._keys[place] = self._packed[place] = self._dates[place] = None
        self._free.append(place)

    def returns_of(
        self,
        new: Terms,
        *,
        key: Hashable = None,
        on: date | None = None,
        top: int = 10,
        among: Callable[[Hashable], bool] | None = None,
    ) -> list[Match]:
        """The earlier analyses that the new one may be the return of, the likeliest first, at most `top`.

        key: its own key, where it has been added already; it is no return of itself.
        among: which keys come into question, all of them without it.
        """
        comparison = Comparison(self, new, self._places.get(key))
        if among:
            comparison.leave_out(place for place in comparison.rough if not among(self._keys[place]))
        overlaps = [(place, comparison.overlap(place)) for place in comparison.closest(max(CLOSELY_COMPARED, top))]
        ranked = heapq.nsmallest(top, overlaps, key=lambda pair: (-scoring.score(pair[1]), str(self._keys[pair[0]])))
        matches = []
        for place, overlap in ranked:
            comparison.name_shared(place, overlap)
            matches.append(scoring.match(self._keys[place], overlap, new_on=on, on=self._dates[place]))
        return matches

    def overlaps(self, new: Terms, *, key: Hashable = None) -> dict[Hashable, Overlap]:
        """How much every other analysis shares with the new one: slow, to measure by."""
        comparison = Comparison(self, new, self._places.get(key))
        return {other: comparison.overlap(place) for other, place in self._places.items() if other != key}

    def entries(self, term: int) -> list[int]:
        """The entries of a term: which analyses have it, and how often."""
        bucket = self._buckets[term % BUCKETS]
        return [entry for entry in bucket if entry >> HASH_SHIFT == term] if bucket else []

    def packed(self, place: int) -> Packed:
        return self._packed[place]

    def size(self, place: int) -> float:
        return self._sizes[place]

    def _new_place(self) -> int:
        if self._free:
            return self._free.pop()
        self._keys.append(None)
        self._packed.append(None)
        self._dates.append(None)
        self._sizes.append(1.0)
        return len(self._keys) - 1


class Comparison:
    """One new analysis against the index: how rare its terms are, and what others share with it."""

    def __init__(self, index: Index, new: Terms, own_place: int | None) -> None:
        self.index = index
        self.new = new
        self.own_place = own_place
        self.analyses = len(index) + (own_place is None)
        self.rarities: dict[int, float] = {}  # term → how much it says that it is shared
        self.rough: dict[int, float] = {}  # place → weight of the terms shared
        self.shared: dict[int, list[list[tuple[float, str]]]] = {}  # place → (share, term) of each kind but the names
        self.bags = [
            self._weighed(kind, bag)
            for kind, bag in enumerate((new.phrases, new.cause_words, new.signatures, dict.fromkeys(new.mentions, 1)))
        ]
        self.lengths = [_length(weight for _, weight in bag.values()) for bag in self.bags]

    def _weighed(self, kind: int, bag: dict[str, int]) -> dict[int, tuple[str, float]]:
        """Hash → (term, weight) for the terms of one kind; what others share of it is added up on the way."""
        weighed = {}
        for term, count in bag.items():
            number = term_hash(KINDS[kind], term)
            entries = self.index.entries(number)
            rarity = self._rarity(number, len(entries) + (self.own_place is None))
            weight = COUNT_WEIGHTS[kind][min(count, COUNT_MASK)] * rarity
            weighed[number] = (term, weight)
            self._add_up(entries, kind, weight * rarity)
        return weighed

    def _add_up(self, entries: Iterable[int], kind: int, weight: float) -> None:
        rough, weights = self.rough, COUNT_WEIGHTS[kind]
        if kind == NAMES:
            weight = math.inf  # an analysis that is referred to is always compared in full
        for entry in entries:
            place = entry & PLACE_MASK
            rough[place] = rough.get(place, 0.0) + weight * weights[entry >> COUNT_SHIFT & COUNT_MASK]

    def leave_out(self, places: Iterable[int]) -> None:
        """Compare with these no further."""
        for place in list(places):
            del self.rough[place]

    def closest(self, most: int) -> list[int]:
        """The places of the analyses that share most, in a first, rough ranking."""
        self.rough.pop(self.own_place, None)
        return heapq.nlargest(most, self.rough, key=lambda place: (self.rough[place] / self.index.size(place), -place))

    def overlap(self, place: int) -> Overlap:
        """How much one earlier analysis shares with the new one."""
        packed = self.index.packed(place)
        self.shared[place] = [self._shared(packed, kind) for kind in (PHRASES, CAUSE_WORDS, SIGNATURES)]
        phrases, causes, signatures = self.shared[place]
        own_names = set(packed.hashes[packed.ends[NAMES - 1] :]) if self.bags[NAMES] else ()
        names = sorted(term for number, (term, _) in self.bags[NAMES].items() if number in own_names)
        return Overlap(
            phrases=sum(scoring.likeness_of_share(share) for share, _ in phrases),
            cause_words=min(1.0, sum(share for share, _ in causes)),
            signatures=min(1.0, sum(share for share, _ in signatures)),
            names=names,
            same_number=any(name.startswith("#") and name in self.new.names for name in names),
        )

    def name_shared(self, place: int, overlap: Overlap) -> None:
        """Add the shared terms that weigh most, as the new analysis spells them."""
        phrases, causes, signatures = self.shared[place]
        overlap.shared_phrases = self._telling(phrases)
        overlap.shared_causes = self._telling(causes)
        overlap.shared_signatures = self._telling(self._rare(signatures))

    def _shared(self, packed: Packed, kind: int) -> list[tuple[float, str]]:
        """(share of the likeness, term) of the terms of a kind that both have."""
        bag, weights, rarities = self.bags[kind], COUNT_WEIGHTS[kind], self.rarities
        shared, squares = [], 0.0
        start, end = (packed.ends[kind - 1] if kind else 0), packed.ends[kind]
        for number, count in zip(packed.hashes[start:end], packed.counts[start:end], strict=True):
            rarity = rarities.get(number)
            weight = weights[count] * (self._rarity(number) if rarity is None else rarity)
            squares += weight * weight
            if number in bag:
                term, own_weight = bag[number]
                shared.append((own_weight * weight, term))
        scale = self.lengths[kind] * max(scoring.SHORTEST, math.sqrt(squares))
        return [(product / scale, term) for product, term in shared]

    def _rarity(self, number: int, found_in: int | None = None) -> float:
        found_in = len(self.index.entries(number)) if found_in is None else found_in
        self.rarities[number] = scoring.rarity(found_in, self.analyses)
        return self.rarities[number]

    def _rare(self, shared: Iterable[tuple[float, str]]) -> list[tuple[float, str]]:
        """The signatures that few analyses have; the others name what all is built of. Bare numbers say little."""
        limit = max(scoring.RARE_AT_LEAST, scoring.RARE_SHARE * self.analyses)
        least = scoring.rarity(limit, self.analyses)
        return [
            (share, term)
            for share, term in shared
            if not term.isdecimal() and self.rarities[term_hash(KINDS[SIGNATURES], term)] >= least
        ]

    def _telling(self, shared: Iterable[tuple[float, str]]) -> list[str]:
        """The terms with the largest shares, without those that are part of one taken before."""
        taken: list[str] = []
        for _, term in sorted(shared, key=lambda pair: (-pair[0], pair[1])):
            if len(taken) == scoring.MOST_NAMED:
                break
            if not any(term in other or other in term for other in taken):
                taken.append(term)
        return [self.new.spelling.get(term, term) for term in taken]


def _length(weights: Iterable[float]) -> float:
    return max(scoring.SHORTEST, math.sqrt(sum(weight * weight for weight in weights)))
