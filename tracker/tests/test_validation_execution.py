import os
import sys
from datetime import UTC, datetime

import pytest

from tracker.choices import CheckOutcome
from tracker.validation.catalogue import Catalogue
from tracker.validation.entries import Command, Manual
from tracker.validation.execution import execute

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
# Ends well so many times, then not; counts its runs in a file.
PASSES_TWICE = (
    "import pathlib, sys\n"
    "runs = pathlib.Path('runs')\n"
    "number = len(runs.read_text()) if runs.exists() else 0\n"
    "runs.write_text('x' * (number + 1))\n"
    "print('run', number + 1)\n"
    "sys.exit(number >= 2)\n"
)


def command(folder, code="", *, argv=(), **options):
    return Command(name="shop", argv=argv or (sys.executable, "-c", code), folder=folder, **options)


def run(entry, **options):
    return execute(entry, Catalogue(), clock=lambda: NOW, environment={"PATH": os.environ["PATH"]}, **options)


def test_a_command_with_the_expected_exit_code_has_passed_with_its_evidence(tmp_path):
    result = run(command(tmp_path, "print('in order')"))

    assert (result.outcome, result.sentence) == (CheckOutcome.PASSED, "It ended with exit code 0 as expected.")
    assert (result.output, result.exit_code, result.started_at) == ("in order\n", 0, NOW)
    assert result.folder == str(tmp_path)
    assert len(result.output_sha256) == 64
    assert result.duration_seconds > 0


def test_a_command_with_another_exit_code_has_failed(tmp_path):
    result = run(command(tmp_path, "raise SystemExit(2)"))

    assert (result.outcome, result.exit_code) == (CheckOutcome.FAILED, 2)
    assert result.sentence == "It ended with exit code 2; expected is 0."


@pytest.mark.parametrize("code", [1, 127])
def test_the_expected_exit_code_may_be_any(tmp_path, code):
    result = run(command(tmp_path, f"raise SystemExit({code})", exit_code=code))

    assert (result.outcome, result.exit_code) == (CheckOutcome.PASSED, code)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        pytest.param(("no-such-program",), "no-such-program is missing", id="a missing program"),
        pytest.param(("sh", "-c", "no-such-program"), "exit code 127", id="a missing program called by a script"),
        pytest.param(("sleep", "600"), "took longer than 1 s", id="a time-out"),
    ],
)
def test_what_could_not_be_run_is_an_error_and_never_passed(tmp_path, argv, words):
    result = run(command(tmp_path, argv=argv, timeout_seconds=1))

    assert result.outcome == CheckOutcome.ERROR
    assert words in result.sentence


def test_a_check_that_asks_for_passes_in_a_row_runs_until_it_has_them(tmp_path):
    result = run(command(tmp_path, PASSES_TWICE, passes=2))

    assert (result.outcome, result.output) == (CheckOutcome.PASSED, "run 2\n")
    assert result.sentence.startswith("Passed 2 times in a row: ")


def test_the_first_time_that_it_does_not_pass_ends_the_row(tmp_path):
    result = run(command(tmp_path, PASSES_TWICE, passes=5))

    assert (result.outcome, result.output) == (CheckOutcome.FAILED, "run 3\n")
    assert result.sentence.startswith("Time 3 of 5: ")
    assert (tmp_path / "runs").read_text() == "xxx"


def test_a_manual_check_is_never_passed_by_running_it():
    result = run(Manual(name="by-eye", description="Look at an invoice"))

    assert (result.outcome, result.command) == (CheckOutcome.SKIPPED, "Look at an invoice")
    assert "not the owner" in result.sentence


def test_those_who_watch_see_which_time_it_is_and_the_last_lines(tmp_path):
    seen = []

    def watch(progress):
        seen.append(progress)
        if progress.last_lines:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(command(tmp_path, "import time; print('half way', flush=True); time.sleep(600)", passes=2), watch=watch)

    assert (seen[-1].attempt, seen[-1].attempts) == (1, 2)
    assert (seen[-1].last_lines, seen[-1].size) == ("half way", 9)
