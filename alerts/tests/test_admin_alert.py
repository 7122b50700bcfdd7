"""The list and the page of alerts in the admin."""

from datetime import timedelta

import pytest
from django.utils import timezone

from alerts.choices import Level, MessageState, Severity, SilenceDoor, SilenceKind
from alerts.models import Silence
from tracker.choices import Priority

pytestmark = pytest.mark.django_db
LIST = "/admin/alerts/alert/"
HOUR = timedelta(hours=1)
QUERIES_OF_THE_PAGE = 16


def page(alert):
    return f"{LIST}{alert.pk}/change/"


def listed(response):
    return [alert.sentence for alert in response.context["cl"].result_list]


def test_the_list_has_open_alerts_the_worst_first(mona, make_alert, now):
    make_alert(sentence="info", severity=Severity.INFO)
    make_alert(sentence="older emergency", severity=Severity.EMERGENCY, opened_at=now - 9 * HOUR)
    make_alert(sentence="emergency", severity=Severity.EMERGENCY)
    make_alert(sentence="critical", severity=Severity.CRITICAL)
    make_alert(sentence="warning", severity=Severity.WARNING)
    make_alert(sentence="ended", severity=Severity.EMERGENCY, resolved_at=now)

    assert listed(mona.get(LIST)) == ["emergency", "older emergency", "critical", "warning", "info"]
    assert listed(mona.get(LIST, {"state": "ended"})) == ["ended"]
    assert len(listed(mona.get(LIST, {"state": "all"}))) == 6


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({"severity": "emergency"}, ["told"], id="by severity"),
        pytest.param({"priority": "P0"}, ["told"], id="by priority"),
        pytest.param({"rule": "stalled"}, ["mine"], id="by rule"),
        pytest.param({"quiet": "yes"}, ["quiet"], id="that somebody keeps quiet"),
        pytest.param({"quiet": "no"}, ["told", "mine"], id="that nobody looks after"),
        pytest.param({"who": "me"}, ["mine"], id="about my issues"),
        pytest.param({"who": "told"}, ["told"], id="escalated to me"),
        pytest.param({"who": "'", "severity": "\0"}, ["told", "mine", "quiet"], id="words that are none"),
        pytest.param({"q": "min"}, ["mine"], id="by words"),
        pytest.param({"q": "P0-"}, ["told"], id="by the reference of the issue"),
    ],
)
def test_filters_and_search_find(mona, make_alert, make_issue, make_owner, tell, query, expected):
    owner = make_owner("Mona Reyes", user=mona.user)
    told = make_alert(sentence="told", severity=Severity.EMERGENCY, priority=Priority.P0)
    tell(told, Level.EXECUTIVE, recipient=owner, who="Mona Reyes")
    mine = make_alert(sentence="mine", rule="stalled", issue=make_issue(owner=owner))
    tell(mine, Level.OWNER, recipient=owner, who="Mona Reyes")
    make_alert(sentence="quiet", severity=Severity.INFO, silenced_until=timezone.now() + HOUR)

    assert listed(mona.get(LIST, query)) == expected


def test_the_list_says_who_was_told_and_what_comes_next(mona, make_alert, tell):
    soon = timezone.now() + 2 * HOUR + timedelta(seconds=30)
    tell(make_alert(next_step_at=soon), Level.TEAM_LEAD)
    make_alert(silenced_until=soon)

    text = mona.get(LIST).text

    assert "Team Lead" in text
    assert "in 2 h" in text
    assert "quiet for 2 h" in text
    assert "nobody yet" in text


def test_a_step_that_reached_nobody_is_red_in_the_list_and_on_the_page(mona, make_alert, tell):
    alert = make_alert()
    tell(alert, Level.MANAGEMENT, who="")

    assert "nobody found" in mona.get(LIST).text
    assert "nobody found" in mona.get(page(alert)).text
    tell(alert, Level.EXECUTIVE)
    assert "nobody found" not in mona.get(LIST).text


@pytest.mark.parametrize("query", [{}, {"state": "ended"}, {"who": "told"}])
def test_the_list_costs_the_same_number_of_queries_for_any_number_of_alerts(
    mona, make_alert, make_owner, tell, now, django_assert_num_queries, query
):
    owner = make_owner("Mona Reyes", user=mona.user)

    def more(number):
        for each in range(number):
            tell(make_alert(resolved_at=now if "state" in query else None), Level(1 + each % 3), recipient=owner)

    mona.get(LIST, query)
    more(1)
    with django_assert_num_queries(7):
        mona.get(LIST, query)
    more(20)
    with django_assert_num_queries(7):
        mona.get(LIST, query)


def test_the_page_says_what_is_wrong_who_was_told_and_who_keeps_it_quiet(mona, make_alert, tell, now):
    alert = make_alert(sentence="The pool is <b>late</b>", severity=Severity.CRITICAL)
    tell(alert, Level.OWNER)
    tell(alert, Level.OWNER, repeat=1)
    tell(alert, Level.TEAM_LEAD, who="Lee Okafor", state=MessageState.DEAD, answer="mailbox unknown")
    Silence.objects.create(
        alert=alert,
        kind=SilenceKind.SNOOZED,
        by_name="vera",
        door=SilenceDoor.COMMAND,
        at=now,
        until=timezone.now() + HOUR,
        reason="the part <i>comes</i> tomorrow",
    )

    text = mona.get(page(alert)).text

    for words in ("The pool is &lt;b&gt;late", "Critical", alert.issue.reference, "told again (1)", "Lee Okafor"):
        assert words in text
    for words in ("Could not be delivered", "mailbox unknown", "Snoozed until", "vera", "comes&lt;/i&gt; tomorrow"):
        assert words in text
    assert "<b>late" not in text


def test_the_page_costs_the_same_number_of_queries_however_often_somebody_was_told(
    mona, make_alert, tell, django_assert_num_queries
):
    alert = make_alert()
    tell(alert)
    mona.get(page(alert))
    with django_assert_num_queries(QUERIES_OF_THE_PAGE):
        mona.get(page(alert))
    for repeat in range(1, 20):
        tell(alert, repeat=repeat)
    with django_assert_num_queries(QUERIES_OF_THE_PAGE):
        mona.get(page(alert))


def test_the_page_itself_takes_no_changes(mona, make_alert):
    alert = make_alert()

    assert mona.post(page(alert), {"severity": "info"}).status_code == 405
    for address in (f"{LIST}add/", f"{LIST}{alert.pk}/delete/"):
        assert mona.get(address).status_code == 403


@pytest.mark.parametrize("group", ["Engineer", "Manager", "Executive", "Auditor"])
def test_every_group_looks_at_alerts(browser_of, make_alert, tell, group):
    alert = make_alert()
    tell(alert)
    client = browser_of(group)

    assert client.get(LIST).status_code == 200
    text = client.get(page(alert)).text
    assert ("Message" in text) == (group in ("Manager", "Auditor"))


def test_an_alert_that_tells_an_amount_is_for_who_may_see_the_revenue_or_was_told(
    browser_of, make_alert, tell, make_owner
):
    alert = make_alert(rule="revenue_at_risk", sentence="Revenue at risk is 9,600.00 USD a month.")
    engineer = browser_of("Engineer")

    assert "9,600.00" in browser_of("Executive").get(LIST).text
    assert "9,600.00" not in engineer.get(LIST).text
    assert "9,600.00" not in engineer.get(page(alert), follow=True).text

    tell(alert, Level.MANAGEMENT, recipient=make_owner("Eng Lee", user=engineer.user), who="Eng Lee")
    assert "9,600.00" in engineer.get(page(alert)).text


def test_somebody_without_rights_sees_no_alert(client, make_user, make_alert):
    client.force_login(make_user("nina", is_staff=True))

    assert client.get(LIST).status_code == 403
    assert client.get(page(make_alert())).status_code == 403


def test_an_empty_list_says_what_it_means(mona):
    assert "Nothing is wrong." in mona.get(LIST).text
    assert "No alert matches." in mona.get(LIST, {"severity": "info"}).text


def test_the_page_says_what_comes_next_and_offers_no_open_form_while_it_is_quiet(
    mona, make_alert, make_issue, make_owner
):
    deadline = timezone.now() - HOUR
    alert = make_alert(
        issue=make_issue(owner=make_owner("Olga Brandt"), deadline=deadline), anchor_at=deadline, opened_at=deadline
    )
    before = mona.get(page(alert)).text

    mona.post(page(alert).replace("change/", "silence/acknowledge/"), {"hours": "2", "reason": ""})
    after = mona.get(page(alert)).text

    assert "Overdue is told next with the next evaluation: told to Olga Brandt, Owner" in before
    assert '<details class="amend" open>' in before
    assert "Overdue is acknowledged by mona until" in after
    assert '<details class="amend" open>' not in after
