"""The table of costs: what it calls too much, and that the load part does not flatter a slow server."""

import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from benchmarks import table, table_load


def row(ours=0.1, **fields):
    return {"ours": ours, "bare": 0.05, "queries": 7, "bytes": 60_000, "megabytes": 100.0} | fields


def test_a_site_within_its_limits_has_no_problem():
    found = {10_000: {"issue list": row(0.10)}, 1_000_000: {"issue list": row(0.15), "issue page, failed": row()}}

    assert list(table.too_much(found)) == []


@pytest.mark.parametrize(
    ("what", "fields", "problem"),
    [
        pytest.param("issue list", {"queries": 16}, "takes 16 queries", id="queries of the list"),
        pytest.param("issue page, planned", {"bytes": 300_001}, "takes 300001 bytes", id="bytes of a page"),
        pytest.param("evaluation", {"ours": 0.2}, "more than 3 times", id="an evaluation beside SQL by hand"),
        pytest.param("issue list", {"ours": 0.16}, "takes 1.6 times as long", id="a list that grows with the site"),
    ],
)
def test_what_takes_more_than_it_may_is_told(what, fields, problem):
    found = {10_000: {"issue list": row()}, 1_000_000: {"issue list": row()} | {what: row(**fields)}}

    assert any(problem in sentence for sentence in table.too_much(found))


def test_a_time_over_its_target_is_told_and_is_no_problem():
    slow = row(0.31)

    assert "over the target of 300 ms" in table.cells("issue page, planned", 1_000_000, slow)[-1]
    assert table.cells("issue page, planned", 100_000, slow)[-1] == ""
    assert list(table.too_much({1_000_000: {"issue list": row(), "issue page, planned": slow}})) == []


class Slow(BaseHTTPRequestHandler):
    """Answers one request after the other, each after 50 ms: 20 a second."""

    protocol_version = "HTTP/1.0"

    def do_GET(self):
        time.sleep(0.05)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_a_latency_counts_from_the_moment_at_which_a_request_was_to_be_sent(monkeypatch):
    monkeypatch.setattr(table_load, "WARM", 1)
    server = HTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    found = table_load.load(server.server_port, ["a=b"], rate=40, seconds=2)

    server.shutdown()
    server.server_close()
    assert found["failures"] == 0
    assert found["reached"] < 21  # of the 40 that were asked for
    assert found["p95"] > 1  # the last ones had waited for a second; each answer itself took a twentieth of that
