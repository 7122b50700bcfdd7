"""Which systems a text names: whole words, without regard to case."""

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
    plain = _plain(text)
    found: dict[str, int] = {}
    for name, keyword in _keywords(tuple((system.name, tuple(system.keywords)) for system in systems)):
        place = _whole_word(keyword, plain)
        if place >= 0:
            found[name] = min(place, found.get(name, place))
    return tuple(sorted(found, key=found.__getitem__))


@lru_cache(maxsize=16)
def _keywords(systems: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[tuple[str, str], ...]:
    """(system, keyword) for every keyword, in small letters with single blanks."""
    folded = ((name, " ".join(_plain(word).split())) for name, words in systems for word in words)
    return tuple((name, word) for name, word in folded if word)


def _plain(text: str) -> str:
    return text.lower().replace("-", " ").replace("_", " ").replace("\n", " ")


def _whole_word(keyword: str, text: str) -> int:
    """Where the keyword first stands as a whole word, else -1. `str.find` is far cheaper than a pattern."""
    place = text.find(keyword)
    while place >= 0:
        end = place + len(keyword)
        if not (text[place - 1 : place].isalnum() or text[end : end + 1].isalnum()):
            return place
        place = text.find(keyword, end)
    return -1
