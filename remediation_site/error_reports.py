"""Errors to Sentry, where SENTRY_DSN names one and sentry-sdk is installed: what is in the log, and no more.

An event has the fields that are named below and no others: where it broke, the first line of each reason, and the ids
of the request and the task. Neither people, nor what they sent, nor cookies, headers, variables or addresses' queries.
"""

from importlib import import_module
from importlib.util import find_spec

from django.conf import settings

from remediation_site.logs import LONGEST_REASON, harmless, ids_now

Event = dict[str, object]
KEPT = ("event_id", "timestamp", "level", "logger", "platform", "release", "environment", "server_name", "sdk")
KEPT_OF_FRAME = ("filename", "abs_path", "function", "module", "lineno", "in_app", "context_line")
LONGEST_MESSAGE = 2000


def begin() -> None:
    """Let errors of this process and of those that it forks go to Sentry, where that is wanted."""
    if not settings.SENTRY_DSN or find_spec("sentry_sdk") is None:  # checks.py says so
        return
    sentry = import_module("sentry_sdk")
    django = import_module("sentry_sdk.integrations.django")
    logging = import_module("sentry_sdk.integrations.logging")
    sentry.init(
        dsn=settings.SENTRY_DSN,
        release=settings.RELEASE or None,
        environment=settings.ENVIRONMENT,
        server_name=settings.HOST_NAME,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        traces_sample_rate=None,
        auto_session_tracking=False,
        auto_enabling_integrations=False,
        integrations=[
            django.DjangoIntegration(middleware_spans=False, signals_spans=False),
            logging.LoggingIntegration(level=None, sentry_logs_level=None),
        ],
        before_send=reduced,
    )


def reduced(event: Event, _hint: Event) -> Event:
    """What leaves of an event."""
    kept = {name: event[name] for name in KEPT if name in event}
    kept["tags"] = {f"{word}_id": value for word, value in ids_now().items() if value}
    if isinstance(request := event.get("request"), dict):
        address = str(request.get("url", "")).partition("?")[0]
        kept["request"] = {"method": request.get("method"), "url": harmless(address)}
    if isinstance(said := event.get("logentry"), dict):
        kept["logentry"] = {"message": harmless(str(said.get("formatted") or said.get("message")))[:LONGEST_MESSAGE]}
    if isinstance(errors := event.get("exception"), dict):
        kept["exception"] = {"values": [_reduced_error(each) for each in errors.get("values", ())]}
    return kept


def _reduced_error(error: Event) -> Event:
    """Kind, place and the first line of the reason of one error."""
    first = harmless(str(error.get("value") or "")).strip().partition("\n")[0][:LONGEST_REASON]
    frames = (error.get("stacktrace") or {}).get("frames", ())
    places = [{name: frame[name] for name in KEPT_OF_FRAME if name in frame} for frame in frames]
    kind = {name: error[name] for name in ("type", "module", "mechanism") if name in error}
    return {**kind, "value": first, "stacktrace": {"frames": places}}
