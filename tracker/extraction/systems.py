"""Which systems a text names: whole words, without regard to case."""

import re
from collections.abc import Sequence
from functools import lru_cache

from tracker.extraction.values import SystemWords

GENERIC_SYSTEMS = (
    SystemWords("database", ("database", "databases", "db", "sql", "connection pool", "query", "queries", "replica")),
    SystemWords("cache", ("cache", "caches", "cached", "caching")),
    SystemWords("websocket", ("websocket", "websockets", "web socket", "web sockets", "wss")),
    SystemWords(
        "authentication",
        ("authentication", "auth", "login", "logins", "oauth", "jwt", "sso", "mfa", "2fa", "access token", "password"),
    ),
    SystemWords("containers", ("container", "containers", "container image", "pod", "pods", "image registry")),
    SystemWords("frontend", ("frontend", "front end", "user interface", "ui", "browser", "browsers")),
    SystemWords("backend", ("backend", "back end", "server side", "api server", "app server", "application server")),
    SystemWords(
        "health checks", ("health check", "health checks", "healthcheck", "healthchecks", "liveness", "readiness")
    ),
)


def affected_systems(text: str, systems: Sequence[SystemWords] = GENERIC_SYSTEMS) -> tuple[str, ...]:
    """The names of the systems that a text names, in the order in which it names them first."""
    pattern, names = _compiled(tuple((system.name, tuple(system.keywords)) for system in systems))
    if pattern is None:
        return ()
    return tuple(dict.fromkeys(names[_folded(found[0])] for found in pattern.finditer(text)))


@lru_cache(maxsize=16)
def _compiled(systems: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[re.Pattern | None, dict[str, str]]:
    """One alternation of all keywords, the longest first, and the system of each; of two systems the first has it."""
    names: dict[str, str] = {}
    for name, keywords in systems:
        for keyword in keywords:
            if folded := _folded(keyword):
                names.setdefault(folded, name)
    if not names:
        return None, {}
    words = sorted(names, key=len, reverse=True)
    spaced = (r"[\s_-]".join(re.escape(part) for part in word.split(" ")) for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(spaced)})(?!\w)", re.IGNORECASE), names


def _folded(keyword: str) -> str:
    """A keyword with one blank between its words, in small letters."""
    return re.sub(r"[\s_-]+", " ", keyword).strip().lower()
