"""How long a session lasts: so long after its last request, and so long after the sign-in at most.

Both moments stand in the session itself. The last request is noted only now and then, so that a page costs no write.
"""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse

BEGAN, SEEN = "began", "seen"  # seconds since 1970
NOTED = 20  # the last request is noted to a twentieth of SESSION_IDLE_MINUTES


def begin(sender: type, request: HttpRequest, user: AbstractBaseUser, **_: object) -> None:
    """Note the moment of a sign-in."""
    request.session[BEGAN] = request.session[SEEN] = int(time.time())


def session_ends(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """End a session that is too old or was idle for too long, before anything is answered in it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = int(time.time())
            if has_ended(request, now):
                logout(request)
            elif now - request.session[SEEN] >= settings.SESSION_IDLE_MINUTES * 60 / NOTED:
                request.session[SEEN] = now
        return get_response(request)

    return middleware


def has_ended(request: HttpRequest, now: int) -> bool:
    """Whether the session of a request is over; one without its moments is, too."""
    began, seen = request.session.get(BEGAN), request.session.get(SEEN)
    if began is None or seen is None:
        return True
    return now - began >= settings.SESSION_COOKIE_AGE or now - seen >= settings.SESSION_IDLE_MINUTES * 60
