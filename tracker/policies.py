"""The rows of PriorityPolicy as policies of `tracker.deadlines`, with the defaults where a row is missing."""

from dataclasses import replace

from django.conf import settings

from tracker.choices import Priority
from tracker.deadlines import DEFAULT_POLICIES, Calendar, Policy
from tracker.models import PriorityPolicy
from tracker.thresholds import DEFAULT_THRESHOLDS, Thresholds


def policies() -> dict[Priority, Policy]:
    """The policy of every priority, in one query.

    Raises: ValueError in one sentence when a row holds a policy that cannot be, such as an unknown country.
    """
    site = Calendar(time_zone=settings.TIME_ZONE)
    found = {priority: replace(policy, calendar=site) for priority, policy in DEFAULT_POLICIES.items()}
    return found | {Priority(row.priority): row.as_policy() for row in PriorityPolicy.objects.all()}


def thresholds() -> dict[Priority, Thresholds]:
    """From when on an issue of every priority is worth an alert, in one query.

    Raises: ValueError in one sentence when a row holds thresholds that cannot be.
    """
    rows = {Priority(row.priority): row.as_thresholds() for row in PriorityPolicy.objects.all()}
    return dict(DEFAULT_THRESHOLDS) | rows
