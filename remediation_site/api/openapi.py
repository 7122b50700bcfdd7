"""The OpenAPI document: what ninja knows of the operations, and what all of them have in common."""

import copy
from functools import lru_cache
from typing import Any

from django.conf import settings
from ninja import NinjaAPI

from remediation_site.api import idempotency, problems
from remediation_site.api.analyses import AnalysisIn
from remediation_site.api.issues import Gate

ALWAYS = (400, 401, 403, 422, 429, 500, 503)
OF_A_WRITE = (409, 413, 415)
NOT_FOUND_TOO = ("get_metrics", "get_gate")  # they name teams and systems in the query
READ = "get"
REFERENCE = "#/components/schemas/{model}"
DESCRIPTION = """
Programs do here what people do on the pages of the site: the same functions, gates and rights, and the same history,
which names the account and the token. Send a token with each request: `Authorization: Bearer rem_…`.
"""
PROBLEM = {
    "type": "object",
    "description": "A refusal (RFC 9457).",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {"type": "string", "description": "The kind of problem: an address in this documentation."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, in a sentence."},
        "request_id": {"type": "string", "description": "Under which the log of the server has it."},
        "reasons": {"type": "array", "items": {"type": "string"}, "description": "Of a refusal: every reason."},
        "gates": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/Gate"},
            "description": "Of a transition: every gate that is shut.",
        },
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["in", "problem"],
                "properties": {"in": {"type": "string"}, "problem": {"type": "string"}},
            },
            "description": "Of a request that is not as documented: where, and what.",
        },
    },
}
HEADERS = {
    "RateLimit": ("How many requests are left, and in how many seconds all are back.", "string"),
    "RateLimit-Policy": ("How many requests a token may make in how many seconds.", "string"),
    "X-Request-ID": ("Under which the log of the server has the request.", "string"),
}
KEY = {
    "name": idempotency.HEADER,
    "in": "header",
    "required": False,
    "description": "The same key again within 24 hours: the work is not done again, and its answer is given again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": idempotency.LONGEST_KEY, "pattern": "^[ -~]+$"},
}


@lru_cache(maxsize=4)
def document(api: NinjaAPI, prefix: str) -> dict[str, Any]:
    """The document of the API at that address."""
    found = copy.deepcopy(dict(api.get_openapi_schema(path_prefix=prefix)))
    found["info"]["description"] = DESCRIPTION.strip()
    found["servers"] = [{"url": settings.SITE_URL}]
    _add_components(found["components"])
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            _complete(operation, path, is_write=method != READ)
    return found


def _add_components(components: dict[str, Any]) -> None:
    for shape in (AnalysisIn, Gate):  # ninja does not know of them: their operations read or write them themselves
        schema = shape.model_json_schema(ref_template=REFERENCE)
        components["schemas"] |= {shape.__name__: schema, **schema.pop("$defs", {})}
    components["schemas"]["Problem"] = PROBLEM
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "rem_…"}}
    components["parameters"] = {"IdempotencyKey": KEY}
    components["headers"] = {
        name: {"description": words, "schema": {"type": kind}} for name, (words, kind) in HEADERS.items()
    }
    components["responses"] = {f"Problem{status}": _problem(status) for status in (*ALWAYS, *OF_A_WRITE, 404)}


def _problem(status: int) -> dict[str, Any]:
    kinds = {kind: title for kind, (title, own) in problems.KINDS.items() if own == status}
    words = "; ".join(f"{title} ({kind})" for kind, title in kinds.items())
    schema = {"$ref": "#/components/schemas/Problem"}
    headers = {"X-Request-ID": {"$ref": "#/components/headers/X-Request-ID"}}
    if status in (429, 409, 503):
        headers["Retry-After"] = {"schema": {"type": "integer"}, "description": "Seconds to wait, where that helps."}
    if status in (401, 403):
        headers["WWW-Authenticate"] = {"schema": {"type": "string"}, "description": "What would let it in."}
    return {"description": words, "headers": headers, "content": {problems.MEDIA_TYPE: {"schema": schema}}}


def _complete(operation: dict[str, Any], path: str, *, is_write: bool) -> None:
    statuses = [*ALWAYS, *(OF_A_WRITE if is_write else ())]
    if "{" in path or operation["operationId"] in NOT_FOUND_TOO:
        statuses.append(404)
    for status, response in operation["responses"].items():
        response["description"] = "Done" if is_write else "The answer"
        response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in HEADERS}
        if is_write:
            response["headers"][idempotency.REPLAYED] = {
                "schema": {"type": "string", "enum": ["true"]},
                "description": "The work was done before: this is its answer again.",
            }
        operation["responses"][status] = response
    operation["responses"] = {str(status): response for status, response in operation["responses"].items()}
    operation["responses"] |= {
        str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in sorted(statuses)
    }
    if is_write:
        operation["parameters"].append({"$ref": "#/components/parameters/IdempotencyKey"})
