"""What comes next about an issue: which alert, when, to whom and by what; or why none. Reads, and locks nothing.

It is what the next evaluations do if nothing changes until then, by the policies and people as they are now.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext

from alerts.choices import Level, SilenceKind
from alerts.courses import Held, SoFar, so_far
from alerts.escalation import Course, Policy, Step, Taken, next_step
from alerts.models import Alert, Channel
from alerts.opening import kept_by
from alerts.policies import kept_policy
from alerts.quiet import quiet_until
from alerts.recipients import People, Person, Start
from alerts.routing import Route, route
from alerts.rules import BY_KEY, Anchor, Rule
from alerts.surroundings import usable_channels
from alerts.terms import Terms, terms
from tracker.choices import Priority, Status
from tracker.models import Issue
from tracker.querysets import CLOSED, MOVING, OPEN_WORK

MOST_ALERTS = 10  # a rule has one open alert of an issue at most


@dataclass(frozen=True, slots=True)
class Coming:
    """Something that comes next, in a sentence; or, with the sentence alone, why nothing does."""

    sentence: str
    at: datetime | None = None
    rule: str = ""
    level: Level | None = None
    recipient: str = ""  # "": nobody is found
    channels: tuple[str, ...] = ()
    alert: int | None = None  # None: it is not open yet

    def __str__(self) -> str:
        return self.sentence


def upcoming(issue: Issue, now: datetime) -> list[Coming]:
    """What comes next: of each open alert its next step, and the alert that opens next. At least one sentence."""
    alerts = open_alerts(issue)
    return after(alerts, so_far(alerts), issue, now)


def open_alerts(issue: Issue) -> list[Alert]:
    """The open alerts of an issue, the worst first."""
    return list(Alert.objects.open().filter(issue=issue).worst_first()[:MOST_ALERTS])


def after(alerts: Sequence[Alert], been: Mapping[int, SoFar], issue: Issue, now: datetime) -> list[Coming]:
    """The same, where the open alerts of the issue and what they have been through are at hand."""
    holding = terms(Priority(issue.priority))
    moments = {rule: at for rule, at in _moments(issue, holding, now) if rule not in {alert.rule for alert in alerts}}
    if not alerts and not moments:
        return [Coming(why_none(issue))]
    forecast = Forecast.load(issue, holding, now)
    return [*_steps(alerts, been, issue, forecast), *_opening(issue, moments, forecast)]


def why_none(issue: Issue) -> str:
    """Why no alert about the issue is to be expected, in one sentence."""
    status = Status(issue.status).label.lower()
    if issue.status in CLOSED:
        return gettext("No alert comes: it is %(status)s, and nothing about it is watched any more.") % {
            "status": status
        }
    if issue.status not in OPEN_WORK:
        return gettext("No alert comes: it is %(status)s, and no deadline binds it now.") % {"status": status}
    return gettext(
        "No alert comes: it has no deadline, and nothing else is watched about a %(priority)s that is %(status)s."
    ) % {"priority": issue.priority, "status": status}


@dataclass(frozen=True, slots=True)
class Forecast:
    """Who would be told, by what."""

    now: datetime
    start: Start
    terms: Terms
    people: People
    channels: Mapping[int, Channel]

    @classmethod
    def load(cls, issue: Issue, holding: Terms, now: datetime) -> "Forecast":
        """The forecast for an issue: two queries."""
        people = People.load_with_quiet_hours(holding.fallback)
        return cls(now, Start(_responsible(issue)), holding, people, usable_channels())

    def told(self, policy: Policy, taken: Taken, *, rule: str, begins: str, alert: int | None = None) -> Coming:
        """A step that comes, in a sentence that begins with these words."""
        step = policy.step(taken.level)
        there = route(step.channels, self.people.candidates(self.start, taken.level, policy.fallback), self.channels)
        person, names = there.recipient, tuple(self.channels[target.channel].name for target in there.targets)
        sentence = gettext("%(begins)s %(moment)s: %(told)s%(channels)s%(held)s.") % {
            "begins": begins,
            "moment": self.moment(taken.at),
            "told": _told_words(taken, person),
            "channels": gettext(", by %(names)s") % {"names": _listed(names)} if names else "",
            "held": self._held_words(policy, step, there, taken.at),
        }
        return Coming(sentence, taken.at, rule, taken.level, person.name if person else "", names, alert)

    def moment(self, at: datetime) -> str:
        """When that is, in words."""
        if at <= self.now:
            return gettext("with the next evaluation")
        return gettext("at %(moment)s") % {"moment": _shown(at)}

    def _held_words(self, policy: Policy, step: Step, there: Route, at: datetime) -> str:
        if there.recipient is None or policy.priority == Priority.P0 or not step.held_by_quiet_hours:
            return ""
        hours = self.people.quiet_hours.get(there.recipient.pk, ())
        end = quiet_until(hours, there.recipient.zone, at)
        return gettext(", held back by quiet hours until %(moment)s") % {"moment": _shown(end)} if end else ""


def _responsible(issue: Issue) -> int | None:
    """The owner, else the default owner of the first system that has one (alerts.recipients asks it of many issues)."""
    defaults = (system.default_owner_id for system in issue.systems.all())
    return issue.owner_id or next(filter(None, defaults), None)


def _steps(alerts: Sequence[Alert], been: Mapping[int, SoFar], issue: Issue, forecast: Forecast) -> Iterator[Coming]:
    """The next step of each open alert, but for one that is over by then."""
    for alert in alerts:
        policy = kept_policy(alert.policy, alert.priority)
        step = next_step(policy, been[alert.pk].course(alert), forecast.now)
        if step and not (alert.rule == "due_soon" and issue.deadline and step.at >= issue.deadline):
            label = BY_KEY[alert.rule].label if alert.rule in BY_KEY else alert.rule
            begins = _next_words(label, been[alert.pk].holding(forecast.now))
            yield forecast.told(policy, step, rule=alert.rule, begins=begins, alert=alert.pk)


def _told_words(taken: Taken, person: Person | None) -> str:
    """To whom a step is told, or that nobody is found."""
    if person and taken.repeat:
        words = gettext("told again to %(name)s, %(level)s")
    elif person:
        words = gettext("told to %(name)s, %(level)s")
    elif taken.repeat:
        words = gettext("told again to nobody: no %(level)s is found")
    else:
        words = gettext("told to nobody: no %(level)s is found")
    return words % {"name": person.name if person else "", "level": taken.level.label}


def _next_words(rule: str, held: Held | None) -> str:
    """How the sentence about the next step of an open alert begins: with what keeps it quiet now, if anything does."""
    if held is None:
        return gettext("%(rule)s is told next") % {"rule": rule}
    words = gettext("%(rule)s is acknowledged by %(name)s until %(moment)s, and told next")
    if held.kind == SilenceKind.SNOOZED:
        words = gettext("%(rule)s is snoozed by %(name)s until %(moment)s, and told next")
    return words % {"rule": rule, "name": held.by, "moment": _shown(held.until)}


def _opening(issue: Issue, moments: dict[str, datetime], forecast: Forecast) -> Iterator[Coming]:
    """The alert that opens next; several when they open at once."""
    if not moments:
        return
    policy, first = forecast.terms.policy, max(min(moments.values()), forecast.now)
    for rule, at in moments.items():
        if at <= first:
            yield _opens(BY_KEY[rule], issue, policy, first, forecast)


def _opens(rule: Rule, issue: Issue, policy: Policy, first: datetime, forecast: Forecast) -> Coming:
    """The first step of an alert that opens then. A policy may lack the level that the rule begins with."""
    kept = kept_by(rule, policy)
    if kept.step(rule.first_level):
        step = Taken(rule.first_level, 0, first)
        return forecast.told(kept, step, rule=rule.key, begins=gettext("%(rule)s opens") % {"rule": rule.label})
    anchor = issue.deadline if rule.anchor == Anchor.DEADLINE and issue.deadline else first
    step = next_step(kept, Course(anchor, first, rule.first_level), first)
    words = {"rule": rule.label, "moment": forecast.moment(first)}
    if step is None:
        lacking = gettext(
            "%(rule)s opens %(moment)s and tells nobody: the policy of %(priority)s has no level %(level)s."
        )
        lacks = {"priority": policy.priority, "level": rule.first_level.label}
        return Coming(lacking % (words | lacks), rule=rule.key)
    begins = gettext("%(rule)s opens %(moment)s, and is told next") % words
    return forecast.told(kept, step, rule=rule.key, begins=begins)


def _moments(issue: Issue, limits: Terms, now: datetime) -> Iterator[tuple[str, datetime]]:
    """When each rule about issues finds this one if nothing changes; a test holds it to what evaluations do."""
    if issue.status in OPEN_WORK:
        yield from _of_open_work(issue, limits, now)
    if issue.status in MOVING and limits.stalled is not None:
        yield "stalled", issue.worked_at + limits.stalled
    if issue.status == Status.BLOCKED:
        yield "blocked_too_long", issue.status_since + limits.blocked
    if issue.status == Status.ACCEPTED:
        yield "acceptance_ended", issue.accepted_until or now
    if issue.status == Status.FAILED:
        yield "validation_failed", now


def _of_open_work(issue: Issue, limits: Terms, now: datetime) -> Iterator[tuple[str, datetime]]:
    if issue.owner_id is None and issue.priority in (Priority.P0, Priority.P1):
        yield "unassigned", now
    if issue.deadline is None:
        return
    if issue.deadline > now:
        yield "due_soon", issue.deadline - limits.due_soon
    yield "overdue", issue.deadline


def _listed(names: tuple[str, ...]) -> str:
    if len(names) == 1:
        return names[0]
    return gettext("%(names)s and %(last)s") % {"names": ", ".join(names[:-1]), "last": names[-1]}


def _shown(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M %Z}"
