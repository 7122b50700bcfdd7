"""A WebSocket that must answer a message."""

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from tracker.choices import CheckOutcome
from tracker.guarded import CallFailed, CallRefused, NobodyListens, connected, shown, target_of
from tracker.translation import gettext
from tracker.validation.entries import WebSocket
from tracker.validation.outcomes import Finding, Tail
from tracker.validation.surroundings import Surroundings, could_not_run

MOST_BYTES = 1024 * 1024  # of all messages
MOST_MESSAGES = 1000
CONNECT_SECONDS = 5.0
CLOSE_SECONDS = 1.0
SILENT = logging.Logger("websocket", logging.WARNING)  # below that it would write headers with their secrets


def run(entry: WebSocket, surroundings: Surroundings) -> Finding:
    """Passed when a message that contains the reply comes in time. Silence is an error, another answer a failure."""
    command = f"WebSocket {shown(entry.url)}"
    variables = [variable for _, variable in entry.secret_headers]
    if problem := surroundings.missing(variables):
        return could_not_run(problem, command=command)
    heard = Tail(surroundings.secrets(variables))
    end = time.monotonic() + entry.timeout_seconds
    try:
        with _opened(entry, surroundings, end) as connection:
            outcome, sentence = _converse(entry, connection, heard, end)
    except (NobodyListens, InvalidStatus, ConnectionClosed) as failure:
        outcome, sentence = CheckOutcome.FAILED, _why(failure)
    except (CallRefused, CallFailed, TimeoutError, OSError, WebSocketException) as problem:
        in_time = time.monotonic() < end and not isinstance(problem, TimeoutError)
        outcome = CheckOutcome.ERROR
        sentence = (
            _why(problem)
            if in_time
            else gettext("No answer came within %(seconds)s s.") % {"seconds": entry.timeout_seconds}
        )
    return Finding(outcome=outcome, sentence=sentence, command=command, output=heard.output())


@contextmanager
def _opened(entry: WebSocket, surroundings: Surroundings, end: float) -> Iterator[ClientConnection]:
    """An open WebSocket over a connection to a checked address."""
    target = target_of(
        entry.url,
        schemes=("ws", "wss"),
        allow_hosts=surroundings.allow_hosts,
        resolve=surroundings.resolve,
        seconds=entry.timeout_seconds,
    )
    with (
        connected(target, seconds=CONNECT_SECONDS, end=end) as sock,
        _handshake(entry, surroundings, sock, end) as connection,
    ):
        yield connection


def _handshake(entry: WebSocket, surroundings: Surroundings, sock: socket.socket, end: float) -> ClientConnection:
    try:
        return connect(
            entry.url,
            sock=sock,
            proxy=None,
            compression=None,  # a small message could become a large one
            additional_headers=surroundings.headers(entry.headers, entry.secret_headers),
            open_timeout=max(0.001, end - time.monotonic()),
            close_timeout=CLOSE_SECONDS,
            max_size=MOST_BYTES,
            logger=SILENT,
        )
    except ValueError as error:  # so the library refuses a redirect, with the answer as cause
        raise (
            error.__cause__ or CallRefused(gettext("%(url)s cannot be called.") % {"url": shown(entry.url)})
        ) from None


def _converse(entry: WebSocket, connection: ClientConnection, heard: Tail, end: float) -> tuple[CheckOutcome, str]:
    """Send the message and listen until a reply contains what is expected; greetings before it are passed over."""
    if entry.message:
        with suppress(ConnectionClosed):  # what it said before it closed is still to be heard
            connection.send(entry.message)
    for number in range(MOST_MESSAGES):
        try:
            said = connection.recv(timeout=max(0.001, end - time.monotonic()))
        except TimeoutError:
            if not number:
                raise
            return CheckOutcome.FAILED, gettext("%(number)s messages came in %(seconds)s s, none as expected.") % {
                "number": number,
                "seconds": entry.timeout_seconds,
            }
        data = said.encode() if isinstance(said, str) else said
        heard.feed(data + b"\n")
        if entry.reply.encode() in data:
            return CheckOutcome.PASSED, gettext("It answered as expected.")
        if heard.size > MOST_BYTES:
            break
    return CheckOutcome.FAILED, gettext("It sent very much, and nothing as expected.")


def _why(problem: Exception) -> str:
    """Why there was no answer. Texts of libraries are left out where they may quote what was sent."""
    if isinstance(problem, CallRefused | CallFailed):
        return str(problem)
    if isinstance(problem, InvalidStatus):
        return gettext("It answered with status %(status)s and opened no WebSocket.") % {
            "status": problem.response.status_code
        }
    if isinstance(problem, ConnectionClosed):
        if not problem.rcvd:
            return gettext("It closed the connection before it answered as expected.")
        return gettext("It closed the connection with code %(code)s before it answered as expected.") % {
            "code": problem.rcvd.code
        }
    return gettext("No WebSocket could be opened (%(kind)s).") % {"kind": type(problem).__name__}
