"""How many messages a channel is given in a minute, and how the rest becomes one message for each recipient.

Called while the row of the channel is locked.
"""

from collections import defaultdict
from datetime import datetime, timedelta

from alerts.choices import MessageState
from alerts.models import Channel, Message

MINUTE = timedelta(minutes=1)
MOST_LOOKED_AT = 1000
MOST_JOINED = 100  # messages in one: receivers take no documents of any length


def is_full(channel: Channel, now: datetime) -> bool:
    """Whether the channel was given as many messages in the last minute as it takes."""
    return Message.objects.tried_since(channel.pk, now - MINUTE).count() >= channel.per_minute


def join_waiting(channel: Channel, now: datetime) -> int:
    """Join the messages that wait for each recipient of the channel to the first of them; how many were joined."""
    waiting = Message.objects.joinable(now).filter(channel=channel).order_by("due_at", "pk")
    groups: dict[int | None, list[int]] = defaultdict(list)
    for pk, recipient in waiting.values_list("pk", "recipient")[:MOST_LOOKED_AT]:
        groups[recipient].append(pk)
    joined = 0
    for group in groups.values():
        for start in range(0, len(group), MOST_JOINED):
            first, *rest = group[start : start + MOST_JOINED]
            others = Message.objects.filter(pk__in=rest, state=MessageState.PLANNED)
            joined += others.update(state=MessageState.MERGED, merged_into=first)
    return joined
