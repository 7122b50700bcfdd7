"""GET /healthz: whether the database answers and the workers' beat comes back. No login, and nothing secret.

A middleware and no view, because load balancers and containers ask by address, without a certificate or a host name.
"""

from collections.abc import Callable
from datetime import datetime

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from alerts import watch
from remediation_site import beat, broker

PATH = "/healthz"
WATCHED = (
    "alerts",
    "alerts_evaluated_age_seconds",
    "oldest_due_message_age_seconds",
    "oldest_due_step_age_seconds",
    "oldest_unsealed_audit_age_seconds",
)


def health_answer(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer /healthz; pass everything else on."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return healthz(request) if request.path_info == PATH else get_response(request)

    return middleware


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
        watched = alert_figures(now)
    except DatabaseError:
        age, workers, validation, database = None, False, False, False
        watched = dict.fromkeys(WATCHED) | {"alerts": False}
    body = {
        "ok": database and workers and validation,
        "database": database,
        "workers": workers,
        "validation_workers": validation,
        "worker_beat_age_seconds": None if age is None else round(age, 1),
        **watched,
    }
    return JsonResponse(body, status=200 if body["ok"] else 503)


def alert_figures(now: datetime) -> dict[str, bool | float | None]:
    """How the watch does. It does not decide about `ok`: where an evaluation fails, no restart of the site helps."""
    found = watch.figures(now)
    ages = (found.evaluated_at, found.oldest_due_message, found.oldest_due_step, found.oldest_unsealed)
    return dict(zip(WATCHED, (found.is_well, *map(found.seconds, ages)), strict=True))
