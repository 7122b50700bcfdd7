"""What was escalated to a person, on the start page."""

from datetime import timedelta

import pytest

from alerts.choices import Level, Severity

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def boss(browser_of, make_owner):
    client = browser_of("Executive")
    client.owner = make_owner("Ada Boss", user=client.user)
    return client


def shown(client):
    return [alert.sentence for alert in client.get("/admin/").context["escalated"].rows]


def test_what_was_escalated_to_me_and_is_open_is_shown_the_worst_first(boss, make_alert, make_owner, tell, now):
    def told(sentence, level=Level.EXECUTIVE, recipient=boss.owner, **fields):
        tell(make_alert(sentence=sentence, **fields), level, recipient=recipient)

    told("late")
    told("very late", severity=Severity.EMERGENCY)
    told("ended", resolved_at=now)
    told("told as the owner", Level.OWNER)
    told("told to another", recipient=make_owner())

    assert shown(boss) == ["very late", "late"]


def test_an_alert_that_was_told_several_times_is_shown_once(boss, make_alert, tell):
    alert = make_alert()
    tell(alert, Level.MANAGEMENT, recipient=boss.owner)
    tell(alert, Level.EXECUTIVE, recipient=boss.owner)

    assert len(shown(boss)) == 1
    assert boss.get("/admin/").context["escalated"].number == 1


def test_the_section_shows_the_first_and_how_many_there_are_and_leads_to_them(boss, make_alert, tell):
    for _ in range(8):
        tell(make_alert(), Level.EXECUTIVE, recipient=boss.owner)

    section = boss.get("/admin/").context["escalated"]

    assert (len(section.rows), section.number_words) == (6, "8")
    response = boss.get(f"/admin/alerts/alert/?{section.query}")
    assert len(response.context["cl"].result_list) == 8


def test_an_empty_section_says_so_and_who_may_not_see_alerts_has_none(boss, client, make_user):
    assert "Nothing was escalated to you." in boss.get("/admin/").text

    client.force_login(make_user("nina", is_staff=True))

    assert "escalated" not in client.get("/admin/").context


def test_of_whom_nobody_was_found_the_start_page_says_so_in_red(boss, client, make_user, make_alert, now):
    sentence = "Nobody was found at level Owner to be told of 3 open alerts."
    open_one = make_alert(rule="nobody_found", subject="0", sentence=sentence)
    make_alert(rule="nobody_found", subject="1", sentence="This one is over.", resolved_at=now)

    text = boss.get("/admin/").text

    assert f'<a href="/admin/alerts/alert/{open_one.pk}/change/">{sentence}</a>' in text
    assert "Set who is told of what nobody owns" not in text, "of those who may not"
    assert "This one is over." not in text
    client.force_login(make_user("nina", is_staff=True))
    assert sentence not in client.get("/admin/").text


def test_who_may_change_the_fallback_is_led_to_it_from_the_red_lines(browser_of, make_alert):
    make_alert(rule="nobody_found", subject="0", sentence="Nobody was found at level Owner.")

    banner = browser_of("Manager").get("/admin/").text.split("Nobody to tell.")[1].split("</div>")[0]

    assert 'href="/admin/alerts/alertsettings/"' in banner
    assert 'href="/admin/tracker/owner/"' in banner
