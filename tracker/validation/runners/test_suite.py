"""A suite of tests that says in a JUnit report what ran. Its exit code and its report must both say that it passed."""

import time

from tracker.choices import CheckOutcome
from tracker.validation import junit
from tracker.validation.entries import TestSuite
from tracker.validation.junit import BrokenReport
from tracker.validation.outcomes import Counts, Finding
from tracker.validation.process import exit_words
from tracker.validation.runners.command import execute, facts_of
from tracker.validation.surroundings import Surroundings, could_not_run

CLOCK_SECONDS = 2.0  # by which the time stamps of a file system may be coarse

__test__ = False  # pytest: named after its kind, and no test


def run(entry: TestSuite, surroundings: Surroundings) -> Finding:
    """Passed when the exit code is 0, at least one test ran, and none failed."""
    report = entry.folder / entry.junit_xml
    started = time.time()
    try:
        junit.remove(report)
    except BrokenReport as broken:
        return could_not_run(str(broken), **facts_of(entry))
    executed = execute(entry, surroundings)
    ended = executed.ended
    evidence = {**executed.facts, "exit_code": ended.exit_code, "output": ended.output}
    if ended.problem:
        return could_not_run(ended.problem, **evidence)
    try:
        counts = junit.read(report, written_after=started - CLOCK_SECONDS).counts
    except BrokenReport as broken:
        return could_not_run(f"{broken} The command ended with {exit_words(ended.exit_code)}.", **evidence)
    outcome, sentence = judge(counts, ended.exit_code)
    return Finding(outcome=outcome, sentence=sentence, counts=counts, **evidence)


def judge(counts: Counts, exit_code: int) -> tuple[CheckOutcome, str]:
    """The outcome of a suite that ran to its end, with a sentence."""
    if counts.failures or counts.errors:
        words = f"{counts.failures} of {_tests(counts.tests)} failed"
        return CheckOutcome.FAILED, f"{words}, {counts.errors} ended in an error." if counts.errors else f"{words}."
    if counts.tests == 0:
        return CheckOutcome.ERROR, f"The suite ran no test ({exit_words(exit_code)})."
    if exit_code != 0:
        return CheckOutcome.FAILED, f"No test failed, but the suite ended with {exit_words(exit_code)}."
    if counts.ran <= 0:
        return CheckOutcome.SKIPPED, f"All {_tests(counts.tests)} were skipped: that shows nothing."
    skipped = f", {counts.skipped} skipped" if counts.skipped else ""
    return CheckOutcome.PASSED, f"{_tests(counts.ran)} passed{skipped}."


def _tests(number: int) -> str:
    return f"{number} test" if number == 1 else f"{number} tests"
