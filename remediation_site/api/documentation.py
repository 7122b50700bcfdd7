"""The documents of the API, for people who are signed in and for tokens: OpenAPI as JSON, and a page made from it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

from remediation_site.api import problems
from remediation_site.api.auth import authenticated
from remediation_site.api.openapi import document
from remediation_site.api.problems import Problem
from remediation_site.api.scopes import Scope

View = Callable[[HttpRequest], HttpResponse]
PREFIX = "/api/v1/"
WORDS = {"malformed": "The body is no JSON or no UTF-8, a header cannot be read, or the request is for another host."}


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of a body or an answer: its name, its kind in words, and what it means."""

    name: str
    kind: str
    required: bool
    words: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A body: its media types, the name of its kind, and its fields."""

    media: str
    name: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """What a section of the page says."""

    anchor: str
    method: str
    path: str
    summary: str
    words: str
    scope: str
    rights: tuple[str, ...]
    parameters: tuple[Field, ...]
    body: Shape | None
    answers: tuple[tuple[str, Shape], ...]
    refusals: tuple[str, ...]


def for_those_who_may_ask(api: NinjaAPI) -> Callable[[Callable], View]:
    """Let a view answer who has a token, and who is signed in."""

    def decorate(view: Callable) -> View:
        guarded = admin.site.admin_view(lambda request: view(request, api))

        @require_safe
        @wraps(view)
        def asked(request: HttpRequest) -> HttpResponse:
            if "Authorization" not in request.headers and not view.for_browsers:
                signed_in = admin.site.has_permission(request)
                return view(request, api) if signed_in else problems.of_status(401, {"WWW-Authenticate": "Bearer"})
            if "Authorization" not in request.headers:
                return guarded(request)
            try:
                authenticated(request, timezone.now())
            except Problem as problem:
                return problems.answer(problem)
            return view(request, api)

        return asked

    return decorate


def openapi_json(request: HttpRequest, api: NinjaAPI) -> HttpResponse:
    """The OpenAPI document."""
    return JsonResponse(document(api, PREFIX))


def page(request: HttpRequest, api: NinjaAPI) -> HttpResponse:
    """The same document as a page, complete without scripts."""
    found = document(api, PREFIX)
    tags: dict[str, list[Operation]] = {}
    for each, tag in operations(found):
        tags.setdefault(tag, []).append(each)
    context = {
        **admin.site.each_context(request),
        "user": request.user,
        "title": "API",
        "tags": tags,
        "scopes": [(scope.value, scope.label) for scope in Scope],
        "shapes": shapes(found),
        "problems": [(kind, title, status) for kind, (title, status) in problems.KINDS.items()],
    }
    return render(request, "api/documentation.html", context)


openapi_json.for_browsers, page.for_browsers = False, True


def operations(found: dict[str, Any]) -> Iterator[tuple[Operation, str]]:
    """The operations of a document, each with its tag."""
    for path, methods in found["paths"].items():
        for method, said in methods.items():
            answers = [(status, each) for status, each in said["responses"].items() if "$ref" not in each]
            parameters = [_resolved(each, found) for each in said["parameters"]]
            yield (
                Operation(
                    anchor=said["operationId"],
                    method=method.upper(),
                    path=path,
                    summary=said["summary"],
                    words=" ".join(said.get("description", "").removeprefix(said["summary"]).removeprefix(".").split()),
                    scope=said["security"][0]["token"][0],
                    rights=tuple(said["x-rights"]),
                    parameters=tuple(_parameter(each, found) for each in parameters),
                    body=_shape(said["requestBody"], found) if "requestBody" in said else None,
                    answers=tuple((status, _shape(each, found)) for status, each in answers),
                    refusals=tuple(status for status in said["responses"] if int(status) >= 400),
                ),
                said["tags"][0],
            )


def shapes(found: dict[str, Any]) -> dict[str, tuple[Field, ...]]:
    """What bodies and answers are made of, by name."""
    named = sorted(found["components"]["schemas"].items())
    return {name: _fields(schema, found) for name, schema in named if "properties" in schema}


def _resolved(part: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """What a part stands for."""
    while "$ref" in part:
        target: Any = found
        for name in part["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        part = target
    return part


def _parameter(said: dict[str, Any], found: dict[str, Any]) -> Field:
    words = said.get("description") or said["schema"].get("description", "")
    return Field(said["name"], kind_of(said["schema"], found), said.get("required", False), words)


def _shape(said: dict[str, Any], found: dict[str, Any]) -> Shape:
    media, schema = list(said["content"]), list(said["content"].values())[-1]["schema"]
    name = schema.get("$ref", "").rpartition("/")[2] or schema.get("type", "")
    return Shape(" or ".join(media), name, _fields(_resolved(schema, found), found))


def _fields(schema: dict[str, Any], found: dict[str, Any]) -> tuple[Field, ...]:
    required = schema.get("required", ())
    return tuple(
        Field(each, kind_of(part, found), each in required, part.get("description", ""))
        for each, part in schema.get("properties", {}).items()
    )


def kind_of(schema: dict[str, Any], found: dict[str, Any]) -> str:
    """The kind of a value in words."""
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(kind_of(each, found) for each in schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return ", ".join(map(str, schema.get("enum", [schema.get("const")])))
    if "$ref" in schema:
        whole = _resolved(schema, found)
        return kind_of(whole, found) if "enum" in whole else schema["$ref"].rpartition("/")[2]
    if schema.get("type") == "array":
        return f"list of {kind_of(schema['items'], found)}"
    return _bounds(schema.get("format") or schema.get("type", "any"), schema)


def _bounds(kind: str, schema: dict[str, Any]) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None and most < 2**53:
        return f"{kind} {least} to {most}"
    longest = schema.get("maxLength")
    return f"{kind}, at most {longest} characters" if longest else kind
