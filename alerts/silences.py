"""What keeps an alert quiet for a while: somebody acknowledges it, or snoozes it with a reason.

Until that ends nobody is told; then escalation goes on from where it was. Each is a row that stays.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from alerts.choices import SilenceDoor, SilenceKind
from alerts.courses import courses
from alerts.escalation import next_at, silenced_until
from alerts.models import Alert, AlertSettings, Silence
from alerts.permissions import may_silence
from alerts.policies import kept_policy
from tracker import audit
from tracker.choices import AuditVerb, Priority
from tracker.history import LONGEST_NAME, name_of
from tracker.permissions import Actor
from tracker.refusals import Refused

MOST_HOURS = 10 * 365 * 24


class SilenceRefused(Refused):
    """The alert is as loud as it was."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A silence that somebody asks for, at the moment `now`."""

    kind: SilenceKind
    now: datetime
    until: datetime | None
    reason: str
    name: str
    link: str | None


@transaction.atomic
def acknowledge(
    alert_id: int,
    *,
    actor: Actor,
    door: SilenceDoor,
    now: datetime,
    name: str = "",
    until: datetime | None = None,
    link: str | None = None,
    reason: str = "",
) -> Silence:
    """Say that somebody takes care of it: quiet until then, by default for the hours of the alert settings.

    Without an actor, `name` says who it is. `link` is the one-time link that was used. An alert that is quiet already
    stays as it is, unless `until` is later than the end of that. Raises: SilenceRefused, and then nothing is written.
    """
    wish = Wish(SilenceKind.ACKNOWLEDGED, now, until, reason, _name(actor, name), link)
    return _silence(alert_id, wish, actor, door)


@transaction.atomic
def snooze(
    alert_id: int,
    *,
    actor: Actor,
    door: SilenceDoor,
    now: datetime,
    until: datetime | None,
    reason: str,
    name: str = "",
) -> Silence:
    """Let it rest until then, with a reason. Raises: SilenceRefused, and then nothing is written."""
    wish = Wish(SilenceKind.SNOOZED, now, until, reason, _name(actor, name), None)
    return _silence(alert_id, wish, actor, door)


@transaction.atomic
def end(silence_id: int, *, actor: Actor, now: datetime) -> Silence:
    """End a silence before its time: those who had been told are told again. Raises: SilenceRefused."""
    alert = _locked(Silence.objects.values_list("alert_id", flat=True).get(pk=silence_id))
    silence = alert.silences.get(pk=silence_id)
    reasons = [may_silence(actor, alert), _ended(alert)]
    if silence.ended_at or silence.until <= now:
        reasons.append(gettext("It has come to its end already."))
    _refuse(reasons)
    silence.ended_at = max(now, silence.at)
    silence.save(update_fields=["ended_at"])
    ended = {"until": (silence.until, silence.ended_at)}
    audit.record(AuditVerb.END, alert, actor=actor, door=audit.SURROUNDINGS.get().door, now=now, changes=ended)
    _reckon(alert, now)
    return silence


def most_until(alert: Alert, now: datetime) -> datetime:
    """Until when the alert may be quiet at most."""
    row = AlertSettings.current()
    return now + _hours(max(row.snooze_most_hours, _default_hours(alert, row)))


def default_until(alert: Alert, now: datetime) -> datetime:
    """Until when an acknowledged alert is quiet when nobody says until when."""
    return now + _hours(_default_hours(alert, AlertSettings.current()))


def _silence(alert_id: int, wish: Wish, actor: Actor, door: SilenceDoor) -> Silence:
    alert = _locked(alert_id)
    until = wish.until
    if until is None and wish.kind == SilenceKind.ACKNOWLEDGED:
        until = default_until(alert, wish.now)
    of_alert = _ended(alert) or _of_the_end(alert, wish, until)
    _refuse([may_silence(actor, alert), *_of_the_words(wish), of_alert])
    silence = alert.silences.create(
        kind=wish.kind,
        by=actor,
        by_name=wish.name,
        door=door,
        link=wish.link,
        at=wish.now,
        until=until,
        reason=wish.reason.strip(),
    )
    _record(silence, actor)
    _reckon(alert, wish.now)
    return silence


def _record(silence: Silence, actor: Actor) -> None:
    """Write it into the audit; whoever acknowledges by a link has a name and needs no account."""
    verb = AuditVerb.SNOOZE if silence.kind == SilenceKind.SNOOZED else AuditVerb.ACKNOWLEDGE
    changes = {"by": (None, silence.by_name), "until": (None, silence.until)}
    hand = {"actor": actor, "door": silence.door, "now": silence.at}
    audit.record(verb, silence.alert, changes=changes, reason=silence.reason, **hand)


def _of_the_words(wish: Wish) -> list[str]:
    used = bool(wish.link) and Silence.objects.filter(link=wish.link).exists()
    return [
        "" if wish.name else gettext("Say who acknowledges the alert."),
        gettext("A snooze needs a reason: write it in a sentence.") if _needs_reason(wish) else "",
        gettext("A reason or a name cannot hold NUL characters.") if "\0" in wish.reason + wish.name else "",
        gettext("This link has been used already.") if used else "",
    ]


def _needs_reason(wish: Wish) -> bool:
    return wish.kind == SilenceKind.SNOOZED and not wish.reason.strip()


def _of_the_end(alert: Alert, wish: Wish, until: datetime | None) -> str:
    """Why it cannot be quiet until then, or ""."""
    if until is None:
        return gettext("A snooze needs an end: say until when.")
    if until.utcoffset() is None:
        return gettext("The end needs a time zone.")
    if until <= wish.now:
        return gettext("The end has passed already: choose a later one.")
    if until > (latest := most_until(alert, wish.now)):
        return gettext("Nobody makes this alert quiet for so long: choose an end before %(moment)s.") % {
            "moment": _shown(latest)
        }
    silences = courses([alert])[alert.pk].silences
    # Whoever had to wait for another hand looked at the clock before that hand wrote.
    holds = silenced_until(silences, max([wish.now, *(quiet.at for quiet in silences)]))
    if holds and (wish.until is None or wish.until <= holds):
        return gettext("It is quiet already, until %(moment)s: name a later end to make that longer.") % {
            "moment": _shown(holds)
        }
    return ""


def _reckon(alert: Alert, now: datetime) -> None:
    """Write until when the alert is quiet, and when somebody is told next."""
    course = courses([alert])[alert.pk]
    alert.silenced_until = silenced_until(course.silences, now)
    alert.next_step_at = next_at(kept_policy(alert.policy, alert.priority), course, now)
    alert.save(update_fields=["silenced_until", "next_step_at"])


def _locked(alert_id: int) -> Alert:
    return Alert.objects.select_for_update(of=("self",)).select_related("issue__owner").get(pk=alert_id)


def _ended(alert: Alert) -> str:
    return gettext("The alert is over: there is nothing to make quiet.") if alert.resolved_at else ""


def _name(actor: Actor, name: str) -> str:
    if actor is None or not actor.is_authenticated:
        return name.strip()[:LONGEST_NAME]
    return name_of(actor)


def _default_hours(alert: Alert, row: AlertSettings) -> int:
    return row.acknowledge_hours_p0 if alert.priority == Priority.P0 else row.acknowledge_hours


def _hours(hours: int) -> timedelta:
    return timedelta(hours=min(hours, MOST_HOURS))


def _shown(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M %Z}"


def _refuse(reasons: list[str]) -> None:
    if found := [sentence for sentence in reasons if sentence]:
        raise SilenceRefused(found)
