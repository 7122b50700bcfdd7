"""`manage.py metrics`."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.models import MetricSnapshot


@pytest.fixture
def run(run):
    """Run the command with these arguments: its exit code, and what it wrote."""

    def run_metrics(*arguments):
        ended = run("metrics", *arguments)
        return ended.code, ended.out, ended.err

    return run_metrics


def test_it_lists_every_figure_with_its_number_or_why_there_is_none(run, make_issue):
    make_issue()

    code, out, _ = run()

    assert code == 0
    assert "open_by_age.from_720_h" in out
    assert [line for line in out.splitlines() if line.startswith("revenue_at_risk") and "not set" in line]


def test_its_json_has_the_figures_by_key_with_numbers_to_their_last_digit(run, profile):
    code, out, _ = run("--json")

    figure = json.loads(out)["figures"]["revenue_at_risk"]
    assert (code, figure["value"], figure["unit"], figure["section"]) == (0, "0.00", "money a month", "Revenue at risk")


def test_save_writes_the_figures_of_today(run, profile):
    code, _, err = run("--save")

    assert code == 0
    assert f"Saved {MetricSnapshot.objects.count()} figures of " in err


def test_a_day_that_has_passed_is_shown_and_not_saved(run, profile):
    yesterday = (timezone.now() - timedelta(days=1)).date().isoformat()

    assert run("--as-of", yesterday)[0] == 0
    code, _, err = run("--as-of", yesterday, "--save")

    assert (code, MetricSnapshot.objects.count()) == (1, 0)
    assert "what a day that has passed did not save stays missing" in err


@pytest.mark.parametrize(
    ("day", "sentence"), [("soon", "is no date"), ("2999-01-01", "is still to come"), ("9999-12-31", "is no date")]
)
def test_a_day_that_cannot_be_is_refused_in_a_sentence(run, day, sentence):
    code, out, err = run("--as-of", day)

    assert (code, out) == (1, "")
    assert sentence in err
