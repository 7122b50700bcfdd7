"""Tells those who were told of an alert that it is over: once, by the channels by which they were told.

Whoever cannot have received anything is told nothing: a message that nobody has tried to send leaves out what has ended
meanwhile. Such messages are locked until the transaction ends, so that none of them is sent before this is written.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q
from django.db.models.functions import Coalesce

from alerts.choices import Event, Level
from alerts.models import Alert, Delivery, Message
from alerts.outbox import Notice
from alerts.policies import kept_policy
from alerts.recipients import Person
from alerts.routing import Target
from alerts.surroundings import Surroundings
from tracker.choices import Priority

BATCH = 10_000


@transaction.atomic(savepoint=False)
def tell_resolutions(now: datetime, *, around: Surroundings | None = None) -> int:
    """Put the notices that alerts are over into the outbox; how many. Each person and place is told once.

    Who hands over surroundings writes their outbox in the end.
    """
    told, batch = 0, _ended()
    shared, around = around, around or (Surroundings.load(now) if batch else None)
    while batch:
        notices = _notices(batch, around)
        around.outbox.add(notices)
        Alert.objects.filter(pk__in=batch).update(resolution_told=True)
        told += len(notices)
        full = len(batch) == BATCH
        if full or not shared:
            around.outbox.write()
        batch = _ended() if full else {}
    return told


def _ended() -> dict[int, tuple[str, dict]]:
    """The next batch of alerts that are over, locked: priority and kept policy by key."""
    rows = Alert.objects.end_to_tell().select_for_update().order_by("pk").values_list("pk", "priority", "policy")
    return {pk: (priority, policy) for pk, priority, policy in rows[:BATCH]}


def _notices(batch: dict[int, tuple[str, dict]], around: Surroundings) -> list[Notice]:
    found = []
    for alert, channel, key, level in _told(batch):
        target = _target(channel, key, around)
        if target:
            priority, policy = batch[alert]
            step = kept_policy(policy, priority).step(Level(level))
            waits = priority != Priority.P0 and (step is None or step.held_by_quiet_hours)
            found.append(Notice(alert, Event.RESOLVED, Level(level), 0, target, alone=False, waits=waits))
    return found


def _told(batch: dict[int, tuple[str, dict]]) -> list[tuple[int, int, str, int]]:
    """Who may have received something of these alerts: (alert, channel, key of the recipient, highest level)."""
    raised = Delivery.objects.filter(alert__in=batch, event=Event.RAISED).order_by()
    carriers = raised.annotate(carrier=Coalesce("message__merged_into", "message")).values("carrier")
    # One that somebody else has locked is being sent or joined just now: its recipient may receive it.
    nobody = Message.objects.not_received().filter(pk__in=carriers).select_for_update(skip_locked=True).order_by("pk")
    unread = [message.pk for message in nobody.only("pk")]
    received = raised.exclude(Q(message__in=unread) | Q(message__merged_into__in=unread)) if unread else raised
    return list(received.values_list("alert_id", "channel_id", "recipient_key").annotate(level=Max("level")))


def _target(channel: int, key: str, around: Surroundings) -> Target | None:
    """Where a notice goes; None when that channel or person cannot be reached any more."""
    if channel not in around.channels:
        return None
    person = _person(key, around)
    if key and not (person and person.is_reached_by(around.channels[channel].kind)):
        return None
    return Target(channel, person)


def _person(key: str, around: Surroundings) -> Person | None:
    return around.people.by_pk.get(int(key.removeprefix("owner:"))) if key else None
