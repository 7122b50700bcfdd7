"""Alerts, channels and messages made to order for the tests of what leaves."""

import base64
import secrets
from datetime import UTC, datetime, timedelta
from itertools import count

from alerts.choices import ChannelKind, Event, Level, MessageKind, MessageState, Severity
from alerts.models import Alert, Channel, Delivery, Message
from alerts.secrets import encrypt

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
NUMBERS = count(1)


def new_webhook_secret() -> str:
    """A new secret for signing webhooks, as docs/alerts.md makes one."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


class Clock:
    """A clock that stands until it is set forward."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **units: float) -> None:
        self.now += timedelta(**units)


def make_alert(sentence: str = "Checkout is past its deadline", **fields) -> Alert:
    values = {
        "rule": "overdue",
        "subject": f"test:{next(NUMBERS)}",
        "sentence": sentence,
        "priority": "P1",
        "severity": Severity.WARNING,
        "policy": {},
        "anchor_at": NOW,
        "opened_at": NOW,
    }
    return Alert.objects.create(**(values | fields))


def make_channel(kind: ChannelKind = ChannelKind.WEBHOOK, *, secret: str = "", **fields) -> Channel:
    values = {"name": f"{kind} {next(NUMBERS)}", "kind": kind, "per_minute": 1000}
    stored = encrypt(secret) if secret else None
    return Channel.objects.create(**(values | {"secret_encrypted": stored} | fields))


def make_webhook(url: str, **fields) -> Channel:
    return make_channel(ChannelKind.WEBHOOK, address=url, secret=fields.pop("secret", new_webhook_secret()), **fields)


def make_message(channel: Channel, *alerts: Alert, event: Event = Event.RAISED, alone: bool = False, **fields):
    recipient = fields.get("recipient")
    values = {
        "kind": MessageKind.ALERT,
        "channel": channel,
        "recipient_name": recipient.name if recipient else "",
        "idempotency_key": f"message:{next(NUMBERS)}",
        "state": MessageState.PLANNED,
        "planned_at": NOW,
        "due_at": NOW,
    }
    message = Message.objects.create(**(values | fields))
    for alert in alerts:
        Delivery.objects.create(
            message=message,
            alert=alert,
            event=event,
            level=Level.OWNER,
            repeat=0,
            channel=channel,
            recipient_key=f"owner:{recipient.pk}:{message.pk}" if recipient else str(message.pk),
            alone=alone,
        )
    return message
