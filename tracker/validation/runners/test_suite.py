"""A suite of tests that says in a JUnit report what ran. Its exit code and its report must both say that it passed."""

import time

from tracker.choices import CheckOutcome
from tracker.translation import gettext, ngettext
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
        return could_not_run(
            gettext("%(broken)s The command ended with %(ended)s.")
            % {"broken": broken, "ended": exit_words(ended.exit_code)},
            **evidence,
        )
    outcome, sentence = judge(counts, ended.exit_code)
    return Finding(outcome=outcome, sentence=sentence, counts=counts, **evidence)


def judge(counts: Counts, exit_code: int) -> tuple[CheckOutcome, str]:
    """The outcome of a suite that ran to its end, with a sentence."""
    if counts.failures or counts.errors:
        return CheckOutcome.FAILED, _failed(counts)
    if counts.tests == 0:
        return CheckOutcome.ERROR, gettext("The suite ran no test (%(ended)s).") % {"ended": exit_words(exit_code)}
    if exit_code != 0:
        return CheckOutcome.FAILED, gettext("No test failed, but the suite ended with %(ended)s.") % {
            "ended": exit_words(exit_code)
        }
    if counts.ran <= 0:
        return CheckOutcome.SKIPPED, gettext("All %(tests)s were skipped: that shows nothing.") % {
            "tests": _tests(counts.tests)
        }
    facts = {"tests": _tests(counts.ran), "skipped": counts.skipped}
    words = gettext("%(tests)s passed, %(skipped)s skipped.") if counts.skipped else gettext("%(tests)s passed.")
    return CheckOutcome.PASSED, words % facts


def _failed(counts: Counts) -> str:
    facts = {"failures": counts.failures, "tests": _tests(counts.tests), "errors": counts.errors}
    if counts.errors:
        return gettext("%(failures)s of %(tests)s failed, %(errors)s ended in an error.") % facts
    return gettext("%(failures)s of %(tests)s failed.") % facts


def _tests(number: int) -> str:
    return ngettext("%(number)s test", "%(number)s tests", number) % {"number": number}
