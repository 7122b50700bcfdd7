"""A write that comes twice with the same Idempotency-Key is done once: the first answer is kept and given again.

The answer is written in the transaction of the work, so there is never one without the other, whatever is killed when.
A refusal wrote nothing and is not kept: the same key may try again.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from pydantic import BaseModel

from remediation_site.api.bodies import JSON
from remediation_site.api.problems import Problem
from remediation_site.models import ApiAnswer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST_KEY = 255
KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write answers: the status and the body."""

    status: int
    body: BaseModel


def carried_out(request: HttpRequest, work: Callable[[], Answer]) -> HttpResponse:
    """Do the work in one transaction, once for a key, and answer. Raises: Problem, and then nothing is written."""
    key, now = request.headers.get(HEADER), timezone.now()
    with transaction.atomic():
        if key is None:
            return _response(*_rendered(work()))
        _check(key)
        digest = _digest(request)
        _reserve(request.auth.pk, key)
        earlier = ApiAnswer.objects.filter(token=request.auth, key=key).first()
        if earlier and earlier.at > now - KEPT_FOR:
            return _again(earlier, digest)
        if earlier:
            earlier.delete()
        status, body = _rendered(work())
        ApiAnswer.objects.create(token=request.auth, key=key, sha256=digest, status=status, body=body, at=now)
        return _response(status, body)


def purge(now: datetime) -> int:
    """Delete the answers that are no longer given again; how many."""
    return ApiAnswer.objects.filter(at__lte=now - KEPT_FOR).delete()[0]


def _check(key: str) -> None:
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Problem("malformed", f"An {HEADER} has 1 to {LONGEST_KEY} printable ASCII characters.")


def _digest(request: HttpRequest) -> str:
    head = f"{request.method} {request.get_full_path()} {request.content_type}\n"
    return hashlib.sha256(head.encode("utf-8", "surrogateescape") + request.body).hexdigest()


def _reserve(token_id: int, key: str) -> None:
    """Keep a concurrent request with the same key out until this transaction ends.

    SQLite lets one transaction write at a time: there the second waits, and then finds the answer of the first.
    """
    if connection.vendor != "postgresql":
        return
    name = hashlib.sha256(f"{token_id} {key}".encode()).digest()[:8]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(name, "big", signed=True)])
        if not cursor.fetchone()[0]:
            sentence = "A request with this key is being carried out: ask again in a second for its answer."
            raise Problem("in-progress", sentence, headers={"Retry-After": "1"})


def _again(earlier: ApiAnswer, digest: str) -> HttpResponse:
    if earlier.sha256 != digest:
        raise Problem("key-reused", "This key was used for another request: take a new key for each.")
    response = _response(earlier.status, earlier.body)
    response.headers[REPLAYED] = "true"
    return response


def _rendered(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body.model_dump_json()


def _response(status: int, body: str) -> HttpResponse:
    return HttpResponse(body, status=status, content_type=JSON)
