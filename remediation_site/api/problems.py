"""Every refusal of the API in one shape: application/problem+json (RFC 9457), one clear sentence in `detail`."""

import json
import logging
from collections.abc import Mapping, Sequence

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from remediation_site.logs import REQUEST

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
DOCUMENTATION = "/api/v1/docs#problem-"
MOST_ERRORS = 20
WAIT_FOR_DATABASE = 5  # seconds
# What kinds of problem there are: the end of their address, the title and the status.
KINDS: dict[str, tuple[str, int]] = {
    "malformed": ("The request cannot be read", 400),
    "no-token": ("A token is needed", 401),
    "invalid-token": ("The token is not valid", 401),
    "insufficient-scope": ("The token is not for this", 403),
    "not-permitted": ("The account may not do this", 403),
    "not-found": ("There is nothing here", 404),
    "method-not-allowed": ("The method is not allowed", 405),
    "refused": ("It is refused", 409),
    "in-progress": ("The same request is under way", 409),
    "too-large": ("The request is too large", 413),
    "unsupported-media-type": ("The media type is not read here", 415),
    "invalid": ("The request is not as documented", 422),
    "key-reused": ("The idempotency key is used already", 422),
    "too-many-requests": ("Too many requests", 429),
    "internal": ("Something went wrong here", 500),
    "unavailable": ("It cannot answer now", 503),
}
SENTENCES = {
    400: ("malformed", "The request cannot be read."),
    401: ("no-token", "Send a token: Authorization: Bearer rem_…"),
    403: ("not-permitted", "You may not do this."),
    404: ("not-found", "There is no such address: /api/v1/docs lists them all."),
    405: ("method-not-allowed", "This address does not know the method: the Allow header names those that it does."),
    413: ("too-large", "The request is larger than anything that is read here."),
    500: ("internal", "Something went wrong here: the log of the server says what, under the request's id."),
    503: ("unavailable", "It cannot answer now, and nothing was done: try again in a while."),
}


class Problem(Exception):
    """A refusal of a kind of KINDS. `more` are further members of the answer."""

    def __init__(self, kind: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: object) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.headers, self.more = kind, detail, dict(headers or {}), more


def missing(what: str) -> Problem:
    """That there is no such row."""
    return Problem("not-found", f"There is no such {what}.")


def answer(problem: Problem, *, status: int | None = None) -> HttpResponse:
    """The problem as a response."""
    title, own = KINDS[problem.kind]
    status = status or own
    body = {
        "type": f"{DOCUMENTATION}{problem.kind}",
        "title": title,
        "status": status,
        "detail": problem.detail,
        "request_id": REQUEST.get() or "",
        **problem.more,
    }
    data = json.dumps(body, separators=(",", ":"))
    return HttpResponse(data, status=status, content_type=MEDIA_TYPE, headers=problem.headers)


def of_status(status: int, headers: Mapping[str, str]) -> HttpResponse:
    """The problem that stands for an answer of Django's own; headers that explain it are kept."""
    kept = {name: headers[name] for name in ("Allow", "WWW-Authenticate", "Retry-After") if name in headers}
    fallback = 500 if status >= 500 else 400
    kind, detail = SENTENCES.get(status, SENTENCES[fallback])
    return answer(Problem(kind, detail, headers=kept), status=status)


def handle(api: NinjaAPI) -> None:
    """Let the API answer everything that is raised in it by a problem."""
    api.add_exception_handler(Problem, lambda _request, problem: answer(problem))
    api.add_exception_handler(ValidationError, lambda _request, error: answer(invalid(error.errors)))
    api.add_exception_handler(HttpError, _http_error)
    api.add_exception_handler(Http404, lambda _request, _error: of_status(404, {}))
    api.add_exception_handler(PermissionDenied, lambda _request, _error: of_status(403, {}))
    api.add_exception_handler(RequestDataTooBig, lambda _request, _error: of_status(413, {}))
    api.add_exception_handler(SuspiciousOperation, lambda _request, _error: of_status(400, {}))
    api.add_exception_handler(UnreadablePostError, lambda _request, _error: of_status(400, {}))
    for error in (OperationalError, InterfaceError):
        api.add_exception_handler(error, _no_database)
    api.add_exception_handler(Exception, _unforeseen)


def _http_error(_request: HttpRequest, error: HttpError) -> HttpResponse:
    """ninja wraps whatever reading a body raises."""
    if isinstance(error.__cause__, Problem):
        return answer(error.__cause__)
    return of_status(error.status_code, {})


def _no_database(request: HttpRequest, error: Exception) -> HttpResponse:
    """The database is gone, restarts, or is held by somebody else for too long: what was begun was rolled back."""
    logger.error("%s %s: the database did not answer", request.method, request.path, exc_info=error)
    return of_status(503, {"Retry-After": str(WAIT_FOR_DATABASE)})


def _unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    return of_status(500, {})


def invalid(errors: Sequence[Mapping[str, object]]) -> Problem:
    """What is not as documented: where each value stands, and what is wrong with it. Values are not repeated."""
    found = [{"in": _place(each), "problem": _sentence(each)} for each in errors[:MOST_ERRORS]]
    first = f"{found[0]['in']}: {found[0]['problem']}"
    more = f" ({len(errors) - 1} more, see errors.)" if len(errors) > 1 else ""
    return Problem("invalid", f"{first}{more}", errors=found)


def _place(error: Mapping[str, object]) -> str:
    """body.links.0.url, query.limit; the name that the code gives a whole body is left out."""
    source, *path = map(str, error["loc"])
    names = path[1:] if source == "body" else path[-1:]
    return ".".join((source, *names))


def _sentence(error: Mapping[str, object]) -> str:
    if error["type"] == "extra_forbidden":
        return "There is no field of that name here."
    words = str(error["msg"]).removeprefix("Value error, ")
    return words if words.endswith(".") else f"{words}."
