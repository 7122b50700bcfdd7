"""`manage.py status`: the numbers and the lists, for people and for programs."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from tracker.choices import ItemKind, Priority, Status

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def output(*arguments: str) -> str:
    out = io.StringIO()
    call_command("status", *arguments, stdout=out)
    return out.getvalue()


def as_json(*arguments: str) -> dict:
    return json.loads(output("--json", *arguments))


@pytest.fixture
def issue_due(make_issue):
    """Make an issue whose deadline lies that far from the present."""

    def make(span: timedelta, **fields):
        return make_issue(deadline=timezone.now() + span, **fields)

    return make


def test_an_empty_installation_has_nothing_to_report():
    told = as_json("--show-overdue", "--show-upcoming")

    assert told["issues"] == {"total": 0, "live": 0, "closed": 0}
    assert set(told["by_status"]) == {str(status) for status in Status}
    assert set(told["by_priority"]) == {str(priority) for priority in Priority}
    assert not any([*told["by_status"].values(), *told["by_priority"].values()])
    assert told["overdue_issues"] == told["upcoming_issues"] == []


def test_every_status_is_counted_and_priorities_only_of_live_issues(make_issue):
    make_issue(priority=Priority.P0)
    make_issue(priority=Priority.P0, status=Status.VALIDATED)
    make_issue(priority=Priority.P2, status=Status.CANCELLED)
    make_issue(priority=Priority.P2, status=Status.BLOCKED)

    told = as_json()

    assert told["issues"] == {"total": 4, "live": 2, "closed": 2}
    assert {word: number for word, number in told["by_status"].items() if number} == {
        "identified": 1,
        "blocked": 1,
        "validated": 1,
        "cancelled": 1,
    }
    assert told["by_priority"] == {"P0": 1, "P1": 0, "P2": 1, "P3": 0}


def test_late_and_soon_due_work_is_counted_and_what_waits_for_validation_is_neither(issue_due):
    issue_due(-HOUR)
    issue_due(-HOUR, status=Status.COMPLETED)
    issue_due(23 * HOUR)
    issue_due(25 * HOUR)

    told = as_json()

    assert (told["overdue"], told["due_within_24_h"]) == (1, 1)


def test_unassigned_issues_and_entries_that_wait_for_review_are_counted(make_issue, make_owner, make_analysis):
    make_issue(owner=make_owner())
    make_issue()
    analysis = make_analysis()
    for kind in (ItemKind.FIX, ItemKind.PREVENT, ItemKind.CHECK):
        analysis.items.create(kind=kind, line=3, end_line=3, title="Raise it", fingerprint=kind)

    told = as_json()

    assert (told["unassigned"], told["pending_review"]) == (1, 2)


def test_the_lists_come_only_when_asked_for(issue_due):
    issue_due(-HOUR)

    assert not {"overdue_issues", "upcoming_issues"} & set(as_json())
    assert "Raise the pool size" not in output()


def test_overdue_issues_are_listed_the_most_urgent_first_with_all_that_a_program_needs(issue_due, make_owner):
    issue_due(-40 * HOUR, reference="P1-20260310-901", owner_words="@olga")
    issue_due(-30 * HOUR, reference="P0-20260309-902", priority=Priority.P0, owner=make_owner("Olga Brandt"))

    first, second = as_json("--show-overdue")["overdue_issues"]

    assert first.pop("deadline").endswith("+00:00")
    assert first == {
        "reference": "P0-20260309-902",
        "title": "Raise the pool size",
        "priority": "P0",
        "status": "identified",
        "kind": "fix",
        "owner": "Olga Brandt",
        "owner_to_confirm": None,
        "time_left": "1 d 6 h overdue",
    }
    assert (second["reference"], second["owner"], second["owner_to_confirm"]) == ("P1-20260310-901", None, "@olga")


def test_people_read_how_late_and_how_soon(issue_due):
    issue_due(-3 * HOUR - timedelta(minutes=30, seconds=30), reference="P1-20260310-903", title="Renew the certificate")
    issue_due(5 * HOUR + timedelta(minutes=30, seconds=30), reference="P1-20260310-904", title="Rotate the key")

    lines = output("--show-overdue", "--show-upcoming").splitlines()

    late = next(line for line in lines if "P1-20260310-903" in line)
    soon = next(line for line in lines if "P1-20260310-904" in line)
    assert "3 h 30 min overdue" in late
    assert late.endswith("Renew the certificate")
    assert "due in 5 h" in soon
    assert "Overdue: 1" in lines
    assert "Due within 24 h: 1" in lines


def test_a_title_with_escape_codes_reaches_no_terminal_raw(issue_due):
    issue_due(-HOUR, title="\x1b[2Jgone \u202eevil", owner_words="\x1b[31mred")

    told = output("--show-overdue")

    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "\\x1b[2Jgone" in told


def test_the_table_has_a_line_for_every_status(make_issue):
    make_issue(priority=Priority.P2)

    lines = [" ".join(line.split()) for line in output().splitlines()]

    assert lines[0] == "Issues: 1 (1 live, 0 closed)"
    assert "Status P0 P1 P2 P3 Total" in lines
    assert "Identified 0 0 1 0 1" in lines
    assert all(any(line.startswith(status.label) for line in lines) for status in Status)


def test_the_number_of_queries_does_not_grow_with_the_issues(issue_due, make_owner, django_assert_num_queries):
    for number in range(5):
        issue_due(-HOUR, owner=make_owner(f"Owner {number}"))
        issue_due(HOUR)

    with django_assert_num_queries(7):
        output("--show-overdue", "--show-upcoming")
