"""Takes the steps that are due: who is told of which alert now, written down together with the messages that say so.

For any number of alerts the same number of queries, in batches of ten thousand. A step, its deliveries and the moment
of the next step are one transaction, so that none of them is there without the others, and whoever comes second finds
nothing to do.
"""

from dataclasses import replace
from datetime import datetime

from django.db import models, transaction
from django.db.models.functions import Cast

from alerts.choices import Event, Severity
from alerts.courses import courses
from alerts.escalation import Policy, Taken, due, next_at
from alerts.models import Alert, StepTaken
from alerts.outbox import Notice
from alerts.recipients import Start, responsible
from alerts.surroundings import COLUMNS, Open, Surroundings
from tracker.batches import write_each
from tracker.choices import Priority

BATCH = 10_000


@transaction.atomic(savepoint=False)
def take_steps(now: datetime, *, around: Surroundings | None = None) -> int:
    """Take the steps of all alerts that are due; how many steps. Alerts stay locked until the transaction ends.

    Who hands over surroundings writes their outbox in the end, and may put more into the same messages before.
    """
    taken, batch = 0, _due(now)
    shared, around = around, around or (Surroundings.load(now) if batch else None)
    while batch:
        taken += _take(batch, around)
        full = len(batch) == BATCH
        if full or not shared:
            around.outbox.write()
        batch = _due(now) if full else []
    return taken


def _due(now: datetime) -> list[Open]:
    """The next batch of alerts of which somebody is to be told, locked. Equal policies are kept once."""
    rows = (
        Alert.objects.step_due(now)
        .select_for_update(of=("self",))
        .annotate(
            frozen=Cast("policy", models.TextField()),
            responsible=responsible("issue__owner_id", issue="issue_id", analysis="analysis_id"),
        )
        .order_by("pk")
        .values_list(*COLUMNS)[:BATCH]
    )
    texts: dict[str, str] = {}
    return [Open(*row[:5], texts.setdefault(row[5], row[5]), *row[6:]) for row in rows.iterator()]


def _take(batch: list[Open], around: Surroundings) -> int:
    """Take the steps that are due of these alerts: rows of the steps, notices, and when the next one comes."""
    known = courses(batch)
    steps, changed = [], []
    for alert in batch:
        policy = around.policy(alert)
        course = known[alert.pk]
        now_due = due(policy, course, around.now)
        rows = [_tell(alert, step, policy, around.start(alert), around) for step in now_due]
        steps += rows
        now_due = [replace(step, heard=bool(row.recipient_name)) for step, row in zip(now_due, rows, strict=True)]
        highest = max([alert.level, *(step.level for step in now_due)])
        changed.append((alert.pk, highest, next_at(policy, course.with_taken(now_due), around.now)))
    StepTaken.objects.bulk_create(steps)
    write_each(Alert, ("level", "next_step_at"), changed)
    return len(steps)


def _tell(alert: Open, taken: Taken, policy: Policy, start: Start, around: Surroundings) -> StepTaken:
    """Put a step into the outbox, and give the row that says whom it told."""
    step = policy.step(taken.level)
    route = around.route(alert, start, step, policy.fallback)
    around.outbox.add(
        Notice(
            alert=alert.pk,
            event=Event.RAISED,
            level=taken.level,
            repeat=taken.repeat,
            target=target,
            alone=alert.severity == Severity.EMERGENCY,
            waits=step.held_by_quiet_hours and alert.priority != Priority.P0,
        )
        for target in route.targets
    )
    return StepTaken(
        alert_id=alert.pk,
        level=taken.level,
        repeat=taken.repeat,
        at=taken.at,
        recipient_id=route.recipient and route.recipient.pk,
        recipient_name=route.recipient.name if route.recipient else "",
        by_fallback=route.by_fallback,
    )
