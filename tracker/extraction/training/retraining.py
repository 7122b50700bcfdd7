"""A model for one site: trained on its own decisions too, compared with the model in use, written only where asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tracker.extraction.extracting import extract_with
from tracker.extraction.model import WEIGHTS, Model
from tracker.extraction.training import leaving_out, storing
from tracker.extraction.training.corpus import LabelledAnalysis, own, read_folder
from tracker.extraction.values import ExtractedAnalysis

FOLDS = 10


@dataclass(frozen=True, slots=True)
class Comparison:
    """F1 of the entries that people took: of the model in use, and of one that had not seen the analysis."""

    analyses: int
    issues_now: float
    issues_new: float
    checks_now: float
    checks_new: float


def compared(analyses: Sequence[LabelledAnalysis], others: Sequence[LabelledAnalysis], model: Model) -> Comparison:
    """How the model in use and a retrained one do on the site's analyses, the retrained one on those left out."""
    new = leaving_out.extractions(list(leaving_out.by_document(analyses, FOLDS)), others)
    now = {analysis.name: extract_with(model, analysis.text) for analysis in analyses}
    values = [_f1(analyses, found, checks=checks) for checks in (False, True) for found in (now, new)]
    return Comparison(len(analyses), *values)


def _f1(analyses: Sequence[LabelledAnalysis], found: dict[str, ExtractedAnalysis], *, checks: bool) -> float:
    """F1 over all lines; lines that nobody decided about cost nothing."""
    right = said = wanted = 0
    for analysis in analyses:
        entries = found[analysis.name].checks if checks else found[analysis.name].issues
        unsure = {label.line for label in analysis.labels if label.optional}
        lines = {entry.line for entry in entries} - unsure
        sought = {each.line for each in analysis.labels if (each.kind == "validate") is checks} - unsure
        right, said, wanted = right + len(lines & sought), said + len(lines), wanted + len(sought)
    return 2 * right / (said + wanted) if said + wanted else 1.0


def others(data: Path | None) -> list[LabelledAnalysis]:
    """What is learned from besides the site's analyses: those that ship with the project, and a folder's."""
    return own() + (read_folder(data) if data else [])


def train(
    analyses: Sequence[LabelledAnalysis],
    *,
    beside: Sequence[LabelledAnalysis],
    scores: Comparison,
    on: date,
    path: Path,
) -> None:
    """Train on everything and write the weights to `path`, which must not be the shipped file."""
    if path.resolve() == WEIGHTS.resolve():
        raise ValueError("The shipped weights are never written over: name another file.")
    left_out = {"issues": round(scores.issues_new, 3), "checks": round(scores.checks_new, 3)}
    storing.write(storing.trained([*analyses, *beside], on=on, scores=left_out), path)
