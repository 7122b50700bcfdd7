"""Sentry, by its real SDK and a stand-in for its server: what arrives, and what must not."""

import gzip
import json
import os
from importlib import import_module
from importlib.util import find_spec

import pytest

from remediation_site.tests.conftest import BASE_DIR, Site, run_manage
from remediation_site.tests.work import until
from tracker.tests.servers import http_server

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(find_spec("sentry_sdk") is None, reason="sentry-sdk is not installed"),
]

SECRETS = (
    "hunter2",
    "cookie-of-mona",
    "token-of-the-api",
    "secret-in-the-query",
    "mona@example.org",
    "text of an analysis",
)
BREAK = """
import logging
from django.core.wsgi import get_wsgi_application
from django.test import RequestFactory
factory = RequestFactory()
factory.cookies["sessionid"] = "cookie-of-mona"
asked = factory.post(
    "/admin/login/?next=secret-in-the-query",
    {"username": "mona@example.org", "password": "hunter2", "text": "text of an analysis"},
    headers={"authorization": "Bearer token-of-the-api", "x-request-id": "edge-7", "host": "127.0.0.1"},
)
b"".join(get_wsgi_application()(asked.environ, lambda status, headers: print(status)))
logging.getLogger("tracker").error(
    "Asked for https://x.org/alerts/acknowledge/hunter2/\\nDETAIL:  Failing row (%s)", "hunter2"
)
"""


def events(seen: list) -> list[dict]:
    """The events of the envelopes that arrived."""
    found = []
    for method, path, headers, body in seen:
        assert (method, path) == ("POST", "/api/7/envelope/")
        encoding = {name.lower(): value for name, value in headers.items()}.get("content-encoding", "")
        unpack = {"gzip": gzip.decompress, "": bytes}
        text = (import_module("brotli").decompress if encoding == "br" else unpack[encoding])(body)
        assert not [secret for secret in SECRETS if secret.encode() in text]
        lines = text.split(b"\n")
        items = zip(lines[1::2], lines[2::2], strict=False)
        found += [json.loads(item) for kind, item in items if kind and json.loads(kind)["type"] == "event"]
    return found


@pytest.fixture
def run_with_sentry(tmp_path):
    """Run some Python on a site without tables that tells its errors to a server; what arrived there, and the end."""

    def run(code: str) -> tuple[list[dict], str]:
        with http_server(lambda handler: handler.reply(200, b"{}")) as server:
            environment = os.environ | {
                "ENV_FILE": str(BASE_DIR / "tests.env"),
                "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3",
                "SENTRY_DSN": f"http://public@127.0.0.1:{server.port}/7",
                "RELEASE": "2026.11.1",
                "HOST_NAME": "a",
            }
            done = run_manage("shell", "--no-imports", "-c", code, environment=environment)
            return events(server.seen), done.stdout + done.stderr

    return run


def test_an_error_arrives_with_its_ids_and_without_people_secrets_and_what_they_sent(run_with_sentry):
    (broken, logged), output = run_with_sentry(BREAK)

    assert "500" in output
    assert broken["tags"] == {"request_id": "edge-7"}
    assert broken["request"] == {"method": "POST", "url": "http://127.0.0.1/admin/login/"}
    assert broken["exception"]["values"][-1]["type"] == "OperationalError"
    assert "no such table" in broken["exception"]["values"][-1]["value"]
    assert {each["release"] for each in (broken, logged)} == {"2026.11.1"}
    assert broken["server_name"] == "a"
    assert logged["logentry"]["message"] == "Asked for https://x.org/alerts/acknowledge/***/"
    allowed = {"event_id", "timestamp", "level", "logger", "platform", "release", "environment", "server_name", "sdk"}
    assert set(broken) | set(logged) <= allowed | {"tags", "request", "logentry", "exception"}


def test_what_is_no_error_is_not_told(run_with_sentry):
    told, output = run_with_sentry("import logging; logging.getLogger('tracker').warning('Said')")

    assert told == []
    assert "Said" in output


def test_a_task_that_fails_in_a_worker_is_told_without_the_row_that_its_reason_shows(site_environment, tmp_path):
    with http_server(lambda handler: handler.reply(200, b"{}")) as server:
        dsn = {"SENTRY_DSN": f"http://public@127.0.0.1:{server.port}/7"}
        site = Site(site_environment | dsn, tmp_path)
        try:
            site.queue("fail", tmp_path / "it")
            until(lambda: server.seen, what=f"an event arrives\n{site.log.read_text()}")
        finally:
            site.stop()
        (told,) = events(server.seen)

    assert "remediation_site.tests.work.fail" in told["logentry"]["message"]
    assert "it cannot be done" in told["logentry"]["message"]
