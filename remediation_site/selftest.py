"""Looks at an installation from top to bottom: one line a part, in seconds. It writes nothing and sends nothing."""

import shutil
import smtplib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.mail import get_connection
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django_q.models import Schedule

from alerts import channels, watch
from alerts.choices import LEVEL_WORDS
from alerts.models import Channel
from remediation_site import beat, broker, checks, redis_broker
from remediation_site.schedules import SCHEDULES
from remediation_site.signin import second_factor
from remediation_site.signin.entering import SUPERUSERS_ONLY
from tracker import sealing
from tracker.models import Owner, StatusChange
from tracker.validation import catalogue

PATIENCE = 3  # seconds for a server that does not answer
LATE = timedelta(minutes=5)
SKEW = timedelta(seconds=5)
LITTLE_SPACE, NO_SPACE = 1 << 30, 100 << 20  # bytes
SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


class State(StrEnum):
    """How a part is. Only FAILED makes the command fail."""

    OK = "ok"
    NOTE = "note"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """A part of the installation, how it is, one sentence that says what to do, and what looking took, in seconds."""

    part: str
    state: State
    sentence: str
    seconds: float = 0.0


Found = tuple[State, str]


def look(now: Callable[[], datetime] = timezone.now) -> Iterator[Finding]:
    """Every part, in turn. Where the database does not answer, the parts that live in it are left out."""
    yield _finding("settings", _settings, now)
    database = _finding("database", _database, now)
    yield database
    for part, probe in (OF_ROWS if database.state is State.OK else {}).items():
        yield _finding(part, probe, now)
    for part, probe in OF_MACHINE.items():
        yield _finding(part, probe, now)


def _finding(part: str, probe: Callable[[datetime], Found], now: Callable[[], datetime]) -> Finding:
    begun = time.monotonic()
    try:
        state, sentence = probe(now())
    except (DatabaseError, InterfaceError) as error:
        state, sentence = State.FAILED, checks.database_sentence(error)
    return Finding(part, state, sentence, round(time.monotonic() - begun, 2))


def _settings(_now: datetime) -> Found:
    if problems := checks.sentences():
        return State.FAILED, " ".join(problems)
    return State.OK, f"Nothing in them contradicts itself ({settings.ENVIRONMENT})."


def _database(_now: datetime) -> Found:
    if connection.vendor == "postgresql":
        connection.settings_dict["OPTIONS"]["connect_timeout"] = PATIENCE
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return State.OK, f"{connection.display_name} answers."


def _migrations(_now: datetime) -> Found:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return State.FAILED, f"{len(missing)} migrations are missing: run manage.py migrate."
    return State.OK, "The tables are those of this version."


def _workers(now: datetime) -> Found:
    stuck = [
        words
        for words, queue in (("general tasks", broker.QUEUE), ("validation runs", broker.VALIDATION))
        if not beat.workers_are_well(now, queue)
    ]
    if stuck:
        return State.FAILED, f"No worker answers for {' and '.join(stuck)}: start manage.py up, or see its log."
    return State.OK, "Workers answer for general tasks and for validation runs."


def _schedules(now: datetime) -> Found:
    there = dict(Schedule.objects.values_list("name", "next_run"))
    if missing := [row.name for row in SCHEDULES if row.name not in there]:
        return State.FAILED, f"{', '.join(missing)}: not scheduled; run manage.py sync_schedules."
    if late := [name for name, due in there.items() if due and now - due > LATE]:
        return State.FAILED, f"{', '.join(sorted(late))}: due for more than 5 minutes; does a worker run?"
    return State.OK, f"{len(SCHEDULES)} schedules, none of them late."


def _watch(now: datetime) -> Found:
    found = watch.figures(now)
    if found.evaluated_at is None and not found.error and _comes_soon(now):
        return State.NOTE, "Alerts were not evaluated yet: the first look comes within a minute of the workers' start."
    if not found.is_well:
        return State.FAILED, "Alerts are not evaluated: nobody is told of anything until the workers run."
    if found.dead_messages:
        return State.NOTE, f"{found.dead_messages} messages could not be delivered: look at Alerts, Outbox."
    return State.OK, "Alerts are evaluated, and no message is stuck."


def _comes_soon(now: datetime) -> bool:
    """Whether the first evaluation of a new site is not late yet."""
    due = Schedule.objects.filter(name="evaluate alerts").values_list("next_run", flat=True).first()
    return due is not None and now - due <= LATE


def _audit(now: datetime) -> Found:
    waits, last = sealing.oldest_unsealed(), sealing.head()
    if waits and now - waits > LATE:
        return State.FAILED, "The audit is not sealed: until the workers run, nobody would see its rows edited."
    if last and last.key not in {key.name for key in sealing.site_keys()}:
        return State.FAILED, "The last seal of the audit is of a key that is gone: put it into AUDIT_KEY_FALLBACKS."
    where = f"up to seal {last.number}" if last else "as soon as something is changed"
    return State.OK, f"The audit is sealed {where}; manage.py verify_audit reads all of it."


def _people(_now: datetime) -> Found:
    roles = set(Owner.objects.order_by().values_list("role", flat=True).distinct())
    if missing := [words for words, role in LEVEL_WORDS.values() if role and role not in roles]:
        return State.NOTE, f"Nobody has the role for {', '.join(missing)}: enter them under People, Owners."
    return State.OK, "There is somebody at each level of escalation."


def _sign_in(_now: datetime) -> Found:
    asked = {*settings.TWO_FACTOR_REQUIRED_FOR} - second_factor.NO_GROUPS | {*settings.OIDC_GROUPS.values()}
    if missing := asked - set(Group.objects.filter(name__in=asked).values_list("name", flat=True)):
        names = ", ".join(sorted(missing))
        return State.FAILED, f"TWO_FACTOR_REQUIRED_FOR or OIDC_GROUPS name groups that there are not: {names}."
    if settings.PASSWORD_LOGIN == SUPERUSERS_ONLY and not settings.OIDC_ISSUER:
        return State.NOTE, "PASSWORD_LOGIN lets in superusers alone, and there is no OIDC_ISSUER for everybody else."
    ways = ["a password", *(["single sign-on"] if settings.OIDC_ISSUER else [])]
    return State.OK, f"People sign in with {' or '.join(ways)}."


def _channels(_now: datetime) -> Found:
    active = list(Channel.objects.filter(active=True))
    problems = [f"{channel.name}: {problem}" for channel in active if (problem := channels.problem(channel))]
    if problems:
        return State.NOTE, " ".join(problems)
    if not active:
        return State.FAILED, "No channel is active: nobody can be told of anything. See Set-up, Channels."
    return State.OK, f"{len(active)} channels are set up. Their pages send a test message."


def _clock(now: datetime) -> Found:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            apart = abs(cursor.fetchone()[0] - timezone.now())
        if apart > SKEW:
            seconds = round(apart.total_seconds())
            return State.FAILED, f"This machine and the database are {seconds} s apart: synchronise their clocks."
    latest = StatusChange.objects.order_by("-pk").values_list("at", flat=True).first()
    if latest and latest - now > SKEW:
        return State.FAILED, f"The latest step is of {latest:%Y-%m-%d %H:%M} UTC, in the future: set the clock."
    return State.OK, f"It is {now.astimezone(UTC):%Y-%m-%d %H:%M} UTC, the zone of the site is {settings.TIME_ZONE}."


def _mail(_now: datetime) -> Found:
    if not settings.MAIL_IS_SET:
        return State.NOTE, "EMAIL_URL is not set: nobody gets mail."
    if settings.EMAIL_BACKEND != SMTP_BACKEND:
        return State.NOTE, "EMAIL_URL names no mail server: mail is not sent to people."
    server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        with get_connection(timeout=PATIENCE) as opened:
            opened.connection.noop()
    except (OSError, smtplib.SMTPException) as error:
        return State.FAILED, f"The mail server {server} cannot be used: {_reason(error)}."
    return State.OK, f"The mail server {server} answers. Channels, E-mail sends a test message."


def _queue(_now: datetime) -> Found:
    if not settings.REDIS_URL:
        return State.OK, "Tasks wait in the database."
    try:
        with redis_broker.reached() as server:
            server.ping()
    except redis_broker.Unreachable as error:
        return State.FAILED, f"{error} Until then schedules do what nobody can queue, later than usual."
    return State.OK, "Tasks wait in Redis, which answers."


def _catalogue(_now: datetime) -> Found:
    if not settings.VALIDATION_CATALOGUE:
        return State.NOTE, "VALIDATION_CATALOGUE is not set: only people can validate, by signing."
    try:
        entries = catalogue.load(settings.VALIDATION_CATALOGUE).entries
    except catalogue.CatalogueRefused as refused:
        return State.FAILED, str(refused)
    return State.OK, f"{len(entries)} entries can be executed."


def _charts(_now: datetime) -> Found:
    if not settings.CHARTS_INSTALLED:
        return State.NOTE, "Chart.js is not installed: pages show tables; run make charts."
    if not settings.LOCAL and not (Path(settings.STATIC_ROOT) / "staticfiles.json").is_file():
        return State.FAILED, "Styles and scripts are not collected: run manage.py collectstatic."
    return State.OK, "Chart.js is installed."


def _disk(_now: datetime) -> Found:
    name = str(connection.settings_dict["NAME"])
    folder = Path(name).parent if connection.vendor == "sqlite" and "/" in name else Path(settings.BASE_DIR)
    free = shutil.disk_usage(folder).free
    words = f"{free / (1 << 30):.1f} GiB are free where the site writes"
    if free < NO_SPACE:
        return State.FAILED, f"{words}: make room now."
    if free < LITTLE_SPACE:
        return State.NOTE, f"{words}: make room soon."
    return State.OK, f"{words}."


def _reason(error: Exception) -> str:
    """An error as the end of a sentence; servers answer in bytes."""
    words = getattr(error, "strerror", None) or next(iter(error.args[::-1]), "") or type(error).__name__
    return (words.decode(errors="replace") if isinstance(words, bytes) else str(words)).strip().rstrip(".")


OF_ROWS = {
    "migrations": _migrations,
    "workers": _workers,
    "schedules": _schedules,
    "watch": _watch,
    "audit": _audit,
    "people": _people,
    "sign-in": _sign_in,
    "channels": _channels,
    "clock": _clock,
}
OF_MACHINE = {"queue": _queue, "mail": _mail, "catalogue": _catalogue, "charts": _charts, "disk": _disk}
