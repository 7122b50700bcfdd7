"""What a log record is worth its lines, whose work it belongs to, and how it is written: for people or as JSON.

The JSON is made here and not by a library: those write whatever hangs on a record, requests included. Here a line has
the fields that are named below and no others.
"""

import json
import logging
import re
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from itertools import islice
from types import TracebackType

REQUEST: ContextVar[str | None] = ContextVar("REQUEST", default=None)
TASK: ContextVar[str | None] = ContextVar("TASK", default=None)
MOST_CAUSES = 5
LONGEST_REASON = 300
# Whoever has one acknowledges, or reads a calendar: it is as good as a login.
ONE_TIME_LINK = re.compile(r"(/alerts/acknowledge/|/calendar/)[^/\s?.]+")

# What PostgreSQL says after the reason: the whole row that it refuses. The result of a failed task, which django-q2
# logs, has it in the middle, and may have it several times.
ROW = re.compile(
    r"\n(?:DETAIL|CONTEXT|QUERY|STATEMENT): .*?(?= : Traceback \(most|\n\nThe above exc|\n\nDuring handling|\Z)",
    re.DOTALL,
)

ErrorInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class NoTracebackOfRefusals(logging.Filter):
    """Leaves the traceback out where a request was refused: the line says it all, and nothing is broken."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", 500) < 500:
            record.exc_info = record.exc_text = None
        return True


class LineFormatter(logging.Formatter):
    """A line for people; what it was written for stands at its end where that is known."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:
        ids = "".join(f" [{word} {value}]" for word, value in ids_now().items() if value)
        return harmless(super().formatMessage(record)) + ids

    def formatException(self, error: ErrorInfo) -> str:
        return harmless(reason_and_place(error[1]))


class JsonFormatter(LineFormatter):
    """A line of JSON in ASCII, so that no text can begin a line of its own. A field that is not known is null."""

    def format(self, record: logging.LogRecord) -> str:
        ids = ids_now()
        return json.dumps(
            {
                "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
                "level": record.levelname,
                "logger": record.name,
                "message": harmless(record.getMessage()),
                "process": record.process,
                "request_id": ids["request"],
                "task_id": ids["task"],
                "exception": self.formatException(record.exc_info) if record.exc_info else None,
            }
        )


def ids_now() -> dict[str, str | None]:
    """The request and the task that something belongs to which is logged now."""
    return {"request": REQUEST.get(), "task": TASK.get()}


def harmless(text: str) -> str:
    """The text without what makes an address a key, and without the rows that PostgreSQL shows."""
    return ONE_TIME_LINK.sub(r"\1***", ROW.sub("", text))


def reason_and_place(error: BaseException | None) -> str:
    """Where an error and its causes came up, and the first line of each reason, cut off.

    What follows in a reason can be the text of an analysis: PostgreSQL shows the whole row that it refuses.
    """
    parts = []
    for each in islice(causes(error), MOST_CAUSES):
        first = str(each).strip().partition("\n")[0][:LONGEST_REASON]
        places = "".join(traceback.format_tb(each.__traceback__))
        parts.append(f"Traceback (most recent call last):\n{places}{type(each).__qualname__}: {first}".rstrip(": "))
    return "\n\nwhich came of:\n\n".join(parts)


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what it came of."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def task_is_queued(task: dict, **_signal: object) -> None:
    """Let the task name the request that queues it. Receives django-q2's pre_enqueue.

    What a task queues is that of no request: it may belong to somebody who asked long before.
    """
    if TASK.get() is None and (request := REQUEST.get()):
        task["request_id"] = request


def task_begins(task: dict, **_signal: object) -> None:
    """Lines that follow belong to this task, and to the request that queued it. Receives django-q2's pre_execute."""
    TASK.set(task.get("id"))
    REQUEST.set(task.get("request_id"))


def task_ended(**_signal: object) -> None:
    """Lines that follow belong to no task. Receives django-q2's post_execute_in_worker."""
    TASK.set(None)
    REQUEST.set(None)
