"""Measuring on what was not learned from: folds that leave documents or whole organisations out."""

import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date

from tracker.extraction.extracting import extract_with
from tracker.extraction.model import Model, from_data
from tracker.extraction.training.corpus import LabelledAnalysis
from tracker.extraction.training.storing import trained
from tracker.extraction.values import ExtractedAnalysis

Fold = tuple[list[LabelledAnalysis], list[LabelledAnalysis]]  # learned from, left out
NO_DATE = date.min
SEED = 7


def by_document(analyses: Sequence[LabelledAnalysis], folds: int) -> Iterator[Fold]:
    """Each analysis left out once, in as many groups as there are folds."""
    order = sorted(analyses, key=lambda analysis: analysis.name)
    random.Random(SEED).shuffle(order)  # noqa: S311 - the same folds every time
    for number in range(min(folds, len(order))):
        yield _split(order, {analysis.name for analysis in order[number::folds]})


def by_organisation(analyses: Sequence[LabelledAnalysis], folds: int) -> Iterator[Fold]:
    """Each organisation left out whole once; the largest alone, the others in groups."""
    names = sorted({analysis.organisation for analysis in analyses})
    largest = max(names, key=lambda name: sum(analysis.organisation == name for analysis in analyses))
    names.remove(largest)
    random.Random(SEED).shuffle(names)  # noqa: S311 - the same folds every time
    groups = [{largest}, *(set(names[number :: folds - 1]) for number in range(folds - 1))]
    for group in groups:
        yield _split(analyses, {analysis.name for analysis in analyses if analysis.organisation in group})


def _split(analyses: Sequence[LabelledAnalysis], out: set[str]) -> Fold:
    return (
        [analysis for analysis in analyses if analysis.name not in out],
        [analysis for analysis in analyses if analysis.name in out],
    )


def extractions(
    folds: Sequence[Fold], always: Sequence[LabelledAnalysis], *, finished: Callable[[], object] = lambda: None
) -> Mapping[str, ExtractedAnalysis]:
    """For each analysis left out what a model extracts that was trained on the rest and on `always`."""
    found: dict[str, ExtractedAnalysis] = {}
    with ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        for part in pool.map(_extract_fold, [(rest + list(always), out) for rest, out in folds]):
            found |= part
            finished()
    return found


def _extract_fold(fold: Fold) -> dict[str, ExtractedAnalysis]:
    rest, out = fold
    model: Model = from_data(trained(rest, on=NO_DATE, scores={}))
    return {analysis.name: extract_with(model, analysis.text) for analysis in out}
