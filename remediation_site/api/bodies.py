"""Reads the body of a request: bounded in size and depth, strict UTF-8, and nothing that a database cannot keep."""

import json
from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja.parser import Parser
from ninja.renderers import JSONRenderer

from remediation_site.api.problems import Problem

JSON = "application/json"
DEEPEST = 20  # levels of nesting; documented bodies have three
LONGEST_NUMBER = 40  # characters


class BoundedParser(Parser):
    """What ninja reads bodies and addresses with."""

    def parse_body(self, request: HttpRequest) -> dict:
        """The body as JSON. Raises: Problem."""
        expect(request, JSON)
        return as_json(raw(request, most=settings.DATA_UPLOAD_MAX_MEMORY_SIZE))

    def parse_querydict(self, data: MultiValueDict, list_fields: list[str], request: HttpRequest) -> dict:
        """The parameters of the address, each once. Raises: Problem."""
        for name, values in data.lists():
            if len(values) > 1 and name not in list_fields:
                raise Problem("invalid", f"The parameter {name[:40]!r} stands in the address {len(values)} times.")
            for word in (name, *values):
                _refuse_unstorable(word)
        return super().parse_querydict(data, list_fields, request)


class CompactRenderer(JSONRenderer):
    """What ninja writes answers with."""

    json_dumps_params = {"separators": (",", ":"), "ensure_ascii": False}


def expect(request: HttpRequest, *kinds: str) -> str:
    """The media type of the body, when it is one of these. Raises: Problem."""
    if request.content_type not in kinds:
        raise Problem("unsupported-media-type", f"Send the body as {' or '.join(kinds)}: Content-Type says what it is.")
    return request.content_type


def raw(request: HttpRequest, *, most: int) -> bytes:
    """The bytes of the body, at most so many. Raises: Problem."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise Problem("malformed", "The Content-Length is no number.") from None
    data = b"" if length > most else request.body if hasattr(request, "_body") else request.read(most + 1)
    if max(length, len(data)) > most:
        raise Problem("too-large", f"The body has more than {most:,} bytes, and so many are read at most.")
    request._body = data  # what was read once is there for who asks again
    return data


def as_text(data: bytes) -> str:
    """The bytes as UTF-8. Raises: Problem."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise Problem("malformed", f"The body is no UTF-8: see byte {wrong.start}.") from None


def as_json(data: bytes) -> dict:
    """The bytes as a JSON object. Raises: Problem."""
    try:
        found = json.loads(
            as_text(data),
            object_pairs_hook=_once_each,
            parse_constant=_no_number,
            parse_int=_short_integer,
            parse_float=_short_float,
        )
    except (ValueError, RecursionError) as wrong:
        sentence = "nested too deep" if isinstance(wrong, RecursionError) else str(wrong)[:200]
        raise Problem("malformed", f"The body is no JSON that is read here ({sentence}).") from None
    if not isinstance(found, dict):
        raise Problem("invalid", "The body is a JSON object, with its fields by name.")
    for word in _words(found, 1):
        _refuse_unstorable(word)
    return found


def _once_each(pairs: list[tuple[str, object]]) -> dict:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field stands there twice")
    return found


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _short_integer(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError("a number has too many digits")
    return int(digits)


def _short_float(digits: str) -> float:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError("a number has too many digits")
    return float(digits)


def _words(value: object, depth: int) -> Iterator[str]:
    """Every text in a value. Raises: Problem when it is nested too deep."""
    if depth > DEEPEST:
        raise Problem("malformed", f"The body is nested deeper than {DEEPEST} levels.")
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for each in value.values():
            yield from _words(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            yield from _words(each, depth + 1)


def _refuse_unstorable(word: str) -> None:
    """Refuse what no row can hold: NUL, and halves of characters."""
    if "\0" in word:
        raise Problem("invalid", "A text cannot hold NUL characters.")
    try:
        word.encode()
    except UnicodeEncodeError:
        raise Problem("invalid", "A text has halves of characters, which no UTF-8 has.") from None
