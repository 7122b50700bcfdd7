"""Validated issues are validated again each night for some days: what does not hold any more is found out (drift)."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from tracker.choices import Door, Status
from tracker.models import Issue, StatusChange
from tracker.validation.requests import RunRefused, request_run

logger = logging.getLogger(__name__)

NIGHT_HOUR = 2  # on the site's clock


def last_night(now: datetime) -> datetime:
    """The moment at which the latest night's runs are due, not after now."""
    local = timezone.localtime(now, timezone.get_default_timezone())
    night = local.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    return night if night <= local else night - timedelta(days=1)


def due(now: datetime) -> list[int]:
    """The validated issues whose checks were not run since the night began, and that something can execute."""
    since = now - timedelta(days=settings.VALIDATE_AGAIN_DAYS)
    night = last_night(now)
    validated = StatusChange.objects.filter(new_status=Status.VALIDATED, at__gt=since, at__lt=night)
    issues = Issue.objects.filter(pk__in=validated.values("issue"), status=Status.VALIDATED).exclude(
        validation_runs__requested_at__gte=night
    )
    return list(issues.filter(checks__entry__gt="").distinct().order_by("pk").values_list("pk", flat=True))


def validate_again(now: datetime) -> int:
    """Ask for a run of every issue that is due tonight; how many. One that is refused stops no other."""
    asked = 0
    for issue_id in due(now) if settings.VALIDATE_AGAIN_DAYS else ():
        try:
            request_run(issue_id, actor=None, door=Door.TASK, now=now)
            asked += 1
        except RunRefused as refused:
            logger.warning("Issue %s is not validated again tonight: %s", issue_id, refused)
        except Exception:
            logger.exception("Issue %s could not be validated again.", issue_id)
    return asked
