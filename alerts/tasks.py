"""What alerts do by themselves. A task reads the clock and calls."""

from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from alerts import delivery, evaluate, heartbeat, retention

PURGE_SECONDS = 100
DELIVERY_SECONDS = 50  # of one run: the next begins within a minute, and the other worker is free to evaluate


def evaluate_alerts() -> str:
    """Open, resolve and escalate what should be now, wake a worker to send, and tell the outside that it was done."""
    tick = evaluate.evaluate(timezone.now())
    transaction.on_commit(partial(async_task, "alerts.tasks.deliver_messages"))
    heartbeat.send()
    return str(tick)


def deliver_messages() -> str:
    """Send what is due; the next run goes on."""
    return str(delivery.send_due(timezone.now, seconds=min(DELIVERY_SECONDS, settings.Q_TASK_TIMEOUT / 2)))


def purge_ticks() -> int:
    """Delete the rows of evaluations that are long past."""
    return evaluate.purge_ticks(timezone.now())


def purge_messages() -> int:
    """Delete the messages that came to their end long ago."""
    return retention.purge_messages(timezone.now, seconds=min(PURGE_SECONDS, settings.Q_TASK_TIMEOUT / 2))
