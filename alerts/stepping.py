"""Takes the steps that are due: who is told of which alert now, written down together with the messages that say so.

For any number of alerts the same number of queries, in batches of ten thousand. A step, its deliveries and the moment
of the next step are one transaction, so that none of them is there without the others, and whoever comes second finds
nothing to do.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import models, transaction
from django.db.models.functions import Cast

from alerts.channels import usable
from alerts.choices import Event, Severity
from alerts.courses import courses
from alerts.escalation import Policy, Step, Taken, due, next_at
from alerts.models import Alert, Channel, StepTaken
from alerts.outbox import Notice, Outbox
from alerts.policies import kept_policy
from alerts.recipients import People, Start, system_owners
from alerts.routing import Route, route
from tracker.batches import write_each
from tracker.choices import Priority

BATCH = 10_000
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
    "issue__owner_id",
    "analysis_id",
    "analysis__imported_by_id",
)


@dataclass(frozen=True, slots=True)
class Open:
    """An alert of which somebody is to be told, as far as that needs it. The order of COLUMNS."""

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
    owner: int | None
    analysis: int | None
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
    people: People
    channels: Mapping[int, Channel]
    outbox: Outbox
    _policies: dict[str, Policy] = field(default_factory=dict)
    _routes: dict[tuple, Route] = field(default_factory=dict)

    @classmethod
    def load(cls, now: datetime) -> "Surroundings":
        """Everything, in five queries."""
        return cls(now, People.load(), usable_channels(), Outbox.load(now))

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

    def start(self, alert: Open, system_owners: Mapping[int, int]) -> Start:
        """Where the line of reporting of an alert begins."""
        if alert.issue:
            return Start(alert.owner or system_owners.get(alert.issue))
        if alert.analysis:
            return Start(self.people.of_user(alert.imported_by))
        return Start(of_site=True)


def usable_channels() -> dict[int, Channel]:
    """The channels by which something can be sent now, by key."""
    found = Channel.objects.filter(active=True).order_by("pk")
    return {channel.pk: channel for channel in found if usable(channel)}


@transaction.atomic
def take_steps(now: datetime) -> int:
    """Take the steps of all alerts that are due; how many steps. Alerts stay locked until the transaction ends."""
    if not (batch := _due(now)):
        return 0
    around = Surroundings.load(now)
    taken = 0
    while batch:
        taken += _take(batch, around)
        around.outbox.write()
        batch = _due(now) if len(batch) == BATCH else []
    return taken


def _due(now: datetime) -> list[Open]:
    """The next batch of alerts of which somebody is to be told, locked. Equal policies are kept once."""
    rows = (
        Alert.objects.step_due(now)
        .select_for_update(of=("self",))
        .annotate(frozen=Cast("policy", models.TextField()))
        .order_by("pk")
        .values_list(*COLUMNS)[:BATCH]
    )
    texts: dict[str, str] = {}
    return [Open(*row[:5], texts.setdefault(row[5], row[5]), *row[6:]) for row in rows.iterator()]


def _take(batch: list[Open], around: Surroundings) -> int:
    """Take the steps that are due of these alerts: rows of the steps, notices, and when the next one comes."""
    known = courses(batch)
    owners = system_owners([alert.issue for alert in batch if alert.issue and not alert.owner])
    steps, changed = [], []
    for alert in batch:
        policy = around.policy(alert)
        course = known[alert.pk]
        now_due = due(policy, course, around.now)
        steps += [_tell(alert, step, policy, around.start(alert, owners), around) for step in now_due]
        highest = max([alert.level, *(step.level for step in now_due)])
        changed.append((alert.pk, highest, next_at(policy, course.with_taken(now_due), around.now)))
    StepTaken.objects.bulk_create(steps)
    write_each(Alert, ("level", "next_step_at"), changed)
    return len(steps)


def _tell(alert: Open, taken: Taken, policy: Policy, start: Start, around: Surroundings) -> StepTaken:
    """Put a step into the outbox, and give the row that says whom it told."""
    step = policy.step(taken.level)
    route = around.route(alert, start, step, policy.fallback)
    around.outbox.add(
        Notice(
            alert=alert.pk,
            event=Event.RAISED,
            level=taken.level,
            repeat=taken.repeat,
            target=target,
            alone=alert.severity == Severity.EMERGENCY,
            waits=step.held_by_quiet_hours and alert.priority != Priority.P0,
        )
        for target in route.targets
    )
    return StepTaken(
        alert_id=alert.pk,
        level=taken.level,
        repeat=taken.repeat,
        at=taken.at,
        recipient_id=route.recipient and route.recipient.pk,
        recipient_name=route.recipient.name if route.recipient else "",
        by_fallback=route.by_fallback,
    )
