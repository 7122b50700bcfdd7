"""The title and the date of an analysis."""

from datetime import date

import pytest

from tracker.extraction.blocks import parse
from tracker.extraction.opening import analysis_date, parsed, title

DAY = date(2026, 3, 4)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-04",
        "2026-03-04T10:00:00Z",
        "2026/3/4",
        "20260304",
        "March 4, 2026",
        "Mar. 4th 2026",
        "4 March 2026",
        "4th of March, 2026",
        "04.03.2026",
        "4-3-2026",
        "3/4/2026",
        "on Wednesday, 4 Mar 2026, at noon",
    ],
)
def test_a_date_is_read_in_every_usual_form(text):
    assert parsed(text) == DAY


@pytest.mark.parametrize("text", ["", "2026-13-45", "30 February 2026", "March 4", "version 1.2.2026.3", "99999999"])
def test_what_is_no_whole_day_is_no_date(text):
    assert parsed(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: x\ndate: 2026-03-04\n---\n# Outage\n",
        "---\npubDate: Mar 4, 2026\n---\n# Outage\n",
        "# Outage\n**Date:** 2026-03-04\n",
        "# Outage\nAcme Bakery\nDate: 04.03.2026\nAuthor: Zoe\n",
        "# Outage\n| Date | Severity |\n|---|---|\n| 2026-03-04 | high |\n",
        "# Outage\n| Date | March 4, 2026 |\n|---|---|\n| Time | 10:00 |\n",
        "# Outage\n## Date\n2026-03-04\n",
        "# 2026-03-04: the day of the full disk\n",
        "# Outage\nAcme Bakery · review · 4 March 2026 · severity: high\n\n## Summary\n",
        "# Outage\nIncident of 1 March 2026, written down on 4 March 2026 by Zoe.\n",
        "# Outage\n" + "- a line\n" * 300 + "\n*Analysis completed: 2026-03-04*\n",
    ],
)
def test_the_date_is_found_where_documents_state_it(text):
    assert analysis_date(parse(text)) == DAY


def test_the_date_of_the_analysis_beats_that_of_the_incident():
    text = "# Outage\n| Date | 1 March 2026 |\n|---|---|\n## Post-mortem\n| Date | 4 March 2026 |\n|---|---|\n"

    assert analysis_date(parse(text)) == DAY


def test_a_date_in_running_text_or_a_timeline_is_not_the_documents():
    text = "# Outage\nOn 1 March 2026 shops closed.\n## Timeline\n- 2026-03-01 down\n### 2026-03-02\nup\n"

    assert analysis_date(parse(text)) is None


@pytest.mark.parametrize(
    "entry",
    [
        "- P0: Order flour by 2027-06-30",
        "- Order flour by 30 June 2027",
        "- Order flour (owner: Zoe, due 2027-06-30)",
        "- Order flour, deadline: 2027-06-30",
        "- P0: Order flour (2027-06-30)",
        "- [ ] Order flour, 2027-06-30",
    ],
)
def test_until_when_work_is_to_be_done_is_not_when_the_analysis_was_written(entry):
    assert analysis_date(parse(f"# Outage\n\n{entry}\n")) is None
    assert analysis_date(parse(f"# Outage\n\nBy Zoe, 4 March 2026\n\n{entry}\n")) == DAY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# 🔥 Shops closed\ntext", "Shops closed"),
        ('---\ntitle: "Shops closed"\nresources:\n- src: x\n  title: "Image"\n---\n# Summary', "Shops closed"),
        ("Shops closed\n", "Shops closed"),
        ("", ""),
    ],
)
def test_the_title_is_the_front_matters_else_the_first_heading_else_the_first_words(text, expected):
    assert title(parse(text)) == expected


def test_an_endless_title_is_cut_at_a_word():
    assert len(title(parse("# " + "shop " * 200))) <= 200
