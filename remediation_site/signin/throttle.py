"""Too many failed attempts to sign in: counted in the database by django-axes, for all hosts together.

Counted are a user name from an address, and an address whatever the names. A name alone is not: anybody could lock
everybody out. Whether a name exists changes nothing, neither in what is counted nor in what is said.
"""

from datetime import datetime
from http import HTTPStatus
from math import ceil

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import ngettext

MINUTE = 60  # seconds


class Throttle(AxesDatabaseHandler):
    """What django-axes counts with, with a limit of its own for addresses."""

    def get_failures(self, request: HttpRequest, credentials: dict | None = None) -> int:
        """How many failures count against LOGIN_ATTEMPTS; those of an address with other names count for less."""
        name = get_client_username(request, credentials)
        failures = recent(request).aggregate(
            of_name=Sum("failures_since_start", filter=Q(username=name), default=0),
            of_address=Sum("failures_since_start", default=0),
        )
        share = failures["of_address"] * settings.LOGIN_ATTEMPTS // settings.LOGIN_ATTEMPTS_OF_ADDRESS
        return max(failures["of_name"], share)

    def reset_user_attempts(self, request: HttpRequest, credentials: dict | None = None) -> int:
        """Forget the failures of who has signed in, and not those of others at the same address."""
        name = get_client_username(request, credentials)
        return AccessAttempt.objects.filter(ip_address=request.axes_ip_address, username=name).delete()[0]


def recent(request: HttpRequest) -> QuerySet[AccessAttempt]:
    """The failures from the address of a request that still count."""
    return AccessAttempt.objects.filter(
        ip_address=request.axes_ip_address, attempt_time__gte=get_cool_off_threshold(request)
    )


def locked(
    request: HttpRequest, _response: HttpResponse | None = None, _credentials: dict | None = None
) -> HttpResponse:
    """What somebody is shown who tried too often: when to try again, and nothing about the account."""
    latest = recent(request).aggregate(latest=Max("attempt_time"))["latest"]
    now = timezone.now()
    again = (latest or now) + settings.AXES_COOLOFF_TIME
    seconds = max(1, ceil((again - now).total_seconds()))
    sentence = sentence_of(again, seconds)
    response = render(request, "admin/locked.html", {"sentence": sentence}, status=HTTPStatus.TOO_MANY_REQUESTS)
    response.headers["Retry-After"] = str(seconds)
    return response


def sentence_of(again: datetime, seconds: int) -> str:
    """When to try again."""
    minutes = ceil(seconds / MINUTE)
    moment = timezone.localtime(again)
    return ngettext(
        "There were too many failed attempts to log in: try again in %(number)s minute, after %(time)s (%(zone)s).",
        "There were too many failed attempts to log in: try again in %(number)s minutes, after %(time)s (%(zone)s).",
        minutes,
    ) % {"number": minutes, "time": f"{moment:%H:%M}", "zone": f"{moment:%Z}"}


def purge(now: datetime) -> int:
    """Delete the failures that count no more; how many rows."""
    return AccessAttempt.objects.filter(attempt_time__lte=now - settings.AXES_COOLOFF_TIME).delete()[0]
