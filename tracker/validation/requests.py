"""Ask for a validation run, and look after those that were asked for. Rows say what is to do; tasks only wake workers.

Runs have a queue and workers of their own: they take long, and alerts do not wait for them. A worker is woken for one
run at a time, so that what a person asks for does not stand behind the runs of the night.
"""

import logging
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Sum, When
from django.utils.translation import gettext, gettext_noop
from django_q.tasks import async_task

from tracker import audit
from tracker.choices import AuditVerb, Door, RunOutcome, RunSource, RunState, Status
from tracker.history import stamp
from tracker.models import Issue, ValidationHost, ValidationRun
from tracker.permissions import CHANGE, Actor, may
from tracker.refusals import Refused
from tracker.validation import concluding
from tracker.validation.planning import plan

logger = logging.getLogger(__name__)

TASK = "tracker.tasks.run_validation"
LOST_AFTER = timedelta(seconds=40)  # without a heartbeat
WAKE_AGAIN_AFTER = timedelta(minutes=2)
HOST_GONE_AFTER = timedelta(seconds=60)  # without a word of it
HOST_FORGOTTEN_AFTER = timedelta(days=1)
LEEWAY_SECONDS = 30
LOST = gettext_noop("What carried it out was ended from outside, so it shows nothing. Run the checks again.")
REPLACED = gettext_noop("Not signed off: the checks were asked for again.")


class RunRefused(Refused):
    """No run is made."""


def request_run(
    issue_id: int, *, actor: Actor, door: Door, now: datetime, source: RunSource = RunSource.WORKER
) -> ValidationRun:
    """Make a run of the issue's checks. A worker executes it, unless another source is named: then the caller does.

    Where nothing can be executed it begins at once and waits for sign-offs. Raises: RunRefused.
    """
    mark_lost(now)
    with transaction.atomic():
        run = opened(issue_id, actor=actor, door=door, now=now, source=source)
        planned = plan(run.issue)
        if not planned.checks:
            raise RunRefused(
                gettext("%(reference)s has no check: add one, and say what executes it.")
                % {"reference": run.issue.reference}
            )
        if not planned.executes:
            begin(ValidationRun.objects.filter(pk=run.pk), now)
            run.refresh_from_db()
            return concluding.conclude(run, now=now)
    if source == RunSource.WORKER:
        wake_next(now)
    return run


def opened(issue_id: int, *, actor: Actor, door: Door, now: datetime, source: RunSource) -> ValidationRun:
    """A queued run of the issue, when the person may have one and none is under way. In the caller's transaction."""
    issue = Issue.objects.locked(issue_id)
    unfinished = issue.validation_runs.exclude(state=RunState.FINISHED).first()
    reasons = [may(actor, CHANGE, issue)]
    if issue.status == Status.CANCELLED:
        reasons.append(gettext("%(reference)s is cancelled: reopen it first.") % {"reference": issue.reference})
    if unfinished and unfinished.state != RunState.WAITING:
        reasons.append(
            gettext("Validation run %(unfinished)s of %(reference)s is %(state)s: wait until it has ended.")
            % {"unfinished": unfinished.pk, "reference": issue.reference, "state": unfinished.state}
        )
    if found := [sentence for sentence in reasons if sentence]:
        raise RunRefused(found)
    if unfinished:
        concluding.break_off(unfinished, gettext(REPLACED), now=now)
    row = stamp(actor, door, now)
    asked = {"validation run": (None, source)}
    audit.record(AuditVerb.VALIDATE, issue, actor=actor, door=door, now=now, changes=asked)
    return issue.validation_runs.create(
        source=source,
        requested_by=row["actor"],
        requested_by_name=row["actor_name"],
        door=door,
        requested_at=now,
        heartbeat_at=None if source == RunSource.WORKER else now,  # while queued: when a worker was woken for it
    )


def claim(run_id: int, *, now: datetime) -> bool:
    """Take a queued run to carry it out; False when somebody else has it, or enough others are under way."""
    with transaction.atomic():
        queued = ValidationRun.objects.filter(pk=run_id, state=RunState.QUEUED)
        if queued.filter(source=RunSource.WORKER).exists() and not _has_room(now):
            queued.update(heartbeat_at=None)
            return False
        return bool(begin(queued, now))


def mark_lost(now: datetime) -> int:
    """End the runs of processes that give no sign of life any more, as errors; how many."""
    silent = Q(state=RunState.RUNNING) | Q(state=RunState.QUEUED) & ~Q(source=RunSource.WORKER)
    return ValidationRun.objects.filter(silent, heartbeat_at__lte=now - LOST_AFTER).update(
        state=RunState.FINISHED, outcome=RunOutcome.ERROR, heartbeat_at=None, finished_at=now, sentence=gettext(LOST)
    )


def wake_next(now: datetime) -> None:
    """Wake a worker for the next run that waits for one, when one is free: people go before the night."""
    woken_before = now - WAKE_AGAIN_AFTER  # what a worker was woken for so long ago was forgotten
    queued = ValidationRun.objects.filter(state=RunState.QUEUED, source=RunSource.WORKER)
    waiting = queued.filter(Q(heartbeat_at=None) | Q(heartbeat_at__lte=woken_before))
    people_first = Case(When(door=Door.TASK, then=1), default=0)
    with transaction.atomic():
        run = waiting.select_related("issue").order_by(people_first, "requested_at", "pk").first()
        if run and _has_room(now, queued.filter(heartbeat_at__gt=woken_before).count()):
            queued.filter(pk=run.pk).update(heartbeat_at=now)
            _wake(run.pk, plan(run.issue).seconds())


def look_after(now: datetime) -> int:
    """Mark lost runs, and wake a worker for one that waits; how many were lost."""
    lost = mark_lost(now)
    wake_next(now)
    return lost


def announce(host: str, *, workers: int, now: datetime) -> None:
    """Say that a host is here with so many workers for runs. Without a word of it, it counts as gone."""
    ValidationHost.objects.update_or_create(name=host, defaults={"workers": workers, "seen_at": now})
    ValidationHost.objects.filter(seen_at__lt=now - HOST_FORGOTTEN_AFTER).delete()


def is_here(host: str, now: datetime) -> bool:
    """Whether a host has said lately that it has workers for runs."""
    return ValidationHost.objects.filter(name=host, seen_at__gt=now - HOST_GONE_AFTER).exists()


def workers_here(now: datetime) -> int:
    """How many workers the hosts that are here have for runs; those of this host where none has said anything."""
    here = ValidationHost.objects.filter(seen_at__gt=now - HOST_GONE_AFTER)
    return here.aggregate(total=Sum("workers"))["total"] or settings.VALIDATION_WORKERS


def begin(queued: QuerySet[ValidationRun], now: datetime, *, started_at: datetime | None = None) -> int:
    """Let queued runs begin (`started_at`: or say when they did elsewhere); how many did.

    Counted before the work, so that work which kills its worker is seen.
    """
    begun = {"state": RunState.RUNNING, "started_at": started_at or now, "heartbeat_at": now}
    return queued.update(attempts=F("attempts") + 1, **begun)


def _has_room(now: datetime, woken: int = 0) -> bool:
    """Whether a worker of any host is free for another run, besides those for which workers were woken.

    Locks the runs, so that two claims do not both say yes.
    """
    unfinished = ValidationRun.objects.select_for_update().filter(
        source=RunSource.WORKER, state__in=(RunState.QUEUED, RunState.RUNNING)
    )
    running = list(unfinished.order_by("pk").values_list("state", flat=True)).count(RunState.RUNNING)
    return running + woken < workers_here(now)


def _wake(run_id: int, seconds: int) -> None:
    """Queue the task that carries the run out, with time for all of its checks."""
    timeout = min(max(settings.Q_TASK_TIMEOUT, seconds + LEEWAY_SECONDS), settings.VALIDATION_LONGEST)
    options = {"cluster": settings.VALIDATION_QUEUE, "timeout": timeout}
    transaction.on_commit(partial(async_task, TASK, run_id, q_options=options))
