"""From when on an issue is worth an alert: the defaults, what is refused, and where the numbers come from."""

import importlib
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from tracker.choices import Door, Priority, Status
from tracker.models import Issue, PriorityPolicy
from tracker.policies import thresholds
from tracker.thresholds import DEFAULT_THRESHOLDS, Thresholds

ROWS = importlib.import_module("tracker.migrations.0010_watch_rows")


def hours(number):
    return timedelta(hours=number)


@pytest.mark.django_db
def test_a_new_site_has_the_default_thresholds():
    PriorityPolicy.objects.all().delete()
    PriorityPolicy.objects.bulk_create(PriorityPolicy(priority=priority, hours=24) for priority in Priority)
    ROWS.fill_policies(apps, connection.schema_editor())

    assert thresholds() == dict(DEFAULT_THRESHOLDS)
    assert {str(priority): (row.due_soon, row.stalled) for priority, row in DEFAULT_THRESHOLDS.items()} == {
        "P0": (hours(24), hours(6)),
        "P1": (hours(24), hours(24)),
        "P2": (hours(48), hours(120)),
        "P3": (hours(48), None),
    }
    assert {str(priority): row.lateness() for priority, row in DEFAULT_THRESHOLDS.items()} == {
        "P0": (hours(0), hours(4), hours(8)),
        "P1": (hours(8), hours(24), None),
        "P2": (None, None, None),
        "P3": (None, None, None),
    }


@pytest.mark.django_db
def test_a_missing_row_has_the_defaults_and_a_row_has_its_own():
    PriorityPolicy.objects.all().delete()
    PriorityPolicy.objects.create(priority="P2", hours=48, due_soon_hours=12, late_critical_hours=1)

    found = thresholds()

    assert found[Priority.P0] == DEFAULT_THRESHOLDS[Priority.P0]
    assert found[Priority.P2] == Thresholds(hours(12), late_critical=hours(1))


@pytest.mark.parametrize(
    ("late", "fine"),
    [
        pytest.param((0, 4, 8), True, id="in order"),
        pytest.param((4, 4, 4), True, id="all at once"),
        pytest.param((None, 4, None), True, id="two never"),
        pytest.param((5, 4, 8), False, id="critical before the warning"),
        pytest.param((0, 9, 8), False, id="an emergency before critical"),
        pytest.param((9, None, 8), False, id="an emergency before the warning, and never critical"),
    ],
)
@pytest.mark.django_db
def test_what_is_worse_comes_no_earlier(late, fine):
    PriorityPolicy.objects.all().delete()
    names = ("late_warning_hours", "late_critical_hours", "late_emergency_hours")
    policy = PriorityPolicy(priority="P0", hours=24, **dict(zip(names, late, strict=True)))
    if fine:
        policy.full_clean(exclude=["day_starts", "day_ends"])
        policy.as_thresholds()
        policy.save()
        return
    with pytest.raises(ValidationError, match="in that order"):
        policy.full_clean(exclude=["day_starts", "day_ends"])
    with pytest.raises(ValueError, match="in that order"):
        policy.as_thresholds()
    with pytest.raises(IntegrityError), transaction.atomic():
        policy.save()


@pytest.mark.parametrize("span", [timedelta(seconds=-1), hours(87601)], ids=["negative", "above ten years"])
def test_a_span_that_cannot_be_is_refused(span):
    with pytest.raises(ValueError, match="10 years"):
        Thresholds(span)


def test_hours_that_no_clock_can_add_are_refused_in_words():
    with pytest.raises(ValueError, match="10 years"):
        Thresholds.of_hours(10**12)


@pytest.mark.django_db
def test_the_times_of_issues_that_are_there_already_come_from_their_history(make_issue, now):
    by = {"actor_name": "boss", "door": Door.ADMIN}
    told, moved, fresh = make_issue(), make_issue(), make_issue()
    for issue, hour in ((told, 1), (moved, 4)):
        issue.changes.create(new_status=Status.IDENTIFIED, at=now, **by)
        issue.changes.create(old_status=Status.IDENTIFIED, new_status=Status.BLOCKED, at=now + hours(hour), **by)
        for late in (0, 3):
            issue.notes.create(text="Half done", at=now + hours(late), **by)
    Issue.objects.update(status_since=now - hours(99), worked_at=now - hours(99))

    ROWS.fill_issues(apps, connection.schema_editor())

    times = {issue.pk: (issue.status_since, issue.worked_at) for issue in Issue.objects.all()}
    assert times == {
        told.pk: (now + hours(1), now + hours(3)),
        moved.pk: (now + hours(4), now + hours(4)),
        fresh.pk: (now, now),
    }
