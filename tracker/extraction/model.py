"""The trained model: features → log-odds of issue and check against neither. Plain Python; weights.json holds the numbers."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tracker.extraction.features import Features
from tracker.extraction.neighbours import Scores, softmax

WEIGHTS = Path(__file__).with_name("weights.json")
Pair = tuple[float, float]  # for issue, for check


@dataclass(frozen=True)
class Linear:
    """A linear model over named features, each present or absent."""

    bias: Pair
    weights: Mapping[str, Pair]

    def logits(self, features: Features) -> Pair:
        """Log-odds of issue and check. The sum of a part is kept with it, because blocks share parts."""
        issue, check = self.bias
        for part in features:
            if part.logits is None:
                part.logits = self._sum(part.names)
            issue += part.logits[0]
            check += part.logits[1]
        return issue, check

    def _sum(self, names: Iterable[str]) -> Pair:
        issue = check = 0.0
        find = self.weights.get
        for name in names:
            if pair := find(name):
                issue += pair[0]
                check += pair[1]
        return issue, check


@dataclass(frozen=True)
class Dense:
    """A linear model over a fixed list of numbers."""

    bias: Pair
    issue: Sequence[float]
    check: Sequence[float]

    def scores(self, values: Sequence[float]) -> Scores:
        issue = self.bias[0] + sum(map(float.__mul__, self.issue, values))
        check = self.bias[1] + sum(map(float.__mul__, self.check, values))
        return softmax(issue, check)


@dataclass(frozen=True)
class KindModel:
    """A linear model for each kind of issue; the highest wins."""

    bias: Mapping[str, float]
    weights: Mapping[str, Mapping[str, float]]

    def best(self, names: Iterable[str]) -> str:
        sums = dict(self.bias)
        for name in names:
            for kind, weight in self.weights.get(name, {}).items():
                sums[kind] += weight
        return max(sums, key=sums.__getitem__)


@dataclass(frozen=True)
class Model:
    first: Linear
    second: Dense
    kind: KindModel
    about: Mapping[str, object]


def from_data(data: Mapping) -> Model:
    """The model from what weights.json holds."""
    first, second, kind = data["first"], data["second"], data["kind"]
    return Model(
        Linear(tuple(first["bias"]), {name: tuple(pair) for name, pair in first["weights"].items()}),
        Dense(tuple(second["bias"]), [float(v) for v in second["issue"]], [float(v) for v in second["check"]]),
        _kind_model(kind),
        data["about"],
    )


def _kind_model(data: Mapping) -> KindModel:
    kinds = data["kinds"]
    weights = {name: dict(zip(kinds, row, strict=True)) for name, row in data["weights"].items()}
    return KindModel(dict(zip(kinds, data["bias"], strict=True)), weights)


@cache
def load(path: Path = WEIGHTS) -> Model:
    """The model in a weights file. Read once."""
    return from_data(json.loads(path.read_text(encoding="utf-8")))
