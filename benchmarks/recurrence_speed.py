"""Time and memory of comparing one new analysis with 10,000 earlier ones, beside a bare TF-IDF pass over the same."""

import math
import re
import resource
import statistics
import time
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from benchmarks.synthetic_analyses import analyses
from tracker.recurrence import Index, from_bytes, pack, terms, to_bytes

EARLIER = 10_000
NEW = 20
WORD = re.compile(r"\w\w+")


class TfIdf:
    """The plainest cosine of TF-IDF over all words with an inverted index, to compare with."""

    def __init__(self) -> None:
        self.postings: defaultdict[str, tuple[array, array]] = defaultdict(lambda: (array("I"), array("f")))
        self.lengths = array("d")

    def add(self, text: str) -> None:
        counts = Counter(WORD.findall(text.lower()))
        for word, count in counts.items():
            places, weights = self.postings[word]
            places.append(len(self.lengths))
            weights.append(1 + math.log(count))
        self.lengths.append(math.sqrt(sum((1 + math.log(count)) ** 2 for count in counts.values())))

    def closest(self, text: str) -> int:
        scores = array("d", bytes(8 * len(self.lengths)))
        for word, count in Counter(WORD.findall(text.lower())).items():
            places, weights = self.postings.get(word, ((), ()))
            idf = math.log((len(self.lengths) + 1) / (len(places) + 1)) + 1
            for place, weight in zip(places, weights, strict=True):
                scores[place] += (1 + math.log(count)) * idf * idf * weight
        return max(range(len(scores)), key=lambda place: scores[place] / self.lengths[place])


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What the work gives and the processor time that it took: other programs on the machine do not count."""
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure_speed(earlier: int = EARLIER) -> list[str]:
    """Sentences with the figures."""
    before = _megabytes()
    index, sizes, reading, adding = Index(), [], [], []
    new: list[tuple[str, str]] = []
    for count, (name, text) in enumerate(analyses(earlier + NEW)):
        if count >= earlier:
            new.append((name, text))
            continue
        row, seconds = _timed(partial(_row, text, name))
        reading.append(seconds)
        sizes.append(len(row))
        adding.append(_timed(partial(_add, index, name, row))[1])
    after = _megabytes()
    comparing = [_timed(partial(index.returns_of, terms(text, name)))[1] for name, text in new]
    peak = _megabytes()
    bare = _bare_pass(earlier, new)
    ratio = statistics.median(comparing) / statistics.median(bare)
    return [
        f"{earlier:,} made-up earlier analyses of {statistics.mean(len(text) for _, text in new):,.0f} characters",
        f"reading one: {_ms(statistics.median(reading))}; adding one: {_ms(statistics.median(adding))}; "
        f"its row: {statistics.mean(sizes):,.0f} bytes",
        f"comparing one with all: median {_ms(statistics.median(comparing))}, worst {_ms(max(comparing))}; "
        f"{ratio:.1f} times a bare TF-IDF pass (median {_ms(statistics.median(bare))})",
        f"memory: {after - before:.0f} MB for the index, {peak:.0f} MB at the peak of the whole process",
    ]


def _row(text: str, name: str) -> bytes:
    return to_bytes(pack(terms(text, name)))


def _add(index: Index, name: str, row: bytes) -> None:
    index.add(name, from_bytes(row))


def _bare_pass(earlier: int, new: Sequence[tuple[str, str]]) -> list[float]:
    plain = TfIdf()
    for _, text in analyses(earlier):
        plain.add(text)
    return [_timed(partial(plain.closest, text))[1] for _, text in new]


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms"
