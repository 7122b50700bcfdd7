"""The pages of the second factor: the code at the sign-in, setting it up, new recovery codes."""

from axes.handlers.proxy import AxesProxyHandler
from django.contrib import admin, messages
from django.contrib.auth import authenticate
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from remediation_site.models import SecondFactor
from remediation_site.signin import optional, second_factor
from remediation_site.signin.entering import FACTOR, enter, half_of, password_is_asked
from remediation_site.signin.second_factor import FactorRefused
from tracker import audit
from tracker.choices import AuditVerb, Door

READ_OR_SEND = ["GET", "HEAD", "POST"]


@never_cache
@sensitive_post_parameters()
@require_http_methods(READ_OR_SEND)
def code(request: HttpRequest) -> HttpResponse:
    """Ask for a code of the second factor, and let in whose code is right."""
    half = half_of(request)
    if half is None:
        messages.info(request, gettext("Log in again: the time for the code is over."))
        return redirect("admin:login")
    if request.method != "POST":
        return render(request, "admin/code.html", _about(request))
    credentials = {"username": half.user.get_username()}
    if not AxesProxyHandler.is_allowed(request, credentials):
        request.axes_locked_out, request.axes_credentials = True, credentials
        return HttpResponse()  # the middleware of django-axes says how long to wait instead
    try:
        second_factor.verify(half.factor_id, request.POST.get("code", ""), now=timezone.now())
    except FactorRefused as refused:
        user_login_failed.send(sender=__name__, credentials=credentials, request=request)
        return render(request, "admin/code.html", _about(request, str(refused)))
    enter(request, half)
    return redirect(half.next_page)


@never_cache
@sensitive_post_parameters()
@require_http_methods(READ_OR_SEND)
def set_up(request: HttpRequest) -> HttpResponse:
    """The page about one's own second factor, and what its buttons do."""
    steps = {"begin": _begin, "confirm": _confirm, "codes": _new_codes, "end": _end}
    about: dict = {}
    if step := steps.get(request.POST.get("step", "")):
        try:
            about = step(request)
        except FactorRefused as refused:
            about = {"problem": str(refused)}
    factor = SecondFactor.objects.filter(user=request.user).first()
    confirmed = bool(factor and factor.confirmed_at)
    context = {
        **admin.site.each_context(request),
        "title": gettext("Two-factor login"),
        "factor": factor if confirmed else None,
        "left": factor.recovery_codes.filter(used_at__isnull=True).count() if confirmed else 0,
        "required": second_factor.is_required(request.user),
        "missing": "" if optional.is_there(optional.TWO_FACTOR) else gettext(optional.NO_TWO_FACTOR),
        "asks_password": password_is_asked(request.user),
        **about,
    }
    return TemplateResponse(request, "admin/second_factor.html", context)


def _begin(request: HttpRequest) -> dict:
    """A new key, to be scanned."""
    _must_know_password(request)
    return _shown(second_factor.begin(request.user, now=timezone.now()))


def _confirm(request: HttpRequest) -> dict:
    """The first code: from now on the factor counts."""
    factor = SecondFactor.objects.filter(user=request.user, confirmed_at__isnull=True).first()
    if factor is None:
        raise FactorRefused(gettext("Begin again: there is no new key that waits for its first code."))
    try:
        codes = second_factor.confirm(factor.pk, request.POST.get("code", ""), now=timezone.now())
    except FactorRefused as refused:
        return {**_shown(factor), "problem": str(refused)}
    request.session.cycle_key()
    request.session[FACTOR] = factor.pk
    _record(request.user, AuditVerb.CHANGE, (None, "on"))
    return {"codes": codes}


def _new_codes(request: HttpRequest) -> dict:
    factor = _checked_factor(request)
    _record(request.user, AuditVerb.CHANGE, ("on", "on, with new recovery codes"))
    return {"codes": second_factor.new_recovery_codes(factor.pk)}


def _end(request: HttpRequest) -> dict:
    if second_factor.is_required(request.user):
        raise FactorRefused(gettext("This site asks you for two-factor login: it cannot be switched off."))
    _checked_factor(request).delete()
    request.session.pop(FACTOR, None)
    _record(request.user, AuditVerb.CHANGE, ("on", None))
    messages.success(request, gettext("Two-factor login is off."))
    return {}


def _checked_factor(request: HttpRequest) -> SecondFactor:
    """The person's factor, since the code that came with the form is right."""
    factor = second_factor.factor_of(request.user)
    if factor is None:
        raise FactorRefused(gettext("Two-factor login is not set up."))
    second_factor.verify(factor.pk, request.POST.get("code", ""), now=timezone.now())
    return factor


def _must_know_password(request: HttpRequest) -> None:
    """Refuse whoever found an open browser. Wrong passwords count as they do at the sign-in."""
    if not password_is_asked(request.user):
        return
    given = request.POST.get("password", "")
    if authenticate(request, username=request.user.get_username(), password=given) != request.user:
        raise FactorRefused(gettext("This is not your password."))


def _shown(factor: SecondFactor) -> dict:
    key = second_factor.key_of(factor)
    return {
        "picture": second_factor.picture_of(factor),
        "key": " ".join(key[at : at + 4] for at in range(0, len(key), 4)),
    }


def _about(request: HttpRequest, problem: str = "") -> dict:
    return {**admin.site.each_context(request), "title": gettext("Enter your code"), "problem": problem}


def _record(user: AbstractBaseUser, verb: AuditVerb, change: tuple) -> None:
    audit.record(verb, user, actor=user, door=Door.ADMIN, now=timezone.now(), changes={"two-factor login": change})
