"""Alert settings, quiet hours and evaluations in the admin."""

from datetime import timedelta

import pytest

from alerts.models import AlertSettings, QuietHours, Tick

pytestmark = pytest.mark.django_db
SETTINGS = "/admin/alerts/alertsettings/"
QUIET = "/admin/alerts/quiethours/"
TICKS = "/admin/alerts/tick/"


def form(**changed):
    row = AlertSettings.objects.get(pk=1)
    names = [field.name for field in AlertSettings._meta.fields if field.name not in ("id", "fallback")]
    return {name: getattr(row, name) for name in names} | {"fallback": ""} | changed


def test_the_settings_are_one_form(mona, make_owner):
    boss = make_owner("Ada Boss")
    assert "Revenue at risk" in mona.get(SETTINGS).text

    answer = mona.post(SETTINGS, form(revenue_warning="900.50", fallback=boss.pk))

    assert answer.url == SETTINGS
    row = AlertSettings.objects.get()
    assert (str(row.revenue_warning), row.fallback) == ("900.50", boss)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        pytest.param({"revenue_warning": "5000.01"}, "lies at or below the critical one", id="warning above critical"),
        pytest.param({"digest_hour": 24}, "less than or equal to 23", id="an hour that no day has"),
        pytest.param({"acknowledge_hours": 0}, "greater than or equal to 1", id="no time at all"),
        pytest.param({"snooze_most_hours": 745}, "quiet for at most 744 hours", id="a snooze that is forgotten"),
        pytest.param({"acknowledge_hours_p0": 10**9}, "quiet for at most 744 hours", id="a P0 that is forgotten"),
        pytest.param({"revenue_critical": "-1"}, "greater than or equal to 0", id="less than nothing"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_a_sentence(mona, changed, sentence):
    before = form()

    assert sentence in mona.post(SETTINGS, form(**changed)).text
    assert form() == before


def test_the_limits_of_the_settings_are_fine(mona):
    assert (
        mona.post(SETTINGS, form(revenue_warning="5000.00", digest_hour=23, snooze_most_hours=744)).status_code == 302
    )


def test_a_manager_edits_the_settings_and_an_auditor_looks(browser_of):
    auditor, manager = browser_of("Auditor"), browser_of("Manager")

    assert auditor.get(SETTINGS).status_code == 200
    assert auditor.post(SETTINGS, form(digest_hour=9)).status_code == 403
    assert manager.post(SETTINGS, form(digest_hour=9)).status_code == 302
    assert AlertSettings.objects.get().digest_hour == 9
    assert browser_of("Engineer").get(SETTINGS).status_code == 403
    assert mona_cannot_add_or_delete(manager)


def mona_cannot_add_or_delete(client):
    return {client.get(f"{SETTINGS}{page}/").status_code for page in ("add", "1/delete")} == {403}


def test_quiet_hours_are_added_and_shown_in_words(mona, make_owner):
    olga = make_owner(time_zone="Europe/Berlin")
    assert "Nobody has quiet hours" in mona.get(QUIET).text

    mona.post(f"{QUIET}add/", {"owner": olga.pk, "weekday": 4, "starts": "22:00", "ends": "07:00"})

    assert str(QuietHours.objects.get()) == "Olga Brandt: Friday 22:00 to 07:00"
    text = mona.get(QUIET).text
    assert "22:00 to 07:00 on the next day" in text
    assert "Europe/Berlin" in text


@pytest.mark.parametrize(
    ("ends", "sentence"),
    [("22:00", "Quiet hours end at another time than they start."), ("25:00", "Enter a valid time.")],
)
def test_quiet_hours_that_cannot_be_are_refused_with_a_sentence(mona, make_owner, ends, sentence):
    sent = {"owner": make_owner().pk, "weekday": 4, "starts": "22:00", "ends": ends}

    assert sentence in mona.post(f"{QUIET}add/", sent).text
    assert not QuietHours.objects.exists()


def test_an_engineer_keeps_their_own_quiet_hours_and_sees_no_others(browser_of, make_owner):
    other = QuietHours.objects.create(owner=make_owner("Lea Lund"), weekday=0, starts="20:00", ends="06:00")
    browser = browser_of("Engineer")
    olga = make_owner("Olga Brandt", user=browser.user)

    form = browser.get(f"{QUIET}add/").text
    browser.post(f"{QUIET}add/", {"owner": other.owner_id, "weekday": 4, "starts": "22:00", "ends": "07:00"})

    assert 'name="owner"' not in form
    mine = QuietHours.objects.get(owner=olga)
    page = browser.get(QUIET).text
    assert "Olga Brandt" in page
    assert "Lea Lund" not in page
    browser.post(
        f"{QUIET}{mine.pk}/change/", {"owner": other.owner_id, "weekday": 4, "starts": "23:00", "ends": "07:00"}
    )
    assert str(QuietHours.objects.get(owner=olga)) == "Olga Brandt: Friday 23:00 to 07:00"
    assert browser.post(f"{QUIET}{other.pk}/delete/", {"post": "yes"}).status_code in (302, 403)
    browser.post(f"{QUIET}{mine.pk}/delete/", {"post": "yes"})
    assert list(QuietHours.objects.all()) == [other]


def test_quiet_hours_need_a_person_who_is_an_owner_and_the_page_says_who_makes_them_one(browser_of, client, make_user):
    browser = browser_of("Engineer")
    for address in (QUIET, f"{QUIET}add/"):
        refused = browser.get(address)
        assert refused.status_code == 403
        assert "your account is not connected with one yet. An administrator connects them: Owners" in refused.text
    assert browser.post(f"{QUIET}add/", {"weekday": 4, "starts": "22:00", "ends": "07:00"}).status_code == 403
    assert not QuietHours.objects.exists()

    client.force_login(make_user("nina", is_staff=True))  # has no right to them either
    assert "your account is not connected" not in client.get(QUIET).text


def test_a_manager_takes_quiet_hours_away_and_an_auditor_does_not(browser_of, make_owner):
    row = QuietHours.objects.create(owner=make_owner(), weekday=0, starts="20:00", ends="06:00")
    address = f"{QUIET}{row.pk}/delete/"

    assert browser_of("Auditor").post(address, {"post": "yes"}).status_code == 403
    browser_of("Manager").post(address, {"post": "yes"})

    assert not QuietHours.objects.exists()


def test_evaluations_are_shown_the_newest_first_with_their_errors(mona, now):
    Tick.objects.create(at=now, finished_at=now + timedelta(seconds=1.5), opened=3, resolved=2, steps=7)
    Tick.objects.create(at=now + timedelta(minutes=5), error="the database was <gone>")

    response = mona.get(TICKS)

    assert [tick.opened for tick in response.context["cl"].result_list] == [0, 3]
    for words in ("Failed", "the database was &lt;gone&gt;", "Done", "1.5 s"):
        assert words in response.text


def test_without_an_evaluation_the_list_says_how_to_start_one(mona):
    assert "monitor --once" in mona.get(TICKS).text


@pytest.mark.parametrize("address", [QUIET, TICKS, "/admin/alerts/channel/"])
def test_lists_cost_the_same_number_of_queries_for_any_number_of_rows(
    mona, make_owner, make_channel, now, django_assert_num_queries, address
):
    def more(number):
        for each in range(number):
            at = now + timedelta(minutes=Tick.objects.count())
            Tick.objects.create(at=at)
            owner = make_owner(f"Owner {QuietHours.objects.count()}")
            QuietHours.objects.create(owner=owner, weekday=each % 7, starts="20:00", ends="06:00")
            make_channel()

    more(1)
    mona.get(address)
    with django_assert_num_queries(6):
        mona.get(address)
    more(20)
    with django_assert_num_queries(6):
        mona.get(address)


def test_the_same_quiet_hours_twice_are_refused_with_a_sentence(browser_of, mona, make_owner):
    browser = browser_of("Engineer")
    olga = make_owner("Olga Brandt", user=browser.user)
    sent = {"owner": olga.pk, "weekday": 4, "starts": "22:00", "ends": "07:00"}

    browser.post(f"{QUIET}add/", sent)
    answers = [who.post(f"{QUIET}add/", sent) for who in (browser, mona)]

    assert all("There are quiet hours from that time on that weekday already." in each.text for each in answers)
    assert QuietHours.objects.count() == 1
