import ast
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Schedule

from alerts.choices import ChannelKind
from alerts.models import Alert, Channel, Delivery, Tick
from remediation_site.schedules import SCHEDULES, Row, sync
from remediation_site.tests.test_layering import SOURCES
from tracker.choices import Priority

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


AGAIN = {  # what is queued and is no schedule itself, and the schedule that finds out what was lost
    "tracker.tasks.run_validation": "tracker.tasks.look_after_validation",
    "remediation_site.tasks.beat": "",  # the supervisor misses it and sends another
}


def test_nothing_relies_on_the_queue_keeping_a_task():
    names = re.compile(r"(tracker|alerts|dashboard|remediation_site)(\.\w+)*\.tasks\.\w+")
    queued = {
        node.value
        for module, tree in SOURCES.items()
        if module != "remediation_site.schedules" and "async_task" in ast.unparse(tree)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and names.fullmatch(node.value)
    }
    scheduled = {row.function for row in SCHEDULES}

    assert {"alerts.tasks.deliver_messages", *AGAIN} <= queued
    assert queued - set(AGAIN) <= scheduled
    assert {function for function in AGAIN.values() if function} <= scheduled


@pytest.mark.django_db(transaction=True)
def test_what_two_hosts_start_at_once_is_done_once(make_issue, make_owner):
    Channel.objects.create(name="Log of two hosts", kind=ChannelKind.LOG, per_minute=600)
    late = timezone.now() - timedelta(hours=1)
    make_issue(owner=make_owner(), priority=Priority.P0, deadline=late, original_deadline=late)
    start = threading.Barrier(2)

    def run(row: Row) -> None:
        start.wait(60)
        try:
            import_string(row.function)()
        finally:
            connections.close_all()

    for row in (*SCHEDULES, *SCHEDULES):
        with ThreadPoolExecutor(2) as hosts:
            list(hosts.map(run, (row, row)))  # raises what one of them raised

    assert Alert.objects.filter(rule="overdue").count() == 1
    told = list(Delivery.objects.filter(alert__rule="overdue").values_list("level", "repeat", "channel"))
    assert told
    assert len(told) == len(set(told))
    assert not Tick.objects.exclude(error="").exists()
