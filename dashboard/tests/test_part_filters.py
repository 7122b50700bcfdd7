"""Lists of the admin that pages of a team or a system lead to have the rows of that team or system only."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts.models import Alert
from dashboard.models import ProtectionEntry, Stake, StakeShare
from tracker import amend, prevention, workflow
from tracker.choices import Door, MeasureCategory, ReturnKind, Status
from tracker.models import Recurrence, System, ValidationRun

LISTS = (
    *("tracker_note", "tracker_preventionmeasure", "tracker_recurrence", "tracker_analysis", "tracker_validationrun"),
    *("alerts_alert", "dashboard_protectionentry", "tracker_issue"),
)


@pytest.fixture
def lead(make_owner):
    return make_owner("Lena Moss", role="team_lead")


@pytest.fixture
def system(db):
    return System.objects.create(name="till")


@pytest.fixture
def rows(profile, make_issue, make_analysis, make_owner, lead, system, now):
    """A row of each list that belongs to the team and the system, and one that belongs to neither."""
    hand = {"actor": None, "door": Door.COMMAND, "now": now}
    earlier = make_analysis("The first one")
    numbers = {"amount": 1, "share": 1, "month": "2026-03", "at": now, "recorded_at": now}
    for owner in (make_owner("Otto Kern", reports_to=lead), make_owner("Nina Falk")):
        analysis = make_analysis()
        issue = make_issue(analysis=analysis, owner=owner, title=f"Of {owner}")
        if owner.reports_to:
            issue.systems.add(system)
        amend.add_note(issue.pk, "It went on.", kind="progress", hours=Decimal(1), **hand)
        prevention.propose(issue.pk, "Watch it", category=MeasureCategory.MONITORING, owner=None, **hand)
        Recurrence.objects.create(analysis=analysis, earlier=earlier, kind=ReturnKind.RECURRENCE, score=1, found_at=now)
        ValidationRun.objects.create(
            issue=issue, requested_at=now, requested_by_name="Bo", state="queued", source="worker", door="command"
        )
        Alert.objects.create(
            rule="overdue", subject=f"issue:{issue.pk}", issue=issue, sentence="Late.", priority="P1",
            severity="warning", policy={}, anchor_at=now, opened_at=now,
        )  # fmt: skip
        workflow.apply("cancel", issue.pk, reason="It is gone.", **(hand | {"now": now + timedelta(hours=1)}))
        change = issue.changes.get(new_status=Status.CANCELLED)
        stake = Stake.objects.create(analysis=analysis, at=now, profile=profile, increase=1, inputs={}, recorded_at=now)
        StakeShare.objects.create(stake=stake, issue=issue, amount=1)
        ProtectionEntry.objects.create(issue=issue, change=change, **numbers)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_follows_the_team_and_the_system(name, rows, lead, system, admin_user):
    client = Client()
    client.force_login(admin_user)
    address = reverse(f"admin:{name}_changelist")

    def number(**words):
        answer = client.get(address, words | ({"show": "all"} if name == "tracker_issue" else {}))
        assert answer.status_code == 200
        return answer.context["cl"].paginator.count

    assert number() >= 2
    assert number(team=lead.pk) == number(system=system.pk) == number(team=lead.pk, system=system.pk) == 1
    assert number(team="x") == number(system=10**15) == 0


@pytest.mark.parametrize("name", LISTS)
def test_it_costs_three_queries_more_and_offers_no_list_of_all_names(name, rows, lead, system, admin_user):
    client = Client()
    client.force_login(admin_user)

    def queries(**words):
        with CaptureQueriesContext(connection) as captured:
            page = client.get(reverse(f"admin:{name}_changelist"), words)
        return len(captured), page.content.decode()

    few = queries(team=lead.pk, system=system.pk)[0]
    System.objects.bulk_create(System(name=f"system {number}") for number in range(300))
    many, page = queries(team=lead.pk, system=system.pk)

    assert many == few
    assert "system 299" not in page
