"""Many rows in few statements."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tracker.batches import write_each
from tracker.models import Issue

pytestmark = pytest.mark.django_db


def test_every_row_gets_values_of_its_own_and_the_others_keep_theirs(make_issue, make_owner, now):
    olga = make_owner()
    first, second, untouched = make_issue(), make_issue(owner=olga), make_issue(title="Watch the queue")

    write_each(
        Issue,
        ("title", "owner", "deadline", "hours_unknown"),
        [(first.pk, "It's 100 % done", olga.pk, now, True), (second.pk, "", None, None, False)],
    )

    rows = {issue.pk: issue for issue in Issue.objects.all()}
    read = {pk: (row.title, row.owner_id, row.deadline, row.hours_unknown) for pk, row in rows.items()}
    assert read == {
        first.pk: ("It's 100 % done", olga.pk, now, True),
        second.pk: ("", None, None, False),
        untouched.pk: ("Watch the queue", None, now + timedelta(hours=72), False),
    }


def test_a_column_of_nothing_but_empty_values_is_written(make_issue):
    issue = make_issue()

    write_each(Issue, ("deadline",), [(issue.pk, None)])

    issue.refresh_from_db()
    assert issue.deadline is None


def test_no_rows_cost_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        write_each(Issue, ("title",), [])


def test_many_rows_are_few_statements(make_issue):
    issues = [make_issue() for _ in range(600)]

    with CaptureQueriesContext(connection) as captured:
        write_each(Issue, ("title",), [(issue.pk, f"Title {issue.pk}") for issue in issues])

    assert len(captured) == (1 if connection.vendor == "postgresql" else 2)
    assert set(Issue.objects.values_list("title", flat=True)) == {f"Title {issue.pk}" for issue in issues}
