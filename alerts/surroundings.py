"""What all steps and notices of an evaluation share: people, the channels that work, and the outbox."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from alerts.channels import usable
from alerts.escalation import Policy, Step
from alerts.models import AlertSettings, Channel
from alerts.outbox import Outbox
from alerts.policies import kept_policy
from alerts.recipients import People, Start
from alerts.routing import Route, route

COLUMNS = (
    "pk",
    "rule",
    "subject",
    "priority",
    "severity",
    "frozen",
    "anchor_at",
    "opened_at",
    "level",
    "issue_id",
    "responsible",
    "analysis__imported_by_id",
)


@dataclass(frozen=True, slots=True)
class Open:
    """An alert of which somebody is to be told, as far as that needs it. The order of COLUMNS.

    `responsible` is the owner of the issue, or the default owner of a system; `imported_by` the account of who imported
    the analysis.
    """

    pk: int
    rule: str
    subject: str
    priority: str
    severity: str
    policy: str
    anchor_at: datetime
    opened_at: datetime
    level: int
    issue: int | None
    responsible: int | None
    imported_by: int | None

    @property
    def about_channel(self) -> int | None:
        """The channel that the alert is about: it is no way to tell of its own failure."""
        kind, _, key = self.subject.partition(":")
        return int(key) if kind == "channel" and key.isdecimal() else None


@dataclass
class Surroundings:
    """What all steps of an evaluation share: people, channels that work, and the outbox."""

    now: datetime
    settings: AlertSettings
    people: People
    channels: Mapping[int, Channel]
    outbox: Outbox
    _policies: dict[str, Policy] = field(default_factory=dict)
    _routes: dict[tuple, Route] = field(default_factory=dict)

    @classmethod
    def load(cls, now: datetime, row: AlertSettings | None = None) -> "Surroundings":
        """Everything, in four queries, and another for the alert settings when they are not at hand."""
        row = row or AlertSettings.current()
        return cls(now, row, People.load(row), usable_channels(), Outbox.load(now))

    def policy(self, alert: Open) -> Policy:
        """The policy that the alert has kept; today's of its priority when that cannot be read."""
        if alert.policy not in self._policies:
            self._policies[alert.policy] = kept_policy(json.loads(alert.policy), alert.priority)
        return self._policies[alert.policy]

    def route(self, alert: Open, start: Start, step: Step, fallback: int | None) -> Route:
        """Whom a step reaches, by which channels."""
        key = (start, step, fallback, alert.about_channel)
        if key not in self._routes:
            channels = {pk: channel for pk, channel in self.channels.items() if pk != alert.about_channel}
            self._routes[key] = route(step.channels, self.people.candidates(start, step.level, fallback), channels)
        return self._routes[key]

    def start(self, alert: Open) -> Start:
        """Where the line of reporting of an alert begins."""
        person = self.people.of_user(alert.imported_by) or alert.responsible
        return Start(person, of_site=person is None and alert.issue is None)


def usable_channels() -> dict[int, Channel]:
    """The channels by which something can be sent now, by key."""
    found = Channel.objects.filter(active=True).order_by("pk")
    return {channel.pk: channel for channel in found if usable(channel)}
