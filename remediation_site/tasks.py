"""What the site itself runs later. Each is one line around a plain function, or no more than a function."""

from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_q.models import Schedule, Task

from remediation_site import broker
from remediation_site.api import idempotency, pace
from remediation_site.signin import throttle
from tracker import sealing


def beat() -> None:
    """Come back: that is all that a supervisor wants to know of its workers."""


def seal_audit() -> int:
    """Seal the rows of the audit; how many. It is due again when the scheduler looks next, every 30 seconds.

    A schedule of a minute alone would be up to half a minute late, and then rows wait longer than a minute.
    """
    now = timezone.now()
    sealed = sealing.seal(now)
    Schedule.objects.filter(func="remediation_site.tasks.seal_audit").update(next_run=now)
    return sealed


def purge_task_results() -> int:
    """Delete results that nobody looks at any more, and beats whose cluster is gone; how many results."""
    now = timezone.now()
    kept = {True: settings.KEEP_TASK_DAYS, False: settings.KEEP_FAILED_TASK_DAYS}
    broker.forget_the_gone(now)
    return sum(
        Task.objects.filter(success=success, stopped__lt=now - timedelta(days=days)).delete()[0]
        for success, days in kept.items()
    )


def purge_sign_ins() -> int:
    """Delete sessions that are over and failed attempts to sign in that count no more; how many rows."""
    now = timezone.now()
    return Session.objects.filter(expire_date__lt=now).delete()[0] + throttle.purge(now)


def purge_api() -> int:
    """Delete answers of the API that are not given again, and the pace of those who do not ask; how many rows."""
    now = timezone.now()
    return idempotency.purge(now) + pace.purge(now)
