"""Sheets as JSON and back: what was calculated is kept, and read as the same values. Nothing is executed by reading.

A value that JSON has no word for is an object with one key that begins with "~": "~decimal", "~time", or the name of
one of KINDS with its fields.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from dashboard.metrics.filters import Filters, Period
from dashboard.metrics.money import StakeRow
from dashboard.metrics.sheet import IssueRow, Line, Series, Sheet
from dashboard.value.delay import Action, NextActions
from dashboard.value.execution import Load
from dashboard.value.figures import Figure, Lack, State, Target, Unit
from dashboard.value.risk_level import Assessment, Reason, RiskLevel

KINDS = {
    kind.__name__: kind
    for kind in (
        *(Action, Assessment, Figure, Filters, IssueRow, Line, Load, NextActions, Period, Reason, Series, Sheet),
        *(StakeRow, Target),
    )
}
WORDS = {kind.__name__: kind for kind in (Lack, RiskLevel, State, Unit)}
PLAIN = (str, int, float, bool, type(None))


def packed(value: object) -> Any:
    """A value as JSON has it. Raises: TypeError for one that is not known here."""
    name = type(value).__name__
    if name in KINDS:
        return {f"~{name}": {field: packed(getattr(value, field)) for field in _fields(KINDS[name])}}
    if isinstance(value, Mapping):
        return {key: packed(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [packed(each) for each in value]
    return _packed_word(name, value)


def _packed_word(name: str, value: object) -> Any:
    if isinstance(value, Enum):
        return {f"~{name}": value.value} if name in WORDS else value.value
    if isinstance(value, Decimal):
        return {"~decimal": str(value)}
    if isinstance(value, datetime):
        return {"~time": value.isoformat()}
    if isinstance(value, PLAIN):
        return value
    raise TypeError(f"{name} cannot be kept.")


def unpacked(value: Any) -> Any:
    """The value that was packed; every list comes back as a tuple. Raises: KeyError, TypeError, ValueError."""
    if isinstance(value, list):
        return tuple(map(unpacked, value))
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and (key := next(iter(value))).startswith("~"):
        return _special(key[1:], value[key])
    return {key: unpacked(each) for key, each in value.items()}


def _special(name: str, value: Any) -> Any:
    if name == "decimal":
        return Decimal(value)
    if name == "time":
        return datetime.fromisoformat(value)
    if name in WORDS:
        return WORDS[name](value)
    return KINDS[name](**{key: unpacked(each) for key, each in value.items()})


def _fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else kind._fields
