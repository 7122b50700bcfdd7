"""The sample analyses and what a careful reader finds in them (tracker/tests/data/samples)."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from tracker.choices import Priority
from tracker.deadlines import AROUND_THE_CLOCK, stated_deadline

SAMPLES = Path(__file__).parents[2] / "samples"
LABELS = Path(__file__).parent / "data" / "samples"
DOCUMENTS = sorted(path.stem for path in SAMPLES.glob("*.md") if path.name != "README.md")
KINDS = {"fix", "investigate", "prevent", "validate"}


def lines_of(name):
    return (SAMPLES / f"{name}.md").read_text(encoding="utf-8").splitlines()


def labels_of(name):
    return json.loads((LABELS / f"{name}.json").read_text(encoding="utf-8"))


def test_every_sample_has_its_labels_and_no_labels_lack_a_sample():
    assert len(DOCUMENTS) >= 10
    assert sorted(path.stem for path in LABELS.glob("*.json")) == DOCUMENTS


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_label_quotes_the_line_that_it_points_at(name):
    lines, labels = lines_of(name), labels_of(name)

    assert labels["doc"] == f"{name}.md"
    assert labels["root_cause"]["text"] == lines[labels["root_cause"]["line"] - 1][:120]
    for entry in labels["items"]:
        assert entry["text"] == lines[entry["line"] - 1][:100]
    for why in labels["whys"]:
        assert "why" in lines[why["line"] - 1].casefold()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_sample_holds_work_and_checks_with_known_kinds_and_priorities(name):
    labels = labels_of(name)
    kinds = [entry["kind"] for entry in labels["items"]]
    priorities = {labels["doc_priority"], *(entry["priority"] for entry in labels["items"])} - {None}

    assert set(kinds) == KINDS
    assert priorities <= {priority.value for priority in Priority}
    assert name.startswith(labels["analysis_date"][:7])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_owners_and_deadlines_are_the_words_of_the_document(name):
    text = " ".join(" ".join(lines_of(name)).split())

    for entry in labels_of(name)["items"]:
        assert (entry["owner"] or "") in text
        assert (entry["due"] or "") in text


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_stated_deadline_but_a_sprint_is_resolved_close_to_its_analysis(name):
    labels = labels_of(name)
    written = date.fromisoformat(labels["analysis_date"])

    for words in {entry["due"] for entry in labels["items"]} - {None, "this sprint"}:
        moment = stated_deadline(words, analysis_date=written, calendar=AROUND_THE_CLOCK)
        assert moment is not None, words
        assert timedelta(0) <= moment.date() - written <= timedelta(days=366), words
