"""Writes the audit: one row for each change, in the transaction of the change. Nobody waits for anybody.

Every function that writes calls `record` (or, for a row of history, tracker.history.keep, which does). Rows are sealed
into a chain afterwards, by tracker.sealing.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import wraps
from typing import ParamSpec

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.utils.translation import gettext

from tracker.choices import AuditVerb, Door
from tracker.models import AuditEvent

Actor = AbstractBaseUser | AnonymousUser | None
Changes = Mapping[str, tuple[object, object]]  # a field, what it was and what it is; None: it was or is not there

Columns = dict[str, object]
Given = ParamSpec("Given")

CHANGED = "(changed)"  # what is said of a secret
LONGEST_VALUE = 300  # characters; of longer texts the audit keeps the beginning, the length and the SHA-256
MOST_VALUES = 500  # of a list
LONGEST = {"actor_name": 200, "via": 200, "label": 300, "object_id": 64, "request_id": 64, "address": 45}
SECRET_WORDS = ("password", "secret", "token", "private", "hash", "key")
SECRET_FIELDS = frozenset({"alerts.channel.address"})  # the address of a webhook lets whoever has it write there


@dataclass(frozen=True, slots=True)
class Surroundings:
    """In what a change happens, as far as it is known: a request, a task, or a command."""

    request_id: str = ""
    address: str = ""
    via: str = ""  # the name of a token, a link, a task or a command
    door: str = Door.COMMAND
    actor: Callable[[], Actor] = lambda: None


SURROUNDINGS: ContextVar[Surroundings] = ContextVar("SURROUNDINGS", default=Surroundings())  # noqa: B039 - frozen


@dataclass(frozen=True, slots=True)
class Target:
    """What is changed where there is no row to pass: its kind, such as auth.user, its number and what it is called."""

    kind: str
    object_id: str
    label: str


@contextmanager
def within(**known: object) -> Iterator[None]:
    """Add to what is known of the surroundings: `with within(via="token CI", door="api"):`."""
    before = SURROUNDINGS.set(replace(SURROUNDINGS.get(), **known))
    try:
        yield
    finally:
        SURROUNDINGS.reset(before)


def record_all(rows: Iterable[AuditEvent]) -> list[AuditEvent]:
    """Write several rows that `event` has made, in one statement for each thousand of them."""
    return AuditEvent.objects.bulk_create(list(rows), batch_size=1000)


def event(
    verb: AuditVerb | str,
    target: models.Model | Target,
    *,
    actor: Actor,
    door: str,
    now: datetime,
    changes: Changes | None = None,
    reason: str = "",
    via: str = "",
) -> AuditEvent:
    """The row that says that somebody changed the target, not written yet.

    changes: {"field": (before, after)}, of the fields that changed alone. Of what holds a secret (by its name, or named
    in SECRET_FIELDS) only that it changed is kept. via: the name of the token, link or Slack button, where that is not
    in the surroundings already. Without an actor the door stands for the hand that nobody signed in.
    """
    around, thing = SURROUNDINGS.get(), target_of(target)
    known = actor if actor is not None and actor.is_authenticated else None
    words = {
        "actor_name": name_of(known, door),
        "via": via or around.via,
        "object_id": thing.object_id,
        "label": thing.label,
        "request_id": around.request_id,
        "address": around.address,
    }
    return AuditEvent(
        at=now,
        actor_id=known.pk if known else None,
        door=str(door),
        verb=str(verb),
        kind=thing.kind,
        changes={name: pair(thing.kind, name, *values) for name, values in (changes or {}).items()},
        reason=clean(reason).strip(),
        **{name: clean(text)[: LONGEST[name]] for name, text in words.items()},
    )


def _written(make: Callable[Given, AuditEvent]) -> Callable[Given, AuditEvent]:
    """What makes a row, and writes it too."""

    @wraps(make)
    def record(*args: Given.args, **kwargs: Given.kwargs) -> AuditEvent:
        row = make(*args, **kwargs)
        row.save(force_insert=True)
        return row

    return record


record = _written(event)  # called in the transaction of the change


def target_of(target: models.Model | Target) -> Target:
    """The kind, number and name of a row."""
    if isinstance(target, Target):
        return target
    return Target(target._meta.label_lower, "" if target.pk is None else str(target.pk), str(target))


def name_of(actor: Actor, door: str) -> str:
    """What a person is called, or the door where nobody signed in."""
    if actor is None:
        return str(getattr(door, "label", door)).capitalize()
    return actor.get_full_name() or actor.get_username()


def columns(row: models.Model) -> Columns:
    """The columns of a row but its key, as they can be compared; of a row that one leads to, what it is called."""
    found = {}
    for field in row._meta.concrete_fields:
        if not field.primary_key:
            value = getattr(row, field.name)
            value = bytes(value) if isinstance(value, memoryview) else value
            found[field.name] = str(value) if field.is_relation and value is not None else value
    return found


def differences(before: Columns, after: Columns) -> Changes:
    """What is not the same before and after."""
    names = dict.fromkeys((*before, *after))
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def pair(kind: str, name: str, before: object, after: object) -> list:
    """Before and after as they are kept; of a secret no more than that there was one."""
    if is_secret(kind, name):
        return [CHANGED if before else None, CHANGED if after else None]
    return [plain(before), plain(after)]


def is_secret(kind: str, name: str) -> bool:
    """Whether the values of a field are never written into the audit."""
    return f"{kind}.{name}" in SECRET_FIELDS or any(word in name.lower() for word in SECRET_WORDS)


def plain(value: object) -> object:
    """A value as any database gives it back: texts, whole numbers, true, false, none, lists and mappings of them."""
    if value is None or (isinstance(value, (bool, int)) and not hasattr(value, "label")):
        return value
    if isinstance(value, Mapping):
        return {clean(str(name)): plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each) for each in list(value)[:MOST_VALUES]]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return CHANGED  # what is stored in bytes is encrypted, or a file
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return shortened(clean(str(value)))


def shortened(text: str) -> str:
    """The text, or the beginning of a long one with what it can be compared by."""
    if len(text) <= LONGEST_VALUE:
        return text
    return gettext("%(text)s… (%(number)s characters, SHA-256 %(sha256)s)") % {
        "text": text[:LONGEST_VALUE],
        "number": len(text),
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
    }


def clean(text: str) -> str:
    """The text without what PostgreSQL cannot hold."""
    return str(text).replace("\0", "\ufffd").encode(errors="replace").decode()
