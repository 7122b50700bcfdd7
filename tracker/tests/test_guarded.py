import logging
import threading
import time

import pytest

from tracker.guarded import (
    CallFailed,
    CallRefused,
    Limits,
    NobodyListens,
    is_public,
    request,
    shown,
)
from tracker.tests.servers import HOST, free_port, http_server, raw_server

SHOP = "shop.example.com"
SOON = Limits(connect_seconds=1, read_seconds=1, total_seconds=1.5, most_bytes=10_000)
MUCH_LATER = 20.0  # seconds; only calls without a limit take so long


def ok(handler):
    handler.reply(200, b"up")


def at_loopback(host, port):
    return [HOST]


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "93.184.215.14", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_an_address_of_the_public_internet_may_be_called(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "::", "::127.0.0.1"),
        *("10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fd00::1", "fec0::1"),
        *("169.254.169.254", "fe80::1", "fe80::1%eth0", "fd00:ec2::254"),
        *("100.100.100.200", "192.0.0.192", "168.63.129.16"),
        *("224.0.0.1", "ff0e::1", "255.255.255.255", "240.0.0.1", "203.0.113.7"),
        *("::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::"),
        *("", "localhost", "1.2.3"),
    ],
)
def test_an_address_within_a_network_or_a_machine_may_not(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "LOCALHOST.", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]"],
)
def test_a_private_host_is_refused_however_it_is_written(host):
    with http_server(ok) as server, pytest.raises(CallRefused, match="no public address"):
        request("GET", f"http://{host}:{server.port}/")
    assert server.seen == []


@pytest.mark.parametrize(
    ("allowed", "is_called"),
    [
        pytest.param("{host}", True, id="the host at any port"),
        pytest.param("{host}:{port}", True, id="the host at this port"),
        pytest.param("{host}:1", False, id="the host at another port"),
        pytest.param("other.{host}", False, id="another host"),
    ],
)
def test_only_a_host_that_the_catalogue_names_may_be_private(allowed, is_called):
    with http_server(ok) as server:
        names = [allowed.format(host=SHOP, port=server.port)]
        try:
            request("GET", f"http://{SHOP}:{server.port}/", allow_hosts=names, resolve=at_loopback)
        except CallRefused:
            assert not is_called
        assert bool(server.seen) == is_called


def test_one_private_address_among_public_ones_is_refused():
    with pytest.raises(CallRefused, match=r"10\.0\.0\.5"):
        request("GET", "https://shop.example.com/", resolve=lambda host, port: ["93.184.215.14", "10.0.0.5"])


def test_the_connection_goes_to_the_address_that_was_checked_and_the_name_is_not_asked_again():
    answers = [[HOST], ["127.0.0.2"]]

    with http_server(ok) as server:
        reply = request(
            "GET",
            f"http://{SHOP}:{server.port}/up",
            allow_hosts=[SHOP],
            resolve=lambda host, port: answers.pop(0),
        )

    [(_, path, headers, _)] = server.seen
    assert (reply.status, reply.body, path) == (200, b"up", "/up")
    assert headers["Host"] == f"{SHOP}:{server.port}"
    assert answers == [["127.0.0.2"]]


def test_the_next_address_is_tried_where_the_first_does_not_listen():
    with http_server(ok) as server:
        reply = request(
            "GET",
            f"http://{SHOP}:{server.port}/",
            allow_hosts=[SHOP],
            resolve=lambda host, port: ["127.0.0.2", HOST],
        )

    assert reply.status == 200


def test_over_tls_the_name_stays_that_of_the_address_called():
    heard = []

    with raw_server(lambda connection: heard.append(connection.recv(4096))) as port, pytest.raises(CallFailed):
        request("GET", f"https://{SHOP}:{port}/", allow_hosts=[SHOP], resolve=at_loopback, limits=SOON)

    assert SHOP.encode() in heard[0]  # the server name of the first TLS message is readable


@pytest.mark.parametrize(
    "url",
    [
        *("file:///etc/passwd", "ftp://shop.example.com/", "gopher://127.0.0.1/", "ws://shop.example.com/"),
        *("shop", "http://", "http://[::1", "http://shop.example.com:99999/"),
        *("http://evil.example\\@shop.example.com/", "http://shop.example.com\t/", "http://shop.example.com/\r\nX: y"),
    ],
)
def test_only_http_addresses_are_requested(url):
    with pytest.raises(CallRefused):
        request("GET", url, resolve=lambda host, port: pytest.fail("was looked up"))


def test_neither_proxies_nor_passwords_of_the_machine_are_used(monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text(f"machine {SHOP} login olga password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with http_server(ok) as proxy, http_server(ok) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        request("GET", f"http://{SHOP}:{server.port}/up", allow_hosts=[SHOP], resolve=at_loopback)

    [(_, path, headers, _)] = server.seen
    assert proxy.seen == []
    assert path == "/up"  # a request for a proxy would name the host here
    assert "Authorization" not in headers


def test_a_redirect_on_the_same_host_is_followed():
    def answer(handler):
        handler.reply(302, Location="/new") if handler.path == "/old" else handler.reply(200, b"new")

    with http_server(answer) as server:
        reply = request("GET", f"{server.url}/old", allow_hosts=[HOST])

    assert (reply.status, reply.body) == (200, b"new")


@pytest.mark.parametrize(
    "location", ["http://localhost:{port}/", "http://127.0.0.1:{other}/", "//evil.example/x", "file:///x"]
)
def test_a_redirect_to_another_host_is_refused_before_that_is_called(location):
    with http_server(ok) as other:
        place = location.format(port=other.port, other=other.port)
        with (
            http_server(lambda handler: handler.reply(302, Location=place)) as server,
            pytest.raises(CallRefused, match="leads to another host"),
        ):
            request("GET", server.url, allow_hosts=[HOST, "localhost"])

    assert other.seen == []


def test_a_redirect_is_not_followed_where_nobody_asked_for_that_or_something_was_posted():
    with http_server(lambda handler: handler.reply(302, Location="/on")) as server:
        assert request("GET", server.url, allow_hosts=[HOST], follow=False).status == 302
        assert request("POST", server.url, body=b"{}", allow_hosts=[HOST]).status == 302

    assert [(method, path) for method, path, _, _ in server.seen] == [("GET", "/"), ("POST", "/")]


def test_redirects_in_a_circle_end():
    with (
        http_server(lambda handler: handler.reply(302, Location="/again")) as server,
        pytest.raises(CallFailed, match="without an end"),
    ):
        request("GET", server.url, allow_hosts=[HOST])

    assert len(server.seen) < 10


def drip(connection, head, byte):
    """Send a byte now and then, far longer than any call may take."""
    connection.recv(4096)
    connection.sendall(head)
    for _ in range(1000):
        time.sleep(0.05)
        connection.sendall(byte)


@pytest.mark.parametrize(
    ("head", "byte"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x", id="in a header"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", id="header by header"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x", id="in the body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", id="in chunks"),
    ],
)
def test_a_server_that_sends_a_byte_now_and_then_does_not_hold_a_call(head, byte):
    began = time.monotonic()

    with (
        raw_server(lambda connection: drip(connection, head, byte)) as port,
        pytest.raises(CallFailed, match=r"within 1\.5 s"),
    ):
        request("GET", f"http://{HOST}:{port}/", allow_hosts=[HOST], limits=SOON)

    assert time.monotonic() - began < MUCH_LATER


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_silent_server_does_not_hold_a_call(scheme):
    done = threading.Event()

    with raw_server(lambda connection: done.wait(60)) as port:
        with pytest.raises(CallFailed, match=r"silent|within"):
            request("GET", f"{scheme}://{HOST}:{port}/", allow_hosts=[HOST], limits=SOON)
        done.set()


def test_a_resolver_that_hangs_does_not_hold_a_call():
    done = threading.Event()

    with pytest.raises(CallFailed, match="not resolved in time"):
        request("GET", f"http://{SHOP}/", resolve=lambda host, port: [str(done.wait(60))], limits=SOON)
    done.set()


def test_a_host_without_an_address_and_one_that_does_not_listen_are_told_apart():
    def unknown(host, port):
        raise OSError("no such host")

    with pytest.raises(CallFailed, match="has no address"):
        request("GET", f"http://{SHOP}/", resolve=unknown)
    with pytest.raises(NobodyListens, match="Nothing listens"):
        request("GET", f"http://{HOST}:{free_port()}/", allow_hosts=[HOST])


def test_a_large_body_is_read_up_to_the_limit():
    with http_server(lambda handler: handler.reply(200, b"x" * 10_001)) as server:
        reply = request("GET", server.url, allow_hosts=[HOST], limits=SOON)

    assert (len(reply.body), reply.truncated) == (10_000, True)


def test_a_body_of_exactly_the_limit_is_whole():
    with http_server(lambda handler: handler.reply(200, b"x" * 10_000)) as server:
        reply = request("GET", server.url, allow_hosts=[HOST], limits=SOON)

    assert (len(reply.body), reply.truncated) == (10_000, False)


def test_a_compressed_body_is_not_blown_up():
    with http_server(lambda handler: handler.reply(200, b"not gzip at all", Content_Encoding="gzip")) as server:
        reply = request("GET", server.url, allow_hosts=[HOST])

    assert reply.body == b"not gzip at all"
    assert server.seen[0][2]["Accept-Encoding"] == "identity"


def test_an_answer_that_is_no_http_is_told():
    with (
        raw_server(lambda connection: connection.sendall(b"220 mail ready\r\n")) as port,
        pytest.raises(CallFailed, match="cannot be read as HTTP"),
    ):
        request("GET", f"http://{HOST}:{port}/", allow_hosts=[HOST], limits=SOON)


def test_a_header_cannot_smuggle_another_one_in():
    with http_server(ok) as server, pytest.raises(CallRefused):
        request("GET", server.url, headers={"X-Note": "a\r\nX-Admin: yes"}, allow_hosts=[HOST])
    assert server.seen == []


def test_what_is_shown_of_an_address_has_no_secret():
    assert shown("https://olga:secret@shop.example.com:8443/up?token=secret&day=1#secret") == (
        "https://shop.example.com:8443/up?token=…&day=…"
    )
    assert shown("http://[::1") == "(an address that cannot be read)"


def test_no_sentence_and_no_log_has_the_secrets_of_an_address(caplog):
    caplog.set_level(logging.DEBUG)
    url = f"http://olga:secret@{HOST}:{free_port()}/?token=secret"

    with pytest.raises(CallRefused) as refused:
        request("GET", url)
    with pytest.raises(CallFailed) as failed:
        request("GET", url, allow_hosts=[HOST])
    with http_server(ok) as server:
        request("GET", f"{server.url}/?token=secret", allow_hosts=[HOST])

    assert "secret" not in f"{refused.value} {failed.value} {caplog.text}"
