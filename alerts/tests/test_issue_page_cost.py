"""The page of an issue takes at most 15 queries, whatever its status and kind and however much happened."""

import re
from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from alerts.choices import Level, SilenceDoor, SilenceKind
from alerts.models import QuietHours, Tick
from tracker.choices import (
    CheckOutcome,
    Door,
    IssueKind,
    MeasureCategory,
    Priority,
    RunOutcome,
    RunSource,
    RunState,
    Status,
)
from tracker.models import RevenueProfile, System

pytestmark = pytest.mark.django_db
MOST = 15
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def site(line):
    """What a site has that is in use: revenue with streams, quiet hours, an evaluation a minute ago."""
    assert connection.features.supports_json_field  # SQLite is asked once, and that counts as a query
    now = timezone.now()
    profile = RevenueProfile.objects.create(effective_on=date(2026, 1, 1), currency="USD", mrr=Decimal(50000))
    for name in ("Ovens", "Tills"):
        profile.streams.create(name=name, mrr=Decimal(25000)).systems.add(System.objects.create(name=name))
    for person in line.values():
        QuietHours.objects.create(owner=person, weekday=0, starts=time(22), ends=time(7))
    Tick.objects.create(at=now - timedelta(minutes=1), finished_at=now)


@pytest.fixture
def happened(make_issue, make_analysis, make_owner, make_alert, tell, line):
    """An issue about which everything has happened that its page can show, each so many times."""

    def make(*, times=1, status=Status.FAILED, kind=IssueKind.FIX):
        now = timezone.now()
        fields = {"priority": Priority.P0, "owner": line[Level.OWNER], "analysis": make_analysis(), "source_line": 3}
        moments = {"deadline": now - HOUR, "created_at": now - 9 * HOUR, "status_since": now, "worked_at": now}
        issue = make_issue(status=status, kind=kind, description="Bread", **fields, **moments)
        issue.systems.set(System.objects.all()[: 1 + times])
        hand = {"actor_name": "Mona", "door": Door.ADMIN}
        for number in range(times):
            at = now - (8 - number / 100) * HOUR
            issue.changes.create(old_status=Status.PLANNED, new_status=Status.IN_PROGRESS, at=at, **hand)
            issue.changes.create(old_status=Status.IN_PROGRESS, new_status=Status.COMPLETED, at=at + HOUR, **hand)
            issue.notes.create(text="Done", hours=1, at=at + HOUR, **hand)
            issue.field_changes.create(field="priority", old="P1", new="P0", at=at, **hand)
            issue.measures.create(
                category=MeasureCategory.TEST, text="A test", owner=issue.owner, created_at=at, created_by_name="Mona"
            )
            _run(issue, now, outcome=RunOutcome.FAILED, check=issue.checks.create(text=f"Bread is brown {number}"))
        for rule in ("overdue", "stalled", "unassigned")[:times]:
            alert = make_alert(issue=issue, rule=rule)
            for level in (Level.OWNER, Level.TEAM_LEAD):
                tell(alert, level)
            alert.silences.create(
                kind=SilenceKind.ACKNOWLEDGED, by_name="Mona", door=SilenceDoor.ADMIN, at=now, until=now + HOUR
            )
        return issue

    return make


def _run(issue, now, *, outcome, check):
    moments = {"requested_at": now, "started_at": now, "finished_at": now}
    run = issue.validation_runs.create(
        state=RunState.FINISHED, outcome=outcome, source=RunSource.WORKER, door=Door.TASK, **moments
    )
    run.results.create(issue_check=check, check_text=check.text, outcome=CheckOutcome.FAILED)


def queries_of(browser, issue):
    with CaptureQueriesContext(connection) as captured:
        text = browser.get(f"/admin/tracker/issue/{issue.pk}/change/").text
        found = [query["sql"] for query in captured.captured_queries]
    assert "Bread is brown" in text
    return found


@pytest.fixture
def manager(browser_of):
    """A browser of a Manager on a site that has answered before."""
    browser = browser_of("Manager")
    browser.get("/admin/password_change/")
    return browser


@pytest.mark.parametrize("status", list(Status))
def test_the_page_of_an_issue_takes_at_most_15_queries(manager, happened, status):
    for kind in IssueKind:
        queries = queries_of(manager, happened(status=status, kind=kind))
        assert len(queries) <= MOST, "\n".join(queries)


def test_a_run_that_has_no_result_yet_costs_no_query_of_its_own(manager, happened):
    issue, now = happened(status=Status.COMPLETED), timezone.now()
    hand = {"source": RunSource.WORKER, "door": Door.ADMIN, "requested_by_name": "Mona"}
    issue.validation_runs.create(state=RunState.QUEUED, requested_at=now + HOUR, **hand)

    queries = queries_of(manager, issue)

    assert len(queries) <= MOST, "\n".join(queries)
    assert sum("tracker_validationrun" in sql.partition("FROM")[2][:40] for sql in queries) == 1


@pytest.mark.parametrize("group", [pytest.param(None, id="administrator"), "Engineer", "Executive", "Auditor"])
def test_nobody_else_takes_more(manager, browser_of, happened, group):
    queries = queries_of(browser_of(group), happened())

    assert len(queries) <= MOST, "\n".join(queries)


@pytest.mark.parametrize("status", [Status.IN_PROGRESS, Status.COMPLETED, Status.FAILED])
def test_the_page_takes_no_more_queries_however_much_has_happened(manager, happened, status):
    once, often = (queries_of(manager, happened(status=status, times=times)) for times in (1, 12))

    assert len(often) <= len(once), "\n".join(often)


SMALL = {"auth_group", "auth_user", "alerts_escalationpolicy", "tracker_prioritypolicy"}  # tables that stay small
COUNT_OF_ALL = re.compile(r'SELECT COUNT\(\*\) AS "__count" FROM "(\w+)"( WHERE .*)?')


def queries_of_lists(browser):
    """The queries of each list of the admin, and of the page of its first row."""
    found = {}
    for model in admin.site._registry:
        row = model._default_manager.order_by("pk").first()
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        addresses = [(f"{name}_changelist", ()), *([(f"{name}_change", (row.pk,))] if row else ())]
        for address, arguments in addresses:
            with CaptureQueriesContext(connection) as captured:
                response = browser.get(reverse(address, args=arguments), follow=True)
                found[address] = [query["sql"] for query in captured.captured_queries]
            assert response.status_code in (200, 403), address
    return found


def test_every_list_and_page_of_the_admin_takes_as_many_queries_for_many_rows_as_for_few(browser_of, happened):
    browser = browser_of()
    happened(times=3)
    queries_of_lists(browser)
    few = queries_of_lists(browser)

    for _ in range(3):
        happened(times=12)
    many = queries_of_lists(browser)

    more = {name: "\n".join(queries) for name, queries in many.items() if len(queries) > len(few.get(name, queries))}
    assert not more


def test_no_list_of_the_admin_counts_a_table_that_grows(browser_of, happened):
    happened(times=2)

    found = queries_of_lists(browser_of())

    counts = {match[1] for queries in found.values() for sql in queries if (match := COUNT_OF_ALL.fullmatch(sql))}
    assert counts <= SMALL
