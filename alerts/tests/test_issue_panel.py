"""The alerts of an issue on its page."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from alerts.choices import Level, Severity

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
QUERIES = 17


def page(issue):
    return f"/admin/tracker/issue/{issue.pk}/change/"


def panel(response):
    return " ".join(response.text.split('id="alerts"')[1].split("</section>")[0].split())


def test_the_page_of_an_issue_has_its_open_alerts_the_worst_first(mona, make_issue, make_alert, tell):
    issue = make_issue()
    late = make_alert(issue=issue, rule="overdue", next_step_at=timezone.now() + 2 * HOUR + HOUR / 60)
    make_alert(issue=issue, rule="stalled", severity=Severity.CRITICAL)
    make_alert(issue=issue, rule="blocked_too_long", resolved_at=timezone.now())
    make_alert(rule="unassigned")
    tell(late, Level.TEAM_LEAD)

    text = panel(mona.get(page(issue)))

    assert text.index("Stalled") < text.index("Overdue")
    assert f"/admin/alerts/alert/{late.pk}/change/" in text
    assert "told up to: Team Lead · next:" in text
    assert ">in 2 h<" in text
    assert "Blocked too long" not in text
    assert "without an owner" not in text


def test_an_issue_without_an_alert_says_so(mona, make_issue):
    assert "No alert is open." in panel(mona.get(page(make_issue())))


def test_who_may_not_see_alerts_sees_no_panel(make_user, make_issue, make_alert, client):
    issue = make_issue()
    make_alert(issue=issue)
    user = make_user("vera", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_issue"))
    client.force_login(user)

    assert 'id="alerts"' not in client.get(page(issue)).text


def test_the_panel_costs_the_same_number_of_queries_for_any_number_of_alerts(
    mona, make_issue, make_alert, tell, django_assert_num_queries
):
    issue = make_issue()

    def more(*rules):
        for rule in rules:
            tell(make_alert(issue=issue, rule=rule), Level.TEAM_LEAD)

    more("overdue")
    mona.get(page(issue))
    with django_assert_num_queries(QUERIES):
        mona.get(page(issue))
    more("stalled", "unassigned", "blocked_too_long", "validation_failed")
    with django_assert_num_queries(QUERIES):
        mona.get(page(issue))
