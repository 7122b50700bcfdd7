"""The commands report and dashboard, run as a shell runs them."""

import json
from datetime import UTC, datetime

import pytest
import time_machine

from alerts.models import Message
from dashboard.models import StoredReport
from dashboard.tests import example_rows
from tracker.choices import Role

NOW = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)


@pytest.fixture
def run(run, settings):
    """Run a command with these arguments on 3 December 2026."""
    settings.MAIL_IS_SET, settings.DEFAULT_FROM_EMAIL = True, "reports@example.org"

    def run_then(*arguments):
        with time_machine.travel(NOW, tick=False):
            return run(*arguments)

    return run_then


@pytest.fixture
def told(db):
    example_rows.write()


def test_the_report_is_the_answer_and_nothing_else(run, told):
    ended = run("report", "--period", "week", "--as-of", "2026-11-29", "--format", "json")

    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out)["period"]["start"] == "2026-11-23T00:00:00+00:00"


def test_the_report_is_written_to_a_file_whole_or_not_at_all(run, told, tmp_path):
    path = tmp_path / "report.html"

    assert run("report", "--format", "html", "--output", path).out == f"Written to {path}.\n"
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    ended = run("report", "--output", tmp_path / "nowhere" / "report.md")
    assert (ended.code, ended.out) == (1, "")
    assert "cannot be written" in ended.err
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize(
    ("option", "value", "code", "sentence"),
    [
        ("--as-of", "2026-12-03", 1, "2026-12-03 is not over yet"),
        ("--as-of", "2026-02-30", 2, "is no day"),
        ("--as-of", "0001-01-01", 1, "There are no figures of the year 1: choose a day from 1970 on."),
        ("--period", "year", 2, "invalid choice"),
        ("--as", "nobody", 1, "There is no account 'nobody'"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(run, option, value, code, sentence):
    ended = run("report", option, value)

    assert (ended.code, ended.out) == (code, "")
    assert sentence in ended.err


def test_saving_keeps_it_once_and_says_where(run, told):
    first = run("report", "--as-of", "2026-11-30", "--save")
    again = run("report", "--as-of", "2026-11-30", "--save")

    assert "Kept: http://127.0.0.1:8000/admin/dashboard/storedreport/" in first.out
    assert "It was kept before: " in again.out
    assert StoredReport.objects.count() == 1


def test_sending_plans_it_once_and_names_who_may_not_have_it(run, told, make_owner, make_user):
    make_owner("Eva Stone", role=Role.EXECUTIVE, email="eva@example.org")
    make_owner("Ed Moss", role=Role.EXECUTIVE, email="ed@example.org", user=make_user("ed"))
    asked = ("report", "--period", "week", "--as-of", "2026-11-29", "--send")

    assert "1 message(s) planned.\nEd Moss may not see reports, and gets none." in run(*asked).out
    assert "0 message(s) planned, 1 planned before" in run(*asked).out
    assert Message.objects.filter(kind="report").count() == 1


def test_nobody_to_send_to_is_said(run, told):
    assert "Nobody gets this report" in run("report", "--as-of", "2026-11-30", "--send").out


def test_who_may_not_see_reports_makes_none(run, told, make_user):
    make_user("olga")

    assert "Reports are for those who may see" in run("report", "--as", "olga").err


def test_the_overview_is_shown_and_written(run, told, tmp_path):
    path = tmp_path / "overview.html"

    assert "Risk level: " in run("dashboard").out
    assert run("dashboard", "--save", "--output", path, "--as-of", "2026-11-30").out == f"Written to {path}.\n"
    assert "<svg" in path.read_text(encoding="utf-8")
    assert run("dashboard", "--output", path).code == 2
