"""Lets open alerts follow what they are about: another priority, owner or deadline, and time that has passed."""

from datetime import datetime

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf

from alerts.choices import Level
from alerts.models import Alert, StepTaken
from alerts.opening import WITHOUT_PRIORITY, Policies, frozen, lateness
from alerts.rules import ABOUT_ROWS, BY_KEY, Anchor, Moment, Subject
from tracker.batches import write_each
from tracker.choices import Priority
from tracker.models import FieldChange

BY_DEADLINE = tuple(rule.key for rule in ABOUT_ROWS if rule.anchor == Anchor.DEADLINE)
OF_ISSUES = tuple(rule.key for rule in ABOUT_ROWS if rule.subject == Subject.ISSUE)
OF_ANALYSES = tuple(rule.key for rule in ABOUT_ROWS if rule.subject == Subject.ANALYSIS)
BY_LATENESS = tuple(rule.key for rule in ABOUT_ROWS if rule.by_lateness)


def follow(moment: Moment, policies: Policies, *, since: datetime | None) -> None:
    """Write what has changed about open alerts. Whoever is to be told next is found anew.

    `since` is a moment before which nothing has changed that is not written yet; None when nobody was told before.
    """
    _subjects(moment, policies)
    if since:
        _taken_over(moment, since)
    late = Alert.objects.open().filter(rule__in=BY_LATENESS).annotate(right=lateness(moment, "anchor_at"))
    late.exclude(severity=F("right")).update(severity=F("right"))


def _subjects(moment: Moment, policies: Policies) -> None:
    """Priorities (with the policy as it is now) and deadlines."""
    routes, anchors = [], []
    for pk, key, priority, stated, anchor, deadline in _moved().iterator():
        if priority != stated:
            routes.append((pk, stated, frozen(BY_KEY[key], policies)[Priority(stated)], moment.now))
        if key in BY_DEADLINE and deadline not in (anchor, None):
            anchors.append((pk, deadline, moment.now))
    write_each(Alert, ("priority", "policy", "next_step_at"), routes)
    write_each(Alert, ("anchor_at", "next_step_at"), anchors)


def _taken_over(moment: Moment, since: datetime) -> None:
    """Let those whose owner's level was told before the issue came to its owner be looked at now.

    One that is kept quiet is looked at when that ends, and tells its owner then.
    """
    given = FieldChange.objects.filter(field="owner", at__gte=since).order_by()
    latest = given.filter(issue=OuterRef("issue")).order_by("-at").values("at")[:1]
    told = StepTaken.objects.filter(alert=OuterRef("pk"), level=Level.OWNER).order_by("-at").values("at")[:1]
    alerts = Alert.objects.loud(moment.now).filter(issue__in=given.values("issue"), issue__owner__isnull=False)
    late = alerts.annotate(told=Subquery(told), given=Subquery(latest)).filter(given__gt=F("told"))
    late.filter(next_step_at__gt=moment.now).update(next_step_at=moment.now)


def _moved() -> QuerySet:
    """Open alerts of another priority or deadline than their subject: key, rule, priorities and deadlines of both."""
    deadlines = Q(rule__in=BY_DEADLINE) & ~Q(anchor_at=F("issue__deadline"))
    of_issues = (
        Alert.objects.open()
        .filter(~Q(priority=F("issue__priority")) | deadlines, rule__in=OF_ISSUES, issue__is_closed=False)
        .order_by()
        .values_list("pk", "rule", "priority", "issue__priority", "anchor_at", "issue__deadline")
    )
    stated = Coalesce(NullIf(F("analysis__priority"), Value("")), Value(WITHOUT_PRIORITY))
    of_analyses = (
        Alert.objects.open()
        .filter(rule__in=OF_ANALYSES)
        .annotate(stated=stated)
        .exclude(priority=F("stated"))
        .order_by()
        .values_list("pk", "rule", "priority", "stated", "anchor_at", "anchor_at")
    )
    return of_issues.union(of_analyses, all=True)
