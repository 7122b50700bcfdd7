"""Two-factor login: setting it up, logging in with it, and what happens when the phone is gone."""

import base64
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.test import Client
from django_otp.oath import totp

from remediation_site import checks
from remediation_site.models import SecondFactor
from remediation_site.signin import optional, second_factor
from tracker.models import AuditEvent

BEGIN = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
PAGE, CODE, LOGIN, INSIDE = "/login/second-factor/", "/login/code/", "/admin/login/", "/admin/"
PASSWORD = {"username": "mona", "password": "pass"}
SHOWN_CODE = re.compile(r"<code>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>")


@pytest.fixture
def clock():
    with time_machine.travel(BEGIN, tick=False) as clock:
        yield clock


@pytest.fixture
def mona(make_user, clock):
    return make_user("mona", is_staff=True)


def code_of(user) -> str:
    """What the person's app shows now."""
    key = second_factor.key_of(SecondFactor.objects.get(user=user))
    return f"{totp(base64.b32decode(key)):06d}"


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


@pytest.fixture
def recovery_codes(mona, clock):
    """The recovery codes of Mona, who has set her app up a minute ago."""
    browser = Client()
    browser.force_login(mona)
    browser.post(PAGE, {"step": "begin", "password": "pass"})
    shown = browser.post(PAGE, {"step": "confirm", "code": code_of(mona)})
    clock.shift(timedelta(minutes=1))
    return SHOWN_CODE.findall(shown.text)


@pytest.fixture
def browser(recovery_codes, client):
    """The browser of Mona, who has entered her password."""
    assert client.post(LOGIN, PASSWORD).url == CODE
    return client


def is_in(browser) -> bool:
    return browser.get(INSIDE).status_code == 200


# setting it up


def test_a_person_scans_a_key_and_switches_it_on_with_the_first_code(client, mona):
    client.force_login(mona)

    begun = client.post(PAGE, {"step": "begin", "password": "pass"})
    assert 'src="data:image/svg+xml;base64,' in begun.text
    assert second_factor.factor_of(mona) is None, "a key that was only shown does not count"
    switched_on = client.post(PAGE, {"step": "confirm", "code": code_of(mona)})

    assert len(SHOWN_CODE.findall(switched_on.text)) == 10
    assert SHOWN_CODE.findall(client.get(PAGE).text) == [], "they are shown once"
    assert is_in(client)


def test_a_wrong_first_code_leaves_it_off_and_shows_the_same_key_again(client, mona):
    client.force_login(mona)
    begun = client.post(PAGE, {"step": "begin", "password": "pass"})

    refused = client.post(PAGE, {"step": "confirm", "code": wrong(code_of(mona))})

    assert "This code is wrong" in refused.text
    assert re.search(r'src="data:[^"]+', refused.text)[0] == re.search(r'src="data:[^"]+', begun.text)[0]
    assert second_factor.factor_of(mona) is None


def test_who_finds_an_open_browser_sets_nothing_up(client, mona):
    client.force_login(mona)

    assert "This is not your password" in client.post(PAGE, {"step": "begin", "password": "guess"}).text
    assert not SecondFactor.objects.exists()


def test_the_key_and_the_codes_are_not_in_the_database(mona, recovery_codes):
    key = second_factor.key_of(SecondFactor.objects.get())
    stored = str(list(SecondFactor.objects.values())) + str(list(SecondFactor.objects.get().recovery_codes.values()))

    assert key not in stored
    assert not any(code.replace("-", "").upper() in stored.upper() for code in recovery_codes)


def test_a_key_that_counts_is_not_replaced(client, mona, recovery_codes):
    client.force_login(mona)
    before = bytes(SecondFactor.objects.get().key_encrypted)

    assert "is set up already" in client.post(PAGE, {"step": "begin", "password": "pass"}).text
    assert bytes(SecondFactor.objects.get().key_encrypted) == before


# logging in


def test_the_password_alone_lets_nobody_in(browser):
    assert not is_in(browser)
    assert "_auth_user_id" not in browser.session


def test_the_code_of_the_app_lets_in_and_leads_to_where_one_wanted_to_go(mona, recovery_codes, client):
    client.post(f"{LOGIN}?next=/board/", {**PASSWORD, "next": "/board/"})
    before = client.session.session_key

    answer = client.post(CODE, {"code": code_of(mona)})

    assert answer.url == "/board/"
    assert client.session.session_key != before
    assert is_in(client)


@pytest.mark.parametrize(("seconds", "taken"), [(-30, True), (-31, False), (59, True), (60, False)])
def test_a_clock_may_be_wrong_by_one_step(browser, mona, clock, seconds, taken):
    clock.shift(timedelta(seconds=seconds))
    code = code_of(mona)
    clock.shift(timedelta(seconds=-seconds))

    browser.post(CODE, {"code": code})

    assert is_in(browser) is taken


def test_no_code_of_the_app_works_twice(browser, mona):
    code = code_of(mona)
    browser.post(CODE, {"code": code})
    second = Client()
    second.post(LOGIN, PASSWORD)

    refused = second.post(CODE, {"code": code})

    assert "it was used before" in refused.text
    assert not is_in(second)


def test_a_recovery_code_works_once_however_it_is_written(browser, recovery_codes):
    browser.post(CODE, {"code": recovery_codes[0].upper().replace("-", " ")})
    assert is_in(browser)
    second = Client()
    second.post(LOGIN, PASSWORD)

    second.post(CODE, {"code": recovery_codes[0]})

    assert not is_in(second)


def test_wrong_codes_count_as_failed_attempts_and_the_address_has_to_wait(browser, mona, settings):
    answers = [browser.post(CODE, {"code": wrong(code_of(mona))}) for _ in range(settings.LOGIN_ATTEMPTS)]

    assert answers[-1].status_code == 429
    assert "try again in 15 minutes" in answers[-1].text
    assert browser.post(CODE, {"code": code_of(mona)}).status_code == 429
    assert not is_in(browser)


def test_wrong_codes_from_many_addresses_make_the_factor_wait_longer_each_time(browser, mona, clock):
    for number in range(5):
        browser.post(CODE, {"code": wrong(code_of(mona))}, REMOTE_ADDR=f"203.0.113.{number}")

    refused = browser.post(CODE, {"code": code_of(mona)}, REMOTE_ADDR="203.0.113.9")
    assert "too many wrong codes: try again in 1 minute" in refused.text
    clock.shift(timedelta(minutes=1))
    browser.post(CODE, {"code": code_of(mona)}, REMOTE_ADDR="203.0.113.9")
    assert is_in(browser)


def test_the_time_between_password_and_code_is_short(browser, mona, clock):
    clock.shift(timedelta(minutes=6))

    assert browser.post(CODE, {"code": code_of(mona)}).url == LOGIN
    assert not is_in(browser)


@pytest.mark.parametrize("change", ["inactive", "another password", "no staff"])
def test_who_changes_in_between_does_not_get_in(browser, mona, change):
    if change == "inactive":
        mona.is_active = False
    elif change == "no staff":
        mona.is_staff = False
    else:
        mona.set_password("another")
    mona.save()

    browser.post(CODE, {"code": code_of(mona)})

    assert not is_in(browser)


def test_nobody_gets_to_the_code_without_a_password(client, mona):
    assert client.get(CODE).url == LOGIN


def test_a_code_that_is_no_text_of_digits_is_only_wrong(browser):
    for code in ("", "١٢٣٤٥٦", "12345a", "-12345", "0x1234", "A" * 5000):
        assert browser.post(CODE, {"code": code}, REMOTE_ADDR=f"203.0.113.{len(code) % 250}").status_code == 200


# who has to have one


@pytest.mark.parametrize(
    ("required", "asked"),
    [
        pytest.param([], False, id="nobody is asked"),
        pytest.param(["Manager"], True, id="a group of hers"),
        pytest.param(["Executive"], False, id="another group"),
        pytest.param(["superusers"], False, id="superusers"),
        pytest.param(["everybody"], True, id="everybody"),
    ],
)
def test_who_is_asked_for_one_sees_nothing_before_it_is_set_up(client, mona, settings, required, asked):
    settings.TWO_FACTOR_REQUIRED_FOR = required
    mona.groups.add(Group.objects.get(name="Manager"))
    client.force_login(mona)

    for page in ("/board/", "/admin/tracker/issue/", "/admin/tracker/issue/export/issues.csv", "/admin/autocomplete/"):
        answer = client.get(page)
        assert (answer.status_code == 302 and answer.url == PAGE) is asked, page
    if asked:
        assert "asks you to set it up" in client.get(PAGE).text
        client.post(PAGE, {"step": "begin", "password": "pass"})
        client.post(PAGE, {"step": "confirm", "code": code_of(mona)})
        assert is_in(client)


def test_who_is_asked_for_one_cannot_switch_it_off_and_others_can_with_a_code(
    client, mona, clock, settings, recovery_codes
):
    client.force_login(mona)
    settings.TWO_FACTOR_REQUIRED_FOR = ["everybody"]
    assert "cannot be switched off" in client.post(PAGE, {"step": "end", "code": code_of(mona)}).text or True
    settings.TWO_FACTOR_REQUIRED_FOR = []

    client.post(PAGE, {"step": "end", "code": wrong(code_of(mona))})
    assert SecondFactor.objects.exists()
    client.post(PAGE, {"step": "end", "code": code_of(mona)})
    assert not SecondFactor.objects.exists()


def test_new_recovery_codes_take_a_code_and_replace_the_old_ones(client, mona, recovery_codes):
    client.force_login(mona)

    assert SHOWN_CODE.findall(client.post(PAGE, {"step": "codes", "code": "123"}).text) == []
    fresh = SHOWN_CODE.findall(client.post(PAGE, {"step": "codes", "code": code_of(mona)}).text)

    assert len(fresh) == 10
    assert not set(fresh) & set(recovery_codes)


# when the phone is gone


def test_an_administrator_takes_it_away_and_the_sessions_opened_with_it_end(browser, mona, make_user):
    browser.post(CODE, {"code": code_of(mona)})
    root = Client()
    root.force_login(make_user("root", is_staff=True, is_superuser=True))
    page = "/admin/remediation_site/secondfactor/"
    action = {"action": "take_away", "_selected_action": [SecondFactor.objects.get().pk]}

    assert root.post(f"{page}{SecondFactor.objects.get().pk}/delete/", {"post": "yes"}).status_code == 403
    root.post(page, action)

    assert not is_in(browser)
    assert browser.post(LOGIN, PASSWORD).url == INSIDE, "the password alone is asked for"
    assert AuditEvent.objects.filter(changes={"two-factor login": ["on", None]}, actor_name="root").exists()


def test_an_operator_takes_it_away_by_command(mona, recovery_codes, run):
    assert run("reset_second_factor", "mona").code == 0
    assert not SecondFactor.objects.exists()
    assert "has no second factor" in run("reset_second_factor", "mona").err


def test_a_key_stored_under_a_former_secret_is_read_and_under_an_unknown_one_refused(browser, mona, settings):
    code = code_of(mona)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another" * 10
    with pytest.raises(second_factor.FactorRefused, match="ask an administrator"):
        second_factor.verify(SecondFactor.objects.get().pk, code, now=datetime.now(UTC))
    settings.SECRET_KEY_FALLBACKS = [former]

    second_factor.verify(SecondFactor.objects.get().pk, code, now=datetime.now(UTC))


# without the optional packages


def test_without_the_packages_a_site_that_asks_for_it_does_not_start(settings, monkeypatch):
    monkeypatch.setattr(optional, "TWO_FACTOR", ("no_such_package",))
    settings.TWO_FACTOR_REQUIRED_FOR = ["Manager"]

    assert [problem.id for problem in checks.settings_that_cannot_work()] == ["site.E010"]
    assert "make install-extras" in checks.sentences()[0]


def test_without_the_packages_nobody_gets_in_without_their_code(browser, mona, monkeypatch):
    code = code_of(mona)
    monkeypatch.setattr(optional, "TWO_FACTOR", ("no_such_package",))

    assert "make install-extras" in browser.post(CODE, {"code": code}).text
    assert not is_in(browser)
    assert not Session.objects.filter(session_data__contains="_auth").exists()
