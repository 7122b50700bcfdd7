"""The REST API of GitHub, as far as it is used, through the guarded client. Nothing is read or written here."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext

from tracker.encryption import Unreadable, decrypt
from tracker.github.answers import GitHubRefused, Gone, judge, refused
from tracker.guarded import CallFailed, CallRefused, Limits, NobodyListens, Reply, request
from tracker.links import is_on_the_web
from tracker.models import GitHubRepository

PURPOSE = b"remediation-site: secrets of GitHub repositories"
API_VERSION = "2022-11-28"
MOST_BYTES = 16 * 1024 * 1024  # a page has a hundred issues, each with up to 64 KiB of text
PAGE = 100
LONGEST_NUMBER = 10**15
HERE = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Remote:
    """An issue as GitHub shows it; its words are checked for their kind, not for their meaning."""

    number: int
    remote_id: int  # 0 where GitHub gives none
    node_id: str
    url: str
    title: str
    body: str
    state: str
    reason: str  # why it is in that state; "" where GitHub gives none
    created_at: datetime
    updated_at: datetime

    @classmethod
    def read(cls, document: object) -> Self | None:
        """The issue of a document; None for a pull request. Raises: GitHubRefused when it is neither."""
        if not isinstance(document, dict):
            raise _strange(gettext("it sends something that is no issue"))
        if document.get("pull_request"):
            return None
        number, remote_id = document.get("number"), document.get("id", 0)
        if not _is_number(number) or not (remote_id == 0 or _is_number(remote_id)):
            raise _strange(gettext("it sends an issue without a number"))
        words = {name: _word(document, name, most) for name, most in WORDS.items()}
        if not is_on_the_web(words["html_url"]):
            words["html_url"] = ""  # pages lead there
        return cls(
            number,
            remote_id,
            *words.values(),
            created_at=_moment(document, "created_at"),
            updated_at=_moment(document, "updated_at"),
        )


WORDS = {"node_id": 200, "html_url": 500, "title": 2000, "body": 1_000_000, "state": 20, "state_reason": 30}


@dataclass(frozen=True, slots=True)
class Page:
    """Issues in the order in which they were asked for. Without any when nothing has changed since `etag`."""

    issues: tuple[Remote, ...]
    next_path: str  # "" at the end
    etag: str
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class GitHub:
    """One repository with the token that opens it."""

    base: str
    name: str
    token: str
    now: datetime

    @classmethod
    def of(cls, repository: GitHubRepository, now: datetime) -> Self:
        """How to call for a repository. Raises: GitHubRefused when something is missing for that."""
        if problem := setup_problem(repository):
            raise refused(problem, whole=True)
        return cls(
            repository.api_url.rstrip("/"), repository.name, decrypt(repository.token_encrypted, purpose=PURPOSE), now
        )

    def repository(self) -> dict:
        """The repository itself. Raises: GitHubRefused when the token does not open it."""
        return _object(self._call("GET", self._path()))

    def create(self, *, title: str, body: str, labels: list[str]) -> Remote:
        """Open an issue. Raises: GitHubRefused; when it says `unsure`, the issue may have been opened all the same."""
        given = {"title": title, "body": body, "labels": labels}
        return self._issue(self._call("POST", self._path("issues"), given), sure=False)

    def issue(self, number: int) -> Remote:
        """One issue. Raises: Gone when it is not there any more."""
        return self._issue(self._call("GET", self._path(f"issues/{number}"), of_issue=True))

    def change(self, number: int, changes: Mapping[str, str]) -> Remote:
        """Change an issue. Raises: Gone when it is not there any more."""
        return self._issue(self._call("PATCH", self._path(f"issues/{number}"), changes, of_issue=True))

    def page(self, path: str, etag: str = "") -> Page:
        """The issues that a path lists."""
        headers = {"If-None-Match": etag} if etag else {}
        reply = self._call("GET", path, headers=headers)
        if reply.status == 304:
            return Page((), "", etag, unchanged=True)
        documents = _document(reply)
        if not isinstance(documents, list):
            raise _strange(gettext("it sends something that is no list"))
        issues = tuple(issue for document in documents if (issue := Remote.read(document)))
        return Page(issues, self._next(reply), reply.headers.get("ETag", "")[:200])

    def listing(self, since: datetime, *, sort: str, direction: str) -> str:
        """The path of the issues, open and closed, that were changed since."""
        wanted = {
            "state": "all",
            "since": f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "sort": sort,
            "direction": direction,
            "per_page": PAGE,
        }
        return f"{self._path('issues')}?{urlencode(wanted)}"

    def pages(self, path: str, *, most: int) -> Iterator[Page]:
        """That page and those that follow it, at most so many."""
        for _ in range(most):
            page = self.page(path)
            yield page
            if not (path := page.next_path):
                return

    def _path(self, rest: str = "") -> str:
        return f"/repos/{self.name}" + (f"/{rest}" if rest else "")

    def _issue(self, reply: Reply, *, sure: bool = True) -> Remote:
        """The issue of a reply; one that cannot be read leaves open what was done where that is not `sure`."""
        try:
            issue = Remote.read(_document(reply))
        except GitHubRefused as strange:
            raise refused(strange.sentence, unsure=not sure) from None
        if issue is None:
            raise Gone(gettext("It is a pull request at GitHub, and no issue."))
        return issue

    def _call(
        self,
        method: str,
        path: str,
        given: Mapping[str, object] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        of_issue: bool = False,
    ) -> Reply:
        """What GitHub answers to one call. Raises: GitHubRefused, Gone."""
        sent = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self.token}",
            "X-GitHub-Api-Version": API_VERSION,
            **({"Content-Type": "application/json"} if given is not None else {}),
            **(headers or {}),
        }
        body = None if given is None else json.dumps(given).encode()
        try:
            reply = request(method, self.base + path, headers=sent, body=body, follow=False, **_surroundings())
        except CallRefused as refusal:
            sentence = refusal.naming("OUTGOING_ALLOW_HOSTS")
            raise refused(sentence, whole=True) from None
        except NobodyListens as failure:
            raise refused(str(failure), whole=True) from None
        except CallFailed as failure:
            raise refused(str(failure), whole=True, unsure=method == "POST") from None
        judge(reply, now=self.now, token=self.token, of_issue=of_issue, writes=method == "POST")
        return reply

    def _next(self, reply: Reply) -> str:
        """Where the next page is, as a path of this API; "" at the end. Raises: GitHubRefused for another host."""
        target = next_target(reply.headers.get("Link", ""))
        if not target:
            return ""
        prefix = f"{self.base}/"
        if not target.startswith(prefix) or urlsplit(target)[:2] != urlsplit(self.base)[:2]:
            raise _strange(gettext("its next page is said to be at another address, which is not called"))
        return target[len(self.base) :]


def next_target(header: str) -> str:
    """The address that a Link header calls the next page, or ""."""
    for part in header.split(","):
        target, _, attributes = part.strip().partition(";")
        if target.startswith("<") and target.endswith(">") and 'rel="next"' in attributes.replace(" ", ""):
            return target[1:-1]
    return ""


def setup_problem(repository: GitHubRepository) -> str:
    """Why the repository cannot be called, in one sentence, or ""."""
    if problem := address_problem(repository.api_url):
        return problem
    if not repository.token_encrypted:
        return gettext("%(repository)s has no token: enter one.") % {"repository": repository.name}
    try:
        decrypt(repository.token_encrypted, purpose=PURPOSE)
    except Unreadable:
        return gettext("The stored token cannot be read with SECRET_KEY or SECRET_KEY_FALLBACKS: enter it again.")
    return ""


def address_problem(url: str) -> str:
    """Why an address cannot be that of an API, in one sentence, or "". A token never travels without TLS."""
    try:
        parts = urlsplit(url)
        host, place = parts.hostname or "", parts.netloc.lower()
    except ValueError:
        return gettext("The API address cannot be read.")
    if not host or "@" in place or parts.query or parts.fragment or not url.isascii() or not url.isprintable():
        return gettext(
            "The API address is https://HOST or https://HOST/api/v3, without a name, a password or a question mark."
        )
    named = {name.lower() for name in settings.OUTGOING_ALLOW_HOSTS}
    if parts.scheme == "https" or (parts.scheme == "http" and host in HERE and {host, place} & named):
        return ""
    return gettext("The API address begins with https://.")


def _surroundings() -> dict[str, object]:
    return {
        "allow_hosts": tuple(settings.OUTGOING_ALLOW_HOSTS),
        "limits": Limits(
            connect_seconds=min(5.0, settings.SEND_SECONDS),
            read_seconds=settings.SEND_SECONDS,
            total_seconds=settings.SEND_SECONDS,
            most_bytes=MOST_BYTES,
        ),
    }


def _document(reply: Reply) -> object:
    if reply.truncated:
        raise _strange(gettext("its answer is longer than what is read"))
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        raise _strange(gettext("its answer is no JSON")) from None


def _object(reply: Reply) -> dict:
    document = _document(reply)
    if not isinstance(document, dict):
        raise _strange(gettext("its answer is no object"))
    return document


def _is_number(value: object) -> bool:
    return type(value) is int and 0 < value < LONGEST_NUMBER


def _word(document: Mapping[str, object], name: str, most: int) -> str:
    """A text of a document, "" for null. Raises: GitHubRefused when it is something else, or longer than can be."""
    value = document.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > most:
        raise _strange(gettext("the %(field)s of an issue is no text that can be") % {"field": name})
    return value.replace("\0", "")


def _moment(document: Mapping[str, object], name: str) -> datetime:
    try:
        moment = parse_datetime(_word(document, name, 40))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise _strange(gettext("the %(field)s of an issue is no moment") % {"field": name})
    return moment


def _strange(what: str) -> GitHubRefused:
    return refused(gettext("GitHub cannot be understood: %(what)s.") % {"what": what})
