"""Whose hand, by which door, when: what every row of an issue's history carries; and how such rows are written.

Nothing else writes rows of history: each has its row in the audit, and `verify_audit` compares the two.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

from django.contrib.auth.models import AbstractBaseUser
from django.db import models

from tracker import audit, chain
from tracker.choices import AuditVerb, Door
from tracker.models import AuditEvent, FieldChange, HistoryRow, Issue, Note, StatusChange

LONGEST_NAME = 200
STAMP = ("issue_id", "actor_name", "door", "at")
# What of a row is compared with the audit: a column that is added later is not among them.
SAYS: dict[type[HistoryRow], tuple[str, ...]] = {
    StatusChange: (*STAMP, "old_status", "new_status", "reason"),
    FieldChange: (*STAMP, "field", "old", "new", "reason"),
    Note: (*STAMP, "kind", "text", "hours", "links"),
}
OF_NEW_ISSUE = ("title", "kind", "priority", "deadline", "owner")
Row = TypeVar("Row", bound=HistoryRow)


def stamp(actor: AbstractBaseUser | None, door: Door, now: datetime) -> dict:
    """The columns of a HistoryRow. Without a user, the door stands for the hand that nobody signed in."""
    name = name_of(actor) if actor else Door(door).label
    return {"actor": actor, "actor_name": name, "door": door, "at": now}


def name_of(actor: AbstractBaseUser) -> str:
    """How history names a person: with what acted in their name (`acts_through`), where it was not themselves."""
    through = getattr(actor, "acts_through", "")
    behind = f" ({through})" if through else ""
    return (actor.get_full_name() or actor.get_username())[: LONGEST_NAME - len(behind)] + behind


def keep(row: Row) -> Row:
    """Write a row of history, and with it its row of the audit."""
    row.save(force_insert=True)
    _event(row).save(force_insert=True)
    return row


def keep_all(rows: Iterable[Row]) -> list[Row]:
    """Write rows of one kind, and with them their rows of the audit, in two statements for many of them."""
    rows = list(rows)
    if not rows:
        return []
    written = type(rows[0]).objects.bulk_create(rows)
    issues = Issue.objects.in_bulk({row.issue_id for row in rows if not _knows_its_issue(row)})
    for row in written:
        if row.issue_id in issues:
            row.issue = issues[row.issue_id]
    audit.record_all(map(_event, written))
    return written


def row_kind(model: type[models.Model]) -> str:
    """By what name the audit calls a kind of rows of history."""
    return model._meta.model_name


def fingerprint(model: type[HistoryRow], values: Mapping[str, object]) -> str:
    """The SHA-256 of what a row says, of its columns as the database gives them."""
    return chain.fingerprint([row_kind(model), *(_exact(values[name]) for name in SAYS[model])])


def _event(row: HistoryRow) -> AuditEvent:
    """The row of the audit for a row of history that was written."""
    values = {name: getattr(row, name) for name in SAYS[type(row)]}
    verb, changes = _told(row)
    event = audit.event(
        verb,
        row.issue,
        actor=row.actor,
        door=str(row.door),
        now=row.at,
        changes=changes,
        reason=getattr(row, "reason", ""),
    )
    event.actor_name = row.actor_name
    event.row_kind, event.row_id, event.row_digest = row_kind(type(row)), row.pk, fingerprint(type(row), values)
    return event


def _told(row: HistoryRow) -> tuple[AuditVerb, audit.Changes]:
    if isinstance(row, Note):
        told = {"note": row.text, "kind": row.kind, "hours": row.hours, "links": row.links or None}
        return AuditVerb.NOTE, {name: (None, value) for name, value in told.items() if value is not None}
    if isinstance(row, FieldChange):
        return AuditVerb.CHANGE, {row.field: (row.old or None, row.new or None)}
    if row.old_status:
        return AuditVerb.MOVE, {"status": (row.old_status, row.new_status)}
    first = {name: (None, getattr(row.issue, name)) for name in OF_NEW_ISSUE}
    return AuditVerb.ADD, {"status": (None, row.new_status), **first}


def _knows_its_issue(row: HistoryRow) -> bool:
    return type(row)._meta.get_field("issue").is_cached(row)


def _exact(value: object) -> object:
    """A value in the one way in which it is hashed, whichever database gives it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return str(value) if isinstance(value, str) else value
