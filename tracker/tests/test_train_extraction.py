"""`manage.py train_extraction`: a site's own weights, only when asked and never over the shipped ones."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tracker.choices import Decision
from tracker.extraction import extract, model
from tracker.models import ExtractedItem

PLAN = "# Outage {n}\n\n## Evidence\n\n- log {n}\n\n## Action items\n\n- Add alarm {n}\n- Fix cache {n}\n"


@pytest.fixture
def decided(make_analysis):
    def make(count):
        for number in range(count):
            analysis = make_analysis(text=PLAN.format(n=number), title=f"Outage {number}")
            for line, kind in ((9, "prevent"), (10, "fix")):
                ExtractedItem.objects.create(
                    analysis=analysis, line=line, end_line=line, kind=kind, title="x", text="x",
                    fingerprint=f"{number}-{line}", decision=Decision.DISMISSED, decision_reason="not ours",
                )  # fmt: skip

    return make


def test_without_a_target_nothing_is_trained(settings, db):
    settings.EXTRACTION_WEIGHTS = ""

    with pytest.raises(CommandError, match="Set EXTRACTION_WEIGHTS"):
        call_command("train_extraction")


def test_the_shipped_weights_are_never_written_over(settings, db):
    settings.EXTRACTION_WEIGHTS = str(model.WEIGHTS)

    with pytest.raises(CommandError, match="never written over"):
        call_command("train_extraction")


def test_a_handful_of_decisions_is_too_little_to_learn_from(settings, tmp_path, decided):
    pytest.importorskip("sklearn")
    settings.EXTRACTION_WEIGHTS = str(tmp_path / "weights.json")
    decided(4)

    with pytest.raises(CommandError, match="Only 4 analyses have decisions"):
        call_command("train_extraction")

    assert not (tmp_path / "weights.json").exists()


def test_retraining_prints_both_scores_and_writes_weights_that_load(settings, tmp_path, decided, monkeypatch):
    retraining = pytest.importorskip("tracker.extraction.training.retraining")
    monkeypatch.setattr(retraining, "FOLDS", 2)
    settings.EXTRACTION_WEIGHTS = str(tmp_path / "weights.json")
    decided(5)
    out = StringIO()

    call_command("train_extraction", stdout=out)

    assert "issues F1" in out.getvalue()
    data = json.loads((tmp_path / "weights.json").read_text())
    assert data["about"]["analyses"] > 5
    assert model.from_data(data).first.weights


def test_a_site_can_use_its_own_weights(tmp_path):
    data = json.loads(model.WEIGHTS.read_text())
    data["first"]["bias"] = [-50.0, -50.0]
    data["second"]["bias"] = [-500.0, -500.0]
    (tmp_path / "weights.json").write_text(json.dumps(data))
    try:
        model.use(tmp_path / "weights.json")
        assert not extract(PLAN.format(n=1)).issues
    finally:
        model.use(model.WEIGHTS)
    assert extract(PLAN.format(n=1)).issues
