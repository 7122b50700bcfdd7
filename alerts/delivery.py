"""The outbox: from a planned message to one that somebody has received, or to a reason why nobody has.

    planned ──► leased ──► sent
                  │  ▲
                  ▼  │         dead: refused for good, or its tries are used up; `resend` puts it back
                 retry ──►     moot: never tried, and everything it tells has ended meanwhile

A message is claimed by a conditional update that is committed before anything is sent, sent outside any transaction,
and confirmed by another update that holds only while the lease is still ours. So a worker killed at any instant loses
nothing: its lease runs out and the message is sent again, with the same idempotency key. What a try costs is counted
before it, so a message that kills its workers ends as well.
"""

import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext

from alerts import caps, channels, texts
from alerts.channels import Refused
from alerts.choices import MessageKind, MessageState
from alerts.models import Channel, Delivery, Message
from tracker import audit, refusals
from tracker.back_off import back_off
from tracker.choices import AuditVerb
from tracker.counts import Counts

logger = logging.getLogger(__name__)

FAILURES_IN_A_ROW = 3  # after which a channel is left alone until the next run: its other messages keep their tries
FREE = {"lease": "", "leased_until": None}
Clock = Callable[[], datetime]


class ResendRefused(refusals.Refused):
    """The message cannot be put back into the outbox."""


@dataclass(slots=True)
class Sent(Counts):
    """What became of the messages of one run. `lost`: another worker had taken them over before they were confirmed."""

    sent: int = 0
    retry: int = 0
    dead: int = 0
    moot: int = 0
    merged: int = 0
    lost: int = 0

    nothing: ClassVar[str] = "nothing due"


def send_due(clock: Clock, *, most: int | None = None, seconds: float | None = None) -> Sent:
    """Send what is due, one message at a time, until nothing is left that may be sent now.

    Any number of workers may do so at once. `most` limits the tries, `seconds` the time after which no other begins.
    Not within a transaction.
    """
    run = _Run(clock)
    end = None if seconds is None else time.monotonic() + seconds
    with channels.round_of_deliveries():
        while (most is None or run.tries < most) and (end is None or time.monotonic() < end):
            if not run.one():
                break
    return run.counts


def resend(message_id: int, *, actor: AbstractBaseUser | None, now: datetime) -> Message:
    """Put a message that could not be delivered back, with all its tries. Raises: ResendRefused."""
    put_back = Message.objects.dead().filter(pk=message_id)
    with transaction.atomic():
        if not put_back.update(state=MessageState.RETRY, attempts=0, due_at=now, requested_by=actor):
            raise ResendRefused(gettext("Only a message that could not be delivered is sent again."))
        message = Message.objects.get(pk=message_id)
        audit.record(AuditVerb.SEND, message, actor=actor, door=audit.SURROUNDINGS.get().door, now=now)
    return message


def send_test(channel: Channel, *, actor: AbstractBaseUser, clock: Clock) -> Message:
    """Send a test message now, to whom asks for it; its state and `answer` say what the channel said. Tried once."""
    now, lease = clock(), secrets.token_hex(16)
    owner = getattr(actor, "owner", None)
    with transaction.atomic():
        message = Message.objects.create(
            kind=MessageKind.TEST,
            channel=channel,
            recipient=owner,
            recipient_name=owner.name if owner else actor.get_username(),
            idempotency_key=f"test:{channel.pk}:{secrets.token_hex(8)}",
            state=MessageState.LEASED,
            planned_at=now,
            due_at=now,
            lease=lease,
            leased_until=now + timedelta(seconds=settings.SEND_LEASE_SECONDS),
            attempts=1,
            tried_at=now,
            requested_by=actor,
        )
        told = {"test message": (None, message.recipient_name)}
        audit.record(AuditVerb.SEND, channel, actor=actor, door=audit.SURROUNDINGS.get().door, now=now, changes=told)
    _try(message.pk, lease, clock)
    message.refresh_from_db()
    return message


class _Run:
    """One run of one worker: what it has counted, and which channels it leaves alone."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.counts = Sent()
        self.tries = 0
        self.failures: dict[int, int] = {}
        self.left_alone: set[int] = set()

    def one(self) -> bool:
        """Take the next message one step further; False when there is none."""
        now = self.clock()
        message = self._next(now)
        if message is None:
            return False
        lease = self._claim(message, now)
        if lease:
            self.tries += 1
            self._count(message.channel_id, _try(message.pk, lease, self.clock))
        return True

    def _next(self, now: datetime) -> Message | None:
        messages = Message.objects.of_awake_channels(now).exclude(channel__in=self.left_alone)
        abandoned = messages.abandoned(now).order_by("leased_until", "pk").first()
        return abandoned or messages.waiting(now).order_by("due_at", "pk").first()

    @transaction.atomic
    def _claim(self, message: Message, now: datetime) -> str:
        """Take the message for this worker alone; "" when it is not to be sent now, or another was faster.

        The row of the channel is locked, so that workers count and join its messages one after the other.
        """
        channel = Channel.objects.select_for_update(no_key=True).get(pk=message.channel_id)
        row = Message.objects.due(now).filter(pk=message.pk)
        message = row.select_for_update().first()  # waits for an evaluation that adds to it just now
        if message is None:
            return ""
        if reason := _reason_to_end(channel, message):
            self.counts.dead += row.update(state=MessageState.DEAD, answer=reason, **FREE)
            return ""
        if _is_moot(message):
            self.counts.moot += row.update(
                state=MessageState.MOOT, answer=gettext("Everything it tells has ended."), **FREE
            )
            return ""
        if caps.is_full(channel, now):
            self.counts.merged += caps.join_waiting(channel, now)
            self.left_alone.add(channel.pk)
            return ""
        lease = secrets.token_hex(16)
        row.update(
            state=MessageState.LEASED,
            lease=lease,
            leased_until=now + timedelta(seconds=settings.SEND_LEASE_SECONDS),
            attempts=F("attempts") + 1,
            tried_at=now,
        )
        return lease

    def _count(self, channel_id: int, end: "_End") -> None:
        setattr(self.counts, end.word, getattr(self.counts, end.word) + 1)
        self.failures[channel_id] = self.failures.get(channel_id, 0) + 1 if end.whole_channel else 0
        if self.failures[channel_id] >= FAILURES_IN_A_ROW:
            self.left_alone.add(channel_id)


@dataclass(frozen=True, slots=True)
class _End:
    """How a try ended: the name of its count, and whether the reason holds for the whole channel."""

    word: str
    whole_channel: bool = False


def _reason_to_end(channel: Channel, message: Message) -> str:
    if not channel.active:
        return gettext("The channel was switched off.")
    if message.attempts >= settings.SEND_ATTEMPTS:
        return gettext("No worker has ended any of its %(attempts)s tries.") % {"attempts": message.attempts}
    return ""


def _is_moot(message: Message) -> bool:
    """Whether nobody can have received it and nobody needs to any more."""
    if message.kind != MessageKind.ALERT or message.tried_at is not None:
        return False
    told = Message.objects.told_with(message.pk).values("pk")
    return not Delivery.objects.filter(message__in=told).still_news().exists()


def _try(message_id: int, lease: str, clock: Clock) -> _End:
    """Send a message that this worker has leased, and write down what came of it."""
    message = Message.objects.select_related("channel", "recipient", "requested_by").get(pk=message_id)
    try:
        answer = channels.send(message.channel, texts.envelope_of(message, clock()))
    except Refused as refused:
        return _refused(message, lease, refused, clock())
    except Exception as error:  # one of many; its text may quote a secret, so only its kind is told
        logger.error("Message %s failed with %s at %s.", message_id, type(error).__name__, _where(error))
        unknown = Refused(gettext("It could not be sent (%(kind)s).") % {"kind": type(error).__name__}, permanent=False)
        return _refused(message, lease, unknown, clock())
    held = Message.objects.filter(pk=message_id, lease=lease)
    sent = held.update(state=MessageState.SENT, sent_at=clock(), answer=answer.sentence, **FREE)
    return _End("sent" if sent else "lost")


def _refused(message: Message, lease: str, refused: Refused, now: datetime) -> _End:
    """Plan the next try, or end the message."""
    logger.warning("Message %s was not taken by %s. %s", message.pk, message.channel.name, refused.sentence)
    held = Message.objects.filter(pk=message.pk, lease=lease)
    if refused.retry_after and refused.whole_channel:
        _leave_alone(message.channel_id, now + refused.retry_after)
    if refused.permanent or message.kind == MessageKind.TEST or message.attempts >= settings.SEND_ATTEMPTS:
        ended = held.update(state=MessageState.DEAD, answer=refused.sentence, **FREE)
        return _End("dead" if ended else "lost", refused.whole_channel)
    wait = back_off(message.attempts, luck=secrets.randbelow(1000) / 1000)
    due_at = now + max(wait, refused.retry_after or timedelta(0))
    put_off = held.update(state=MessageState.RETRY, due_at=due_at, answer=refused.sentence, **FREE)
    return _End("retry" if put_off else "lost", refused.whole_channel)


def _leave_alone(channel_id: int, until: datetime) -> None:
    """Let no worker use a channel before the time that it has asked for."""
    earlier = Q(rests_until__isnull=True) | Q(rests_until__lt=until)
    Channel.objects.filter(earlier, pk=channel_id).update(rests_until=until)


def _where(error: Exception) -> str:
    """The file and line that raised an error."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "an unknown place"
