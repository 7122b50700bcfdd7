from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from tracker.choices import Priority
from tracker.models import Issue, ReferenceDay
from tracker.references import next_references
from tracker.tests.racing import race


def next_one(priority, *, now):
    return next_references([priority], now=now)[0]


pytestmark = pytest.mark.django_db


def test_a_reference_is_the_priority_the_day_of_import_and_a_sequence(now):
    assert next_one(Priority.P0, now=now) == "P0-20260310-001"


def test_the_sequence_of_a_day_counts_across_priorities(now):
    assert next_references([Priority.P0, Priority.P2, Priority.P0], now=now) == [
        "P0-20260310-001",
        "P2-20260310-002",
        "P0-20260310-003",
    ]
    assert next_one(Priority.P3, now=now) == "P3-20260310-004"


def test_the_next_day_starts_again(now):
    next_references([Priority.P0] * 5, now=now)

    assert next_one(Priority.P0, now=now + timedelta(days=1)) == "P0-20260311-001"


def test_the_day_is_that_of_the_sites_zone_whatever_zone_the_viewer_has(settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    timezone.get_default_timezone.cache_clear()
    late_in_utc = datetime(2026, 3, 10, 11, 30, tzinfo=UTC)  # 00:30 on the 11th there
    try:
        with timezone.override("America/Los_Angeles"):
            assert next_one(Priority.P1, now=late_in_utc) == "P1-20260311-001"
    finally:
        timezone.get_default_timezone.cache_clear()


def test_the_sequence_grows_past_999(now):
    ReferenceDay.objects.create(day=now.date(), last=998)

    assert next_references([Priority.P1] * 3, now=now) == ["P1-20260310-999", "P1-20260310-1000", "P1-20260310-1001"]


def test_a_reference_is_not_used_again_after_its_issue_is_deleted(now, make_issue):
    make_issue(reference=next_one(Priority.P1, now=now))
    Issue.objects.all().delete()

    assert next_one(Priority.P1, now=now) == "P1-20260310-002"


def test_a_number_that_was_rolled_back_collides_with_nothing(now, make_issue):
    make_issue(reference=next_one(Priority.P1, now=now))
    with transaction.atomic():
        next_references([Priority.P1] * 4, now=now)
        transaction.set_rollback(True)

    make_issue(reference=next_one(Priority.P1, now=now))

    assert sorted(Issue.objects.values_list("reference", flat=True)) == ["P1-20260310-001", "P1-20260310-002"]


def test_a_lost_day_is_made_again_from_the_issues_that_are_there(now, make_issue):
    for number in ("P0-20260310-007", "P3-20260310-1002", "P1-20260309-5000"):
        make_issue(reference=number)

    assert next_one(Priority.P2, now=now) == "P2-20260310-1003"


def test_no_references_leave_no_trace(now):
    assert next_references([], now=now) == []
    assert not ReferenceDay.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_twenty_imports_at_once_neither_collide_nor_skip_a_document(tmp_path):
    answers = race("import another", 20, tmp_path)

    numbers = Counter(int(reference.rpartition("-")[2]) for answer in answers for reference in answer.split())
    assert numbers == Counter(range(1, 41))
