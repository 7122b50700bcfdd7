"""How an operation of the API is declared: who may, what it answers, and that a write is done once for a key."""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, get_args
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel

from remediation_site.api.auth import Bearer
from remediation_site.api.bodies import as_json, raw
from remediation_site.api.idempotency import carried_out
from remediation_site.api.problems import Problem
from remediation_site.api.scopes import Scope

READ = "GET"
LONGEST_SHOWN = 40


def operation(
    router: Router,
    method: str,
    path: str,
    *,
    scope: Scope,
    rights: tuple[str, ...],
    answers: Mapping[int, type[BaseModel]],
    body: Mapping[str, Any] | None = None,
    most_bytes: int | None = None,
) -> Callable[[Callable], Callable]:
    """Add a view to the API.

    `body` documents a request body that the view reads itself, as OpenAPI has it; `most_bytes` is how long it may be,
    by default as long as any body of the site.
    """

    def decorate(view: Callable) -> Callable:
        known = _parameters(view)
        has_body = body is not None or "body" in inspect.signature(view).parameters

        @functools.wraps(view)
        def checked(request: HttpRequest, **values: Any) -> object:
            _refuse_unknown(request, known)
            if method == READ:
                return view(request, **values)
            sent = raw(request, most=most_bytes or settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
            if not has_body:
                _refuse_body(sent)
            return carried_out(request, lambda: view(request, **values))

        extra = {"security": [{"token": [str(scope)]}], "x-rights": list(rights)}
        router.api_operation(
            [method],
            path,
            auth=Bearer(scope, *rights),
            response=dict(answers),
            operation_id=view.__name__,
            summary=(view.__doc__ or "").strip().splitlines()[0].removesuffix("."),
            openapi_extra=extra | ({"requestBody": body} if body else {}),
        )(checked)
        return view

    return decorate


def _parameters(view: Callable) -> frozenset[str]:
    """The names that may stand in the query of the address: the fields of the argument `query`."""
    argument = inspect.signature(view).parameters.get("query")
    if argument is None:
        return frozenset()
    schema = next(
        part for part in (argument.annotation, *get_args(argument.annotation)) if hasattr(part, "model_fields")
    )
    return frozenset(schema.model_fields)


def _refuse_unknown(request: HttpRequest, known: frozenset[str]) -> None:
    """Refuse parameters that are not documented, and bytes that Django would replace by question marks."""
    try:
        unquote_to_bytes(request.META.get("QUERY_STRING", "")).decode()
    except UnicodeDecodeError:
        raise Problem("malformed", "The parameters of the address are no UTF-8.") from None
    if unknown := sorted(set(request.GET) - known):
        names = f"there are {', '.join(sorted(known))}" if known else "there are none"
        raise Problem("invalid", f"There is no parameter {unknown[0][:LONGEST_SHOWN]!r}: {names}.")


def _refuse_body(sent: bytes) -> None:
    """Refuse what an operation without a body would pass over; many clients send {} where there is nothing to say."""
    if sent and as_json(sent):
        raise Problem("invalid", "This operation takes no body: send none, or {}.")
