"""The made-up site is what it says, and the SQL by hand opens and resolves the same alerts as the evaluation."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Count, Q
from django.test.utils import CaptureQueriesContext

from alerts.evaluate import evaluate
from alerts.models import Alert
from benchmarks.evaluation import MOST_STATEMENTS
from benchmarks.evaluation_turns import by_hand
from benchmarks.synthetic_site import Wish, fill
from tracker.models import Issue, RevenueProfile
from tracker.querysets import LIVE

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="written in the SQL of PostgreSQL"),
]

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
SAME = ("rule", "subject", "sentence", "priority", "severity", "anchor_at", "resolved_at", "policy__priority")


def made_by(work):
    with transaction.atomic():
        work()
        found = set(Alert.objects.exclude(issue=None, analysis=None).values_list(*SAME))
        transaction.set_rollback(True)
    return found


def test_a_tenth_of_the_issues_is_open_and_as_many_come_to_their_deadline_as_were_wished():
    fill(Wish(2000, NOW, newly_due=30))

    counted = Issue.objects.aggregate(
        all=Count("pk"),
        live=Count("pk", filter=Q(status__in=LIVE)),
        due=Count("pk", filter=Q(status__in=LIVE, deadline__gt=NOW, deadline__lte=LATER)),
        upside_down=Count(
            "pk", filter=Q(created_at__gt=NOW) | Q(worked_at__gt=NOW) | Q(status_since__lt=NOW - timedelta(days=1200))
        ),
    )
    assert (counted["all"], counted["due"], counted["upside_down"]) == (2000, 30, 0)
    assert 190 <= counted["live"] <= 210


def test_the_same_seed_draws_the_same_site():
    def drawn(seed):
        with transaction.atomic():
            fill(Wish(200, NOW, seed=seed))
            rows = list(Issue.objects.order_by("pk").values_list("reference", "status", "deadline", "owner__name"))
            transaction.set_rollback(True)
        return rows

    assert drawn(1) == drawn(1) != drawn(2)


def test_by_hand_and_by_evaluation_the_same_alerts_are_opened_and_resolved():
    fill(Wish(2000, NOW, newly_due=30))
    RevenueProfile.objects.create(effective_on=NOW.date(), currency="USD", mrr=100_000)
    evaluate(NOW)

    ours, theirs = made_by(lambda: evaluate(LATER)), made_by(by_hand)
    with CaptureQueriesContext(connection) as captured:
        tick = evaluate(LATER)

    assert ours == theirs
    assert tick.opened >= 30 <= tick.resolved
    assert len(captured) <= MOST_STATEMENTS
