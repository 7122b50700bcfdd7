"""Who watches the watch: the figures, the banner and the heartbeat that leaves."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts import heartbeat, watch
from alerts.choices import MessageState
from alerts.models import Tick
from tracker.tests.servers import http_server

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def ticked(now):
    def tick(ago, error=""):
        at = now - ago
        return Tick.objects.create(at=at, finished_at=None if error else at, error=error)

    return tick


@pytest.mark.parametrize(
    ("ago", "well"),
    [
        pytest.param(15 * MINUTE - SECOND, True, id="just within three intervals"),
        pytest.param(15 * MINUTE, True, id="three intervals ago"),
        pytest.param(15 * MINUTE + SECOND, False, id="just more than three intervals ago"),
    ],
)
def test_the_banner_is_there_from_more_than_three_intervals_on(ticked, now, ago, well):
    ticked(ago)

    assert watch.figures(now).is_well == well
    assert bool(watch.banner(now)) != well
    if not well:
        assert watch.banner(now).startswith(
            "Alerts have not been evaluated for 15 minutes: nobody is told of anything."
        )


def test_the_interval_is_that_of_the_settings(ticked, settings, now):
    settings.ALERT_INTERVAL_MINUTES = 60
    ticked(180 * MINUTE)

    assert watch.banner(now) == ""


def test_a_site_that_never_evaluated_says_so(now):
    assert "not been evaluated yet" in watch.banner(now)
    assert watch.figures(now).evaluated_at is None


def test_evaluations_that_fail_do_not_count_and_their_reason_is_shown(ticked, now):
    ticked(20 * MINUTE)
    ticked(1 * MINUTE, error="OperationalError: the disk is full")

    assert watch.banner(now).endswith("The last evaluation failed: OperationalError: the disk is full")

    ticked(0 * MINUTE)
    assert watch.figures(now).error == ""
    assert watch.banner(now) == ""


def test_what_waits_longest_is_told_in_seconds(open_alert, make_message, now):
    found = watch.figures(now)
    assert (found.oldest_due_step, found.oldest_due_message, found.dead_messages) == (None, None, 0)

    for minutes in (-1, 3, 7):
        open_alert(next_step_at=now - minutes * MINUTE)
        make_message(state=MessageState.PLANNED, due_at=now - minutes * MINUTE)
    open_alert(next_step_at=now - 9 * MINUTE, resolved_at=now)
    make_message(state=MessageState.DEAD, due_at=now - 9 * MINUTE)

    found = watch.figures(now)
    assert found.seconds(found.oldest_due_step) == 7 * 60
    assert found.seconds(found.oldest_due_message) == 7 * 60
    assert found.dead_messages == 1


def test_the_figures_cost_six_queries(now):
    with CaptureQueriesContext(connection) as queries:
        watch.figures(now)

    assert len(queries) == 6


def test_the_banner_costs_one_query_while_all_is_well(ticked, now):
    ticked(1 * MINUTE)
    with CaptureQueriesContext(connection) as queries:
        watch.banner(now)

    assert len(queries) == 1


# -- the heartbeat that leaves -----------------------------------------------------------------------------------------
@pytest.fixture
def service(settings):
    """A service outside that is called, with what it was asked for; `answer(status)` starts it."""
    asked = []
    servers = []

    def answer(status):
        def reply(request):
            asked.append(request.path)
            request.send_response(status)
            request.send_header("Location", "/elsewhere")
            request.end_headers()

        server = http_server(reply)
        servers.append(server)
        port = server.__enter__().server_address[1]
        settings.HEARTBEAT_URL = f"http://127.0.0.1:{port}/ping/secret-7f3a"
        settings.OUTGOING_ALLOW_HOSTS = ["127.0.0.1"]
        return asked

    yield answer
    for server in servers:
        server.__exit__(None, None, None)


def test_without_an_address_nobody_is_called(settings):
    settings.HEARTBEAT_URL = ""

    assert heartbeat.send() is False


def test_the_service_is_called_by_its_address(service):
    asked = service(200)

    assert heartbeat.send() is True
    assert asked == ["/ping/secret-7f3a"]


@pytest.mark.parametrize("status", [302, 500])
def test_a_service_that_does_not_take_it_is_logged_without_its_address_and_stops_nothing(service, caplog, status):
    asked = service(status)

    assert heartbeat.send() is False
    assert asked == ["/ping/secret-7f3a"]
    assert f"status {status}" in caplog.text
    assert "secret-7f3a" not in caplog.text


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/ping/secret-7f3a", "file:///etc/secret-7f3a"])
def test_an_address_that_may_not_be_called_is_not_called(settings, caplog, address):
    settings.HEARTBEAT_URL = address

    assert heartbeat.send() is False
    assert "no public host" in caplog.text
    assert "secret-7f3a" not in caplog.text
