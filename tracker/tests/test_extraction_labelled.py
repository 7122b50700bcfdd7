"""Entries that state their priority in front are work, whatever their score; legends and lists of incidents are not."""

import pytest

from tracker.extraction import extract
from tracker.extraction.blocks import parse
from tracker.extraction.features import candidates
from tracker.extraction.labelled import stated


def found(text):
    """(title, priority) of each issue."""
    return [(issue.title, issue.priority.value) for issue in extract(text).issues]


def test_what_is_most_urgent_is_taken_like_the_entries_beside_it():
    text = (
        "# Oven outage\n\n- P0: Restart the oven\n- P0: Renew the gas certificate\n- P1: Add an alarm for pressure\n"
        "- P2: Write a runbook for the oven\n"
    )

    assert found(text) == [
        ("Restart the oven", "P0"),
        ("Renew the gas certificate", "P0"),
        ("Add an alarm for pressure", "P1"),
        ("Write a runbook for the oven", "P2"),
    ]


def test_no_line_of_a_uniform_list_is_dropped():
    lines = "".join(f"- P{number % 4}: Fix the thing number {number}\n" for number in range(20))

    assert len(found(f"# Oven outage\n\n{lines}")) == 20


@pytest.mark.parametrize(
    "entry",
    [
        "- P0: Restart the oven",
        "- P0 - Restart the oven",
        "- P0 \u2013 Restart the oven",
        "- [P0] Restart the oven",
        "- **P0**: Restart the oven",
        "- **P0:** Restart the oven",
        "1. P0: Restart the oven",
        "- Priority 0: Restart the oven",
        "- P0: Please restart the oven",
        "| What |\n|---|\n| P0: Restart the oven |",
    ],
)
def test_the_label_is_known_in_its_usual_forms(entry):
    assert len(found(f"# Oven outage\n\n{entry}\n")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "# O\n\n## Plan\n\n- P0: within 4 hours\n- P1 \u2013 one day\n- P2: Fix within a week\n",
        "# O\n\n## Plan\n\n| Class | Means |\n|---|---|\n| P0: fix it | now |\n| P1: fix it within one day | later |\n",
        "# O\n\n## Severity levels\n\n- P0: Page the owner\n- P1: Send a mail to the team\n",
        "# O\n\n- P0: Search is down\n- P1: Deploy failed\n- P2: Complete outage\n",
        "# O\n\n## Evidence\n\n- P0: Restart the oven\n- P1: Renew the certificate\n",
    ],
)
def test_a_legend_incidents_and_evidence_are_no_work(text):
    assert found(text) == []


@pytest.mark.parametrize("text", ["For example:\n\n- P0: Restart the oven\n", "> - P0: Restart the oven\n"])
def test_an_example_and_a_quotation_get_no_help_from_their_label(text):
    document = parse(f"# O\n\n{text}")

    assert stated(document, candidates(document)) == set()


def test_a_group_does_not_swallow_entries_that_state_their_priority():
    text = "# O\n\n## Actions\n\n- Harden the oven\n  - P0: Restart the oven\n  - P1: Renew the gas certificate\n"

    assert [title for title, _ in found(text)] == ["Restart the oven", "Renew the gas certificate"]
