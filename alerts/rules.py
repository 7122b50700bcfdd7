"""The table of rules: what is worth an alert, about what, and how it is told.

A stored key is never renamed. A rule about issues or analyses is a question to the querysets of the tracker; what a
rule about the whole site, a channel or a level finds is in `alerts.findings`. Every comparison with a time is `<=`, so
that a worker that was down still finds the case.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from alerts.choices import Level
from tracker.choices import Priority
from tracker.models import Analysis, Issue
from tracker.thresholds import Thresholds


class Subject(StrEnum):
    """What an alert of a rule is about: the first part of its key."""

    ISSUE = "issue"
    ANALYSIS = "analysis"
    SITE = "site"
    CHANNEL = "channel"
    LEVEL = "level"


class Anchor(StrEnum):
    """From when the steps of an alert are counted."""

    DEADLINE = "deadline"
    START = "start"


@dataclass(frozen=True, slots=True)
class Moment:
    """What the questions are asked with: the time, and the thresholds as they are set now."""

    now: datetime
    thresholds: Mapping[Priority, Thresholds]
    pending_review: timedelta
    blocked: timedelta


Question = Callable[[Moment], QuerySet]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table.

    `sentence` may name columns of the issue or analysis in braces. `ended` says why an alert is over. A rule that does
    not escalate is told at its first level only. `question` is None for what `alerts.findings` finds.
    """

    key: str
    label: str
    sentence: str
    ended: str
    subject: Subject = Subject.ISSUE
    question: Question | None = None
    anchor: Anchor = Anchor.START
    first_level: Level = Level.OWNER
    escalates: bool = True
    tells_resolution: bool = True
    by_lateness: bool = False  # its severity rises with the time since the deadline; of the others it is info


RULES: tuple[Rule, ...] = (
    Rule(
        "due_soon",
        gettext_lazy("Due soon"),
        gettext_lazy("{reference} is due soon: {title}"),
        gettext_lazy("It is not due soon any more"),
        question=lambda at: Issue.objects.due_soon(at.now, {key: row.due_soon for key, row in at.thresholds.items()}),
        anchor=Anchor.DEADLINE,
        escalates=False,
        tells_resolution=False,  # what comes next is that it is overdue, or done
    ),
    Rule(
        "overdue",
        gettext_lazy("Overdue"),
        gettext_lazy("{reference} is past its deadline: {title}"),
        gettext_lazy("It is no open work past its deadline any more"),
        question=lambda at: Issue.objects.overdue(at.now),
        anchor=Anchor.DEADLINE,
        by_lateness=True,
    ),
    Rule(
        "stalled",
        gettext_lazy("Stalled"),
        gettext_lazy("Nobody has written anything about {reference} for too long: {title}"),
        gettext_lazy("Somebody went on with it"),
        question=lambda at: Issue.objects.stalled(at.now, {key: row.stalled for key, row in at.thresholds.items()}),
    ),
    Rule(
        "unassigned",
        gettext_lazy("P0 or P1 without an owner"),
        gettext_lazy("{reference} is urgent and nobody owns it: {title}"),
        gettext_lazy("It is no urgent open work without an owner any more"),
        question=lambda at: Issue.objects.urgent_without_owner().open_work(),
    ),
    Rule(
        "pending_review",
        gettext_lazy("Still pending in review"),
        gettext_lazy("Entries of an analysis wait for a decision: {title}"),
        gettext_lazy("Every entry of the analysis that waited was decided about"),
        subject=Subject.ANALYSIS,
        question=lambda at: Analysis.objects.waiting_for_review(at.now - at.pending_review),
    ),
    Rule(
        "validation_failed",
        gettext_lazy("Validation failed"),
        gettext_lazy("The validation of {reference} failed: {title}"),
        gettext_lazy("It is not failed any more"),
        question=lambda at: Issue.objects.validation_failed(),
    ),
    Rule(
        "blocked_too_long",
        gettext_lazy("Blocked too long"),
        gettext_lazy("{reference} has been blocked for too long: {title}"),
        gettext_lazy("It is not blocked any more"),
        question=lambda at: Issue.objects.blocked_since(at.now - at.blocked),
    ),
    Rule(
        "acceptance_ended",
        gettext_lazy("Risk acceptance ended"),
        gettext_lazy("The accepted risk of {reference} has come to its end: {title}"),
        gettext_lazy("Somebody moved it on"),
        question=lambda at: Issue.objects.acceptance_ended(at.now),
    ),
    Rule(
        "recurrence_confirmed",
        gettext_lazy("Recurrence confirmed"),
        gettext_lazy("An earlier failure has come back, and its issues are open: {title}"),
        gettext_lazy("Every issue of the analysis is closed"),
        subject=Subject.ANALYSIS,
        question=lambda at: Analysis.objects.returned_and_open(),
    ),
    Rule(
        "revenue_at_risk",
        gettext_lazy("Revenue at risk"),
        gettext_lazy("Too much revenue is at risk"),
        gettext_lazy("The revenue at risk is below the threshold"),
        subject=Subject.SITE,
        first_level=Level.MANAGEMENT,
    ),
    Rule(
        "delivery_failed",
        gettext_lazy("Messages could not be delivered"),
        gettext_lazy("Messages could not be delivered"),
        gettext_lazy("No message waits any more that could not be delivered by this channel"),
        subject=Subject.CHANNEL,
        first_level=Level.TEAM_LEAD,
    ),
    Rule(
        "nobody_found",
        gettext_lazy("Nobody to tell"),
        gettext_lazy("Nobody was found to be told of alerts"),
        gettext_lazy("Somebody was found for every open alert"),
        subject=Subject.LEVEL,
        first_level=Level.TEAM_LEAD,
    ),
)
BY_KEY: Mapping[str, Rule] = {rule.key: rule for rule in RULES}
ABOUT_ROWS = tuple(rule for rule in RULES if rule.question)


def first_level(key: str) -> Level:
    """The level at which alerts of a rule begin; the owner for a rule that is gone."""
    return BY_KEY[key].first_level if key in BY_KEY else Level.OWNER
