"""GET /healthz: whether the database answers and the workers' beat comes back; GET /readyz: whether pages can be shown.

No login, and nothing secret. A middleware and no views, because load balancers and containers ask by address, without
a certificate or a host name. A load balancer asks for /readyz: without workers anywhere pages are still worth showing.
"""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from alerts import watch
from remediation_site import beat, broker

WATCHED = (
    "alerts",
    "alerts_evaluated_age_seconds",
    "oldest_due_message_age_seconds",
    "oldest_due_step_age_seconds",
    "oldest_unsealed_audit_age_seconds",
)


def health_answer(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer /healthz and /readyz; pass everything else on."""
    ready = Readiness()

    def middleware(request: HttpRequest) -> HttpResponse:
        match request.path_info:
            case "/healthz":
                return healthz(request)
            case "/readyz":
                return readyz(request, ready)
        return get_response(request)

    return middleware


class Readiness:
    """Whether the database has the tables that this version of the code needs. What was there once stays there."""

    def __init__(self) -> None:
        self.migrated = False

    def is_migrated(self) -> bool:
        """Raises: DatabaseError."""
        if not self.migrated:
            executor = MigrationExecutor(connection)
            self.migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        return self.migrated


@never_cache
@require_safe
def readyz(request: HttpRequest, ready: Readiness) -> JsonResponse:
    """200 when this host can show pages, 503 when its database does not answer or lacks tables."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        database, migrated = True, ready.is_migrated()
    except DatabaseError:
        database = migrated = False
    body = {"ready": database and migrated, "database": database, "migrated": migrated}
    return JsonResponse(body, status=200 if body["ready"] else 503)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when all is well, 503 when the database or workers are not."""
    now = timezone.now()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        age, workers, database = beat.age_seconds(now), beat.workers_are_well(now), True
        validation = beat.workers_are_well(now, broker.VALIDATION)
        own = beat.age_seconds(now, host=settings.HOST_NAME)
        watched = alert_figures(now)
    except DatabaseError:
        age, own, workers, validation, database = None, None, False, False, False
        watched = dict.fromkeys(WATCHED) | {"alerts": False}
    body = {
        "ok": database and workers and validation,
        "database": database,
        "workers": workers,
        "validation_workers": validation,
        "worker_beat_age_seconds": None if age is None else round(age, 1),
        "host_beat_age_seconds": None if own is None else round(own, 1),
        **watched,
    }
    return JsonResponse(body, status=200 if body["ok"] else 503)


def alert_figures(now: datetime) -> dict[str, bool | float | None]:
    """How the watch does. It does not decide about `ok`: where an evaluation fails, no restart of the site helps."""
    found = watch.figures(now)
    ages = (found.evaluated_at, found.oldest_due_message, found.oldest_due_step, found.oldest_unsealed)
    return dict(zip(WATCHED, (found.is_well, *map(found.seconds, ages)), strict=True))
