"""Browsers of people with the rights of a group, and rows of alerts made to order."""

from datetime import timedelta
from itertools import count

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from alerts.choices import Event, Level, MessageState, Severity
from alerts.models import Alert, Channel, Delivery, Message, StepTaken
from alerts.policies import default_policy
from tracker.choices import Priority

NUMBERS = count(1)
HOUR = timedelta(hours=1)


@pytest.fixture
def browser_of(make_user):
    """A browser of somebody who is in a group, or may do everything without one; `.user` is that person."""

    def log_in(group=None, username=None, **fields):
        client = Client()
        rights = {"is_superuser": True} if group is None else {}
        client.user = make_user(username or (group or "mona").lower(), is_staff=True, **rights | fields)
        if group:
            client.user.groups.add(Group.objects.get(name=group))
        client.force_login(client.user)
        return client

    return log_in


@pytest.fixture
def mona(browser_of):
    """A browser of somebody who may do everything."""
    return browser_of()


@pytest.fixture
def make_alert(make_issue, now):
    """An open alert about an issue, found three hours ago, that nobody was told of yet."""

    def make(**fields):
        issue = fields.pop("issue", None) or make_issue(priority=fields.get("priority", Priority.P1))
        values = {
            "rule": "overdue",
            "subject": f"issue:{issue.pk}",
            "issue": issue,
            "sentence": f"{issue.title} is past its deadline",
            "priority": issue.priority,
            "severity": Severity.WARNING,
            "policy": default_policy(Priority(issue.priority), ()).frozen(),
            "anchor_at": now - 3 * HOUR,
            "opened_at": now - 3 * HOUR,
        }
        return Alert.objects.create(**(values | fields))

    return make


@pytest.fixture
def make_channel(db):
    def make(name=None, kind="email", **fields):
        return Channel.objects.create(name=name or f"channel {next(NUMBERS)}", kind=kind, **fields)

    return make


@pytest.fixture
def make_message(db, now):
    """A message of the outbox, sent an hour ago unless told otherwise."""

    def make(**fields):
        values = {
            "channel": fields.get("channel") or Channel.objects.get(name="E-mail"),
            "recipient_name": "Olga Brandt",
            "idempotency_key": f"key-{next(NUMBERS)}",
            "state": MessageState.SENT,
            "planned_at": now - 2 * HOUR,
            "due_at": now - 2 * HOUR,
        }
        values |= fields
        if values["state"] == MessageState.SENT:
            values.setdefault("sent_at", now - HOUR)
        return Message.objects.create(**values)

    return make


@pytest.fixture
def tell(make_message, now):
    """Tell an alert at a level, once or again, to somebody or nobody; the step, with a message by e-mail."""

    def tell(alert, level=Level.OWNER, *, who="Olga Brandt", repeat=0, at=None, recipient=None, **message):
        at = at or now - HOUR
        step = StepTaken.objects.create(
            alert=alert, level=level, repeat=repeat, at=at, recipient=recipient, recipient_name=who
        )
        Alert.objects.filter(pk=alert.pk).update(level=level)
        alert.refresh_from_db()
        if who:
            made = make_message(recipient_name=who, **message)
            Delivery.objects.create(
                message=made,
                alert=alert,
                event=Event.RAISED,
                level=level,
                repeat=repeat,
                channel=made.channel,
                recipient_key=f"owner:{who}",
            )
        return step

    return tell
