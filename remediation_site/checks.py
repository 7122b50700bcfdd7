"""Combinations of settings that cannot work, each with an id and one sentence that says what to do.

Django runs them before its commands; `manage.py up` and wsgi.py ask for the sentences themselves, because a web
server that imports the application runs no checks.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import DatabaseError

from remediation_site.signin import optional
from tracker.extraction.model import WEIGHTS, BrokenWeights, load

SECRET_LENGTH = 50
METRICS_TOKEN_LENGTH = 20
SECRET_LETTERS = 5  # different ones
SECRETS_OF_EXAMPLES = ("django-insecure-", "for-tests-only-", "changeme", "change-me", "secret", "password")


def settings_that_cannot_work(**_options: object) -> list[CheckMessage]:
    """Every combination that is set and cannot work."""
    problems = [] if settings.LOCAL else list(production_problems())
    return [
        Error(sentence, id=f"site.{number}")
        for number, sentence in (
            *problems,
            *queue_problems(),
            *sending_problems(),
            *extraction_problems(),
            *watching_problems(),
            *signing_in_problems(),
            *optional_problems(),
        )
    ]


def sentences() -> list[str]:
    """What is wrong with the settings, for a person."""
    return [f"{problem.msg} ({problem.id})" for problem in settings_that_cannot_work()]


def database_sentence(error: DatabaseError) -> str:
    """Why the database cannot be used, for a person."""
    reason = str(error).strip().partition("\n")[0].rstrip(".")
    return f"The database of DATABASE_URL cannot be used: {reason}."


def production_problems() -> Iterator[tuple[str, str]]:
    """What is fine on one's own machine and nowhere else."""
    if settings.DEBUG:
        yield "E001", "DEBUG is on in production and shows source code and settings to visitors: set DEBUG=false."
    if is_weak(settings.SECRET_KEY):
        yield (
            "E002",
            f"SECRET_KEY is too easy to guess for production: use at least {SECRET_LENGTH} random characters, "
            "for example from: python3 -c 'import secrets; print(secrets.token_urlsafe(50))'.",
        )
    if settings.AUDIT_KEY and is_weak(settings.AUDIT_KEY):
        yield (
            "E015",
            f"AUDIT_KEY is too easy to guess for production: use at least {SECRET_LENGTH} random characters, or leave "
            "it empty, and it is derived from SECRET_KEY.",
        )
    if not settings.ALLOWED_HOSTS:
        yield (
            "E003",
            "ALLOWED_HOSTS is empty in production: name the hosts that people type, such as issues.example.org.",
        )
    elif "*" in settings.ALLOWED_HOSTS:
        yield "E004", "ALLOWED_HOSTS accepts every host in production: name the hosts that people type instead of *."


def extraction_problems() -> Iterator[tuple[str, str]]:
    """Weights of the site's own that cannot be used."""
    path = Path(settings.EXTRACTION_WEIGHTS or WEIGHTS)
    try:
        if path.exists():
            load(path)
    except (BrokenWeights, OSError) as broken:
        yield (
            "E008",
            f"EXTRACTION_WEIGHTS names {path}, which cannot be used: {broken}. Take the file away to use the shipped "
            "weights, and train it anew with train_extraction.",
        )


def watching_problems() -> Iterator[tuple[str, str]]:
    """A token that is easy to guess, or that would never be right."""
    token = settings.METRICS_TOKEN
    usable = token.isascii() and token.isprintable() and " " not in token
    if token and not (usable and len(token) >= METRICS_TOKEN_LENGTH):
        yield (
            "E009",
            f"METRICS_TOKEN cannot be used: write {METRICS_TOKEN_LENGTH} or more ASCII characters without spaces, "
            "for example from: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'.",
        )


def signing_in_problems() -> Iterator[tuple[str, str]]:
    """What signing in asks for and cannot have."""
    if settings.TWO_FACTOR_REQUIRED_FOR and not optional.is_there(optional.TWO_FACTOR):
        yield "E010", f"TWO_FACTOR_REQUIRED_FOR is set. {optional.NO_TWO_FACTOR}"
    if settings.OIDC_ISSUER and not optional.is_there(optional.SINGLE_SIGN_ON):
        yield "E011", f"OIDC_ISSUER is set. {optional.NO_SINGLE_SIGN_ON}"
    if settings.OIDC_ISSUER and not settings.OIDC_CLIENT_ID:
        yield "E012", "OIDC_ISSUER is set without OIDC_CLIENT_ID: write what the provider calls this site."
    if settings.OIDC_ISSUER.startswith("http:") and not settings.LOCAL:
        yield "E013", "OIDC_ISSUER is no https address: anybody in between could sign in as anybody."
    if "openid" not in settings.OIDC_SCOPES:
        yield "E014", "OIDC_SCOPES lacks openid: without it the provider does not say who came."


def optional_problems() -> Iterator[tuple[str, str]]:
    """What is asked for and not installed."""
    if settings.REDIS_URL and find_spec("redis") is None:
        yield (
            "E020",
            "REDIS_URL needs the package redis, which is not installed: run `make install-extras`, "
            "or leave REDIS_URL out to keep the queue in the database.",
        )
    if settings.SENTRY_DSN and find_spec("sentry_sdk") is None:
        yield (
            "E021",
            "SENTRY_DSN needs the package sentry-sdk, which is not installed: run `make install-extras`, "
            "or leave SENTRY_DSN out to have errors in the log alone.",
        )


def is_weak(secret: str) -> bool:
    """Whether a secret is short, monotonous or known from examples."""
    return (
        len(secret) < SECRET_LENGTH
        or len(set(secret)) < SECRET_LETTERS
        or secret.lower().startswith(SECRETS_OF_EXAMPLES)
    )


def queue_problems() -> Iterator[tuple[str, str]]:
    """Times of the queue and the beat that do not fit together."""
    queue = settings.Q_CLUSTER
    longest = queue["timeout"] * ((queue["queue_limit"] + queue["bulk"]) / queue["workers"] + 1)
    if queue["retry"] <= longest:
        yield (
            "E005",
            f"Q_CLUSTER retry is {queue['retry']} s, but a task may wait and run for {longest:.0f} s and would then "
            "run twice: raise retry or lower Q_TASK_TIMEOUT.",
        )
    if settings.BEAT_LIMIT_SECONDS <= settings.BEAT_SECONDS:
        yield (
            "E006",
            f"BEAT_LIMIT_SECONDS is {settings.BEAT_LIMIT_SECONDS}: set it higher than BEAT_SECONDS "
            f"({settings.BEAT_SECONDS}), or slow workers are taken for stuck ones.",
        )


def sending_problems() -> Iterator[tuple[str, str]]:
    """Times of sending that do not fit together."""
    if settings.SEND_LEASE_SECONDS < 3 * settings.SEND_SECONDS:  # a mail takes several turns of SEND_SECONDS each
        yield (
            "E007",
            f"SEND_LEASE_SECONDS is {settings.SEND_LEASE_SECONDS}: set it to three times SEND_SECONDS "
            f"({settings.SEND_SECONDS}) or more, or messages that are just being sent are sent twice.",
        )
