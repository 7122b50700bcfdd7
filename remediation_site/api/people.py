"""Owners and systems: by their numbers, issues are assigned and lists are narrowed."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from remediation_site.api.operations import operation
from remediation_site.api.paging import Column, PageQuery, page
from remediation_site.api.scopes import Scope
from tracker.choices import Role
from tracker.models import Owner, System

router = Router(tags=["owners and systems"])

BY_NAME = (Column("name"), Column("id"))
Words = Annotated[str, Field(max_length=100, description="A part of the name.")]


class OwnerLine(Schema):
    """Somebody who does the work, or to whom it is escalated."""

    id: int
    name: str
    email: str
    role: Role
    reports_to: int | None


class OwnerPage(Schema):
    """A page of the list."""

    items: list[OwnerLine]
    next_cursor: str


class SystemLine(Schema):
    """A part of the product that issues affect."""

    id: int
    name: str
    default_owner: int | None


class SystemPage(Schema):
    """A page of the list."""

    items: list[SystemLine]
    next_cursor: str


class NameQuery(PageQuery):
    """Rows by name."""

    name: Words = ""


@operation(router, "GET", "/owners", scope=Scope.READ, rights=("tracker.view_owner",), answers={200: OwnerPage})
def list_owners(request: HttpRequest, query: Query[NameQuery]):
    """List owners by name."""
    rows = Owner.objects.filter(name__icontains=query.name) if query.name else Owner.objects.all()
    found = page(rows, BY_NAME, query, about=query.model_dump())
    items = [
        OwnerLine(id=row.pk, name=row.name, email=row.email, role=row.role, reports_to=row.reports_to_id)
        for row in found.rows
    ]
    return OwnerPage(items=items, next_cursor=found.next_cursor)


@operation(router, "GET", "/systems", scope=Scope.READ, rights=("tracker.view_system",), answers={200: SystemPage})
def list_systems(request: HttpRequest, query: Query[NameQuery]):
    """List systems by name."""
    rows = System.objects.filter(name__icontains=query.name) if query.name else System.objects.all()
    found = page(rows, BY_NAME, query, about=query.model_dump())
    items = [SystemLine(id=row.pk, name=row.name, default_owner=row.default_owner_id) for row in found.rows]
    return SystemPage(items=items, next_cursor=found.next_cursor)
