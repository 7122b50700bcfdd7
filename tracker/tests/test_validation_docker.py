import contextlib
import json
import re
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tracker.choices import CheckOutcome
from tracker.tests.servers import HOST, http_server, unix_server
from tracker.validation.entries import Docker
from tracker.validation.runners import docker
from tracker.validation.surroundings import Surroundings

WRITTEN = "curl: (7) nothing listens\x1b[31m"
CONTAINERS = {
    "shop": {"Status": "running", "Health": {"Status": "healthy"}},
    "shop-db": {"Status": "running", "Health": {"Status": "healthy"}},
    "sick": {"Status": "running", "Health": {"Status": "unhealthy", "Log": [{"Output": WRITTEN}]}},
    "slow": {"Status": "running", "Health": {"Status": "starting"}},
    "plain": {"Status": "running"},
    "gone": {"Status": "exited", "Health": {"Status": "unhealthy"}},
}
LABELS = {"com.example.product=shop": ["shop", "shop-db"], "com.example.product=mixed": ["shop", "sick"]}


def engine(handler):
    """The part of the Docker Engine's API that checks use."""
    parts = urlsplit(handler.path)
    path = re.sub(r"^/v[\d.]+", "", parts.path)
    if path == "/version":
        return reply(handler, {"ApiVersion": "1.44", "MinAPIVersion": "1.24"})
    if path == "/containers/json":
        label = json.loads(parse_qs(parts.query)["filters"][0])["label"][0]
        return reply(handler, [{"Id": name} for name in LABELS.get(label, [])])
    name = unquote(path.split("/")[2])
    if name not in CONTAINERS:
        return reply(handler, {"message": f"No such container: {name}"}, status=404)
    return reply(handler, {"Name": f"/{name}", "State": CONTAINERS[name]})


def reply(handler, document, status=200):
    handler.reply(status, json.dumps(document).encode(), Content_Type="application/json")


@contextlib.contextmanager
def unix_engine(answer=engine):
    with (
        tempfile.TemporaryDirectory() as folder,  # the path of a socket must be short
        unix_server(Path(folder) / "engine.sock", answer) as server,
    ):
        server.url = f"unix://{folder}/engine.sock"
        yield server


def run(docker_host, *, allow_hosts=(), **options):
    entry = Docker(name="shop", **{"timeout_seconds": 20} | options)
    return docker.run(entry, Surroundings(environment={}, docker_host=docker_host, allow_hosts=allow_hosts))


@pytest.mark.parametrize("which", [{"containers": ("shop", "shop-db")}, {"label": "com.example.product=shop"}], ids=str)
def test_containers_that_run_and_are_healthy_have_passed(which):
    with unix_engine() as server:
        found = run(server.url, **which)

    assert (found.outcome, found.sentence) == (CheckOutcome.PASSED, "All containers (2) run and are healthy.")
    assert found.output.text == "shop: running, healthy\nshop-db: running, healthy\n"
    assert all(path.startswith(("/v1.44/", "/version")) for _, path, _, _ in server.seen)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("sick", "sick: it runs and is unhealthy."),
        ("slow", "slow: it runs and is starting."),
        ("plain", "plain: it has no health check."),
        ("gone", "gone: it is exited, not running."),
        ("missing", "missing: there is no such container."),
    ],
)
def test_a_container_that_does_not_run_or_is_not_healthy_has_failed(name, sentence):
    with unix_engine() as server:
        found = run(server.url, containers=("shop", name))

    assert (found.outcome, found.sentence) == (CheckOutcome.FAILED, sentence)


def test_the_evidence_has_what_the_health_check_wrote():
    with unix_engine() as server:
        found = run(server.url, label="com.example.product=mixed")

    assert "sick: running, unhealthy; its health check wrote: curl: (7) nothing listens\\x1b[31m" in found.output.text


def test_a_label_that_no_container_has_has_failed():
    with unix_engine() as server:
        found = run(server.url, label="com.example.product=none")

    assert found.sentence == "No container has the label com.example.product=none."
    assert found.outcome == CheckOutcome.FAILED


@pytest.mark.parametrize(("name", "outcome"), [("plain", CheckOutcome.PASSED), ("gone", CheckOutcome.FAILED)])
def test_an_entry_may_ask_only_that_a_container_runs(name, outcome):
    with unix_engine() as server:
        assert run(server.url, containers=(name,), healthy=False).outcome == outcome


def test_an_engine_that_is_not_there_is_an_error(tmp_path):
    found = run(f"unix://{tmp_path}/none.sock", containers=("shop",))

    assert found.outcome == CheckOutcome.ERROR
    assert found.sentence.startswith(f"No Docker Engine answers at unix://{tmp_path}/none.sock")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda handler: handler.reply(500, b"broken"), id="an engine with an error"),
        pytest.param(lambda handler: handler.reply(200, b"<html>"), id="no JSON"),
        pytest.param(lambda handler: handler.reply(200, b"[]"), id="another document"),
        pytest.param(lambda handler: None, id="no answer"),
    ],
)
def test_what_answers_like_no_engine_is_an_error(answer):
    with unix_engine(answer) as server:
        assert run(server.url, containers=("shop",)).outcome == CheckOutcome.ERROR


def test_an_engine_of_another_machine_is_asked_only_where_the_catalogue_names_it(monkeypatch):
    with http_server(lambda handler: handler.reply(200)) as proxy, http_server(engine) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        place = f"tcp://{HOST}:{server.port}"
        refused = run(place, containers=("shop",))
        before = list(server.seen)
        allowed = run(place, containers=("shop",), allow_hosts=(HOST,))

    assert (refused.outcome, before) == (CheckOutcome.ERROR, [])
    assert "allow_hosts" in refused.sentence
    assert (allowed.outcome, proxy.seen) == (CheckOutcome.PASSED, [])
