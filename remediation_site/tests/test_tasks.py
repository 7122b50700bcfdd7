from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ, Schedule, Task

from remediation_site import broker
from remediation_site.tasks import purge_task_results, seal_audit
from tracker import audit

pytestmark = pytest.mark.django_db


def make_result(name: str, *, days: int, success: bool = True) -> None:
    at = timezone.now() - timedelta(days=days)
    Task.objects.create(id=name, name=name, func="x.y", started=at, stopped=at, success=success)


def test_results_are_kept_for_their_days_and_failures_longer(settings):
    settings.KEEP_TASK_DAYS, settings.KEEP_FAILED_TASK_DAYS = 7, 90
    make_result("fresh", days=6)
    make_result("old", days=8)
    make_result("failed", days=89, success=False)
    make_result("failed long ago", days=91, success=False)

    assert purge_task_results() == 2

    assert set(Task.objects.values_list("id", flat=True)) == {"fresh", "failed"}


def test_a_beat_whose_cluster_is_gone_does_not_stay_for_ever():
    now = timezone.now()
    fresh = OrmQ.objects.create(key=broker.beat_key("aaaa"), payload="x", lock=now)
    OrmQ.objects.create(key=broker.beat_key("bbbb"), payload="x", lock=now - timedelta(hours=25))
    waiting = OrmQ.objects.create(key=broker.QUEUE, payload="x", lock=now - timedelta(days=9))

    purge_task_results()

    assert set(OrmQ.objects.all()) == {fresh, waiting}


@pytest.mark.django_db
def test_the_audit_is_sealed_and_that_is_due_again_when_the_scheduler_looks_next(now):
    soon = timezone.now() + timedelta(minutes=1)
    Schedule.objects.create(name="seal the audit", func="remediation_site.tasks.seal_audit", next_run=soon)
    audit.record("change", audit.Target("x.y", "1", "Y"), actor=None, door="task", now=now)

    assert seal_audit() == 1

    assert Schedule.objects.get().next_run <= timezone.now()
