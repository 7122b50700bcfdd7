"""django-environ, made strict: what it would guess or pass over in silence is refused in one sentence.

Only settings.py uses it; the sentences reach people through manage.py and wsgi.py.
"""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import environ
from django.core.exceptions import ImproperlyConfigured

LINE = re.compile(r"(?:export )?[A-Za-z_0-9]+=.*")
BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
DATABASE_SCHEMES = ("sqlite", "postgres", "postgresql", "psql", "pgsql")
# Not among them: dummymail, which throws messages away, and smtps, of which mail clients make two different things.
REDIS_SCHEMES = ("redis", "rediss", "unix")
MAIL_SCHEMES = ("smtp", "smtp+tls", "smtp+ssl", "consolemail", "filemail")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


class Environment(environ.FileAwareEnv):
    """Typed readers of environment variables; NAME_FILE=/path reads the value of NAME from a file."""

    def __init__(self) -> None:
        super().__init__()
        self.read: set[str] = set()  # names that the site has asked for

    def read_file(self, path: str, *, required: bool) -> None:
        """Take over the NAME=value lines of a file; a real environment variable goes before them."""
        file = Path(path)
        if not required and not file.exists():
            return
        try:
            lines = file.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(f"{path} cannot be read as settings: {error}.") from error
        for number, line in enumerate(lines, start=1):
            if line and not line.startswith("#") and not LINE.fullmatch(line):
                raise ImproperlyConfigured(
                    f"{path}, line {number} is not NAME=value (no spaces before the name or around the =); "
                    "put a # at its start when it is a comment."
                )
        self.read_env(path, encoding="utf-8-sig")

    def get_value(self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, parse_default: bool = False):
        """The value in its type; an empty one counts as not set."""
        self.read.add(var)
        try:
            if default is not self.NOTSET and not self.ENVIRON.get(var, "").strip():
                return default
            value = super().get_value(var, cast=cast, default=default, parse_default=parse_default)
        except ValueError as error:
            kind = "true or false" if cast is bool else "a whole number"
            raise ImproperlyConfigured(f"{var} is {self.ENVIRON.get(var, '')!r}: write {kind}.") from error
        except OSError as error:
            raise ImproperlyConfigured(f"{var}_FILE cannot be read: {error}.") from error
        except ImproperlyConfigured:
            value = ""
        if value == "" and default is self.NOTSET:
            raise ImproperlyConfigured(f"{var} is not set: write {var}=... into .env (.env.example says what it is).")
        return value

    @classmethod
    def parse_value(cls, value: Any, cast: Any) -> Any:
        """Like django-environ, except that a word which is neither true nor false raises ValueError."""
        if cast is bool:
            try:
                return BOOLEANS[value.strip().lower()]
            except KeyError as error:
                raise ValueError(value) from error
        if cast is list:
            return [word.strip() for word in value.split(",") if word.strip()]
        return super().parse_value(value, cast)

    def number(self, var: str, default: int, *, minimum: int = 1) -> int:
        """A whole number that is not under the minimum."""
        value = self.int(var, default=default)
        if value < minimum:
            raise ImproperlyConfigured(f"{var} is {value}: write {minimum} or more.")
        return value

    def word(self, var: str, default: str, words: tuple[str, ...]) -> str:
        """One of the words."""
        value = self.str(var, default=default)
        if value not in words:
            raise ImproperlyConfigured(f"{var} is {value!r}: write {', '.join(words[:-1])} or {words[-1]}.")
        return value

    def time_zone(self, var: str, default: str) -> str:
        """The IANA name of a time zone."""
        value = self.str(var, default=default)
        if value not in available_timezones():
            raise ImproperlyConfigured(f"{var} is {value!r}: write an IANA name such as Europe/Paris.")
        return value

    def pairs(self, var: str) -> dict[str, str]:
        """NAME=NAME pairs with commas between them."""
        pairs = [word.rpartition("=") for word in self.list(var, default=[])]
        if any(not left.strip() or not right.strip() for left, _, right in pairs):
            raise ImproperlyConfigured(f"{var} is not pairs with commas between them: write there=Here,other=Here.")
        return {left.strip(): right.strip() for left, _, right in pairs}

    def site_url(self, var: str, default: str, *, required: bool = True) -> str:
        """An http or https address without a path's closing slash; "" where it is not set and need not be."""
        value = self.str(var, default=default)
        if not value and not required:
            return ""
        try:
            parts = urlsplit(value)
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise ImproperlyConfigured(f"{var} is {value!r}: write an address such as https://issues.example.org.")
        return value.rstrip("/")

    def database(self, var: str, default: str) -> dict[str, Any]:
        """Django's dictionary of a database; the address may hold a password and is therefore never shown."""
        url = self.str(var, default=default)
        try:
            known = url.partition(":")[0] in DATABASE_SCHEMES  # the parser shows the password of others in a warning
            database = self.db_url_config(url) if known else {}
        except Exception:  # the parser raises whatever the address breaks in it
            database = {}
        if database.get("NAME") in (None, "", ":memory:"):  # in memory, every process would have its own
            raise ImproperlyConfigured(
                f"{var} is not the address of a database: write postgres://USER:PASSWORD@HOST:5432/NAME "
                "(special characters of the password as %XX) or sqlite:////path/to/file."
            ) from None
        return database

    def redis(self, var: str) -> str:
        """The address of a Redis server, or ""; it may hold a password and is never shown."""
        url = self.str(var, default="")
        try:
            parts = urlsplit(url)
            usable = parts.scheme in REDIS_SCHEMES and bool(parts.path if parts.scheme == "unix" else parts.hostname)
            usable = usable and parts.port != 0
        except ValueError:
            usable = False
        if url and not usable:
            raise ImproperlyConfigured(
                f"{var} is not the address of a Redis server: write redis://:PASSWORD@HOST:6379/0 "
                "(special characters as %XX), rediss://… or unix:///path/to/socket."
            )
        return url

    def dsn(self, var: str) -> str:
        """The address at which Sentry takes errors, or ""; it holds a key and is never shown."""
        url = self.str(var, default="")
        try:
            parts = urlsplit(url)
            project = parts.path.rpartition("/")[2]
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and bool(parts.username)
            usable = usable and project.isdecimal() and parts.port != 0
        except ValueError:
            usable = False
        if url and not usable:
            raise ImproperlyConfigured(
                f"{var} is not the address of a project of Sentry: write https://KEY@HOST/NUMBER, as Sentry shows it."
            )
        return url

    def mail(self, var: str) -> dict[str, Any]:
        """Django's settings of the mail server, empty when there is none; the address may hold a password."""
        url = self.str(var, default="")
        if not url:
            return {}
        try:
            mail = self.email_url_config(url) if url.partition(":")[0] in MAIL_SCHEMES else {}
        except Exception:  # as above
            mail = {}
        if not mail or (url.startswith("smtp") and not mail["EMAIL_HOST"]):
            raise ImproperlyConfigured(
                f"{var} is not the address of a mail server: write smtp+tls://USER:PASSWORD@HOST:587 "
                "(special characters as %XX), smtp+ssl://… or smtp://…."
            )
        return {name: value for name, value in mail.items() if name.startswith("EMAIL_")}

    def values_of(self, var: str) -> dict[str, str]:
        """The values of the variables that this one names; none of them may be a setting that was read before."""
        names = self.list(var, default=[])
        for name in names:
            if not VARIABLE.fullmatch(name) or name in self.read:
                raise ImproperlyConfigured(
                    f"{var} names {name!r}: name variables made for it, such as SLACK_BOT_TOKEN."
                )
        return {name: self.str(name, default="") for name in names}
