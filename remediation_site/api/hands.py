"""Whose hand changes something by the API, and what a refusal of the site's own rules becomes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from remediation_site.api.problems import Problem
from tracker import permissions
from tracker.choices import Door
from tracker.refusals import Refused


def hand(request: HttpRequest) -> dict[str, Any]:
    """The account of the token, the door, and the moment: what every function that writes is told."""
    return {"actor": request.user, "door": Door.API, "now": timezone.now()}


def must_read(request: HttpRequest) -> None:
    """Let those only go on who read what analyses and people say. Raises: Problem."""
    if not permissions.may_read(request.user):
        raise Problem("not-permitted", "On this site your account sees figures and titles, and not what analyses say.")


def refused(error: Refused, **more: object) -> Problem:
    """A refusal of the site's own rules: every reason, and nothing was written."""
    return Problem("refused", " ".join(error.reasons), reasons=list(error.reasons), **more)


@contextmanager
def refusing() -> Iterator[None]:
    """Let a refusal of the site's own rules be answered as a problem."""
    try:
        yield
    except Refused as error:
        raise refused(error) from error
