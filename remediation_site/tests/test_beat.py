import os
from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ, Schedule, Task

from remediation_site import beat, broker

pytestmark = pytest.mark.django_db

TOKEN = "aaaa"
SECOND = timedelta(seconds=1)
WORKERS = (os.getpid(), os.getppid())  # two processes that are alive


@pytest.fixture(autouse=True)
def times(settings):
    settings.BEAT_SECONDS, settings.BEAT_LIMIT_SECONDS = 10, 30


@pytest.fixture
def pulse():
    """A pulse that has just sent its first beat."""
    pulse = beat.Pulse(TOKEN, first_at=timezone.now())
    assert not pulse.is_lost(pulse.next_at)
    return pulse


@pytest.fixture
def steady_pulse(pulse):
    """A pulse whose first beat has come back and whose second has just been sent."""
    come_back(pulse.sent_id)
    assert not pulse.is_lost(pulse.sent_at)
    assert not pulse.is_lost(pulse.next_at)
    return pulse


def come_back(task_id: str, *, acknowledged: bool = True, at=None) -> None:
    at = at or timezone.now()
    Task.objects.create(id=task_id, name=task_id, group="beat", func="x", started=at, stopped=at, success=True)
    if acknowledged:
        OrmQ.objects.all().delete()


def begin(pid: int, *, seconds_ago: float = 1) -> None:
    lock = timezone.now() + broker.RETRY[broker.QUEUE] - timedelta(seconds=seconds_ago)
    OrmQ.objects.create(key=f"{broker.claim_key(TOKEN)}/{pid}", payload="x", lock=lock)


def test_one_beat_is_under_way_at_a_time(pulse):
    assert not pulse.is_lost(pulse.sent_at + 20 * SECOND)

    assert OrmQ.objects.count() == 1


def test_a_beat_that_comes_back_is_followed_by_the_next_after_a_pause(pulse):
    come_back(pulse.sent_id)
    now = pulse.sent_at + SECOND

    assert not pulse.is_lost(now)
    assert not pulse.is_lost(now + 9 * SECOND)
    assert OrmQ.objects.count() == 0
    assert not pulse.is_lost(now + 10 * SECOND)
    assert OrmQ.objects.count() == 1


def test_only_the_result_of_the_last_beat_is_kept(pulse):
    now = pulse.sent_at
    for _ in range(3):
        come_back(pulse.sent_id)
        assert not pulse.is_lost(now)
        now += 10 * SECOND
        assert not pulse.is_lost(now)

    assert list(Task.objects.values_list("id", flat=True)) == [pulse.last_id]


@pytest.mark.parametrize(("seconds", "lost"), [(29, False), (30, True)])
def test_a_beat_is_lost_at_its_limit(steady_pulse, seconds, lost):
    assert steady_pulse.is_lost(steady_pulse.sent_at + seconds * SECOND) is lost


@pytest.mark.parametrize(("seconds", "lost"), [(59, False), (60, True)])
def test_the_first_beat_leaves_the_cluster_time_to_start(pulse, seconds, lost):
    assert pulse.is_lost(pulse.sent_at + seconds * SECOND) is lost


def test_a_beat_that_is_not_acknowledged_has_not_come_back(steady_pulse):
    come_back(steady_pulse.sent_id, acknowledged=False)

    assert steady_pulse.is_lost(steady_pulse.sent_at + 30 * SECOND)


def test_a_beat_may_wait_while_all_workers_are_at_work(steady_pulse):
    for pid in WORKERS:
        begin(pid)

    assert not steady_pulse.is_lost(steady_pulse.sent_at + 30 * SECOND)


def test_one_worker_with_several_rows_is_one_at_work(steady_pulse):
    begin(WORKERS[0])
    begin(WORKERS[0])

    assert steady_pulse.is_lost(steady_pulse.sent_at + 30 * SECOND)


@pytest.mark.parametrize(("patience", "lost"), [(60, False), (30, True)])
def test_workers_whose_results_nobody_keeps_are_not_at_work(steady_pulse, settings, patience, lost):
    for pid in WORKERS:
        begin(pid, seconds_ago=100)
        begin(pid)  # its next task: since then the result of the first should have been kept
    steady_pulse.sent_at = timezone.now() - 60 * SECOND
    settings.BEAT_LIMIT_SECONDS = patience

    assert steady_pulse.is_lost(timezone.now() + 40 * SECOND) is lost


def test_a_dead_worker_is_not_at_work(steady_pulse):
    begin(WORKERS[0])
    begin(2**22 + 1)  # above the highest process id

    assert steady_pulse.is_lost(steady_pulse.sent_at + 30 * SECOND)


def test_a_worker_past_the_time_out_of_its_task_is_not_at_work(steady_pulse, settings):
    for pid in WORKERS:
        begin(pid, seconds_ago=settings.Q_TASK_TIMEOUT + 60)

    assert steady_pulse.is_lost(steady_pulse.sent_at + 30 * SECOND)


def test_a_worker_that_has_been_at_long_checks_for_hours_is_at_work(settings):
    pulse = beat.Pulse(TOKEN, first_at=timezone.now(), queue=broker.VALIDATION)
    assert not pulse.is_lost(pulse.next_at)
    key = f"{broker.claim_key(TOKEN, broker.VALIDATION)}/{os.getpid()}"
    begun_at = timezone.now() - timedelta(hours=5)
    row = OrmQ.objects.create(key=key, payload="x", lock=begun_at + broker.RETRY[broker.VALIDATION])

    assert not pulse.is_lost(pulse.sent_at + timedelta(hours=5))

    row.delete()
    assert pulse.is_lost(pulse.sent_at + timedelta(hours=5))


def test_the_age_counts_from_the_last_beat_of_any_cluster():
    now = timezone.now()
    come_back("old", at=now - 50 * SECOND)
    come_back("new", at=now - 5 * SECOND)

    assert beat.age_seconds(now) == 5


def test_workers_that_have_never_answered_are_not_well():
    assert beat.age_seconds(timezone.now()) is None
    assert not beat.workers_are_well(timezone.now())


@pytest.mark.parametrize(
    ("due", "since", "repeats", "rest"),
    [
        pytest.param(91, 200, -1, True, id="long due, and the cluster had time for it"),
        pytest.param(89, 200, -1, False, id="due for a moment"),
        pytest.param(91, 89, -1, False, id="due since before the cluster started"),
        pytest.param(91, 200, 0, False, id="a schedule that has ended"),
    ],
)
def test_schedules_that_nobody_starts_are_found(due, since, repeats, rest):
    now = timezone.now()
    Schedule.objects.create(name="x", func="x", next_run=now - due * SECOND, repeats=repeats)

    assert beat.schedules_rest(now, since=now - since * SECOND) is rest
