"""Who has to set up a second factor sees nothing else, and a session ends when its factor is taken away."""

from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from remediation_site.signin.entering import FACTOR, SSO
from remediation_site.signin.second_factor import is_required


def second_factor_asked(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Lead those who have to set up a second factor to its page. Costs others no query."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return get_response(request)
        if FACTOR in request.session:
            factor = getattr(request.user, "second_factor", None)  # comes with the account
            if factor is None or factor.pk != request.session[FACTOR]:
                logout(request)
        elif SSO in request.session:
            pass  # how somebody proves who they are is the provider's to ask
        elif request.path_info not in _always_open() and is_required(request.user):
            return redirect("signin:second_factor")
        return get_response(request)

    return middleware


def _always_open() -> tuple[str, ...]:
    return reverse("signin:second_factor"), reverse("admin:logout"), reverse("admin:jsi18n")
