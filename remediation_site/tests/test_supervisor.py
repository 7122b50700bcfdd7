"""`manage.py up` with real processes that are really killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone
from django_q.models import OrmQ

from remediation_site import beat, broker
from remediation_site.cluster import Cluster
from remediation_site.tests.conftest import BASE_DIR, all_gone, run_manage
from remediation_site.tests.work import until
from tracker.guard import descendants, parent_of
from tracker.process_group import ProcessGroup

pytestmark = pytest.mark.process


def test_web_and_workers_run_below_one_supervisor(site):
    tree = site.tree()

    assert len(tree["guards"]) == 3
    assert len(tree["web"]) >= 2
    assert len(site.cluster_children()) == 4
    assert len(site.cluster_children("validation")) == 3  # one worker
    health = site.health()
    parts = ("ok", "database", "workers", "validation_workers")
    assert {part: health.get(part) for part in parts} == dict.fromkeys(parts, True)


def test_work_goes_on_after_idle_workers_are_killed(site):
    for worker in site.cluster_children()[:2]:  # one of them holds the queue's lock while it waits
        os.kill(worker, signal.SIGKILL)

    site.work_goes_on()


def test_work_goes_on_after_a_busy_worker_is_killed(site):
    os.kill(site.busy_worker(), signal.SIGKILL)

    site.work_goes_on()


def test_work_goes_on_after_the_whole_cluster_is_killed(site):
    before = {site.busy_worker(), *site.tree()["cluster"]}

    os.kill(min(before), signal.SIGKILL)  # the cluster's first process, which started the others

    site.work_goes_on()
    assert all_gone(before)


def test_a_cluster_whose_workers_are_all_at_work_is_left_alone(site):
    busy = {site.busy_worker("one"), site.busy_worker("two")}

    until(lambda: (site.health().get("worker_beat_age_seconds") or 0) > 8, what="the beat is past its limit")

    assert busy <= set(site.tree()["cluster"])
    assert site.health()["ok"] is True
    (site.folder / "one.end").touch()
    (site.folder / "two.end").touch()
    site.work_goes_on()


def test_an_idle_worker_for_validation_that_is_killed_is_replaced(site):
    before = site.cluster_children("validation")

    os.kill(before[0], signal.SIGKILL)  # it holds the queue's lock while it waits

    until(lambda: all_gone(set(before)), what="the stuck cluster is ended")
    until(lambda: len(site.cluster_children("validation")) == 3 and site.health().get("ok"), what="another one works")
    site.work_goes_on()


def test_a_killed_web_server_answers_again(site):
    master = min(site.tree()["web"])

    os.kill(master, signal.SIGKILL)

    until(lambda: master not in site.tree().get("web", [master]) and site.health(), what="the site answers")


def test_a_killed_guard_takes_its_processes_along_and_is_replaced(site):
    tree = site.tree()
    before = {*tree["cluster"], *tree["validation"], *tree["web"]}

    for guard in tree["guards"]:
        os.kill(guard, signal.SIGKILL)

    until(lambda: all_gone(before), what="the processes of the killed guards are gone")
    until(lambda: site.health().get("ok"), what="the site is well again")
    site.work_goes_on()


def test_a_killed_supervisor_leaves_nothing_behind(site):
    path = site.queue("leave_a_child", site.folder / "child")
    child = int(until(lambda: path.exists() and path.read_text()))
    site.busy_worker()
    tree = site.tree()
    everything = {child, *tree["guards"], *tree["web"], *tree["cluster"], *tree["validation"]}

    os.kill(site.process.pid, signal.SIGKILL)

    site.process.wait()
    until(lambda: all_gone(everything), seconds=10, what="all processes are gone")


def test_a_host_of_workers_alone_listens_nowhere_and_says_that_it_is_here(site_environment, tmp_path):
    alone = site_environment | {"HOST_NAME": "workers-alone"}
    command = [sys.executable, str(BASE_DIR / "manage.py"), "up", "--only", "workers", "validation"]
    with (tmp_path / "up.log").open("w") as log:
        process = subprocess.Popen(command, env=alone, stdout=log, stderr=log, start_new_session=True)
    try:
        until(lambda: run_manage("host_health", environment=alone).returncode == 0, seconds=120, what="both answer")
        elsewhere = run_manage("host_health", environment=alone | {"HOST_NAME": "another"})
        guards = [pid for pid in descendants(process.pid) if parent_of(str(pid)) == process.pid]
        assert len(guards) == 2
        assert (elsewhere.returncode, "another are not here" in elsewhere.stderr) == (1, True)
    finally:
        process.terminate()
        assert process.wait(timeout=60) == 0
    assert all_gone(set(guards))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_ends_everything_in_order(site, number):
    tree = site.tree()

    site.process.send_signal(number)

    assert site.process.wait(timeout=20) == 0
    assert all_gone({*tree["guards"], *tree["web"], *tree["cluster"], *tree["validation"]})


def test_a_task_that_outlasts_the_stop_goes_back_to_the_queue(site):
    worker = site.busy_worker()

    assert site.stop() == 0

    assert all_gone({worker})
    code = "from django_q.models import OrmQ; print(list(OrmQ.objects.values_list('key', flat=True)))"
    assert site.shell(code) == "['remediation']"


def test_a_busy_port_is_refused_in_one_sentence(site_environment):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        done = run_manage("up", "--port", port, environment=site_environment)

    assert done.returncode == 1
    assert "already in use" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_number_that_is_no_port_is_refused_in_one_sentence(site_environment):
    done = run_manage("up", "--port", "99999", environment=site_environment)

    assert done.returncode == 1
    assert "99999 is no port" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.django_db(transaction=True)  # the supervisor closes connections that are old
def test_a_database_that_does_not_answer_is_not_taken_for_stuck_workers():
    def refuse(*_arguments):
        raise DatabaseError("the server is gone")

    cluster = Cluster(broker.QUEUE)
    cluster.pulse = beat.Pulse("aaaa", first_at=timezone.now())
    assert cluster.beat_is_lost() is False
    cluster.pulse.sent_at -= timedelta(seconds=settings.BEAT_LIMIT_SECONDS) + beat.START_SLACK
    with connection.execute_wrapper(refuse):
        assert cluster.beat_is_lost() is False
    assert cluster.beat_is_lost() is False
    assert OrmQ.objects.filter(key="beat@aaaa").count() == 1  # the next one waits a little


def test_the_end_of_a_command_takes_what_it_has_started_along(tmp_path):
    path = tmp_path / "child"
    code = (
        "import subprocess, sys, pathlib; child = subprocess.Popen(['sleep', '600'], start_new_session=True);"
        f"pathlib.Path({str(path)!r}).write_text(str(child.pid)); sys.exit(7)"
    )

    group = ProcessGroup([sys.executable, "-c", code], environment=dict(os.environ))

    assert group.wait(time.monotonic() + 20)
    assert group.exit_code() == 7
    assert all_gone({int(path.read_text())})
    group.kill()
