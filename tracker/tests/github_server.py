"""A stand-in for GitHub on loopback: the endpoints that are used, with ETags, pages, limits and refusals."""

import contextlib
import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

from tracker.tests.servers import http_server

TOKEN = "ghp_stand-in"
START = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
ISSUES = re.compile(r"/repos/(?P<name>[^/]+/[^/]+)(?:/issues(?:/(?P<number>\d+))?)?")


def stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


class GitHubServer:
    """What GitHub knows, and how it answers. `now` is its clock, which moves a second with each change."""

    def __init__(self) -> None:
        self.name, self.now = "acme/shop", START
        self.issues: dict[int, dict] = {}
        self.gone: dict[int, int] = {}  # number -> status
        self.writes: list[tuple[str, dict]] = []
        self.calls: list[tuple[str, str, int]] = []
        self.before: list[Callable] = []  # each takes the next request; one that returns True has answered it
        self.after_write: Callable[[], None] | None = None
        self.largest_page = 100
        self.lock = threading.RLock()
        self.url = ""

    # -- what people do there

    def open(self, title: str = "Somebody else's", body: str = "", **fields) -> dict:
        with self.lock:
            number = len(self.issues) + len(self.gone) + 1
            moment = stamp(self._tick())
            issue = {
                "number": number,
                "id": 1000 + number,
                "node_id": f"I_{number}",
                "title": title,
                "body": body,
                "state": "open",
            }
            issue |= {"state_reason": None, "created_at": moment, "updated_at": moment, "labels": []}
            issue |= {"html_url": f"https://github.example/{self.name}/issues/{number}"} | fields
            self.issues[number] = issue
            return issue

    def change(self, number: int, **fields) -> dict:
        with self.lock:
            self.issues[number] |= fields | {"updated_at": stamp(self._tick())}
            return self.issues[number]

    def close(self, number: int, reason: str | None = "completed") -> dict:
        return self.change(number, state="closed", state_reason=reason)

    def reopen(self, number: int) -> dict:
        return self.change(number, state="open", state_reason="reopened")

    def remove(self, number: int, status: int = 404) -> None:
        with self.lock:
            del self.issues[number]
            self.gone[number] = status

    # -- what it answers

    def __call__(self, handler) -> None:
        method, path = handler.command, handler.path
        body = handler.server.seen[-1][3]
        if self.before and self.before.pop(0)(handler):
            self.calls.append((method, path, 0))
            return
        with self.lock:
            status, document, headers = self._answer(method, path, handler.headers, body)
            self.calls.append((method, path, status))
        if method in ("POST", "PATCH") and status < 300 and self.after_write:
            self.after_write()
        handler.reply(status, b"" if status == 304 else json.dumps(document).encode(), **headers)

    def _answer(self, method: str, path: str, headers, body: bytes) -> tuple[int, object, dict]:
        parts = urlsplit(path)
        place = ISSUES.fullmatch(parts.path)
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"message": f"Bad credentials {headers.get('Authorization')}"}, {}
        number = int(place["number"]) if place and place["number"] else None
        if place is None or place["name"] != self.name or (number and number not in self.issues):
            elsewhere = {"Location": f"{self.url}/repositories/2/issues/1"}
            return self.gone.get(number, 404), {"message": "Not Found"}, elsewhere
        if method in ("POST", "PATCH"):
            return self._write(method, number, json.loads(body))
        if number:
            return 200, self.issues[number], {}
        if parts.path.endswith("/issues"):
            return self._list(parts, headers)
        return 200, {"full_name": self.name, "has_issues": True, "permissions": {"push": True}}, {}

    def _write(self, method: str, number: int | None, given: dict) -> tuple[int, object, dict]:
        self.writes.append((method, given))
        if not isinstance(given.get("title", ""), str) or len(given.get("title", "")) > 256:
            return 422, {"message": "Validation Failed"}, {}
        if method == "POST":
            labels = [{"name": name} for name in given.get("labels", [])]
            return 201, self.open(given["title"], given["body"], labels=labels), {}
        if given.get("state") and given["state"] != self.issues[number]["state"]:
            given = {"state_reason": "reopened" if given["state"] == "open" else "completed"} | given
        return 200, self.change(number, **given), {}

    def _list(self, parts, headers) -> tuple[int, object, dict]:
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        size = min(int(asked.get("per_page", 30)), self.largest_page)
        page = int(asked.get("page", 1))
        key = "created_at" if asked.get("sort") == "created" else "updated_at"
        found = [each for each in self.issues.values() if each["updated_at"] >= asked.get("since", "")]
        found.sort(key=lambda each: (each[key], each["number"]), reverse=asked.get("direction", "desc") == "desc")
        shown = found[(page - 1) * size : page * size]
        etag = f'W/"{hashlib.sha256(json.dumps(shown).encode()).hexdigest()}"'
        if headers.get("If-None-Match") == etag:
            return 304, None, {"ETag": etag}
        following = f"{self.url}{parts.path}?{urlencode(asked | {'page': page + 1})}"
        more = {"Link": f'<{following}>; rel="next", <{self.url}/x>; rel="last"'} if len(found) > page * size else {}
        return 200, shown, {"ETag": etag, **more}

    def _tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    # -- how it misbehaves; each is for `before`

    def answering(self, status: int, message: str = "", **headers) -> Callable:
        def answer(handler) -> bool:
            handler.reply(status, json.dumps({"message": message}).encode(), **headers)
            return True

        return answer

    def sending(self, body: bytes, **headers) -> Callable:
        def answer(handler) -> bool:
            handler.reply(200, body, **headers)
            return True

        return answer

    def breaking_off_after_the_write(self, handler) -> bool:
        """Do what is asked for, and lose the answer."""
        body = handler.server.seen[-1][3]
        with self.lock:
            self._answer(handler.command, handler.path, handler.headers, body)
        handler.connection.close()
        return True

    def silent(self, seconds: float) -> Callable:
        def answer(handler) -> bool:
            time.sleep(seconds)
            return True

        return answer


@contextlib.contextmanager
def github_server() -> Iterator[GitHubServer]:
    """A GitHub that answers on a free port."""
    known = GitHubServer()
    with http_server(known) as server:
        known.url, known.place = server.url, f"127.0.0.1:{server.port}"
        yield known
