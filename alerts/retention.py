"""What the outbox forgets: messages that came to their end long ago, once no open alert needs them any more.

An alert, its steps and who acknowledged it stay for ever; only that a mail about it went out at a certain minute does
not. What is still needed stays however old it is: messages on their way, those of open alerts (they say who knows),
those of an end that nobody was told of yet, and those with which a younger one was joined.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from alerts.choices import MessageState
from alerts.models import Delivery, Enclosure, Message

ENDED = (MessageState.SENT, MessageState.DEAD, MessageState.MERGED, MessageState.MOOT)
AT_ONCE = 500
Clock = Callable[[], datetime]


def purge_messages(clock: Clock, *, seconds: float) -> int:
    """Delete messages older than KEEP_MESSAGE_DAYS with what they told; how many. The next run goes on."""
    before = clock() - timedelta(days=settings.KEEP_MESSAGE_DAYS)
    end, deleted = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        # In the order of the index: in that of the keys a run without work would read every message.
        found = list(old(before).order_by("planned_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
        gone = _delete(found, before) if found else 0
        if not gone:
            break
        deleted += gone
    Enclosure.objects.filter(created_at__lt=before).delete()
    return deleted


def old(before: datetime) -> QuerySet[Message]:
    """Messages that were planned before then and that nothing needs any more."""
    told = Delivery.objects.filter(message=OuterRef("pk"))
    needed = told.filter(Q(alert__resolved_at__isnull=True) | Q(alert__resolution_told=False))
    joined = Message.objects.filter(merged_into=OuterRef("pk"))
    carries = joined.filter(Q(planned_at__gte=before) | Exists(needed))
    ended = Message.objects.filter(planned_at__lt=before, state__in=ENDED)
    return ended.filter(~Exists(needed), ~Exists(carries))


@transaction.atomic
def _delete(found: list[int], before: datetime) -> int:
    """Delete those of them that are still old: one may have been sent again meanwhile."""
    still = list(old(before).filter(pk__in=found).select_for_update(of=("self",)).values_list("pk", flat=True))
    Delivery.objects.filter(message__in=still).delete()
    Message.objects.filter(pk__in=still).delete()
    return len(still)
