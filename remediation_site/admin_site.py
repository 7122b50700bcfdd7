"""The admin site: navigation by task, and a start page that says what needs attention now."""

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from alerts.worklist import escalated, unheard
from remediation_site.navigation import navigation
from tracker import worklist


class RemediationAdminSite(AdminSite):
    """The stock admin site with the project's name, navigation and start page."""

    site_header = "Remediation"
    site_title = "Remediation"
    index_title = "What needs attention now"
    site_url = None

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict]:
        return navigation(request)

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
