"""The benchmark of recurrence: it says so where it has nothing to judge, and its floor only rises."""

import json

import pytest

from benchmarks import recurrence


@pytest.fixture
def floor(tmp_path, monkeypatch):
    path = tmp_path / "floor.json"
    monkeypatch.setattr(recurrence, "FLOOR", path)
    return path


def test_without_the_labelled_pairs_nothing_is_judged_and_nothing_fails(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(recurrence, "DATA", tmp_path / "absent")

    assert recurrence.main([]) == 0
    assert "nothing was judged" in capsys.readouterr().out


def test_a_figure_below_its_floor_is_named(floor):
    floor.write_text(json.dumps({"F1": 0.9, "recall@3": 0.8}))

    assert recurrence.judge({"F1": 0.85, "recall@3": 0.8}) == ["F1 fell to 0.850, the floor is 0.900."]


def test_the_floor_rises_and_never_sinks(floor):
    floor.write_text(json.dumps({"F1": 0.9, "recall@3": 0.8}))

    recurrence.raise_floor({"F1": 0.85, "recall@3": 0.87})

    assert json.loads(floor.read_text()) == {"F1": 0.9, "recall@3": 0.87}
