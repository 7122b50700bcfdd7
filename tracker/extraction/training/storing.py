"""The trained numbers as the data of weights.json: rounded, without features that weigh nothing."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from tracker.extraction.model import Dense, KindModel, Linear
from tracker.extraction.training.corpus import LabelledAnalysis
from tracker.extraction.training.fitting import fit_first, fit_kind, fit_second

LEAST = 0.004  # a weight below this changes no decision


def trained(analyses: Sequence[LabelledAnalysis], *, on: date, scores: Mapping[str, object]) -> dict:
    """The whole content of weights.json for models trained on these analyses."""
    about = {
        "date": on.isoformat(),
        "analyses": len(analyses),
        "organisations": len({analysis.organisation for analysis in analyses}),
        "blocks": sum(len(analysis.blocks) for analysis in analyses),
        "labels": sum(len(analysis.labels) for analysis in analyses),
        "scores left out": dict(scores),
    }
    return {
        "about": about,
        "first": _linear(fit_first(analyses)),
        "second": _dense(fit_second(analyses)),
        "kind": _kind(fit_kind(analyses)),
    }


def write(data: Mapping, path: Path) -> None:
    """Write the data so that a difference of two versions can be read: one feature a line would be too long a file."""
    path.write_text(json.dumps(data, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")


def _rounded(values: Sequence[float], digits: int = 3) -> list[float]:
    return [round(float(value), digits) for value in values]


def _linear(model: Linear) -> dict:
    weights = {name: _rounded(pair) for name, pair in model.weights.items() if max(map(abs, pair)) >= LEAST}
    return {"bias": _rounded(model.bias), "weights": weights}


def _dense(model: Dense) -> dict:
    return {"bias": _rounded(model.bias, 4), "issue": _rounded(model.issue, 4), "check": _rounded(model.check, 4)}


def _kind(model: KindModel) -> dict:
    weights = {name: _rounded(row) for name, row in model.weights.items() if max(map(abs, row)) >= 3 * LEAST}
    return {"kinds": list(model.kinds), "bias": _rounded(model.bias), "weights": weights}
