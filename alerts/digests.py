"""The daily digest: what is open of a person's own issues, and for a Team Lead of the people who report to them.

It is planned at the hour of the alert settings, on the person's own wall clock, by the first evaluation after that;
after days without a worker it is today's alone. Who has nothing open gets none. One for a person, day and channel: the
key of the message says so, however often it is planned.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from alerts.choices import PERSONAL_CHANNELS, ChannelKind, MessageKind, MessageState, Severity
from alerts.models import Alert, Channel, Message
from alerts.recipients import People, Person
from alerts.surroundings import Surroundings
from tracker.choices import Role

MOST_LINES = 20  # of a section; the rest is a number
FIRST_TIME = timedelta(hours=1)  # how far the first evaluation of a site looks back
LATELY = timedelta(days=3)  # longer ago there is no digest of a day that can be planned now
COLUMNS = ("urgency", "opened_at", "pk", "issue__owner_id", "issue_id", "sentence", "severity", "silenced_until")
Found = Mapping[int, tuple[int, list["Open"]]]  # by owner: how many are open, and the worst of them


@dataclass(frozen=True, slots=True, order=True)
class Open:
    """An open alert of a digest. The order of COLUMNS; the worst sort first."""

    urgency: int
    opened_at: datetime
    pk: int
    owner: int
    issue: int
    sentence: str
    severity: str
    silenced_until: datetime | None


@transaction.atomic(savepoint=False)
def plan_digests(now: datetime, *, since: datetime | None = None, around: Surroundings | None = None) -> int:
    """Put the digests into the outbox whose hour has come after `since`; how many messages.

    `since` is when the evaluation before this one was; None for the first one.
    """
    around = around or Surroundings.load(now)
    people = around.people
    days = _days(around, since or now - FIRST_TIME)
    if not days:
        return 0
    teams = _teams(people, days)
    writer = Writer(_open({*days, *(pk for team in teams.values() for pk in team)}), people, now)
    planned = [
        message
        for pk, day in days.items()
        if (body := writer.body(people.by_pk[pk], teams.get(pk, ())))
        for message in _messages(people.by_pk[pk], day, body, around)
    ]
    return _keep(planned, now)


def _keep(planned: list[Message], now: datetime) -> int:
    """Write those of the messages that are not there yet; how many."""
    if not planned:
        return 0
    lately = Message.objects.filter(kind=MessageKind.DIGEST, planned_at__gt=now - LATELY)
    there = set(lately.values_list("idempotency_key", flat=True))
    new = [message for message in planned if message.idempotency_key not in there]
    Message.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def _days(around: Surroundings, since: datetime) -> dict[int, date]:
    """Whose hour has come after `since`, and which day it is there."""
    hour, now = time(around.settings.digest_hour), around.now
    found = {}
    for person in around.people.by_pk.values():
        day = now.astimezone(person.zone).date()
        if _moment(day, hour, person) > now:
            day -= timedelta(days=1)
        if person.is_active and _moment(day, hour, person) > since:
            found[person.pk] = day
    return found


def _moment(day: date, hour: time, person: Person) -> datetime:
    return datetime.combine(day, hour, person.zone).astimezone(UTC)


def _teams(people: People, days: Iterable[int]) -> dict[int, list[int]]:
    """For each Team Lead of these people who reports to them, directly or not."""
    leads = {pk for pk in days if people.by_pk[pk].role == Role.TEAM_LEAD}
    teams: dict[int, list[int]] = defaultdict(list)
    for pk in people.by_pk if leads else ():
        for person in people.above(pk):
            if person.pk in leads:
                teams[person.pk].append(pk)
    return teams


def _open(owners: Iterable[int]) -> Found:
    """What is open of the issues of these owners, in one query."""
    own = {"partition_by": "issue__owner_id"}
    rows = (
        Alert.objects.open()
        .filter(issue__owner__in=owners)
        .order_by()
        .annotate(
            place=Window(RowNumber(), order_by=("urgency", "opened_at", "pk"), **own), number=Window(Count("pk"), **own)
        )
        .filter(place__lte=MOST_LINES)
        .values_list("number", *COLUMNS)
    )
    found: dict[int, tuple[int, list[Open]]] = {}
    for number, *columns in rows:
        alert = Open(*columns)
        found.setdefault(alert.owner, (number, []))[1].append(alert)
    return found


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes what a digest says, as `alerts.texts` takes it."""

    found: Found
    people: People
    now: datetime

    def body(self, reader: Person, team: Iterable[int]) -> dict[str, object]:
        """The digest of a person; {} when nothing is open."""
        sections = [
            section
            for titled, owners in ((_own, [reader.pk]), (_of_team, team))
            if (section := self.section(titled, owners, reader))
        ]
        if not sections:
            return {}
        return {
            "subject": gettext("Daily digest: %(sections)s")
            % {"sections": ", ".join(section["title"] for section in sections)},
            "intro": gettext("What is open now, the worst first. Of each of them there are messages of its own."),
            "sections": sections,
        }

    def section(self, titled: Callable[[int], str], owners: Iterable[int], reader: Person) -> dict[str, object]:
        """The worst of what is open of these owners, and how many more; {} when nothing is open."""
        having = [self.found[owner] for owner in owners if owner in self.found]
        number = sum(count for count, _ in having)
        worst = sorted(alert for _, alerts in having for alert in alerts)[:MOST_LINES]
        lines = [self.line(alert, reader) for alert in worst]
        if number > len(worst):
            address = settings.SITE_URL + reverse("admin:alerts_alert_changelist")
            lines.append({"text": gettext("… and %(number)s more") % {"number": number - len(worst)}, "url": address})
        return {"title": titled(number), "lines": lines} if number else {}

    def line(self, alert: Open, reader: Person) -> dict[str, str]:
        """One alert, with times in the zone of the reader."""
        facts = [
            alert.sentence,
            Severity(alert.severity).label,
            gettext("since %(moment)s") % {"moment": _shown(alert.opened_at, reader)},
        ]
        if alert.owner != reader.pk:
            facts.append(self.people.by_pk[alert.owner].name)
        if alert.silenced_until and alert.silenced_until > self.now:
            facts.append(gettext("quiet until %(moment)s") % {"moment": _shown(alert.silenced_until, reader)})
        url = settings.SITE_URL + reverse("admin:tracker_issue_change", args=[alert.issue])
        return {"text": " · ".join(facts), "url": url}


def _own(number: int) -> str:
    words = ngettext("Your issues: %(number)s open alert", "Your issues: %(number)s open alerts", number)
    return words % {"number": number}


def _of_team(number: int) -> str:
    return ngettext(
        "People who report to you: %(number)s open alert", "People who report to you: %(number)s open alerts", number
    ) % {"number": number}


def _shown(moment: datetime, reader: Person) -> str:
    return f"{moment.astimezone(reader.zone):%Y-%m-%d %H:%M %Z}"


def _messages(person: Person, day: date, body: dict, around: Surroundings) -> list[Message]:
    return [
        Message(
            kind=MessageKind.DIGEST,
            channel=channel,
            recipient_id=person.pk,
            recipient_name=person.name,
            idempotency_key=f"digest:owner:{person.pk}:{day}:{channel.pk}",
            state=MessageState.PLANNED,
            planned_at=around.now,
            due_at=around.outbox.quiet_until(person) or around.now,
            body=body,
        )
        for channel in channels_for(person, around.channels.values())
    ]


def channels_for(person: Person, channels: Iterable[Channel]) -> list[Channel]:
    """By what a person gets a digest or a report: whatever reaches them; the log only when nothing else does."""
    reaching = [each for each in channels if each.kind in PERSONAL_CHANNELS and person.is_reached_by(each.kind)]
    return [channel for channel in reaching if channel.kind != ChannelKind.LOG] or reaching
