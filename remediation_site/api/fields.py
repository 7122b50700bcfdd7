"""The kinds of values in requests and answers. Requests are read strictly: nothing is guessed or left aside."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints, WithJsonSchema

MOST_KEY = 2**63 - 1  # what a key column holds
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
YEARS = range(1971, 9999)  # outside them, zones and databases end


def _moment(value: Any) -> datetime:
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        raise ValueError("Write the moment with its offset, such as 2026-03-10T12:00:00+00:00.")
    try:
        found = datetime.fromisoformat(value.upper())
    except ValueError:
        raise ValueError("There is no such moment.") from None
    if found.year not in YEARS:
        raise ValueError(f"Write a moment between the years {YEARS.start} and {YEARS.stop - 1}.")
    return found.astimezone(UTC)


class Given(Schema):
    """A request body: what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid")


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    PlainSerializer(lambda moment: moment.astimezone(UTC).isoformat(), return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Told = Annotated[  # a moment in an answer
    datetime,
    PlainSerializer(lambda moment: moment.astimezone(UTC).isoformat(), return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Key = Annotated[int, Field(ge=1, le=MOST_KEY)]
StrictKey = Annotated[int, Field(ge=1, le=MOST_KEY, strict=True)]
Reference = Annotated[
    str,
    StringConstraints(pattern=r"^P[0-9]-[0-9]{8}-[0-9]{3,9}$"),
    Field(description="Reference of an issue.", examples=["P0-20261124-001"]),
]
Reason = Annotated[str, Field(max_length=2000, description="A sentence for the history.")]
