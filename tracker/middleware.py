"""Times are shown in the zone of the person who looks: their owner row's, else the site's."""

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest, HttpResponse
from django.utils import timezone


def viewer_time_zone(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer each request in the time zone of its viewer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with timezone.override(zone_of(request)):
            return get_response(request)

    return middleware


def zone_of(request: HttpRequest) -> ZoneInfo:
    """The viewer's zone; the site's for everybody who has none, or one that this machine does not know any more."""
    if request.user.is_authenticated:
        owner = getattr(request.user, "owner", None)  # comes with the account
        if owner and owner.time_zone:
            try:
                return ZoneInfo(owner.time_zone)
            except (ZoneInfoNotFoundError, ValueError):
                pass
    return timezone.get_default_timezone()
