"""Earlier analyses in a form that very many can be compared in milliseconds, one added or taken out at any time.

The terms are looked up in sorted lists (tracker.recurrence.postings): about seven kilobytes of memory an analysis. The
work of a comparison has a bound, however many analyses there are: a first ranking reads the entries of the rarest terms
up to a number, and only the closest are compared in full.
"""

import heapq
import math
from array import array
from collections.abc import Callable, Hashable, Iterable
from datetime import date

from tracker.recurrence import scoring
from tracker.recurrence.packing import KINDS, Packed, pack, term_hash
from tracker.recurrence.postings import COUNT_MASK, COUNT_SHIFT, PLACE_MASK, Kept, Postings
from tracker.recurrence.scoring import Match, Overlap
from tracker.recurrence.vocabulary import Terms

CLOSELY_COMPARED = 60  # those whose shared terms weigh most; the others share too little to matter
STEP = 20  # closely compared ones none of which is alike: then those that share less are not either
MOST_ENTRIES = 30_000  # read for the first ranking, the rarest terms first: what very many share says little
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
        self._kept: list[Kept | None] = []
        self._dates: list[date | None] = []
        self._sizes = array("d")  # about the length of the vector of phrases, for a first ranking
        self._free: list[int] = []
        self._postings = Postings()
        self.found_in = self._postings.found_in  # how many analyses have a term
        self.entries = self._postings.entries  # of a term that weighs: which analyses have it, and how often

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._places

    def add(self, key: Hashable, analysis: Terms | Packed, on: date | None = None) -> None:
        """Take in an analysis, or its newer text; `on` is the day of its incident, None where unknown."""
        self._postings.add(*self._placed(key, analysis, on))

    def add_many(self, analyses: Iterable[tuple[Hashable, Terms | Packed, date | None]]) -> None:
        """Take in (key, analysis, day) of very many: quicker than one after the other."""
        self._postings.add_many(self._placed(*each) for each in analyses)

    def discard(self, key: Hashable) -> None:
        """Forget an analysis; nothing happens when it is not there."""
        place = self._places.pop(key, None)
        if place is None:
            return
        self._postings.discard(place, self._kept[place])
        self._keys[place] = self._kept[place] = self._dates[place] = None
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
        overlaps = comparison.closest(max(CLOSELY_COMPARED, top), among)
        return self._matches(comparison, heapq.nsmallest(top, overlaps, key=self._likeliest), on)

    def alike(
        self,
        new: Terms,
        *,
        key: Hashable = None,
        on: date | None,
        least: float,
        among: Callable[[Hashable], bool] | None = None,
    ) -> list[Match]:
        """All that score at least so much, the likeliest first.

        They are looked for from the closest in the first ranking on, until of so many in a row none is that much alike.
        """
        comparison = Comparison(self, new, self._places.get(key))
        found: list[tuple[int, Overlap]] = []
        ranked = comparison.ranked(among)
        for start in range(0, len(ranked), STEP):
            overlaps = [(place, comparison.overlap(place)) for place in ranked[start : start + STEP]]
            near = [pair for pair in overlaps if scoring.score(pair[1]) >= least]
            if not near:
                break
            found += near
        return self._matches(comparison, sorted(found, key=self._likeliest), on)

    def _likeliest(self, pair: tuple[int, Overlap]) -> tuple[float, str]:
        return -scoring.score(pair[1]), str(self._keys[pair[0]])

    def _matches(self, comparison: "Comparison", ranked: Iterable[tuple[int, Overlap]], on: date | None) -> list[Match]:
        matches = []
        for place, overlap in ranked:
            comparison.name_shared(place, overlap)
            matches.append(scoring.match(self._keys[place], overlap, new_on=on, on=self._dates[place]))
        return matches

    def overlaps(self, new: Terms, *, key: Hashable = None) -> dict[Hashable, Overlap]:
        """How much every other analysis shares with the new one: slow, to measure by."""
        comparison = Comparison(self, new, self._places.get(key))
        return {other: comparison.overlap(place) for other, place in self._places.items() if other != key}

    def packed(self, place: int) -> Packed:
        return self._kept[place].weighing()

    def key(self, place: int) -> Hashable:
        return self._keys[place]

    def size(self, place: int) -> float:
        return self._sizes[place]

    def _placed(self, key: Hashable, analysis: Terms | Packed, on: date | None) -> tuple[int, Kept]:
        """Give the analysis a place, without its terms."""
        self.discard(key)
        packed = pack(analysis) if isinstance(analysis, Terms) else analysis
        place = self._new_place()
        self._places[key] = place
        kept = Kept(packed)
        self._keys[place], self._kept[place], self._dates[place] = key, kept, on
        often = [count for count in packed.counts[: packed.ends[PHRASES]] if count > 1]
        self._sizes[place] = math.sqrt(sum(PHRASE_WEIGHTS[count] ** 2 for count in often)) or 1.0
        return place, kept

    def _new_place(self) -> int:
        if self._free:
            return self._free.pop()
        self._keys.append(None)
        self._kept.append(None)
        self._dates.append(None)
        self._sizes.append(1.0)
        return len(self._keys) - 1


class Comparison:
    """One new analysis against the index: how rare its terms are, and what others share with it."""

    def __init__(self, index: Index, new: Terms, own_place: int | None) -> None:
        self.index = index
        self.found_in = index.found_in
        self.new = new
        self.own_place = own_place
        self.analyses = len(index) + (own_place is None)
        self.rarities: dict[int, float] = {}  # term → how much it says that it is shared
        self.shared: dict[int, list[list[tuple[float, str]]]] = {}  # place → (share, term) of each kind but the names
        often = {phrase: count for phrase, count in new.phrases.items() if count > 1}  # the others weigh nothing
        self.bags = [
            self._weighed(kind, bag)
            for kind, bag in enumerate((often, new.cause_words, new.signatures, dict.fromkeys(new.mentions, 1)))
        ]
        self.lengths = [_length(weight for _, weight in bag.values()) for bag in self.bags]

    def _weighed(self, kind: int, bag: dict[str, int]) -> dict[int, tuple[str, float]]:
        """Hash → (term, weight) for the terms of one kind."""
        weighed = {}
        for term, count in bag.items():
            number = term_hash(KINDS[kind], term)
            rarity = self._rarity(number, self.found_in(number) + (self.own_place is None))
            weighed[number] = (term, COUNT_WEIGHTS[kind][min(count, COUNT_MASK)] * rarity)
        return weighed

    def rough(self) -> dict[int, float]:
        """Place → weight of the terms shared: of those that are referred to, and of the rarest up to MOST_ENTRIES."""
        terms = [(number, kind, weight) for kind, bag in enumerate(self.bags) for number, (_, weight) in bag.items()]
        terms.sort(key=lambda term: (term[1] != NAMES, -self.rarities[term[0]], term[0]))
        rough: dict[int, float] = {}
        entries_read = 0
        for number, kind, weight in terms:
            entries = self.index.entries(number)
            entries_read += len(entries)
            if kind != NAMES and entries_read > MOST_ENTRIES:
                break
            # An analysis that is referred to is always compared in full.
            share = math.inf if kind == NAMES else weight * self.rarities[number]
            weights = COUNT_WEIGHTS[kind]
            for entry in entries:
                place = entry & PLACE_MASK
                rough[place] = rough.get(place, 0.0) + share * weights[entry >> COUNT_SHIFT & COUNT_MASK]
        rough.pop(self.own_place, None)
        return rough

    def ranked(self, among: Callable[[Hashable], bool] | None, most: int | None = None) -> list[int]:
        """The places of the analyses that share anything, in a first, rough ranking; at most so many."""
        size, key = self.index.size, self.index.key
        sizes = ((weight / size(place), -place) for place, weight in self.rough().items())
        if among:
            sizes = (pair for pair in sizes if among(key(-pair[1])))
        closest = sorted(sizes, reverse=True) if most is None else heapq.nlargest(most, sizes)
        return [-place for _, place in closest]

    def closest(self, most: int, among: Callable[[Hashable], bool] | None) -> list[tuple[int, Overlap]]:
        """What those that share most in the first ranking share in full."""
        return [(place, self.overlap(place)) for place in self.ranked(among, most)]

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
        found_in = self.found_in(number) if found_in is None else found_in
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
