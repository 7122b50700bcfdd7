"""Lets open alerts follow what they are about: another priority, a moved deadline, and time that has passed."""

from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, NullIf

from alerts.models import Alert
from alerts.opening import WITHOUT_PRIORITY, Policies, frozen, lateness
from alerts.rules import ABOUT_ROWS, BY_KEY, Anchor, Moment
from tracker.batches import write_each
from tracker.choices import Priority

BY_DEADLINE = tuple(rule.key for rule in ABOUT_ROWS if rule.anchor == Anchor.DEADLINE)
BY_LATENESS = tuple(rule.key for rule in ABOUT_ROWS if rule.by_lateness)


def follow(moment: Moment, policies: Policies) -> None:
    """Write what has changed about open alerts. Whoever is to be told next is found anew."""
    _subjects(moment, policies)
    late = Alert.objects.open().filter(rule__in=BY_LATENESS).annotate(right=lateness(moment, "anchor_at"))
    late.exclude(severity=F("right")).update(severity=F("right"))


def _subjects(moment: Moment, policies: Policies) -> None:
    """Priorities (with the policy as it is now) and deadlines."""
    stated = Coalesce(F("issue__priority"), NullIf(F("analysis__priority"), Value("")), Value(WITHOUT_PRIORITY))
    moved = Q(rule__in=BY_DEADLINE) & ~Q(anchor_at=F("issue__deadline"))
    rows = (
        Alert.objects.open()
        .filter(rule__in=[rule.key for rule in ABOUT_ROWS])
        .annotate(stated=stated)
        .filter(~Q(priority=F("stated")) | moved)
        .order_by()
        .values_list("pk", "rule", "priority", "stated", "anchor_at", "issue__deadline")
    )
    routes, anchors = [], []
    for pk, key, priority, now_stated, anchor, deadline in rows.iterator():
        if priority != now_stated:
            routes.append((pk, now_stated, frozen(BY_KEY[key], policies)[Priority(now_stated)], moment.now))
        if key in BY_DEADLINE and deadline not in (anchor, None):
            anchors.append((pk, deadline, moment.now))
    write_each(Alert, ("priority", "policy", "next_step_at"), routes)
    write_each(Alert, ("anchor_at", "next_step_at"), anchors)
