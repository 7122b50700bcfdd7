import contextlib
import threading
import time
from http import HTTPStatus

import pytest
from websockets.sync.server import serve

from tracker.choices import CheckOutcome
from tracker.tests.servers import HOST, free_port, http_server, raw_server
from tracker.validation.entries import WebSocket
from tracker.validation.runners import websocket
from tracker.validation.surroundings import Surroundings

ENVIRONMENT = {"SHOP_TOKEN": "correct-horse"}


@contextlib.contextmanager
def socket_server(answer, **options):
    with serve(answer, HOST, 0, **options) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"ws://{HOST}:{server.socket.getsockname()[1]}/live"
        server.shutdown()


def run(url, **options):
    facts = {"message": "ping", "reply": "pong", "timeout_seconds": 20} | options
    surroundings = Surroundings(environment=ENVIRONMENT, allow_hosts=(HOST,))
    return websocket.run(WebSocket(name="live", url=url, **facts), surroundings)


def echo(connection):
    connection.send("welcome")
    for message in connection:
        connection.send(f'{{"type": "{message.replace("ping", "pong")}"}}')


def test_a_message_that_is_answered_as_expected_has_passed():
    with socket_server(echo) as url:
        found = run(url)

    assert (found.outcome, found.sentence) == (CheckOutcome.PASSED, "It answered as expected.")
    assert found.command == f"WebSocket {url}"
    assert found.output.text == 'welcome\n{"type": "pong"}\n'


def test_without_a_message_the_first_words_of_the_server_may_be_the_reply():
    with socket_server(echo) as url:
        assert run(url, message="", reply="welcome").outcome == CheckOutcome.PASSED


def test_an_answer_in_bytes_is_read_too():
    with socket_server(lambda connection: connection.send(b"\x00pong")) as url:
        assert run(url).outcome == CheckOutcome.PASSED


def test_other_answers_only_have_failed():
    with socket_server(echo) as url:
        found = run(url, reply="never said", timeout_seconds=1)

    assert found.outcome == CheckOutcome.FAILED
    assert "none as expected" in found.sentence


def test_a_silent_server_is_an_error():
    with socket_server(lambda connection: connection.recv(timeout=10) and connection.recv(timeout=10)) as url:
        found = run(url, timeout_seconds=1)

    assert (found.outcome, found.sentence) == (CheckOutcome.ERROR, "No answer came within 1 s.")


def test_a_server_that_closes_without_an_answer_has_failed():
    with socket_server(lambda connection: connection.close(1011)) as url:
        found = run(url)

    assert found.outcome == CheckOutcome.FAILED
    assert "closed the connection with code 1011" in found.sentence


def test_a_server_that_refuses_the_websocket_has_failed():
    with socket_server(
        echo, process_request=lambda connection, request: connection.respond(HTTPStatus.FORBIDDEN, "no")
    ) as url:
        found = run(url)

    assert (found.outcome, "status 403" in found.sentence) == (CheckOutcome.FAILED, True)


def test_a_redirect_is_never_followed():
    with (
        http_server(lambda handler: handler.reply(200)) as other,
        http_server(lambda handler: handler.reply(302, Location=f"ws://{HOST}:{other.port}/")) as server,
    ):
        found = run(f"ws://{HOST}:{server.port}/")

    assert (found.outcome, "status 302" in found.sentence) == (CheckOutcome.FAILED, True)
    assert other.seen == []


def test_a_secret_header_is_sent_and_hidden_in_the_evidence():
    with socket_server(lambda connection: connection.send(f"pong {connection.request.headers['X-Token']}")) as url:
        found = run(url, secret_headers=(("X-Token", "SHOP_TOKEN"),))

    assert found.outcome == CheckOutcome.PASSED
    assert found.output.text == "pong ********\n"


def test_a_message_that_is_too_large_is_not_taken():
    with socket_server(lambda connection: connection.send("x" * (websocket.MOST_BYTES + 1))) as url:
        found = run(url)

    assert found.outcome != CheckOutcome.PASSED
    assert found.output.size == 0


def test_a_server_that_talks_without_an_end_has_failed():
    def chatter(connection):
        while True:
            connection.send("x" * 1000)

    with socket_server(chatter) as url:
        found = run(url)

    assert (found.outcome, "very much" in found.sentence) == (CheckOutcome.FAILED, True)


def test_a_handshake_byte_by_byte_does_not_hold_a_check():
    def drip(connection):
        connection.recv(4096)
        for _ in range(1000):
            connection.sendall(b"x")
            time.sleep(0.05)

    began = time.monotonic()
    with raw_server(drip) as port:
        found = run(f"ws://{HOST}:{port}/", timeout_seconds=1)

    assert found.outcome == CheckOutcome.ERROR
    assert time.monotonic() - began < 20


def test_a_service_that_does_not_listen_has_failed():
    assert run(f"ws://{HOST}:{free_port()}/").outcome == CheckOutcome.FAILED


def test_a_private_host_that_the_catalogue_does_not_name_is_an_error():
    with socket_server(echo) as url:
        found = run(url.replace(HOST, "localhost"))

    assert found.outcome == CheckOutcome.ERROR
    assert "allow_hosts" in found.sentence


def test_no_proxy_of_the_machine_is_used(monkeypatch):
    with http_server(lambda handler: handler.reply(200)) as proxy, socket_server(echo) as url:
        for name in ("http_proxy", "HTTP_PROXY", "ws_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        assert run(url).outcome == CheckOutcome.PASSED
    assert proxy.seen == []


@pytest.mark.parametrize("variable", ["SHOP_PASSWORD"])
def test_a_secret_that_is_not_set_is_an_error_that_names_the_variable(variable):
    found = run(f"ws://{HOST}:{free_port()}/", secret_headers=(("Authorization", variable),))

    assert (found.outcome, variable in found.sentence) == (CheckOutcome.ERROR, True)
