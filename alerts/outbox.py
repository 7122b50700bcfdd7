"""What one evaluation puts into the outbox: one message for each person and channel, whatever happened to how many.

Nothing is sent here: `alerts.delivery` sends what is due, outside of any transaction.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from alerts.choices import Event, Level, MessageKind, MessageState
from alerts.models import Delivery, Message, QuietHours
from alerts.quiet import quiet_until
from alerts.recipients import Person
from alerts.routing import Target

MOST_ALONE = 5  # emergencies that one evaluation sends alone to one person by one channel


@dataclass(frozen=True, slots=True)
class Notice:
    """One alert told to one target for one step. `alone`: it is an emergency, which is sent alone as well.

    When an evaluation has more of them than MOST_ALONE for the same target, the others are in the common message only.
    """

    alert: int
    event: Event
    level: Level
    repeat: int
    target: Target
    alone: bool
    waits: bool  # for the end of the person's quiet hours


@dataclass(frozen=True, slots=True)
class Bundle:
    """What goes into one message: everything for a person and channel, held back or not, or an emergency alone."""

    channel: int
    person: int | None
    held: bool = False
    alert: int | None = None  # the emergency that is alone


@dataclass
class Outbox:
    """The messages of one evaluation. `write` may be called several times: what comes later joins them."""

    now: datetime
    kept: Mapping[int, list[QuietHours]]
    messages: dict[Bundle, Message] = field(default_factory=dict)
    _quiet: dict[int, datetime | None] = field(default_factory=dict)
    _notices: list[Notice] = field(default_factory=list)

    @classmethod
    def load(cls, now: datetime) -> "Outbox":
        """The outbox of an evaluation, in two queries: the quiet hours of everybody, and what they hold back already.

        A message that is held back is locked until the transaction ends, so that nobody sends it while it grows.
        """
        kept: dict[int, list[QuietHours]] = {}
        for hours in QuietHours.objects.order_by():
            kept.setdefault(hours.owner_id, []).append(hours)
        held = Message.objects.held_back(now).select_for_update().order_by("pk")
        return cls(now, kept, {Bundle(each.channel_id, each.recipient_id, held=True): each for each in held})

    def add(self, notices: Iterable[Notice]) -> None:
        """Put notices into the outbox; `write` stores them."""
        self._notices += notices

    def write(self) -> None:
        """Store what was added, in two statements, none when nothing was."""
        new: dict[Bundle, Message] = {}
        parts = [(bundle, notice) for notice in self._notices for bundle in self._bundles(notice)]
        left_out = _said_alone(parts) | self._too_many_alone(bundle for bundle, _ in parts)
        parts = [part for part in parts if part[0] in self.messages or part[0] not in left_out]
        for bundle, notice in parts:
            if bundle not in self.messages and bundle not in new:
                new[bundle] = self._message(bundle, notice)
        Message.objects.bulk_create(new.values())
        self.messages |= new
        Delivery.objects.bulk_create(_delivery(self.messages[bundle], bundle, notice) for bundle, notice in parts)
        self._notices = []

    def _bundles(self, notice: Notice) -> list[Bundle]:
        """The messages that a notice is part of: one for the person and channel, and for an emergency one of its own.

        What waits for the end of quiet hours goes out as one message then, emergencies too.
        """
        person = notice.target.person and notice.target.person.pk
        if self._held_until(notice):
            return [Bundle(notice.target.channel, person, held=True)]
        together = Bundle(notice.target.channel, person)
        return [together, replace(together, alert=notice.alert)] if notice.alone else [together]

    def _too_many_alone(self, bundles: Iterable[Bundle]) -> set[Bundle]:
        """The emergencies that are not sent alone because the target gets so many that they would hide each other.

        Those that were found first are kept. The others are told as well, by the message for everything.
        """
        alone: dict[Bundle, list[Bundle]] = {}
        for bundle in dict.fromkeys((*self.messages, *bundles)):
            if bundle.alert is not None:
                alone.setdefault(replace(bundle, alert=None), []).append(bundle)
        return {bundle for found in alone.values() for bundle in found[MOST_ALONE:]}

    def quiet_until(self, person: Person) -> datetime | None:
        """The end of the quiet hours in which the person is now, or None."""
        if person.pk not in self._quiet:
            self._quiet[person.pk] = quiet_until(self.kept.get(person.pk, ()), person.zone, self.now)
        return self._quiet[person.pk]

    def _held_until(self, notice: Notice) -> datetime | None:
        person = notice.target.person
        return self.quiet_until(person) if notice.waits and person else None

    def _message(self, bundle: Bundle, notice: Notice) -> Message:
        person = notice.target.person
        return Message(
            kind=MessageKind.ALERT,
            channel_id=notice.target.channel,
            recipient_id=person and person.pk,
            recipient_name=person.name if person else "",
            idempotency_key=new_key(),
            state=MessageState.PLANNED,
            planned_at=self.now,
            due_at=self._held_until(notice) or self.now,
            held=bundle.held,
        )


def new_key() -> str:
    """A key by which a receiver knows a message again that reaches it twice."""
    return f"alert-{uuid.uuid4()}"


def recipient_key(person: Person | None) -> str:
    """Whom a delivery is for, as its row keeps it; "" for the place that the channel leads to."""
    return f"owner:{person.pk}" if person else ""


def _said_alone(parts: Iterable[tuple[Bundle, Notice]]) -> set[Bundle]:
    """The bundles that hold a single emergency and nothing else: its own message says all that they would say."""
    alerts: dict[Bundle, set[int | None]] = {}
    for bundle, notice in parts:
        if not bundle.held and bundle.alert is None:
            alerts.setdefault(bundle, set()).add(notice.alert if notice.alone else None)
    return {bundle for bundle, found in alerts.items() if len(found) == 1 and None not in found}


def _delivery(message: Message, bundle: Bundle, notice: Notice) -> Delivery:
    return Delivery(
        message=message,
        alert_id=notice.alert,
        event=notice.event,
        level=notice.level,
        repeat=notice.repeat,
        channel_id=bundle.channel,
        recipient_key=recipient_key(notice.target.person),
        alone=bundle.alert is not None,
    )
