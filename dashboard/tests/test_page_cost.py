"""What a page of a small site costs, which is calculated when it is asked for."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dashboard.layout import PAGES
from dashboard.metrics.pages import MOST_LIVE
from tracker.choices import Door, Priority, Status
from tracker.models import Analysis, Issue, Note, StatusChange

DAY = timedelta(days=1)
FEW, MANY = 50, MOST_LIVE


@pytest.fixture
def track(make_owner):
    """Track so many more issues, of which every fifth is validated, each with an analysis and its history."""

    def write(number):
        now, first = timezone.now(), Issue.objects.count()
        owner = make_owner(f"Owner {first}", reports_to=make_owner(f"Lead {first}", role="team_lead"))
        numbers = range(first, first + number)
        analyses = Analysis.objects.bulk_create(
            Analysis(source=f"{n}.md", title=f"Incident {n}", sha256=f"{n:064x}", imported_at=now - DAY, updated_at=now)
            for n in numbers
        )
        issues = Issue.objects.bulk_create(
            Issue(
                reference=f"P1-20260101-{n}",
                title="Raise the pool size",
                kind="fix",
                priority=list(Priority)[n % 4],
                status=Status.VALIDATED if n % 5 == 0 else Status.IN_PROGRESS,
                owner=owner,
                analysis=analysis,
                deadline=now - timedelta(hours=n % 9),
                original_deadline=now - timedelta(hours=n % 9),
                created_at=now - DAY,
                updated_at=now,
                status_since=now,
                worked_at=now,
            )
            for n, analysis in zip(numbers, analyses, strict=True)
        )
        StatusChange.objects.bulk_create(
            StatusChange(issue=issue, new_status=step, old_status="", actor_name="Task", door=Door.TASK, at=now)
            for issue in issues
            for step in (Status.COMPLETED, Status.VALIDATED)
            if issue.status == Status.VALIDATED
        )
        Note.objects.bulk_create(
            Note(issue=issue, kind="progress", text="It goes on.", hours=2, actor_name="Task", door=Door.TASK, at=now)
            for issue in issues[::2]
        )

    return write


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.key)
def test_a_page_takes_as_many_queries_with_500_issues_as_with_50(page, profile, track, admin_user):
    profile.streams.create(name="Shop", mrr=profile.mrr)
    client = Client()
    client.force_login(admin_user, "remediation_site.accounts.AccountBackend")

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse(f"dashboard:{page.key}")).status_code == 200
        return len(captured)

    track(FEW)
    with_few = queries()
    track(MANY - FEW)

    assert queries() == with_few
