"""Messages that are no alerts: something made elsewhere, such as a report, to some people, once each.

They are rows of the outbox like all others, so `alerts.delivery` sends them, tries them again and confirms them.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from alerts.choices import MessageKind, MessageState
from alerts.digests import channels_for
from alerts.models import Enclosure, Message
from alerts.surroundings import Surroundings


@dataclass(slots=True)
class Planned:
    """What became of a mailing: how many new messages, and whom no channel reaches."""

    messages: int = 0
    there_already: int = 0
    unreached: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        words = [f"{self.messages} message(s) planned"]
        if self.there_already:
            words.append(f"{self.there_already} planned before")
        if self.unreached:
            words.append(f"no channel reaches {', '.join(self.unreached)}")
        return ", ".join(words)


def enclose(content: bytes, media_type: str, now: datetime) -> str:
    """Keep a picture for messages, once; the name by which bodies mean it."""
    sha256 = hashlib.sha256(content).hexdigest()
    Enclosure.objects.bulk_create(
        [Enclosure(sha256=sha256, media_type=media_type, content=content, created_at=now)],
        update_conflicts=True,
        unique_fields=["sha256"],
        update_fields=["created_at"],  # it is kept as long as the youngest message that shows it
    )
    return sha256


@transaction.atomic
def plan(owners: Iterable[int], *, kind: MessageKind, key: str, body: dict[str, object], now: datetime) -> Planned:
    """Put one message for each of these owners and each of their channels into the outbox.

    The key names the mailing; with the owner and the channel it is the key of a message, so that planning the same
    again adds nothing. Quiet hours put a message off.
    """
    around, planned = Surroundings.load(now), Planned()
    wanted = []
    for pk in owners:
        person = around.people.by_pk[pk]
        channels = channels_for(person, around.channels.values())
        if not channels:
            planned.unreached.append(person.name)
        wanted += [
            Message(
                kind=kind,
                channel=channel,
                recipient_id=person.pk,
                recipient_name=person.name,
                idempotency_key=f"{key}:owner:{person.pk}:{channel.pk}",
                state=MessageState.PLANNED,
                planned_at=now,
                due_at=around.outbox.quiet_until(person) or now,
                body=body,
            )
            for channel in channels
        ]
    before = Message.objects.filter(idempotency_key__in=[each.idempotency_key for each in wanted])
    there = set(before.values_list("idempotency_key", flat=True))
    new = [message for message in wanted if message.idempotency_key not in there]
    Message.objects.bulk_create(new, ignore_conflicts=True)
    planned.messages, planned.there_already = len(new), len(there)
    return planned
