"""An analysis, the one of its return, and the pair that an import finds. Every text is invented."""

from datetime import date

import pytest

from tracker.choices import Priority
from tracker.tests.extractions import check, issue, says
from tracker.tests.test_recurrence import LEASE, LEASE_AGAIN

APRIL, MAY = date(2026, 4, 2), date(2026, 5, 11)


@pytest.fixture
def earlier(put):
    """What came in first: an analysis with one entry."""
    return put(says(issue("Ask for a new print lease", 20), title="Printers stop", date=APRIL), LEASE, "a.md").analysis


@pytest.fixture
def again(earlier, put):
    """The analysis of its return, with an entry of each priority and a check."""
    entries = [issue(f"Step {word}", line, priority=word) for line, word in enumerate(Priority, 3)]
    found = says(*entries, check("Hall 2 prints", 12, 3), title="No labels", date=MAY)
    return put(found, LEASE_AGAIN, "b.md").analysis


@pytest.fixture
def likely(again):
    return again.returns.get()
