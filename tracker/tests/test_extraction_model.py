"""The model: sums of weights become probabilities; what is stored is small and loads again."""

from datetime import date

import pytest

from tracker.extraction.blocks import parse
from tracker.extraction.features import Part
from tracker.extraction.model import Dense, KindModel, Linear, from_data, load
from tracker.extraction.neighbours import NAMES, Neighbourhood, softmax

LINEAR = Linear((-1.0, -2.0), {"a": (0.5, 0.0), "b": (1.0, -1.0)})


def test_log_odds_are_the_bias_and_the_weights_of_the_features_that_are_there():
    assert LINEAR.logits((Part(["a", "unknown"]), Part(["b"]))) == (0.5, -3.0)


def test_the_sum_of_a_part_is_kept_for_other_blocks():
    part = Part(["a"])
    LINEAR.logits((part,))

    assert part.logits == (0.5, 0.0)


@pytest.mark.parametrize("logits", [(0.0, 0.0), (800.0, -800.0), (-800.0, -800.0), (3.0, 2.0)])
def test_probabilities_of_issue_check_and_neither_add_up_to_one_at_most(logits):
    issue, check = softmax(*logits)

    assert 0 <= issue <= 1
    assert 0 <= check <= 1
    assert issue + check <= 1 + 1e-9


def test_a_dense_model_weighs_a_list_of_numbers():
    model = Dense((0.0, 0.0), [1.0, 0.0], [0.0, 1.0])

    assert model.scores([2.0, 0.0]) == softmax(2.0, 0.0)


def test_the_kind_with_the_highest_sum_wins():
    model = KindModel(("fix", "prevent"), (0.1, 0.0), {"monitor": (0.0, 2.0)})

    assert model.best([]) == "fix"
    assert model.best(["monitor"]) == "prevent"


def test_the_shipped_model_fits_the_features_of_neighbours():
    model = load()

    assert len(model.second.issue) == len(model.second.check) == len(NAMES)
    assert set(model.kind.kinds) == {"fix", "investigate", "prevent"}


def test_the_model_is_read_once():
    assert load() is load()


def test_a_block_alone_has_no_neighbours_to_go_by():
    document = parse("- a\n")
    values = Neighbourhood(document, document.blocks, [(0.4, 0.1)]).features(0, "entry1")

    assert len(values) == len(NAMES)
    assert values[NAMES.index("alone in list")] == 1.0


def test_what_is_trained_can_be_stored_and_loaded_again():
    pytest.importorskip("sklearn")
    corpus = pytest.importorskip("tracker.extraction.training.corpus")
    storing = pytest.importorskip("tracker.extraction.training.storing")
    data = storing.trained(corpus.own()[:8], on=date(2026, 1, 2), scores={"issues": 0.5})
    model = from_data(data)

    assert model.about["date"] == "2026-01-02"
    assert model.about["analyses"] == 8
    assert model.first.weights
