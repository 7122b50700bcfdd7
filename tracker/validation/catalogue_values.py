"""How one value of the catalogue is read: each function returns it checked, or raises Mistake. Pure: no Django."""

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from tracker.translation import gettext

MOST_ITEMS = 200
LONGEST_TEXT = 4000
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::[0-9]{1,5})?")
DOCKER_HOST = re.compile(r"unix:///[^\s]+|tcp://[^\s/@]+:[0-9]{1,5}")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

Read = Callable[[object, Path], object]  # (value, folder of the catalogue) -> value as an entry holds it


class Mistake(ValueError):
    """What is wrong with a value, as the rest of a sentence: "must be ..."."""


def text(value: object, _base: Path) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise Mistake(gettext("must be a text in quotes that is not empty"))
    if len(value) > LONGEST_TEXT:
        raise Mistake(gettext("must not be longer than %(most)s characters") % {"most": f"{LONGEST_TEXT:,}"})
    if CONTROL.search(value):
        raise Mistake(gettext("must not contain control characters"))
    return value


def texts(value: object, base: Path) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list):
        raise Mistake(gettext('must be a list of texts, such as ["one", "two"]'))
    if len(value) > MOST_ITEMS:
        raise Mistake(gettext("must not have more than %(most)s items") % {"most": MOST_ITEMS})
    return tuple(text(item, base) for item in value)


def argv(value: object, base: Path) -> tuple[str, ...]:
    """A program and its arguments; a line for a shell is refused."""
    if isinstance(value, str):
        raise Mistake(
            gettext('must be a list with the program and each argument, such as ["make", "test"]: no shell is used')
        )
    if not texts(value, base):
        raise Mistake(gettext("must name a program"))
    return texts(value, base)


def variables(value: object, base: Path) -> tuple[str, ...]:
    """Names of environment variables, never their values."""
    for name in texts(value, base):
        if not VARIABLE_NAME.fullmatch(name):
            raise Mistake(
                gettext('must list names of environment variables without values, not "%(name)s"') % {"name": name}
            )
    return texts(value, base)


def folder(value: object, base: Path) -> Path:
    """An existing folder: absolute, or below the folder of the catalogue."""
    path = Path(text(value, base))
    if not path.is_absolute() and ".." in path.parts:
        raise Mistake(gettext('must be absolute, or below the folder of the catalogue: no ".."'))
    found = (base / path).resolve()
    if not path.is_absolute() and not found.is_relative_to(base.resolve()):
        raise Mistake(gettext("must be absolute, or below the folder of the catalogue: a link leads out of it"))
    if not found.is_dir():
        raise Mistake(gettext('must be an existing folder, and "%(found)s" is none') % {"found": found})
    return found


def junit_xml(value: object, base: Path) -> Path:
    """A report below the folder of the suite. Before each run it is deleted, so nothing else may be named."""
    path = PurePosixPath(text(value, base))
    if path.is_absolute() or ".." in path.parts or path.suffix.lower() != ".xml":
        raise Mistake(gettext('must be a path below "folder" that ends with .xml'))
    return Path(path)


def number(lowest: int, highest: int) -> Read:
    """A whole number from lowest to highest."""

    def read(value: object, _base: Path) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            raise Mistake(
                gettext("must be a whole number from %(lowest)s to %(highest)s")
                % {"lowest": f"{lowest:,}", "highest": f"{highest:,}"}
            )
        return value

    return read


def yes_or_no(value: object, _base: Path) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise Mistake(gettext("must be true or false"))
    return value


def plain(value: object, base: Path) -> str | int | float | bool:
    """A value that JSON has too."""
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value and text(value, base)
    raise Mistake(gettext("must be a text, a number, true or false"))


def method(value: object, _base: Path) -> str:
    """A method of HTTP."""
    if value not in METHODS:
        raise Mistake(gettext("must be one of %(methods)s") % {"methods": ", ".join(METHODS)})
    return str(value)


def address(*schemes: str) -> Read:
    """An address with one of the schemes and without credentials."""

    def read(value: object, base: Path) -> str:
        url = text(value, base)
        try:
            parts = urlsplit(url)
            known = parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            known = False
        if not known or re.search(r"\s", url):
            raise Mistake(
                gettext("must be an address that begins with %(schemes)s")
                % {"schemes": " or ".join(f"{scheme}://" for scheme in schemes)}
            )
        if parts.username is not None:
            raise Mistake(
                gettext('must not contain credentials: put them into the environment and use "secret_headers"')
            )
        return url

    return read


def headers(value: object, base: Path) -> tuple[tuple[str, str], ...]:
    """A table of headers."""
    if not isinstance(value, dict) or not all(HEADER_NAME.fullmatch(name) for name in value):
        raise Mistake(gettext('must be a table of headers, such as { Accept = "application/json" }'))
    if any("\n" in text(each, base) or not each.isascii() for each in value.values()):
        raise Mistake(gettext("must have one line of ASCII for each header"))
    return tuple(value.items())


def secret_headers(value: object, base: Path) -> tuple[tuple[str, str], ...]:
    """A table from headers to the environment variables that hold them."""
    pairs = headers(value, base)
    for _, name in pairs:
        if not VARIABLE_NAME.fullmatch(name):
            raise Mistake(gettext("must name an environment variable for each header, never the secret itself"))
    return pairs


def hosts(value: object, base: Path) -> tuple[str, ...]:
    """Hosts as `host` or `host:port`, in small letters."""
    for host in texts(value, base):
        if not HOST.fullmatch(host):
            raise Mistake(
                gettext('must list hosts as "host" or "host:port", without scheme, path or *, not "%(host)s"')
                % {"host": host}
            )
    return tuple(host.lower() for host in texts(value, base))


def docker_host(value: object, base: Path) -> str:
    """The address of a Docker Engine."""
    if not DOCKER_HOST.fullmatch(text(value, base)):
        raise Mistake(gettext("must be unix:///path/of/the.sock or tcp://host:port"))
    return str(value)
