from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Schedule

from remediation_site.schedules import SCHEDULES, Row, sync

pytestmark = pytest.mark.django_db

HOURLY = Row("look", "remediation_site.tasks.beat", timedelta(hours=1))


@pytest.mark.parametrize("row", SCHEDULES, ids=lambda row: row.name)
def test_every_scheduled_function_exists_and_needs_no_argument(row):
    import_string(row.function)()


def test_a_second_sync_changes_nothing():
    assert sync((HOURLY,)) == 1
    before = list(Schedule.objects.values())

    assert sync((HOURLY,)) == 0

    assert list(Schedule.objects.values()) == before


def test_a_changed_row_keeps_its_next_run():
    sync((HOURLY,))
    next_run = timezone.now() + timedelta(minutes=20)
    Schedule.objects.update(next_run=next_run)

    sync((Row("look", HOURLY.function, timedelta(hours=2)),))

    schedule = Schedule.objects.get()
    assert (schedule.minutes, schedule.next_run) == (120, next_run)


def test_an_interval_that_was_made_shorter_does_not_wait_for_the_end_of_the_long_one():
    sync((HOURLY,))
    Schedule.objects.update(next_run=timezone.now() + timedelta(minutes=50))

    sync((Row("look", HOURLY.function, timedelta(minutes=1)),))

    assert Schedule.objects.get().next_run <= timezone.now() + timedelta(minutes=1)


def test_schedules_that_the_table_does_not_have_are_removed():
    Schedule.objects.create(name="by hand", func="os.abort")
    Schedule.objects.create(name=None, func="os.abort")
    sync((HOURLY,))
    Schedule.objects.create(name="look", func="os.abort")  # the name is not unique in the database

    sync((HOURLY,))

    assert [schedule.func for schedule in Schedule.objects.all()] == [HOURLY.function]
