"""Time and memory of comparing one new analysis with 10,000 earlier ones, beside a bare TF-IDF pass over the same."""

import math
import re
import resource
import statistics
import time
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from benchmarks.synthetic_analyses import analyses
from tracker.recurrence import Index, Packed, from_bytes, pack, terms, to_bytes

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


def _seconds(work: Callable, arguments: Sequence) -> list[float]:
    """Processor time of each call: other programs on the machine do not count."""
    spent = []
    for argument in arguments:
        start = time.process_time()
        work(argument)
        spent.append(time.process_time() - start)
    return spent


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure_speed(earlier: int = EARLIER) -> list[str]:
    """Sentences with the figures."""
    documents = list(analyses(earlier + NEW))
    before = _megabytes()
    index = Index()
    kept: list[bytes] = []
    reading = _seconds(
        lambda document: kept.append(to_bytes(pack(terms(document[1], document[0])))), documents[:earlier]
    )
    adding = _seconds(lambda place: index.add(place, _unpacked(kept, place)), range(earlier))
    after = _megabytes()
    new = [terms(text, name) for name, text in documents[earlier:]]
    comparing = _seconds(index.returns_of, new)
    peak = _megabytes()
    plain = TfIdf()
    for _, text in documents[:earlier]:
        plain.add(text)
    bare = _seconds(plain.closest, [text for _, text in documents[earlier:]])
    ratio = statistics.median(comparing) / statistics.median(bare)
    size = sum(map(len, kept)) / len(kept)
    return [
        f"{earlier} earlier analyses of {statistics.mean(len(text) for _, text in documents):,.0f} characters (made up)",
        f"reading one: {1000 * statistics.median(reading):.1f} ms; adding one: {1000 * statistics.median(adding):.1f} ms"
        f"; kept in a row: {size:,.0f} bytes",
        f"comparing one with all: median {1000 * statistics.median(comparing):.0f} ms, worst {1000 * max(comparing):.0f} ms"
        f" ({ratio:.1f} times a bare TF-IDF pass, median {1000 * statistics.median(bare):.0f} ms)",
        f"memory: {after - before:.0f} MB for the index and the rows, {peak:.0f} MB at the peak of the whole process",
    ]


def _unpacked(kept: Sequence[bytes], place: int) -> Packed:
    return from_bytes(kept[place])
