"""What is taken: an entry or what is below it, never both; to which issues a check belongs."""

import pytest

from tracker.extraction import extract
from tracker.extraction.decide import taken
from tracker.extraction.neighbours import threshold

PARENT = [None, 0, 0]


@pytest.mark.parametrize(
    ("scores", "chosen"),
    [
        pytest.param([(0.9, 0.0), (0.6, 0.0), (0.2, 0.0)], [True, False, False], id="the parent beats its details"),
        pytest.param([(0.6, 0.0), (0.9, 0.0), (0.8, 0.0)], [False, True, True], id="good entries beat their group"),
        pytest.param([(0.1, 0.0), (0.1, 0.7), (0.0, 0.0)], [False, True, False], id="a check is taken like an issue"),
        pytest.param([(0.05, 0.0), (0.04, 0.0), (0.0, 0.0)], [False, False, False], id="nothing reaches the threshold"),
    ],
)
def test_an_entry_or_what_is_below_it(scores, chosen):
    assert taken(PARENT, scores) == chosen


def test_nothing_below_a_taken_entry_is_taken_however_deep():
    chain = [None, 0, 1, 2]

    assert taken(chain, [(0.99, 0), (0.5, 0), (0.5, 0), (0.6, 0)]) == [True, False, False, False]


def test_the_threshold_follows_the_best_of_the_document_within_limits():
    assert threshold([(0.02, 0.0)] * 8) == pytest.approx(0.10)
    assert threshold([(0.99, 0.0)] * 8) == pytest.approx(0.475)
    assert 0.10 < threshold([(0.5, 0.0)] * 8) < 0.475


def test_in_a_text_of_a_few_blocks_a_block_has_to_convince_by_itself():
    assert threshold([(0.02, 0.0)] * 7) == pytest.approx(0.25)


def test_a_document_without_candidates_takes_nothing():
    assert taken([], []) == []


def test_a_check_belongs_to_the_issues_of_its_phase_and_a_document_wide_one_to_all_fixes():
    found = extract(
        "# Plan\n\n## Remediation plan\n\n### Phase 1: Immediate fixes\n\n**Tasks:**\n\n- Restart the importer\n"
        "- Revert the release\n\n**Validation:**\n\n- Verify that the import finishes within an hour\n\n"
        "### Phase 2: Prevention\n\n**Tasks:**\n\n- Add an alarm on the age of the feed\n\n"
        "## Success criteria\n\n- [ ] No failed import for 30 days\n"
    )
    by_text = {check.text: check.issue_lines for check in found.checks}
    phase = next(lines for text, lines in by_text.items() if "within an hour" in text)
    whole = next(lines for text, lines in by_text.items() if "30 days" in text)
    fixes = tuple(issue.line for issue in found.issues if issue.kind == "fix")

    assert phase == (9, 10)
    assert whole == fixes
