"""Lets open alerts follow what they are about: another priority, a moved deadline, and time that has passed."""

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from alerts.models import Alert
from alerts.opening import WITHOUT_PRIORITY, Policies, frozen, lateness
from alerts.rules import ABOUT_ROWS, BY_KEY, Anchor, Moment, Subject
from tracker.batches import write_each
from tracker.choices import Priority

BY_DEADLINE = tuple(rule.key for rule in ABOUT_ROWS if rule.anchor == Anchor.DEADLINE)
OF_ISSUES = tuple(rule.key for rule in ABOUT_ROWS if rule.subject == Subject.ISSUE)
OF_ANALYSES = tuple(rule.key for rule in ABOUT_ROWS if rule.subject == Subject.ANALYSIS)
BY_LATENESS = tuple(rule.key for rule in ABOUT_ROWS if rule.by_lateness)


def follow(moment: Moment, policies: Policies) -> None:
    """Write what has changed about open alerts. Whoever is to be told next is found anew."""
    _subjects(moment, policies)
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
