"""Labelled analyses → the numbers of weights.json: two linear models, the second on answers of the first left out."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from tracker.extraction import kinds
from tracker.extraction.features import Part, kind_of
from tracker.extraction.model import Dense, KindModel, Linear
from tracker.extraction.neighbours import Neighbourhood, softmax
from tracker.extraction.training.corpus import LabelledAnalysis, kind_examples
from tracker.extraction.training.words import LEFT_OUT

STRENGTH_FIRST = 0.07
STRENGTH_SECOND = 0.02
STRENGTH_KIND = 0.3
WORD_SCALE = 0.7
WORDS = ("hw ", "nw ", "ow ", "w ")
EVENING = 0.25  # 0: every block counts the same; 1: every organisation does
INNER_FOLDS = 6
MIN_DOCUMENTS = 3
MIN_ORGANISATIONS = 2
MIN_ORGANISATIONS_WORD = 3


def vocabulary(analyses: Sequence[LabelledAnalysis]) -> dict[str, int]:
    """The features that are common enough, numbered: a word has to be used by several organisations."""
    documents, organisations = defaultdict(int), defaultdict(set)
    for analysis in analyses:
        for name in set().union(*analysis.features):
            documents[name] += 1
            organisations[name].add(analysis.organisation)
    kept = (name for name, count in documents.items() if count >= MIN_DOCUMENTS and _spread(name, organisations[name]))
    return {name: number for number, name in enumerate(sorted(kept))}


def _spread(name: str, organisations: set[str]) -> bool:
    if names_something(name):
        return False
    return len(organisations) >= (MIN_ORGANISATIONS_WORD if name.startswith(WORDS) else MIN_ORGANISATIONS)


def names_something(name: str) -> bool:
    """Is a feature about a word that is the name of a product, a month or the like?"""
    return name.startswith(WORDS) and name.rsplit(" ", 1)[-1] in LEFT_OUT


def scale(name: str) -> float:
    """Single words shift most between organisations: they count less."""
    return WORD_SCALE if name.startswith(WORDS) else 1.0


def matrix(rows: Iterable[Iterable[str]], names: dict[str, int]) -> csr_matrix:
    starts, columns, values = [0], [], []
    for row in rows:
        for name in row:
            if (column := names.get(name)) is not None:
                columns.append(column)
                values.append(scale(name))
        starts.append(len(columns))
    return csr_matrix((values, columns, starts), shape=(len(starts) - 1, len(names)))


def against_neither(model: LogisticRegression) -> tuple[np.ndarray, np.ndarray]:
    """(coefficients, biases) of issue and check as log-odds against neither; a class never seen gets a low bias."""
    coefficients, bias = np.zeros((2, model.coef_.shape[1])), np.array([-12.0, -12.0])
    classes = list(model.classes_)
    if len(classes) == 2:  # scikit-learn keeps one row for two classes
        coefficients[classes[1] - 1], bias[classes[1] - 1] = model.coef_[0], model.intercept_[0]
        return coefficients, bias
    for row in (1, 2):
        at = classes.index(row)
        coefficients[row - 1] = model.coef_[at] - model.coef_[0]
        bias[row - 1] = model.intercept_[at] - model.intercept_[0]
    return coefficients, bias


def fit_first(analyses: Sequence[LabelledAnalysis]) -> Linear:
    names = vocabulary(analyses)
    table = matrix((row for analysis in analyses for row in analysis.features), names)
    model = LogisticRegression(C=STRENGTH_FIRST, max_iter=300)
    model.fit(table, _classes(analyses), sample_weight=_certainty(analyses))
    coefficients, bias = against_neither(model)
    weights = {
        name: (float(coefficients[0, at] * scale(name)), float(coefficients[1, at] * scale(name)))
        for name, at in names.items()
    }
    return Linear((float(bias[0]), float(bias[1])), weights)


def _classes(analyses: Sequence[LabelledAnalysis]) -> np.ndarray:
    return np.concatenate([analysis.classes for analysis in analyses])


def _certainty(analyses: Sequence[LabelledAnalysis]) -> np.ndarray:
    """How much each block counts: optional labels less, and blocks of an organisation with many of them less."""
    sizes: dict[str, int] = defaultdict(int)
    for analysis in analyses:
        sizes[analysis.organisation] += len(analysis.blocks)
    usual = float(np.median(list(sizes.values())))
    return np.concatenate(
        [np.array(each.certainty) * (usual / sizes[each.organisation]) ** EVENING for each in analyses]
    )


def neighbourhood(analysis: LabelledAnalysis, first: Linear) -> Neighbourhood:
    scores = [softmax(*first.logits((Part(names),))) for names in analysis.features]
    return Neighbourhood(analysis.document, analysis.blocks, scores)


def second_rows(analysis: LabelledAnalysis, first: Linear) -> list[list[float]]:
    near = neighbourhood(analysis, first)
    return [near.features(number, kind_of(block)) for number, block in enumerate(analysis.blocks)]


def left_out(analyses: Sequence[LabelledAnalysis], folds: int = INNER_FOLDS) -> Iterable[tuple[list, list]]:
    """(rest, left out) pairs, each analysis left out once."""
    order = sorted(analyses, key=lambda analysis: analysis.name)
    random.Random(3).shuffle(order)  # noqa: S311 - the same folds every time, no secret
    for fold in range(min(folds, len(order))):
        out = order[fold::folds]
        names = {analysis.name for analysis in out}
        yield [analysis for analysis in order if analysis.name not in names], out


def fit_second(analyses: Sequence[LabelledAnalysis]) -> Dense:
    """The second model, trained on answers of first models that had not seen the document."""
    rows, seen = [], []
    for rest, out in left_out(analyses):
        first = fit_first(rest)
        for analysis in out:
            rows += second_rows(analysis, first)
            seen.append(analysis)
    table = np.array(rows)
    mean, spread = table.mean(axis=0), table.std(axis=0)
    spread[spread < 1e-6] = 1.0
    model = LogisticRegression(C=STRENGTH_SECOND, max_iter=1000)
    model.fit((table - mean) / spread, _classes(seen), sample_weight=_certainty(seen))
    coefficients, bias = against_neither(model)
    coefficients = coefficients / spread
    bias = bias - coefficients @ mean
    return Dense((float(bias[0]), float(bias[1])), coefficients[0].tolist(), coefficients[1].tolist())


def fit_kind(analyses: Sequence[LabelledAnalysis]) -> KindModel:
    """Fix, investigate or prevent, learned from the labelled issues and from examples."""
    rows, labels, certainty, sources = [], [], [], []
    for analysis in [*analyses, *kind_examples()]:
        for block, seen, names, weight in zip(
            analysis.blocks, analysis.traits, analysis.features, analysis.certainty, strict=True
        ):
            label = analysis.by_line.get(block.line)
            if label and label.kind != "validate":
                rows.append(kinds.features(block, seen, names))
                labels.append(label.kind)
                certainty.append(weight)
                sources.append(analysis.organisation)
    names = _common(rows, sources)
    model = LogisticRegression(C=STRENGTH_KIND, max_iter=500)
    model.fit(matrix(rows, names), labels, sample_weight=certainty)
    weights = {name: [float(value * scale(name)) for value in model.coef_[:, at]] for name, at in names.items()}
    return KindModel([str(kind) for kind in model.classes_], [float(value) for value in model.intercept_], weights)


def _common(rows: Sequence[Sequence[str]], sources: Sequence[str]) -> dict[str, int]:
    organisations = defaultdict(set)
    for row, source in zip(rows, sources, strict=True):
        for name in row:
            organisations[name].add(source)
    kept = sorted(
        name
        for name, found in organisations.items()
        if len(found) >= MIN_ORGANISATIONS_WORD and not names_something(name)
    )
    return {name: number for number, name in enumerate(kept)}
