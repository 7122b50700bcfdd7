import os
from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from remediation_site import broker

pytestmark = pytest.mark.django_db

OWN, OTHER = "aaaa", "bbbb"


@pytest.fixture(autouse=True)
def own_cluster(settings):
    settings.CLUSTER_TOKEN = OWN


def queue(key: str = broker.QUEUE, *, seconds: int = -1) -> OrmQ:
    return OrmQ.objects.create(key=key, payload="x", lock=timezone.now() + timedelta(seconds=seconds))


def taken() -> list[int]:
    return [row_id for row_id, _ in broker.SiteBroker().dequeue() or []]


def test_a_row_is_taken_once_under_the_name_of_its_cluster():
    row = queue()

    assert taken() == [row.pk]
    assert taken() == []

    row.refresh_from_db()
    assert row.key == f"remediation@{OWN}"
    assert row.lock > timezone.now() + broker.RETRY[broker.QUEUE] - timedelta(seconds=60)


def test_a_cluster_whose_workers_are_all_busy_leaves_the_rest_to_other_hosts():
    for pid in (os.getpid(), os.getppid()):
        queue(f"{broker.claim_key(OWN)}/{pid}", seconds=600)
    queue()

    assert taken() == []


@pytest.mark.parametrize(
    ("key", "seconds"),
    [
        pytest.param(f"{broker.claim_key(OWN)}/{2**22 + 1}", 1500, id="by a worker that was killed"),
        pytest.param(broker.claim_key(OWN), 1400, id="by what was killed before a worker began it"),
    ],
)
def test_what_was_taken_and_is_not_worked_on_keeps_no_worker_busy(key, seconds):
    queue(key, seconds=seconds)
    queue(key, seconds=seconds)
    row = queue()

    assert taken() == [row.pk]


def test_an_own_beat_goes_before_everything_and_keeps_its_key():
    queue(seconds=-60)
    row = queue(broker.beat_key(OWN))

    assert taken() == [row.pk]

    row.refresh_from_db()
    assert row.key == broker.beat_key(OWN)


def test_the_beat_of_another_cluster_is_left_to_it():
    queue(broker.beat_key(OTHER))

    assert taken() == []


def test_the_oldest_row_is_next():
    older, newer = queue(seconds=-1), queue(seconds=-60)

    assert [*taken(), *taken()] == [older.pk, newer.pk]


def test_a_claim_of_a_lost_cluster_is_taken_over_when_it_has_run_out():
    row = queue(broker.claim_key(OTHER), seconds=-1)
    queue(f"{broker.claim_key(OTHER)}/77", seconds=60)

    assert taken() == [row.pk]
    assert taken() == []


def test_an_ended_cluster_gives_back_its_own_rows_alone():
    now = timezone.now()
    waiting, running = queue(broker.claim_key(OWN), seconds=600), queue(f"{broker.claim_key(OWN)}/1", seconds=600)
    fatal = queue(f"{broker.claim_key(OWN)}/2", seconds=600)
    foreign = queue(broker.claim_key(OTHER), seconds=600)
    queue(broker.beat_key(OWN))

    assert broker.give_back(OWN, begun_rows={running.pk}, now=now) == 2

    free = OrmQ.objects.filter(key=broker.QUEUE, lock__lte=now)
    assert set(free) == {waiting, running}
    assert set(OrmQ.objects.all()) - set(free) == {fatal, foreign}


def test_a_begun_row_names_its_process_and_its_retry_clock_starts_anew():
    row = queue(broker.claim_key(OWN), seconds=1)

    broker.mark_begun({"ack_id": row.pk, "cluster": "remediation"})

    assert list(broker.begun(OWN, since=timezone.now() - timedelta(seconds=60))) == [row.pk]
    assert broker.begun_anywhere(since=timezone.now() - timedelta(seconds=60)) == 1
    assert broker.begun(OWN, since=timezone.now() + timedelta(seconds=60)) == {}


def test_long_checks_are_in_a_queue_that_the_other_workers_do_not_take_from():
    row = queue(broker.VALIDATION)

    assert taken() == []
    assert [pk for pk, _ in broker.SiteBroker(broker.VALIDATION).dequeue()] == [row.pk]

    row.refresh_from_db()
    assert row.key == f"validation@{OWN}"


def test_what_works_on_long_checks_is_at_work_for_days_and_is_given_back_to_its_own_queue():
    row = queue(broker.claim_key(OWN, broker.VALIDATION), seconds=1)
    broker.mark_begun({"ack_id": row.pk, "cluster": broker.VALIDATION})
    days_ago = timezone.now() - timedelta(days=5)

    assert list(broker.begun(OWN, since=days_ago, queue=broker.VALIDATION)) == [row.pk]
    assert broker.begun_anywhere(since=days_ago, queue=broker.VALIDATION) == 1
    assert broker.begun_anywhere(since=days_ago) == 0

    assert broker.give_back(OWN, begun_rows={row.pk}, now=timezone.now()) == 0
    assert broker.give_back(OWN, begun_rows={row.pk}, now=timezone.now(), queue=broker.VALIDATION) == 1
    row.refresh_from_db()
    assert row.key == broker.VALIDATION
