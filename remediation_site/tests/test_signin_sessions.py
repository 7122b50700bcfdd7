"""How long a session lasts, and what browsers are told about its cookie and its pages."""

import json
import os
import subprocess
import sys

import pytest
import time_machine
from django.conf import settings as site_settings
from django.contrib.sessions.models import Session

from remediation_site import tasks

LOGIN = "/admin/login/"
MINUTE, HOUR = 60, 3600
BEGIN = 1_780_000_000  # seconds since 1970


@pytest.fixture
def mona(make_user):
    return make_user("mona", is_staff=True)


@pytest.fixture
def clock(settings):
    settings.SESSION_IDLE_MINUTES, settings.SESSION_COOKIE_AGE = 60, 8 * HOUR
    with time_machine.travel(BEGIN, tick=False) as clock:
        yield clock


def is_in(client) -> bool:
    return client.get("/admin/").status_code == 200


@pytest.mark.parametrize(("idle", "stays"), [(60 * MINUTE - 1, True), (60 * MINUTE, False)])
def test_a_session_ends_when_nothing_was_asked_for_so_long(client, mona, clock, idle, stays):
    client.force_login(mona)

    clock.move_to(BEGIN + idle)

    assert is_in(client) is stays


def test_each_request_counts_and_the_session_ends_at_its_age_all_the_same(client, mona, clock):
    client.force_login(mona)

    for half_hour in range(1, 16):
        clock.move_to(BEGIN + half_hour * 30 * MINUTE)
        assert is_in(client)
    clock.move_to(BEGIN + 8 * HOUR)

    assert not is_in(client)


def test_a_page_is_no_write_to_the_session_unless_the_last_was_long_ago(
    client, mona, clock, django_assert_max_num_queries
):
    def writes():
        with django_assert_max_num_queries(30) as asked:
            client.get("/admin/")
        return [query for query in asked.captured_queries if query["sql"].startswith("UPDATE")]

    client.force_login(mona)

    clock.move_to(BEGIN + 3 * MINUTE - 1)
    assert writes() == []
    clock.move_to(BEGIN + 3 * MINUTE)
    assert len(writes()) == 1


def test_a_session_that_does_not_say_when_it_began_is_over(client, mona):
    client.force_login(mona)
    session = client.session
    del session["began"]
    session.save()

    assert not is_in(client)


def test_the_key_of_a_session_changes_at_the_sign_in_and_logging_out_deletes_its_row(client, mona):
    session = client.session  # one of nobody, such as somebody else may have planted
    session["planted"] = 1
    session.save()
    client.cookies[site_settings.SESSION_COOKIE_NAME] = before = session.session_key
    client.post(LOGIN, {"username": "mona", "password": "pass"})
    after = client.session.session_key

    assert before != after
    assert not Session.objects.filter(pk=before).exists()

    client.post("/admin/logout/")

    assert not Session.objects.exists()
    client.cookies[site_settings.SESSION_COOKIE_NAME] = after
    assert not is_in(client)


def test_a_new_password_ends_the_other_sessions(client, mona):
    client.force_login(mona)
    mona.set_password("another one")
    mona.save()

    assert not is_in(client)


def test_somebody_who_is_no_longer_active_is_out_at_once(client, mona):
    client.force_login(mona)
    mona.is_active = False
    mona.save()

    assert not is_in(client)


def test_sessions_that_are_over_are_purged_by_a_schedule(client, mona, clock):
    client.force_login(mona)

    tasks.purge_sign_ins()
    assert Session.objects.exists()

    clock.move_to(BEGIN + 8 * HOUR + 1)
    tasks.purge_sign_ins()
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    "next_page", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_to_no_other_site(client, mona, next_page):
    answer = client.post(f"{LOGIN}?next={next_page}", {"username": "mona", "password": "pass", "next": next_page})

    assert answer.url == "/admin/"


@pytest.mark.parametrize("address", ["/admin/", "/", "/admin/login/", "/alerts/acknowledge/no-token/", "/nowhere"])
def test_every_answer_says_what_browsers_may_do_and_that_nobody_keeps_it(client, mona, address):
    client.force_login(mona)

    headers = client.get(address).headers

    assert "no-store" in headers["Cache-Control"]
    assert "private" in headers["Cache-Control"]
    assert "script-src 'self';" in headers["Content-Security-Policy"]
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


COOKIES = """
import json
from django.conf import settings
names = ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SAMESITE", "SESSION_COOKIE_SECURE",
         "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_DOMAIN", "SESSION_COOKIE_PATH")
print(json.dumps([getattr(settings, name) for name in names]))
"""


def test_cookies_of_production_belong_to_this_host_alone_and_travel_by_https_only():
    environment = os.environ | {
        "ENVIRONMENT": "production",
        "ALLOWED_HOSTS": "issues.example.org",
        "ENV_FILE": os.devnull,
        "SECRET_KEY": "q7V-" + "aZ3_kR8b" * 8,
        "DJANGO_SETTINGS_MODULE": "remediation_site.settings",
    }

    ended = subprocess.run(
        [sys.executable, "-c", COOKIES], cwd=site_settings.BASE_DIR, env=environment, capture_output=True, check=True
    )

    assert json.loads(ended.stdout) == ["__Host-sessionid", "__Host-csrftoken", "Lax", True, True, True, None, "/"]
