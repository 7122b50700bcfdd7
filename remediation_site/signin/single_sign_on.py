"""/login/sso/ leads to the provider, /login/sso/callback/ is where it sends people back to.

What ties both together (state, nonce, PKCE verifier) is kept in an encrypted cookie of this browser, so that nobody
who has not signed in leaves a row behind.
"""

import hmac
import json
import logging
import secrets
import time

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from remediation_site.signin import optional, provider
from remediation_site.signin.accounts import account_for
from remediation_site.signin.entering import BACKEND, SSO
from remediation_site.signin.provider import Attempt, SignInRefused
from tracker import encryption
from tracker.terminal import printable

PURPOSE = b"remediation-site: an attempt at single sign-on"
PURPOSE_OF_TOKEN = b"remediation-site: an ID token, for the log-out"
ID_TOKEN = "id_token"  # noqa: S105 - the key of the session
LONGEST_TOKEN = 6000  # characters; it goes back in an address
COOKIE = "sso" if settings.LOCAL else "__Host-sso"
ATTEMPT_SECONDS = 600
AGAIN = gettext_lazy("Start the sign-in again: it took too long, or was begun in another browser or window.")
LOG = logging.getLogger(__name__)


@never_cache
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider."""
    must_be_set_up()
    attempt = Attempt(*(secrets.token_urlsafe(32) for _ in range(2)), secrets.token_urlsafe(48), next_page(request))
    try:
        address = provider.address_to_ask(attempt, redirect_uri=redirect_uri())
    except SignInRefused as refused:
        return refusal(request, str(refused))
    kept = json.dumps([attempt.state, attempt.nonce, attempt.verifier, attempt.next_page, int(time.time())])
    response = HttpResponseRedirect(address)
    response.set_cookie(
        COOKIE,
        encryption.encrypt(kept, purpose=PURPOSE).decode(),
        max_age=ATTEMPT_SECONDS,
        secure=not settings.LOCAL,
        httponly=True,
        samesite="Lax",
    )
    return response


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Sign in whom the provider sends back, or say in one sentence why not."""
    must_be_set_up()
    claims: provider.Claims = {}
    try:
        attempt = attempt_of(request)
        claims, id_token = provider.claims_for(request.GET.get("code", ""), attempt, redirect_uri=redirect_uri())
        user = account_of(claims)
    except SignInRefused as refused:
        LOG.warning("Single sign-on was refused: %s", refused)
        if claims:  # somebody whom the provider knows
            credentials = {"username": printable(str(claims.get("email") or claims["sub"]))[:150]}
            user_login_failed.send(sender=__name__, credentials=credentials, request=request)
        return refusal(request, str(refused))
    login(request, user, backend=BACKEND)
    request.session[SSO] = settings.OIDC_ISSUER
    if settings.OIDC_LOGOUT and len(id_token) <= LONGEST_TOKEN:
        request.session[ID_TOKEN] = encryption.encrypt(id_token, purpose=PURPOSE_OF_TOKEN).decode()
    response = redirect(attempt.next_page)
    response.delete_cookie(COOKIE)
    return response


def way_out(request: HttpRequest) -> str:
    """Where the provider ends its own session of who is logged in here by it; "" where there is no such way."""
    kept = request.session.get(ID_TOKEN)
    if not kept or not settings.OIDC_LOGOUT or request.session.get(SSO) != settings.OIDC_ISSUER:
        return ""
    try:
        id_token = encryption.decrypt(kept.encode(), purpose=PURPOSE_OF_TOKEN)
        return provider.address_to_end(id_token, back_to=f"{settings.SITE_URL}{reverse('admin:login')}")
    except (encryption.Unreadable, SignInRefused) as refused:
        LOG.warning("Nobody is logged out at the provider: %s", str(refused) or "the token cannot be read")
        return ""


def account_of(claims: provider.Claims) -> User:
    """The account to sign in to. Raises: SignInRefused."""
    try:
        return account_for(claims, now=timezone.now())
    except IntegrityError:  # the same person, in two windows at once
        raise SignInRefused(AGAIN) from None


def attempt_of(request: HttpRequest) -> Attempt:
    """The attempt that this answer belongs to. Raises: SignInRefused."""
    try:
        kept = encryption.decrypt(request.COOKIES.get(COOKIE, "").encode(), purpose=PURPOSE)
        *values, began = json.loads(kept)
        attempt = Attempt(*values)
    except (encryption.Unreadable, ValueError):
        raise SignInRefused(AGAIN) from None
    same = hmac.compare_digest(attempt.state.encode(), request.GET.get("state", "").encode(errors="replace"))
    if not same or time.time() - began > ATTEMPT_SECONDS:
        raise SignInRefused(AGAIN)
    if request.GET.get("iss", settings.OIDC_ISSUER).rstrip("/") != settings.OIDC_ISSUER:
        raise SignInRefused(gettext("Another provider has answered than the one that was asked: nobody is signed in."))
    if error := request.GET.get("error"):
        raise SignInRefused(
            gettext("The provider has not signed you in (%(reason)s).") % {"reason": printable(error)[:80]}
        )
    if not request.GET.get("code"):
        raise SignInRefused(gettext("The provider's answer has no code: nobody is signed in."))
    return attempt


def must_be_set_up() -> None:
    """There are no such pages where no provider is set. Raises: Http404."""
    if not settings.OIDC_ISSUER or not optional.is_there(optional.SINGLE_SIGN_ON):
        raise Http404


def redirect_uri() -> str:
    """Where the provider sends people back to: never taken from the request."""
    return f"{settings.SITE_URL}{reverse('signin:sso_callback')}"


def next_page(request: HttpRequest) -> str:
    """Where one wanted to go, when that is a page of this site."""
    wanted = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else resolve_url(settings.LOGIN_REDIRECT_URL)


def refusal(request: HttpRequest, sentence: str) -> HttpResponse:
    """The page that says why nobody is signed in."""
    context = {**admin.site.each_context(request), "title": gettext("Not signed in"), "sentence": sentence}
    response = render(request, "admin/not_signed_in.html", context, status=403)
    response.delete_cookie(COOKIE)
    return response
