"""The alerts of an issue on its page."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from alerts.choices import Level, Severity
from tracker.choices import Status

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
QUERIES = 17  # two of them for the banner: nothing was evaluated


def page(issue):
    return f"/admin/tracker/issue/{issue.pk}/change/"


def panel(response):
    return " ".join(response.text.split('id="alerts"')[1].split("</section>")[0].split())


def test_the_page_of_an_issue_has_its_open_alerts_the_worst_first(mona, make_issue, make_alert, tell):
    issue = make_issue()
    late = make_alert(issue=issue, rule="overdue", next_step_at=timezone.now() + 2 * HOUR + HOUR / 60)
    make_alert(issue=issue, rule="stalled", severity=Severity.CRITICAL)
    make_alert(issue=issue, rule="blocked_too_long", resolved_at=timezone.now())
    other = make_alert(rule="unassigned")
    tell(late, Level.TEAM_LEAD)

    text = panel(mona.get(page(issue)))

    assert text.index("Stalled") < text.index("Overdue")
    assert f"/admin/alerts/alert/{late.pk}/change/" in text
    assert "told up to: Team Lead · next:" in text
    assert ">in 2 h<" in text
    assert "Blocked too long" not in text
    assert f"/admin/alerts/alert/{other.pk}/change/" not in text


def test_the_page_says_which_alert_comes_next_when_and_to_whom(mona, make_issue, make_owner):
    olga = make_owner("Olga <b>Brandt</b>")
    issue = make_issue(owner=olga, deadline=timezone.now() + 90 * HOUR, worked_at=timezone.now())

    text = panel(mona.get(page(issue)))

    assert "Due soon opens at" in text or "Stalled opens at" in text
    assert "to Olga &lt;b&gt;Brandt&lt;/b&gt;, Owner" in text


def test_the_page_says_what_comes_next_of_an_open_alert_and_that_nobody_is_found(mona, make_issue, make_alert, tell):
    issue = make_issue(deadline=timezone.now() - 9 * HOUR)
    tell(make_alert(issue=issue, anchor_at=issue.deadline, opened_at=issue.deadline))

    text = panel(mona.get(page(issue)))

    assert "Overdue is told next" in text
    assert "nobody found" in text
    assert "no Owner is found" in text


def test_an_issue_about_which_nothing_comes_says_why(mona, make_issue):
    assert "No alert comes: it is validated" in panel(mona.get(page(make_issue(status=Status.VALIDATED))))


def test_who_may_not_see_alerts_sees_no_panel(make_user, make_issue, make_alert, client):
    issue = make_issue()
    make_alert(issue=issue)
    user = make_user("vera", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_issue"))
    client.force_login(user)

    assert 'id="alerts"' not in client.get(page(issue)).text


def test_the_panel_costs_no_more_queries_for_many_alerts_than_for_one(
    mona, make_issue, make_alert, tell, django_assert_max_num_queries
):
    issue = make_issue()

    def more(*rules):
        for rule in rules:
            tell(make_alert(issue=issue, rule=rule), Level.TEAM_LEAD)

    more("overdue")
    mona.get(page(issue))
    with django_assert_max_num_queries(QUERIES):
        mona.get(page(issue))
    more("stalled", "unassigned", "blocked_too_long", "validation_failed")
    with django_assert_max_num_queries(QUERIES):
        mona.get(page(issue))
