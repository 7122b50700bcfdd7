"""Which analyses use a term, and how often, in little memory: the lists that the index looks terms up in.

Every term is one number in one of many short sorted lists, chosen by its hash: a phrase that an analysis uses once
counts for how rare the phrase is only and takes two bytes, any other term eight (the rest of its hash, its count, the
place of the analysis). No dictionary of words is needed.
"""

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable
from itertools import compress

from tracker.recurrence.packing import Packed, from_bytes, to_bytes

BUCKET_BITS = 16  # of the 32 bits of a hash the lower half chooses the list; the upper half stands in it
BUCKETS = 1 << BUCKET_BITS
BUCKET_MASK = BUCKETS - 1
HASH_SHIFT, COUNT_SHIFT = 32, 24
COUNT_MASK = 0xFF
PLACE_MASK = (1 << COUNT_SHIFT) - 1
PHRASES = 0


class Kept:
    """What is known of one analysis: enough to compare with it, and to take it out again."""

    __slots__ = ("_once", "_weighing")

    def __init__(self, packed: Packed) -> None:
        phrases = packed.ends[PHRASES]
        often = [count > 1 for count in packed.counts[:phrases]] + [True] * (len(packed.counts) - phrases)
        hashes = array("I", compress(packed.hashes, often))
        gone = len(packed.hashes) - len(hashes)
        ends = tuple(end - gone for end in packed.ends)
        self._weighing = to_bytes(Packed(hashes, bytes(compress(packed.counts, often)), ends))
        self._once = array("I", compress(packed.hashes, (not each for each in often))).tobytes()

    def weighing(self) -> Packed:
        """Its terms without the phrases that it uses once."""
        return from_bytes(self._weighing)

    def once(self) -> array:
        """The hashes of the phrases that it uses once."""
        return array("I", self._once)


class Postings:
    """The terms of analyses by their hashes; an analysis is known by its place, a number."""

    def __init__(self) -> None:
        self._often: list[array | None] = [None] * BUCKETS
        self._once: list[array | None] = [None] * BUCKETS

    def add(self, place: int, kept: Kept) -> None:
        """Take in the terms of an analysis."""
        for number, entry in _entries(place, kept):
            insort(_list(self._often, number, "Q"), entry)
        for term in kept.once():
            insort(_list(self._once, term & BUCKET_MASK, "H"), term >> BUCKET_BITS)

    def add_many(self, analyses: Iterable[tuple[int, Kept]]) -> None:
        """Take in so many that sorting every list once is quicker than keeping it sorted."""
        often, once = self._often, self._once
        for place, kept in analyses:
            for number, entry in _entries(place, kept):
                (often[number] or _list(often, number, "Q")).append(entry)
            for term in kept.once():
                number = term & BUCKET_MASK
                (once[number] or _list(once, number, "H")).append(term >> BUCKET_BITS)
        for lists, code in ((self._often, "Q"), (self._once, "H")):
            for number, each in enumerate(lists):
                if each:
                    lists[number] = array(code, sorted(each))

    def discard(self, place: int, kept: Kept) -> None:
        """Take the terms of an analysis out again."""
        for number, entry in _entries(place, kept):
            _remove(self._often[number], entry)
        for term in kept.once():
            _remove(self._once[term & BUCKET_MASK], term >> BUCKET_BITS)

    def entries(self, term: int) -> array:
        """The entries of a term that weighs: which analyses have it, and how often."""
        each = self._often[term & BUCKET_MASK]
        if not each:
            return array("Q")
        return each[bisect_left(each, term << HASH_SHIFT) : bisect_left(each, term + 1 << HASH_SHIFT)]

    def found_in(self, term: int) -> int:
        """How many analyses have the term."""
        number, rest = term & BUCKET_MASK, term >> BUCKET_BITS
        found = 0
        if often := self._often[number]:
            start = bisect_left(often, term << HASH_SHIFT)
            if start < len(often) and often[start] >> HASH_SHIFT == term:
                found = bisect_left(often, term + 1 << HASH_SHIFT, start) - start
        if once := self._once[number]:
            start = bisect_left(once, rest)
            if start < len(once) and once[start] == rest:
                found += bisect_left(once, rest + 1, start) - start
        return found


def _entries(place: int, kept: Kept) -> list[tuple[int, int]]:
    """(number of its list, entry) for each term that weighs."""
    packed = kept.weighing()
    return [
        (term & BUCKET_MASK, term << HASH_SHIFT | count << COUNT_SHIFT | place)
        for term, count in zip(packed.hashes, packed.counts, strict=True)
    ]


def _list(lists: list[array | None], number: int, code: str) -> array:
    if (found := lists[number]) is None:
        found = lists[number] = array(code)
    return found


def _remove(numbers: array, entry: int) -> None:
    place = bisect_left(numbers, entry)
    if place < len(numbers) and numbers[place] == entry:
        del numbers[place]
