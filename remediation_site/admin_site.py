"""The admin site: navigation by task, and a start page that says what needs attention now."""

from collections.abc import Iterable

from django.conf import settings
from django.contrib.admin import AdminSite, ModelAdmin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache

from alerts.worklist import escalated, unheard
from remediation_site.audited_admin import audited
from remediation_site.navigation import navigation
from remediation_site.signin import single_sign_on
from remediation_site.signin.entering import SUPERUSERS_ONLY, NewPasswordView, PasswordForm, PasswordView
from tracker import worklist


class RemediationAdminSite(AdminSite):
    """The stock admin site with the project's name, navigation and start page."""

    site_header = gettext_lazy("Remediation")
    site_title = gettext_lazy("Remediation")
    index_title = gettext_lazy("What needs attention now")
    site_url = None

    def register(self, model: type[Model] | Iterable[type[Model]], admin_class: type | None = None, **options) -> None:
        """Register an admin. What is added, changed or deleted by it leaves its row in the audit, whatever it is."""
        super().register(model, audited(admin_class or ModelAdmin), **options)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict]:
        return navigation(request)

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Ask for user name and password, and lead to the code of a second factor."""
        if request.method == "GET" and self.has_permission(request):
            return redirect("admin:index")
        context = {
            **self.each_context(request),
            "title": gettext("Log in"),
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
            "sso_name": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
            "superusers_only": settings.PASSWORD_LOGIN == SUPERUSERS_ONLY,
            **(extra_context or {}),
        }
        request.current_app = self.name
        return PasswordView.as_view(
            extra_context=context, authentication_form=PasswordForm, template_name="admin/login.html"
        )(request)

    def logout(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """End the session; with OIDC_LOGOUT whoever came by single sign-on is led on to the provider's own log-out.

        Not by a redirect: the policy of the pages lets no form lead to another site.
        """
        address = single_sign_on.way_out(request) if request.method == "POST" else ""
        response = super().logout(
            request, {"way_out": address, "sso_name": settings.OIDC_NAME, **(extra_context or {})}
        )
        if address:
            response.headers["Refresh"] = f"0; url={address}"
        return response

    def password_change(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Ask for the password and a new one; whoever guesses has to wait as at the sign-in."""
        request.current_app = self.name
        return NewPasswordView.as_view(
            success_url=reverse("admin:password_change_done", current_app=self.name),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )(request)

    def index(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        now = timezone.now()
        context = {"now": now, **(extra_context or {})}
        if request.user.has_perm("alerts.view_alert"):
            context["escalated"] = escalated(request.user)
            context["unheard"] = unheard()
        if request.user.has_perm("tracker.view_issue"):
            context["sections"] = worklist.issue_sections(request.user, now=now)
        if request.user.has_perm("tracker.view_analysis"):
            context["pending_analyses"] = worklist.pending_analyses()
            context["any_analysis"] = bool(context["pending_analyses"]) or worklist.any_analysis()
        return super().index(request, context)

    def app_index(self, request: HttpRequest, app_label: str, extra_context: dict | None = None) -> HttpResponse:
        return redirect("admin:index")  # there are no apps to look at, only tasks
