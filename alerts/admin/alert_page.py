"""What the page of an alert shows: who was told and when, by what, and who keeps it quiet."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Max
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from alerts.admin import badges
from alerts.choices import Event, Level, MessageState, SilenceDoor, SilenceKind
from alerts.models import Alert, Delivery, Message, Silence, StepTaken
from alerts.upcoming import Coming, upcoming
from tracker.admin.badges import exact_time

MOST_STEPS = 100
MOST_SILENCES = 50


@dataclass(frozen=True, slots=True)
class Told:
    """One message in which a step was told."""

    message: Message
    alone: bool

    @property
    def state(self) -> SafeString:
        """How far it has come."""
        return badges.message_badge(self.message.state)

    @property
    def trouble(self) -> str:
        """What the channel said, where that matters."""
        return self.message.answer if self.message.state in (MessageState.DEAD, MessageState.RETRY) else ""


@dataclass(frozen=True, slots=True)
class Step:
    """A level that was told, with the messages that carried it."""

    at: datetime
    headline: str
    who: str
    by_fallback: bool = False
    told: list[Told] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Quiet:
    """An acknowledgement or a snooze in words."""

    row: Silence
    headline: str
    door: str
    holds: bool


def latest_steps(alerts: Iterable[Alert]) -> dict[int, StepTaken]:
    """The latest step of each of these alerts that has one, by the alert's id; one query."""
    told = [alert.pk for alert in alerts if alert.level != badges.NOBODY]
    newest = StepTaken.objects.filter(alert__in=told).order_by().values("alert").annotate(newest=Max("pk"))
    return {row.alert_id: row for row in StepTaken.objects.filter(pk__in=newest.values("newest"))}


def steps(alert: Alert) -> list[Step]:
    """The newest steps of an alert and the notices of its end, newest first; two queries."""
    told = _told(alert)
    found = [
        Step(
            row.at,
            _headline(row),
            row.recipient_name,
            row.by_fallback,
            told.get((Event.RAISED, row.level, row.repeat), []),
        )
        for row in alert.steps.all()[:MOST_STEPS]
    ]
    return _notices(told) + found


def _headline(row: StepTaken) -> str:
    level = Level(row.level).label
    return (
        gettext("%(level)s, told again (%(number)s)") % {"level": level, "number": row.repeat} if row.repeat else level
    )


def _told(alert: Alert) -> dict[tuple[str, int, int], list[Told]]:
    found: dict[tuple[str, int, int], list[Told]] = defaultdict(list)
    rows = Delivery.objects.filter(alert=alert).select_related("message__channel").order_by("-pk")
    for row in rows[: MOST_STEPS * 3]:
        found[row.event, row.level, row.repeat].append(Told(row.message, row.alone))
    return found


def _notices(told: dict[tuple[str, int, int], list[Told]]) -> list[Step]:
    notices = [one for (event, _, _), several in told.items() if event == Event.RESOLVED for one in several]
    if not notices:
        return []
    who = ", ".join(sorted({one.message.recipient_name for one in notices if one.message.recipient_name}))
    return [
        Step(
            min(one.message.planned_at for one in notices),
            gettext("The end of it"),
            who or gettext("everybody there"),
            told=notices,
        )
    ]


def silences(alert: Alert, now: datetime) -> list[Quiet]:
    """Who kept it quiet, the newest first; one query."""
    return [_quiet(row, alert, now) for row in alert.silences.all()[:MOST_SILENCES]]


def _quiet(row: Silence, alert: Alert, now: datetime) -> Quiet:
    holds = row.ended_at is None and row.until > now and alert.resolved_at is None
    words = {"kind": SilenceKind(row.kind).label, "end": exact_time(row.until)}
    headline = gettext("%(kind)s until %(end)s")
    if row.ended_at:
        headline = gettext("%(kind)s until %(end)s, ended %(moment)s")
        words["moment"] = exact_time(row.ended_at)
    return Quiet(row, headline % words, SilenceDoor(row.door).label, holds)


def coming(alert: Alert, now: datetime) -> list[Coming]:
    """What comes next about an open alert of an issue; nothing for others: what their steps need is not foreseen."""
    if alert.issue is None or alert.resolved_at:
        return []
    return [each for each in upcoming(alert.issue, now) if each.alert == alert.pk]
