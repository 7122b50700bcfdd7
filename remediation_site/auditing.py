"""What the audit learns from the site: in which request or task a change happens, and who signs in and out.

Accounts, groups and their rights are written by Django and by what is added to it (its admin, its commands, single
sign-on), not by functions of this project: what they write is seen by Django's own signals, whoever writes it.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from remediation_site.logs import REQUEST
from tracker import audit
from tracker.choices import Door

LONGEST_ADDRESS = 45


def surroundings(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Let each change that a request makes carry the id of the request and the address that it came from."""

    def middleware(request: HttpRequest) -> HttpResponse:
        known = {"request_id": REQUEST.get() or "", "address": address_of(request), "actor": lambda: request.user}
        with audit.within(door=Door.ADMIN, **known):
            return get_response(request)

    return middleware


def address_of(request: HttpRequest) -> str:
    """The address of who asks; behind a proxy, the one that the proxy has seen."""
    seen = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:  # only then somebody in front sets the header, and nobody else can
        seen = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip() or seen
    return seen[:LONGEST_ADDRESS]


def task_begins(task: dict, **_signal: object) -> None:
    """Let changes that follow belong to this task. Receives django-q2's pre_execute."""
    audit.SURROUNDINGS.set(audit.Surroundings(via=f"task {task.get('id', '')}", door=Door.TASK))


def task_ended(**_signal: object) -> None:
    """Let changes that follow belong to no task. Receives django-q2's post_execute_in_worker."""
    audit.SURROUNDINGS.set(audit.Surroundings(door=Door.TASK))
