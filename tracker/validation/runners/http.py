"""A request whose reply must be as the entry says."""

import json

from tracker.choices import CheckOutcome
from tracker.guarded import CallFailed, CallRefused, Limits, NobodyListens, Reply, request, shown
from tracker.terminal import printable
from tracker.translation import gettext
from tracker.validation.entries import Http
from tracker.validation.outcomes import Finding, captured
from tracker.validation.surroundings import Surroundings, could_not_run

MOST_BYTES = 1024 * 1024
CONNECT_SECONDS = 5.0
LONGEST_QUOTE = 200


def run(entry: Http, surroundings: Surroundings) -> Finding:
    """Passed when status, text, JSON value and latency are as expected. No reply in time is an error."""
    command = f"{entry.method} {shown(entry.url)}"
    variables = [variable for _, variable in entry.secret_headers]
    if problem := surroundings.missing(variables):
        return could_not_run(problem, command=command)
    try:
        reply = _call(entry, surroundings)
    except NobodyListens as nobody:
        return Finding(outcome=CheckOutcome.FAILED, sentence=str(nobody), command=command)
    except (CallRefused, CallFailed) as problem:
        return could_not_run(str(problem), command=command)
    output = captured(reply.body, secrets=surroundings.secrets(variables))
    failures = [
        failure
        for failure in (_status(entry, reply), _text(entry, reply), _json(entry, reply), _latency(entry, reply))
        if failure
    ]
    facts = {"status": reply.status, "time": _ms(reply), "failures": " ".join(failures)}
    if failures:
        words = gettext("It answered with status %(status)s in %(time)s ms. %(failures)s") % facts
        return Finding(outcome=CheckOutcome.FAILED, sentence=words, command=command, output=output)
    words = gettext("It answered with status %(status)s in %(time)s ms, as expected.") % facts
    return Finding(outcome=CheckOutcome.PASSED, sentence=words, command=command, output=output)


def value_at(document: object, path: str) -> object:
    """What a JSON document has at a path such as services.0.state.

    Raises: LookupError when it has nothing there.
    """
    for step in path.split("."):
        if isinstance(document, list) and step.isdecimal():
            document = document[int(step)]
        elif isinstance(document, dict):
            document = document[step]
        else:
            raise LookupError(step)
    return document


def _call(entry: Http, surroundings: Surroundings) -> Reply:
    seconds = entry.timeout_seconds
    limits = Limits(min(CONNECT_SECONDS, seconds), read_seconds=seconds, total_seconds=seconds, most_bytes=MOST_BYTES)
    return request(
        entry.method,
        entry.url,
        headers=surroundings.headers(entry.headers, entry.secret_headers),
        body=entry.body.encode() or None,
        allow_hosts=surroundings.allow_hosts,
        limits=limits,
        follow=not 300 <= entry.status < 400,  # who expects a redirect wants to see it
        resolve=surroundings.resolve,
    )


def _status(entry: Http, reply: Reply) -> str:
    return "" if reply.status == entry.status else gettext("Expected is status %(status)s.") % {"status": entry.status}


def _text(entry: Http, reply: Reply) -> str:
    if not entry.contains or entry.contains in reply.body.decode("utf-8", "replace"):
        return ""
    return gettext('"%(text)s" is not in the reply%(cut)s.') % {"text": _quoted(entry.contains), "cut": _cut(reply)}


def _json(entry: Http, reply: Reply) -> str:
    if not entry.json_path:
        return ""
    try:
        found = value_at(json.loads(reply.body), entry.json_path)
    except (ValueError, RecursionError):
        return gettext("The reply is no JSON%(cut)s.") % {"cut": _cut(reply)}
    except LookupError:
        return gettext("The reply has nothing at %(place)s.") % {"place": entry.json_path}
    expected = entry.json_value
    if found == expected and isinstance(found, bool) == isinstance(expected, bool):
        return ""
    shown_value = _quoted(json.dumps(found, ensure_ascii=False))
    return gettext("At %(place)s is %(found)s; expected is %(expected)s.") % {
        "place": entry.json_path,
        "found": shown_value,
        "expected": _quoted(json.dumps(expected, ensure_ascii=False)),
    }


def _latency(entry: Http, reply: Reply) -> str:
    limit = entry.latency_limit_ms
    if limit is None or reply.duration_seconds * 1000 <= limit:
        return ""
    return gettext("At most %(limit)s ms are allowed.") % {"limit": limit}


def _ms(reply: Reply) -> int:
    return round(reply.duration_seconds * 1000)


def _cut(reply: Reply) -> str:
    if not reply.truncated:
        return ""
    return gettext(" (only its first %(number)s MiB was read)") % {"number": MOST_BYTES // 1024 // 1024}


def _quoted(text: str) -> str:
    text = printable(text)
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}…"
