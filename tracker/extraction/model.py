"""The trained model: features → log-odds of issue and check against neither. Plain Python; weights.json is its data."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tracker.extraction.features import Features, Part
from tracker.extraction.neighbours import Scores, softmax

WEIGHTS = Path(__file__).with_name("weights.json")
_IN_USE = {"path": WEIGHTS}
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

    kinds: Sequence[str]
    bias: Sequence[float]
    weights: Mapping[str, Sequence[float]]

    def best(self, names: Iterable[str]) -> str:
        rows = [row for name in names if (row := self.weights.get(name))]
        sums = [sum(column) for column in zip(self.bias, *rows, strict=True)]
        return self.kinds[sums.index(max(sums))]


@dataclass(frozen=True)
class Model:
    """`parts` keeps descriptions that many documents share, with their sums of this model's weights."""

    first: Linear
    second: Dense
    kind: KindModel
    about: Mapping[str, object]
    parts: dict[tuple, Part] = field(default_factory=dict)


def from_data(data: Mapping) -> Model:
    """The model from what weights.json holds."""
    first, second, kind = data["first"], data["second"], data["kind"]
    return Model(
        Linear(tuple(first["bias"]), {name: tuple(pair) for name, pair in first["weights"].items()}),
        Dense(tuple(second["bias"]), [float(v) for v in second["issue"]], [float(v) for v in second["check"]]),
        KindModel(kind["kinds"], kind["bias"], kind["weights"]),
        data["about"],
    )


class BrokenWeights(ValueError):
    """A weights file cannot be read as one."""


@cache
def load(path: Path = WEIGHTS) -> Model:
    """The model in a weights file. Read once for each path.

    Raises: BrokenWeights when the file cannot be read, or holds something else.
    """
    try:
        return from_data(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BrokenWeights(error.strerror or str(error)) from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise BrokenWeights(f"it holds no weights ({type(error).__name__}: {str(error)[:100]})") from error


def use(path: Path) -> Model:
    """Let `extract` use another weights file than the shipped one from now on."""
    found = load(path)  # one that is broken leaves the one in use as it is
    _IN_USE["path"] = path
    return found


def in_use() -> Model:
    """The model that `extract` uses: the shipped one, unless the site has its own."""
    return load(_IN_USE["path"])
