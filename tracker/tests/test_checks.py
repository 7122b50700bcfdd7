from collections import Counter

import pytest

from tracker.choices import Decision
from tracker.models import (
    Check,
    ExtractedItem,
    Issue,
)
from tracker.tests.extractions import check, issue, says, skipped

pytestmark = pytest.mark.django_db


def item(title):
    return ExtractedItem.objects.get(title=title)


def test_a_check_found_later_is_added_to_the_issues_that_are_there(tracked):
    tracked(
        issue("Raise the pool size to 50", 3),
        issue("Alert on queue depth", 5),
        check("The pool is 50", 9, 3),
        check("No request waits", 10, 3, 5),
    )

    assert Counter(Check.objects.values_list("issue__title", "text")) == Counter(
        [
            ("Raise the pool size to 50", "The pool is 50"),
            ("Raise the pool size to 50", "No request waits"),
            ("Alert on queue depth", "No request waits"),
        ]
    )
    assert item("No request waits").decision == Decision.ADDED
    assert Issue.objects.get(title="Alert on queue depth").field_changes.get().new == "No request waits"


def test_a_check_that_changed_says_so_on_its_issue_and_one_that_vanished_stays(tracked):
    entries = (issue("Raise the pool size to 50", 3), issue("Alert on queue depth", 5))
    accepted = Issue.objects.get(title="Raise the pool size to 50")

    tracked(*entries, check("The pool is 60", 11, 3))
    assert accepted.checks.get().text == "The pool is 60"
    assert (accepted.field_changes.get().old, accepted.field_changes.get().new) == ("The pool is 50", "The pool is 60")

    tracked(*entries)
    assert (accepted.checks.get().text, accepted.checks.get().source_line) == ("The pool is 60", None)
    assert accepted.field_changes.first().reason == "The analysis does not say it any more."

    tracked(*entries, skipped("It was a Monday", 30))
    assert accepted.field_changes.count() == 2


def test_a_check_belongs_to_the_issues_that_the_latest_text_gives_it(put):
    entries = (issue("Raise the pool size", 3), issue("Alert on queue depth", 5))
    put(says(*entries, check("No request waits", 9, 3)), "one")
    put(says(*entries, check("No request waits", 9, 5)), "two")

    assert [row.title for row in item("No request waits").checked_items.all()] == ["Alert on queue depth"]
