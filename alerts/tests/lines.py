"""People in a line of reporting, and alerts, policies and channels made to order for them."""

from datetime import timedelta
from itertools import count

import pytest

from alerts.choices import ChannelKind, Level, Severity
from alerts.escalation import Policy, Step
from alerts.models import Alert, Channel
from alerts.secrets import encrypt
from tracker.choices import Priority, Role

HOUR = timedelta(hours=1)
HOURS = {Priority.P0: ((0, 2), (4, 4), (8, 8), (24, 24)), Priority.P1: ((0, 8), (12, 12), (24, 24), (72, 24))}
NUMBERS = count(1)
SECRETS = {  # with which a channel of the kind can be used, as far as the site knows
    ChannelKind.WEBHOOK: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ChannelKind.SLACK: "xoxb-1",
    ChannelKind.APPRISE: "pover://user@token",
}


@pytest.fixture
def line(make_owner):
    """An engineer, a Team Lead, a manager and an executive who report to each other, by the level they are told at."""
    found, above = {}, None
    people = (("Eve Stone", Role.EXECUTIVE), ("Max Weber", Role.MANAGER), ("Lea Lund", Role.TEAM_LEAD))
    for level, (name, role) in zip((Level.EXECUTIVE, Level.MANAGEMENT, Level.TEAM_LEAD), people, strict=True):
        above = found[level] = make_owner(
            name, role=role, reports_to=above, email=f"{name.split()[0].lower()}@example.org"
        )
    found[Level.OWNER] = make_owner("Olga Brandt", reports_to=above, email="olga@example.org")
    return found


@pytest.fixture
def channel_of(db):
    def make(kind=ChannelKind.WEBHOOK, **fields):
        values = {
            "name": f"{kind} {next(NUMBERS)}",
            "kind": kind,
            "address": "https://hooks.example.org/1",
            "secret_encrypted": encrypt(SECRETS.get(kind, "")),
        }
        return Channel.objects.create(**values | fields)

    return make


@pytest.fixture
def log(db):
    return Channel.objects.get(kind=ChannelKind.LOG)


@pytest.fixture
def email(db):
    return Channel.objects.get(kind=ChannelKind.EMAIL)


@pytest.fixture
def policy_of(log):
    """A policy with the hours of its priority, by the log alone unless the test names channels."""

    def make(priority=Priority.P0, *, channels=(), fallback=None, held=False, hours=None):
        keys = tuple(channel.pk for channel in channels or (log,))
        steps = (
            Step(Level(level), after, repeat, keys, held)
            for level, (after, repeat) in enumerate(hours or HOURS[priority])
        )
        return Policy(priority, fallback and fallback.pk, tuple(steps))

    return make


@pytest.fixture
def open_alert(make_issue, policy_of, now):
    """An alert that opened just now and of which nobody was told; of a new P0 issue unless the test says otherwise."""

    def make(issue=None, *, policy=None, owner=None, priority=Priority.P0, **fields):
        if issue is None and "subject" not in fields:
            issue = make_issue(owner=owner, priority=priority, deadline=now)
        values = {
            "rule": "overdue",
            "subject": f"issue:{issue.pk}" if issue else "",
            "issue": issue,
            "sentence": f"{issue} is past its deadline." if issue else "Something is wrong.",
            "priority": priority,
            "severity": Severity.WARNING,
            "policy": (policy or policy_of(priority)).frozen(),
            "anchor_at": now,
            "opened_at": now,
            "next_step_at": now,
        }
        return Alert.objects.create(**values | fields)

    return make
