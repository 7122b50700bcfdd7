import json
import time

import pytest

from tracker.choices import CheckOutcome
from tracker.tests.servers import HOST, free_port, http_server, raw_server
from tracker.validation.entries import Http
from tracker.validation.runners import http
from tracker.validation.runners.http import value_at
from tracker.validation.surroundings import Surroundings

HEALTH = {"status": "up", "services": [{"name": "db", "state": "up"}], "count": 1, "ready": True, "note": None}


def healthy(handler):
    handler.reply(200, json.dumps(HEALTH).encode(), Content_Type="application/json")


def run(url, **options):
    surroundings = Surroundings(environment={"SHOP_TOKEN": "correct-horse"}, allow_hosts=(HOST,))
    return http.run(Http(name="shop", url=url, **{"timeout_seconds": 20} | options), surroundings)


def test_a_reply_as_expected_has_passed_with_the_reply_as_evidence():
    with http_server(healthy) as server:
        found = run(
            f"{server.url}/health?key=secret",
            contains='"up"',
            json_path="services.0.state",
            json_value="up",
            latency_limit_ms=20_000,
        )

    assert found.outcome == CheckOutcome.PASSED
    assert found.command == f"GET {server.url}/health?key=…"
    assert found.sentence.startswith("It answered with status 200 in ")
    assert found.output.text == json.dumps(HEALTH)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        pytest.param({"status": 204}, "It answered with status 200 in ", id="another status"),
        pytest.param({"contains": "down"}, '"down" is not in the reply.', id="without the text"),
        pytest.param(
            {"json_path": "status", "json_value": "down"}, 'At status is "up"; expected is "down".', id="another value"
        ),
        pytest.param(
            {"json_path": "services.1.state", "json_value": "up"}, "nothing at services.1.state", id="an index too far"
        ),
        pytest.param({"json_path": "status.x", "json_value": "up"}, "nothing at status.x", id="a path through a text"),
        pytest.param({"json_path": "ready", "json_value": 1}, "At ready is true; expected is 1.", id="true is not 1"),
        pytest.param({"json_path": "count", "json_value": "1"}, 'At count is 1; expected is "1".', id='1 is not "1"'),
        pytest.param({"latency_limit_ms": 0}, "At most 0 ms are allowed.", id="too slow"),
    ],
)
def test_a_reply_that_is_not_as_expected_has_failed_and_says_how(options, sentence):
    with http_server(healthy) as server:
        found = run(server.url, **options)

    assert found.outcome == CheckOutcome.FAILED
    assert sentence in found.sentence


def test_every_condition_that_does_not_hold_is_told():
    with http_server(healthy) as server:
        found = run(server.url, status=204, contains="down")

    assert found.sentence.endswith(' ms. Expected is status 204. "down" is not in the reply.')


@pytest.mark.parametrize("body", [b"<html>", b"[" * 100_000, b"\xff\xfe"])
def test_a_reply_that_is_no_json_has_failed(body):
    with http_server(lambda handler: handler.reply(200, body)) as server:
        found = run(server.url, json_path="a", json_value=1)

    assert (found.outcome, "The reply is no JSON." in found.sentence) == (CheckOutcome.FAILED, True)


def test_an_expected_redirect_is_seen_and_not_followed():
    with http_server(lambda handler: handler.reply(302, Location="https://elsewhere.example/")) as server:
        assert run(server.url, status=302).outcome == CheckOutcome.PASSED


def test_a_redirect_to_another_host_is_an_error():
    with http_server(lambda handler: handler.reply(302, Location="https://elsewhere.example/")) as server:
        found = run(server.url)

    assert found.outcome == CheckOutcome.ERROR
    assert "https://elsewhere.example/: that is not followed" in found.sentence


def test_method_body_and_headers_are_sent_and_a_secret_header_is_hidden_in_the_evidence():
    with http_server(lambda handler: handler.reply(200, handler.headers["X-Token"].encode())) as server:
        found = run(
            server.url,
            method="POST",
            body='{"a": 1}',
            headers=(("Content-Type", "application/json"),),
            secret_headers=(("X-Token", "SHOP_TOKEN"),),
        )

    [(method, _, headers, body)] = server.seen
    assert (method, body, headers["Content-Type"]) == ("POST", b'{"a": 1}', "application/json")
    assert headers["X-Token"] == "correct-horse"
    assert found.outcome == CheckOutcome.PASSED
    assert "correct-horse" not in found.output.text


def test_a_secret_that_is_not_set_is_an_error_that_names_the_variable():
    with http_server(healthy) as server:
        found = run(server.url, secret_headers=(("Authorization", "SHOP_PASSWORD"),))

    assert (found.outcome, server.seen) == (CheckOutcome.ERROR, [])
    assert "SHOP_PASSWORD" in found.sentence


def test_a_service_that_does_not_listen_has_failed():
    found = run(f"http://{HOST}:{free_port()}/")

    assert found.outcome == CheckOutcome.FAILED
    assert "Nothing listens" in found.sentence


def test_a_service_that_does_not_answer_in_time_is_an_error():
    with raw_server(lambda connection: time.sleep(5)) as port:
        found = run(f"http://{HOST}:{port}/", timeout_seconds=1)

    assert found.outcome == CheckOutcome.ERROR
    assert "within 1 s" in found.sentence or "silent for 1 s" in found.sentence


def test_a_private_host_that_the_catalogue_does_not_name_is_an_error():
    with http_server(healthy) as server:
        found = run(f"http://localhost:{server.port}/")

    assert (found.outcome, server.seen) == (CheckOutcome.ERROR, [])
    assert "allow_hosts" in found.sentence


def test_a_json_path_leads_through_tables_and_lists():
    assert value_at({"a": [{"b": None}]}, "a.0.b") is None
    assert value_at({"0": "x"}, "0") == "x"
    with pytest.raises(LookupError):
        value_at([], "-1")
