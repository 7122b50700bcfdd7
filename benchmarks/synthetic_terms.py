"""What made-up analyses are compared by, as an import keeps it, in any number and without their texts.

Each has as many terms as real analyses of this size have. What analyses of a layout and of a system share comes from
benchmarks.synthetic_analyses, words that many use from a made-up vocabulary in which few words are frequent, and the
rest nobody else says. One in twenty tells of the fault of another one.
"""

import random
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, islice

from django.db import connection

from benchmarks.synthetic_analyses import analyses, invented
from tracker.earlier import fingerprint
from tracker.models import Analysis
from tracker.recurrence import Packed, pack, terms, to_bytes
from tracker.recurrence.packing import KINDS, VERSION, term_hash

SAMPLES = 400
SHARED_FROM = 3  # samples: a term that so many have is one of the layout, of the system or of a common word
RETURNS = 0.05
VOCABULARY = {"phrases": 200_000, "cause_words": 5_000, "signatures": 20_000}
ADDED = {"phrases": 90, "cause_words": 45, "signatures": 20}  # beside those of the sample, used repeatedly
LEFT_OUT = (
    90  # phrases of the sample that it uses once: with those that are added there are 600, the most that are kept
)


def write(after: int = 0) -> int:
    """Give every analysis of the database terms, as compared already; how many there are. On PostgreSQL."""
    rows = list(Analysis.objects.order_by("pk").values_list("pk", "date"))
    columns = "analysis_id, terms, version, fingerprint, compared, settled"
    with connection.cursor() as cursor, cursor.copy(f"COPY tracker_analysisterms ({columns}) FROM STDIN") as copy:
        for settled, ((pk, on), said) in enumerate(zip(rows, packed(len(rows), after), strict=True), start=1):
            data = to_bytes(said)
            copy.write_row((pk, data, VERSION, fingerprint(data, on), True, settled))
    return len(rows)


def packed(number: int, after: int = 0, seed: int = 1) -> Iterator[Packed]:
    """The terms of so many analyses; `after` is how many of benchmarks.synthetic_analyses stay for other uses."""
    chance = random.Random(seed)
    samples = [_parts(pack(terms(text, name))) for name, text in islice(analyses(after + SAMPLES), after, None)]
    having = Counter(term for sample in samples for hashes, _ in sample for term in set(hashes))
    shared = [
        [[(place, term) for place, term in enumerate(hashes) if having[term] >= SHARED_FROM] for hashes, _ in sample]
        for sample in samples
    ]
    words = {kind: _vocabulary(kind, size, chance) for kind, size in VOCABULARY.items()}
    weights = {kind: list(accumulate(1 / rank for rank in range(1, len(each) + 1))) for kind, each in words.items()}
    for _ in range(number):
        which, again = chance.randrange(SAMPLES), chance.random() < RETURNS
        hashes, counts, ends = array("I"), bytearray(), []
        for kind, (own, often), same in zip(KINDS, samples[which], shared[which], strict=True):
            hashes.extend(own if again else _with_others(own, same, chance))
            counts += often
            if kind in ADDED:
                added = set(chance.choices(words[kind], cum_weights=weights[kind], k=ADDED[kind])).difference(own)
                hashes.extend(added)
                counts += bytes([2]) * len(added)
            ends.append(len(hashes))
        yield Packed(hashes, bytes(counts), tuple(ends))


def _parts(sample: Packed) -> list[tuple[array, bytes]]:
    """(hashes, counts) of each kind."""
    starts = (0, *sample.ends[:-1])
    parts = [(sample.hashes[a:b], sample.counts[a:b]) for a, b in zip(starts, sample.ends, strict=True)]
    hashes, counts = parts[0]
    parts[0] = hashes[:-LEFT_OUT], counts[:-LEFT_OUT]  # the most frequent phrases come first
    return parts


def _with_others(own: array, shared: Sequence[tuple[int, int]], chance: random.Random) -> array:
    """The hashes with only the shared terms kept: the hash of a phrase that nobody else says is any number."""
    others = array("I", chance.randbytes(len(own) * own.itemsize))
    for place, term in shared:
        others[place] = term
    return others


def _vocabulary(kind: str, size: int, chance: random.Random) -> list[int]:
    """The hashes of so many made-up terms."""
    words = [invented(chance) for _ in range(2_000)]
    return [term_hash(kind, f"{chance.choice(words)} {chance.choice(words)} {number}") for number in range(size)]
