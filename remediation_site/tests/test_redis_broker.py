"""Tasks that wait in a real Redis: what is known of them in rows, and what happens while it is away."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.models import OrmQ

from remediation_site import beat, broker, redis_broker
from remediation_site.tests.conftest import redis_running, run_manage
from remediation_site.tests.work import until
from tracker.tests.servers import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.process]

OWN, OTHER = "aaaa", "bbbb"


@pytest.fixture(autouse=True)
def own_cluster(settings, redis_url):
    settings.CLUSTER_TOKEN, settings.REDIS_URL = OWN, redis_url


def queue(name: str = broker.QUEUE, payload: str = "x") -> None:
    redis_broker.RedisBroker(name).enqueue(payload)


def take(name: str = broker.QUEUE) -> list:
    return redis_broker.RedisBroker(name).dequeue() or []


def begin(name: str = broker.QUEUE) -> int:
    queue(name)
    ((row, _),) = take(name)
    broker.mark_begun({"ack_id": row, "cluster": name})
    return row


def test_a_task_is_taken_once_and_the_oldest_is_next():
    queue(payload="first")
    queue(payload="second")
    assert not OrmQ.objects.exists()

    assert [payload for _, payload in [*take(), *take()]] == ["first", "second"]
    assert take() == []


def test_a_queue_of_its_own_is_left_alone_by_the_other_workers():
    queue(broker.VALIDATION)

    assert take() == []
    assert len(take(broker.VALIDATION)) == 1


def test_an_own_beat_goes_first_and_that_of_another_cluster_is_left_to_it():
    queue()
    queue(broker.beat_key(OTHER), "beat of another")
    queue(broker.beat_key(OWN), "own beat")

    assert [payload for _, payload in [*take(), *take()]] == ["own beat", "x"]
    assert take() == []
    assert broker.beat_waits(OTHER)


def test_who_is_at_work_is_known_until_the_result_is_kept_whatever_redis_forgets(settings):
    row, now = begin(), timezone.now()
    redis_broker.server(settings.REDIS_URL).flushall()

    assert beat.workers_at_work(OWN, now) == 1
    assert list(broker.begun(OWN, since=now - timedelta(minutes=1))) == [row]

    redis_broker.RedisBroker(broker.QUEUE).acknowledge(row)

    assert beat.workers_at_work(OWN, now) == 0


def test_what_an_ended_cluster_had_taken_is_taken_by_another(settings):
    row = begin()
    broker.give_back(OWN, begun_rows={row}, now=timezone.now())
    settings.CLUSTER_TOKEN = OTHER

    assert take() == [(row, "x")]


def test_a_cluster_whose_workers_are_all_busy_leaves_the_rest_to_other_hosts(settings):
    begin(broker.VALIDATION)
    queue(broker.VALIDATION)
    queue(broker.beat_key(OWN), "own beat")
    assert [payload for _, payload in take(broker.VALIDATION)] == ["own beat"]
    assert take(broker.VALIDATION) == []

    settings.CLUSTER_TOKEN = OTHER

    assert len(take(broker.VALIDATION)) == 1


def test_a_redis_that_is_away_stops_nothing_and_is_told_without_its_address(settings, tmp_path, caplog):
    port = free_port()
    settings.REDIS_URL = f"redis://:hunter2@127.0.0.1:{port}/3"

    queue()
    assert take() == []
    queue(broker.beat_key(OWN), "own beat")
    assert len(take()) == 1

    assert "A task was not queued; a schedule does later what is still to do." in caplog.text
    assert "hunter2" not in caplog.text
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/3"
    with redis_running(port, tmp_path):
        until(lambda: queue() or take(), seconds=20, what="the queue takes tasks again")


def test_the_setting_decides_where_tasks_wait_on_the_whole_site(settings, tmp_path):
    code = (
        "from django_q.tasks import async_task; from django_q.brokers import get_broker;"
        "async_task('remediation_site.tasks.beat'); print(get_broker().info())"
    )
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/none.sqlite3", "ENV_FILE": "tests.env"}

    done = run_manage("shell", "--no-imports", "-c", code, environment=environment | {"REDIS_URL": settings.REDIS_URL})

    assert done.stdout.strip() == "Redis", done.stderr
    assert redis_broker.server(settings.REDIS_URL).llen(redis_broker.list_of(broker.QUEUE)) == 1
    assert get_broker().info() == "ORM default"
