"""The sign-in itself: a password, then a code of the second factor where there is one. Nobody is in before both."""

import time
from dataclasses import dataclass

from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.auth import authenticate, get_user_model, login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from remediation_site.signin.second_factor import factor_of

HALF = "half"  # the key of the session of somebody whose password was right and whose code is missing
HALF_SECONDS = 300
SUPERUSERS_ONLY = "superusers"
FACTOR = "second_factor"  # the key of the session: the factor whose code was entered
SSO = "single_sign_on"  # the key of the session: the provider that has signed the person in
BACKEND = "remediation_site.accounts.AccountBackend"


class PasswordForm(AdminAuthenticationForm):
    """User name and password; where the site says so, of superusers alone. Others are told what a wrong one is told."""

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        super().confirm_login_allowed(user)
        if settings.PASSWORD_LOGIN == SUPERUSERS_ONLY and not user.is_superuser:
            raise self.get_invalid_login_error()


@dataclass(frozen=True, slots=True)
class Half:
    """Somebody whose password was right."""

    user: AbstractBaseUser
    factor_id: int
    next_page: str


class PasswordView(LoginView):
    """The page that asks for user name and password."""

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        if factor_of(user) is None:
            return super().form_valid(form)
        self.request.session[HALF] = {
            "user": user.pk,
            "hash": user.get_session_auth_hash(),
            "at": int(time.time()),
            "next": self.get_success_url(),
        }
        self.request.session.cycle_key()
        return redirect("signin:code")


class NewPasswordForm(AdminPasswordChangeForm):
    """The password and a new one. Wrong passwords count as they do at the sign-in: an open browser is no way round."""

    def __init__(self, *args: object, request: HttpRequest, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_old_password(self) -> str:
        given = self.cleaned_data["old_password"]
        if authenticate(self.request, username=self.user.get_username(), password=given) != self.user:
            raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return given


class NewPasswordView(PasswordChangeView):
    """The page that changes one's own password."""

    form_class = NewPasswordForm

    def get_form_kwargs(self) -> dict:
        return {**super().get_form_kwargs(), "request": self.request}


def half_of(request: HttpRequest) -> Half | None:
    """Who has entered the right password within the last minutes and is still allowed in with it."""
    kept = request.session.get(HALF)
    if not kept or time.time() - kept["at"] > HALF_SECONDS:
        return None
    user = get_user_model().objects.filter(pk=kept["user"], is_active=True, is_staff=True).first()
    if user is None or user.get_session_auth_hash() != kept["hash"]:
        return None
    factor = factor_of(user)
    return Half(user, factor.pk, kept["next"]) if factor else None


def enter(request: HttpRequest, half: Half) -> None:
    """Sign somebody in whose code was right."""
    del request.session[HALF]
    login(request, half.user, backend=BACKEND)
    request.session[FACTOR] = half.factor_id


def password_is_asked(user: AbstractBaseUser) -> bool:
    """Whether a change of the second factor takes the password; whoever comes by single sign-on has none."""
    return user.has_usable_password()
