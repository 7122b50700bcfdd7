"""Failed attempts to sign in: who has to wait, for how long, and what that says about accounts."""

import re
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import Permission
from django.test import Client, RequestFactory
from django.utils import timezone

from remediation_site import tasks
from remediation_site.signin.addresses import client_address

LOGIN = "/admin/login/"
WAIT = re.compile(r"There were too many failed attempts to log in: try again in 15 minutes, after \d\d:\d\d \(UTC\)\.")


@pytest.fixture(autouse=True)
def limits(settings):
    settings.LOGIN_ATTEMPTS = settings.AXES_FAILURE_LIMIT = 3
    settings.LOGIN_ATTEMPTS_OF_ADDRESS = 6


@pytest.fixture
def mona(make_user):
    return make_user("mona", is_staff=True)


def attempt(name="mona", password="wrong", address="203.0.113.7", **extra):
    return Client().post(LOGIN, {"username": name, "password": password}, REMOTE_ADDR=address, **extra)


def signs_in(**how) -> bool:
    return attempt(password="pass", **how).status_code == 302


def test_after_so_many_failures_a_name_has_to_wait_at_that_address_and_is_told_until_when(mona):
    answers = [attempt() for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert WAIT.search(answers[-1].text)
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 15 * 60
    assert not signs_in(), "the right password, too, has to wait"


def test_others_sign_in_there_and_the_name_elsewhere(mona, make_user):
    make_user("vera", is_staff=True)
    for _ in range(3):
        attempt()

    assert signs_in(name="vera")
    assert signs_in(address="203.0.113.8")


def test_an_address_that_tries_many_names_has_to_wait_with_every_name(mona):
    answers = [attempt(name=f"guess{number}") for number in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert not signs_in()
    assert signs_in(address="203.0.113.8")


def test_who_changes_the_name_of_the_browser_is_counted_all_the_same(mona):
    answers = [attempt(HTTP_USER_AGENT=f"browser {number}") for number in range(3)]

    assert answers[-1].status_code == 429


def test_a_name_that_does_not_exist_and_one_that_does_are_told_the_same(mona):
    def told(name):
        return [re.sub(r'value="[^"]*"', "", attempt(name=name).text) for _ in range(3)]

    assert told("mona") == told("nobody")


def test_attempts_while_waiting_do_not_make_the_wait_longer(mona):
    for _ in range(3):
        attempt()
    before = AccessAttempt.objects.values_list("attempt_time", "failures_since_start").get()

    attempt()

    assert AccessAttempt.objects.values_list("attempt_time", "failures_since_start").get() == before


def test_the_wait_ends(mona):
    for _ in range(3):
        attempt()
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15))

    assert signs_in()


def test_who_signs_in_gives_an_address_no_new_attempts_at_other_names(mona):
    for number in range(5):
        attempt(name=f"guess{number}")
    assert signs_in()

    assert attempt(name="guess").status_code == 429


def test_nothing_of_a_password_is_stored(mona):
    attempt(password="correct horse")

    row = AccessAttempt.objects.values().get()
    assert "correct horse" not in str(row)


def test_failures_that_count_no_more_are_purged_by_a_schedule(mona):
    attempt()
    attempt(name="vera")
    AccessAttempt.objects.filter(username="mona").update(attempt_time=timezone.now() - timedelta(minutes=15))

    tasks.purge_sign_ins()

    assert list(AccessAttempt.objects.values_list("username", flat=True)) == ["vera"]


def test_the_failures_are_only_looked_at_and_the_right_to_delete_them_ends_a_wait(client, mona, make_user):
    for _ in range(3):
        attempt()
    page, row = "/admin/axes/accessattempt/", AccessAttempt.objects.get()
    mona.user_permissions.add(Permission.objects.get(codename="view_accessattempt"))
    client.force_login(mona)
    action = {"action": "forget", "_selected_action": [row.pk]}

    assert "Has to wait" in client.get(page).text
    client.post(page, action)
    assert client.post(f"{page}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert AccessAttempt.objects.exists()

    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    client.post(page, action)
    assert signs_in()


def test_a_command_ends_a_wait(mona, run):
    for _ in range(3):
        attempt()

    assert run("axes_reset_username", "mona").code == 0
    assert signs_in()


def test_a_page_of_somebody_who_has_signed_in_asks_nothing_of_the_failures(client, mona, django_assert_max_num_queries):
    client.force_login(mona)

    with django_assert_max_num_queries(20) as asked:
        client.get("/admin/")

    assert not [query for query in asked.captured_queries if "axes_" in query["sql"]]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        pytest.param(0, "198.51.100.1", "203.0.113.7", id="without proxies the header is not believed"),
        pytest.param(1, "198.51.100.1", "198.51.100.1", id="what the one proxy saw"),
        pytest.param(1, "192.0.2.66, 198.51.100.1", "198.51.100.1", id="not what the visitor wrote before it"),
        pytest.param(2, "192.0.2.66, 198.51.100.1, 10.0.0.1", "198.51.100.1", id="what the outer of two proxies saw"),
        pytest.param(2, "198.51.100.1", "203.0.113.7", id="fewer entries than proxies"),
        pytest.param(1, "unknown", "203.0.113.7", id="no address"),
        pytest.param(1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", id="the network of an IPv6 address"),
        pytest.param(1, "::ffff:198.51.100.1", "198.51.100.1", id="an IPv4 address in an IPv6 one"),
    ],
)  # fmt: skip
def test_the_address_that_counts(settings, proxies, forwarded, address):
    settings.PROXY_COUNT = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_FOR=forwarded)

    assert client_address(request) == address


def test_a_socket_of_this_machine_has_no_address_and_is_counted_all_the_same(mona):
    answers = [attempt(address="") for _ in range(3)]

    assert answers[-1].status_code == 429


def change_password(client, old, new="another long phrase"):
    form = {"old_password": old, "new_password1": new, "new_password2": new}
    return client.post("/admin/password_change/", form, REMOTE_ADDR="203.0.113.7")


def test_the_password_that_a_change_asks_for_is_guessed_no_more_often_than_at_the_sign_in(client, mona):
    client.force_login(mona)

    answers = [change_password(client, f"guess {number}") for number in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert WAIT.search(answers[-1].text)
    assert change_password(client, "pass").status_code == 429
    mona.refresh_from_db()
    assert mona.check_password("pass")
    assert not signs_in(), "it is the same count"


def test_a_password_is_changed_by_who_knows_it(client, mona):
    client.force_login(mona)
    wrong = change_password(client, "wrong")
    assert "Your old password was entered incorrectly" in wrong.text

    assert change_password(client, "pass").status_code == 302

    mona.refresh_from_db()
    assert mona.check_password("another long phrase")
    assert client.get("/admin/").status_code == 200
