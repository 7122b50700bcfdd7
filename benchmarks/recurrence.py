"""How well and how fast returns are recognised: python -m benchmarks.recurrence [--raise-floor] [--speed].

Judged on ../shared/recurrence (real analyses with labelled pairs) by leaving pairs out: in each of ten parts all pairs
of a tenth of the new analyses are put aside; the threshold and the weight of the causes are chosen on the others and
judged on those put aside. "Documents left out" is stricter: each pair is judged by what was chosen on the pairs that
share neither analysis with it. Exit 1 when a figure falls below benchmarks/recurrence_floor.json.

Labelled pairs are half returns, so they say little about the pairs that nobody has labelled. `--sample N` prints some
of those that are shown as likely, to be read and judged by a person; `--judged FILE` ([[new, earlier, right], ...])
says how many of the judged ones are right. Such files stay outside of the project: they tell of real analyses.
"""

import argparse
import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.recurrence_speed import measure_speed
from tracker.recurrence import Index, scoring, terms
from tracker.recurrence.scoring import Overlap

DATA = Path(__file__).parents[2] / "shared" / "recurrence"
FLOOR = Path(__file__).with_name("recurrence_floor.json")
CAUSE_SHARES = (0.1, 0.15, 0.2, 0.25, 0.3)  # weight of the causes against that of the phrases
PARTS = 10
ROUNDS = 10
SMOOTHING = 4  # thresholds on either side whose F1 counts too, so that no single pair decides
NOISE = 0.0005


@dataclass(frozen=True)
class Pair:
    """A labelled pair and what the two share."""

    new: str
    earlier: str
    label: str
    overlap: Overlap

    @property
    def returns(self) -> bool:
        return self.label != "different"


class Data:
    """The analyses, their dates, the labelled pairs, and what each new analysis of a pair shares with all others."""

    def __init__(self, folder: Path) -> None:
        self.dates: dict[str, str] = json.loads((folder / "dates.json").read_text())
        rows = json.loads((folder / "pairs.json").read_text())
        self.terms = {
            path.name: terms(path.read_text(encoding="utf-8"), path.name) for path in (folder / "docs").glob("*.md")
        }
        index = Index()
        for name in sorted(self.terms):
            index.add(name, self.terms[name])
        self.overlaps = {
            name: index.overlaps(self.terms[name], key=name) for name in sorted({row["new"] for row in rows})
        }
        self.pairs = [
            Pair(row["new"], row["earlier"], row["label"], self.overlaps[row["new"]][row["earlier"]]) for row in rows
        ]
        self.labelled = {(pair.new, pair.earlier) for pair in self.pairs}
        self.same_incident = {(pair.new, pair.earlier) for pair in self.pairs if pair.label == "same-incident"}

    def rank(self, pair: Pair, score: Callable[[Overlap], float]) -> int:
        """The place, from 1, of the earlier analysis among all earlier ones that do not report the same incident."""
        own = score(pair.overlap)
        return 1 + sum(
            score(overlap) > own
            for name, overlap in self.overlaps[pair.new].items()
            if self.dates[name] <= self.dates[pair.new] and (pair.new, name) not in self.same_incident
        )


def shaped(cause_share: float) -> Callable[[Overlap], float]:
    """A score without threshold, with another weight of the causes."""
    reference = scoring.REFERENCE_WEIGHT / scoring.PHRASES_WEIGHT
    signatures = scoring.SIGNATURES_WEIGHT / scoring.PHRASES_WEIGHT

    def score(overlap: Overlap) -> float:
        likeness = overlap.phrases**0.5 + cause_share * overlap.cause_words**0.5 + signatures * overlap.signatures**0.5
        return likeness + reference * bool(overlap.names)

    return score


def f1(right: int, shown: int, returns: int) -> float:
    return 2 * right / (shown + returns) if shown + returns else 0.0


def best(pairs: Sequence[Pair]) -> tuple[float, float]:
    """(share of the causes, threshold) with the best F1, smoothed over neighbouring thresholds."""
    return max(((*_threshold(pairs, share), share) for share in CAUSE_SHARES), key=lambda found: found[0])[:0:-1]


def _threshold(pairs: Sequence[Pair], share: float) -> tuple[float, float]:
    score = shaped(share)
    ranked = sorted(((score(pair.overlap), pair.returns) for pair in pairs), reverse=True)
    returns = sum(returned for _, returned in ranked)
    right, curve = 0, []
    for shown, (_, returned) in enumerate(ranked, start=1):
        right += returned
        curve.append(f1(right, shown, returns))
    smooth = [
        sum(near := curve[max(0, place - SMOOTHING) : place + SMOOTHING + 1]) / len(near) for place in range(len(curve))
    ]
    place = max(range(len(smooth)), key=smooth.__getitem__)
    return smooth[place], ranked[place][0]


def left_out(data: Data) -> dict[str, float]:
    """F1, precision of what is shown and recall@3 on pairs that had no say in the choice, mean of several rounds."""
    totals = {"left-out F1": 0.0, "left-out precision of possible": 0.0, "left-out recall@3": 0.0}
    for seed in range(ROUNDS):
        for name, value in _one_round(data, seed).items():
            totals[name] += value / ROUNDS
    return totals


def _one_round(data: Data, seed: int) -> dict[str, float]:
    news = sorted({pair.new for pair in data.pairs})
    random.Random(seed).shuffle(news)
    right = shown = found = 0
    for part in range(PARTS):
        aside = set(news[part::PARTS])
        share, threshold = best([pair for pair in data.pairs if pair.new not in aside])
        score = shaped(share)
        for pair in (pair for pair in data.pairs if pair.new in aside):
            likely = score(pair.overlap) >= threshold
            shown += likely
            right += likely and pair.returns
            found += pair.label == "recurrence" and data.rank(pair, score) <= 3
    returns = sum(pair.returns for pair in data.pairs)
    recurrences = sum(pair.label == "recurrence" for pair in data.pairs)
    return {
        "left-out F1": f1(right, shown, returns),
        "left-out precision of possible": right / shown if shown else 0.0,
        "left-out recall@3": found / recurrences,
    }


def documents_left_out(data: Data) -> dict[str, float]:
    """The same for each pair, chosen on those that share neither of its analyses."""
    shown, found = [], []
    for pair in data.pairs:
        share, threshold = best(
            [other for other in data.pairs if not {pair.new, pair.earlier} & {other.new, other.earlier}]
        )
        score = shaped(share)
        if score(pair.overlap) >= threshold:
            shown.append(pair.returns)
        if pair.label == "recurrence":
            found.append(data.rank(pair, score) <= 3)
    return {
        "documents left out F1": f1(sum(shown), len(shown), sum(pair.returns for pair in data.pairs)),
        "documents left out recall@3": mean(found),
    }


def as_shipped(data: Data) -> dict[str, float]:
    """The same figures with the weights and the threshold of the product, on the pairs that they were chosen on."""
    possible = [pair.returns for pair in data.pairs if scoring.score(pair.overlap) >= scoring.POSSIBLE]
    shown = [pair.returns for pair in data.pairs if is_shown_as_likely(pair.overlap)]
    found = [data.rank(pair, scoring.score) <= 3 for pair in data.pairs if pair.label == "recurrence"]
    return {
        "F1": f1(sum(possible), len(possible), sum(pair.returns for pair in data.pairs)),
        "precision of possible": mean(possible),
        "precision of shown as likely": mean(shown),
        "recall@3": mean(found),
    }


def mean(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0


def is_shown_as_likely(overlap: Overlap) -> bool:
    return scoring.match("", overlap, new_on=None, on=None).likely


# -- pairs that nobody has labelled ------------------------------------------------------------------------------------


def unlabelled(data: Data) -> list[tuple[str, str, Overlap]]:
    """(new, earlier, what they share) of all pairs without a label, each once."""
    index = Index()
    for name in sorted(data.terms):
        index.add(name, data.terms[name])
    found = []
    for new in sorted(data.terms):
        for earlier, overlap in sorted(index.overlaps(data.terms[new], key=new).items()):
            before = (data.dates[earlier], earlier) < (data.dates[new], new)
            if before and not {(new, earlier), (earlier, new)} & data.labelled:
                found.append((new, earlier, overlap))
    return found


def sample(data: Data, size: int, seed: int) -> list[str]:
    """Pairs to read and judge, and of how many they were drawn."""
    shown = [(new, earlier) for new, earlier, overlap in unlabelled(data) if is_shown_as_likely(overlap)]
    drawn = random.Random(seed).sample(shown, min(size, len(shown)))
    return [f"{new} <- {earlier}" for new, earlier in drawn] + [f"{len(drawn)} of {len(shown)} pairs shown as likely"]


def judged(data: Data, path: Path) -> list[str]:
    """How many of the pairs that a person judged are right, by what they are shown as."""
    verdicts = {(new, earlier): right for new, earlier, right in json.loads(path.read_text())}
    right: dict[str, list[bool]] = {"likely": [], "possible": []}
    for new, earlier, overlap in unlabelled(data):
        if (new, earlier) in verdicts and scoring.score(overlap) >= scoring.POSSIBLE:
            right["likely" if is_shown_as_likely(overlap) else "possible"].append(verdicts[new, earlier])
    return [f"judged, shown as {word:8} {sum(found):3} of {len(found):3} right" for word, found in right.items()]


def judge(figures: dict[str, float]) -> list[str]:
    """A sentence for every figure that is below its floor."""
    floor = json.loads(FLOOR.read_text()) if FLOOR.exists() else {}
    return [
        f"{name} fell to {figures.get(name, 0.0):.3f}, the floor is {least:.3f}."
        for name, least in floor.items()
        if figures.get(name, 0.0) < least - NOISE
    ]


def raise_floor(figures: dict[str, float]) -> None:
    """Write the figures where they are higher than the floor; it never sinks."""
    floor = json.loads(FLOOR.read_text()) if FLOOR.exists() else {}
    higher = {name: max(round(value, 3), floor.get(name, 0.0)) for name, value in figures.items()}
    FLOOR.write_text(json.dumps(higher, indent=2) + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recurrence", description=__doc__)
    parser.add_argument("--raise-floor", action="store_true", help="keep figures that are better than the floor")
    parser.add_argument(
        "--speed", action="store_true", help="measure time and memory with 10,000 made-up analyses, too"
    )
    parser.add_argument("--sample", type=int, metavar="N", help="print N unlabelled pairs that are shown as likely")
    parser.add_argument("--seed", type=int, default=0, help="for another sample")
    parser.add_argument("--judged", type=Path, metavar="FILE", help="what a person said about unlabelled pairs")
    options = parser.parse_args(arguments)
    if options.speed:
        print("\n".join(measure_speed()))
    if not DATA.is_dir():
        print(f"There is no folder {DATA.name} with labelled pairs beside the project: nothing was judged.")
        return 0
    data = Data(DATA)
    if options.sample:
        print("\n".join(sample(data, options.sample, options.seed)))
        return 0
    if options.judged:
        print("\n".join(judged(data, options.judged)))
    figures = left_out(data) | documents_left_out(data) | as_shipped(data)
    for name, value in figures.items():
        print(f"{name:32} {value:.3f}")
    if fallen := judge(figures):
        print("\n".join(fallen))
        return 1
    if options.raise_floor:
        raise_floor(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
