"""Pages of long lists by key: a page begins behind the last row of the one before, whatever was added meanwhile.

Nothing is counted and nothing is skipped over: each page is found in the index of the order.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from django.core import signing
from django.db import connection
from django.db.models import Model, Q, QuerySet
from ninja import Schema
from pydantic import Field

from remediation_site.api.problems import Problem

SALT = "remediation_site.api.paging"
USUAL, MOST = 50, 200
LONGEST_CURSOR = 2000


class PageQuery(Schema):
    """What every list can be asked."""

    limit: Annotated[int, Field(ge=1, le=MOST, description="Rows of a page.")] = USUAL
    cursor: Annotated[
        str, Field(max_length=LONGEST_CURSOR, description="`next_cursor` of the page before; empty: the first page.")
    ] = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the order. `rising` is its direction; `nullable` that a row may have nothing there."""

    name: str
    rising: bool = True
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """The rows, and where the next page begins, "" behind the last."""

    rows: list[Any]
    next_cursor: str


def page(rows: QuerySet, order: Sequence[Column], query: PageQuery, *, about: dict[str, Any]) -> Page:
    """The page that is asked for, in at most one query for each column of the order.

    The last column tells all rows apart. `about` is what the list was narrowed to: a cursor holds for that list alone.
    """
    mark = _mark(about)
    rows = rows.order_by(*(column.name if column.rising else f"-{column.name}" for column in order))
    if not query.cursor:
        found = list(rows[: query.limit + 1])
    else:
        found = _behind(rows, order, _read(query.cursor, order, mark), query.limit + 1)
    if len(found) <= query.limit:
        return Page(found, "")
    return Page(found[: query.limit], _cursor(found[query.limit - 1], order, mark))


def _behind(rows: QuerySet, order: Sequence[Column], values: Sequence[Any], wanted: int) -> list[Model]:
    """The rows behind these values: those equal in all columns but the last, then in all but the last two, …"""
    found: list[Model] = []
    for place in range(len(order) - 1, -1, -1):
        same = _same(order[:place], values[:place])
        for behind in _after(order[place], values[place]):
            if len(found) < wanted:
                found += rows.filter(same & behind)[: wanted - len(found)]
    return found


def _same(columns: Sequence[Column], values: Sequence[Any]) -> Q:
    """That a row has these values."""
    pairs = zip(columns, values, strict=True)
    return Q(**dict((f"{each.name}__isnull", True) if value is None else (each.name, value) for each, value in pairs))


def _after(column: Column, value: Any) -> list[Q]:
    """The conditions, one after the other, for what comes behind a value in a column."""
    nothing_last = connection.features.nulls_order_largest == column.rising
    nothing, something = Q(**{f"{column.name}__isnull": True}), Q(**{f"{column.name}__isnull": False})
    if value is None:
        return [] if nothing_last else [something]
    later = Q(**{f"{column.name}__{'gt' if column.rising else 'lt'}": value})
    return [later, nothing] if column.nullable and nothing_last else [later]


def _mark(about: dict[str, Any]) -> str:
    asked = {name: value for name, value in about.items() if name not in ("cursor", "limit")}
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _cursor(row: Model, order: Sequence[Column], mark: str) -> str:
    values = [_packed(getattr(row, column.name)) for column in order]
    return signing.dumps([mark, *values], salt=SALT, compress=True)


def _packed(value: Any) -> Any:
    return {"at": value.isoformat()} if isinstance(value, datetime) else value


def _read(cursor: str, order: Sequence[Column], mark: str) -> list[Any]:
    try:
        signed, *values = signing.loads(cursor, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        raise Problem("invalid", "This is no cursor of this site: take next_cursor as it was given.") from None
    if signed != mark or len(values) != len(order):
        raise Problem("invalid", "This cursor belongs to a list that was asked for otherwise: begin at its start.")
    return [datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value for value in values]
