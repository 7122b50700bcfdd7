"""Issues in the admin: the list by urgency, and the page of one issue. Every change is a call of another module."""

from functools import partial

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy

from tracker import search
from tracker.admin import badges
from tracker.admin.audit import audit_of
from tracker.admin.issue_actions import ACTIONS
from tracker.admin.issue_changes import amendment_form, amendment_view, amendments_for, transition_view
from tracker.admin.issue_checks import ROUTES, CheckForm, checks_of
from tracker.admin.issue_export import EXPORTS, export_links, export_view
from tracker.admin.issue_filters import (
    AgeFilter,
    AnalysisFilter,
    DueFilter,
    KindFilter,
    OwnerFilter,
    PriorityFilter,
    ShowFilter,
    StatusFilter,
    SystemFilter,
    TeamFilter,
    WhoFilter,
    is_reference,
)
from tracker.admin.issue_github import github, github_columns, push_view
from tracker.admin.issue_import import import_view, may_import
from tracker.admin.issue_page import excerpt, steps, steps_taken, timeline
from tracker.admin.issue_permissions import IssuePermissionsMixin
from tracker.admin.issue_prevention import addition_form, addition_view, measures, state_view
from tracker.admin.issue_revenue import at_risk
from tracker.admin.paging import BoundedListMixin, is_key
from tracker.admin.part_filters import StreamFilter
from tracker.admin.saying import SayingMixin
from tracker.admin.undoing import undo_view
from tracker.models import Issue
from tracker.permissions import may_read
from tracker.record import Record, fact_columns
from tracker.rendering import render

QUICK_FILTERS = (
    (gettext_lazy("Live"), ""),
    (gettext_lazy("Overdue"), "due=overdue"),
    (gettext_lazy("Due within 24 h"), "due=soon"),
    (gettext_lazy("Mine"), "who=me"),
    (gettext_lazy("Unassigned"), "who=nobody"),
    (gettext_lazy("Waiting for validation"), "status=completed"),
    (gettext_lazy("Closed"), "show=closed"),
)


@admin.register(Issue)
class IssueAdmin(SayingMixin, IssuePermissionsMixin, BoundedListMixin, admin.ModelAdmin):
    """The list of issues, the most urgent first."""

    list_display = ("issue_words", "priority_word", "deadline_word", "status_word", "owner_word")
    list_filter = (
        ShowFilter,
        PriorityFilter,
        StatusFilter,
        DueFilter,
        AgeFilter,
        WhoFilter,
        OwnerFilter,
        TeamFilter,
        SystemFilter,
        AnalysisFilter,
        KindFilter,
        StreamFilter,
    )
    actions = ACTIONS
    ordering = ("is_closed", "priority", "deadline", "pk")  # as IssueQuerySet.by_urgency
    sortable_by = ("issue_words", "priority_word", "deadline_word")
    search_fields = search.COLUMNS  # tracker.search looks in them, and at the owners
    search_help_text = gettext_lazy("Reference, title, text or owner")
    said_fields = ("description", "deadline_words")

    def has_add_permission(self, request):
        return False  # an issue comes from an analysis

    def has_delete_permission(self, request, obj=None):
        return False  # it is cancelled, with a reason

    @property
    def media(self):
        return super().media + OwnerFilter.media(self.admin_site)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("owner").prefetch_related("systems")

    def get_search_results(self, request, queryset, search_term):
        if is_reference(search_term):
            return queryset.filter(reference=search_term.strip().upper()), False  # by its index
        return search.found(queryset, search_term, columns=self.get_search_fields(request)), False

    def changelist_view(self, request, extra_context=None):
        chosen = request.GET.urlencode()
        quick = [{"name": str(name), "query": query, "current": query == chosen} for name, query in QUICK_FILTERS]
        context = {
            "quick": quick,
            "exports": export_links(request),
            "may_import": may_import(request),
            "title": gettext("Issues"),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def get_urls(self):
        def at(route, view, name):
            guarded = self.admin_site.admin_view(partial(view, model_admin=self))
            return path(route, guarded, name=f"tracker_issue_{name}")

        return [
            at("import/", import_view, "import"),
            at("undo/", undo_view, "undo"),
            at("<int:issue_id>/change/<slug:name>/", amendment_view, "amend"),
            at("<int:issue_id>/transition/<slug:name>/", transition_view, "transition"),
            at("<int:issue_id>/github/", push_view, "github"),
            at("<int:issue_id>/prevention/", addition_view, "prevent"),
            at("<int:issue_id>/prevention/<int:measure_id>/", state_view, "measure"),
            *(at(*route) for route in ROUTES),
            *(at(export.route, partial(export_view, export=export), export.name) for export in EXPORTS),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page of an issue. It shows; every change of it has an address of its own."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET"])
        issue = self.whole(request, object_id)
        if issue is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, issue):
            raise PermissionDenied
        context = self.page_context(request, issue)
        return TemplateResponse(request, "admin/tracker/issue/page.html", {**context, **(extra_context or {})})

    def whole(self, request, object_id):
        """The issue with all that its page shows and its gates ask for; None when there is none."""
        if not is_key(object_id):
            return None
        rows = self.get_queryset(request).select_related("owner", "analysis").prefetch_related("systems", "checks")
        return rows.annotate(**fact_columns(), **github_columns()).filter(pk=object_id).first()

    def page_context(self, request, issue):
        now, record = timezone.now(), Record(issue)
        may_change = self.has_change_permission(request, issue)
        readable = may_read(request.user)
        changes = [(name, one, amendment_form(name, issue, self)) for name, one in amendments_for(request.user)]
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(issue),
            "issue": issue,
            "now": now,
            "revenue": at_risk(issue, request.user, now),
            "may_change": may_change,
            "steps": steps(record, request.user) if may_change else [],
            "changes": changes if may_change else [],
            "readable": readable,
            "description": render(issue.description) if readable else "",
            "excerpt": excerpt(issue) if readable else [],
            "events": timeline(issue, request.user) if readable else steps_taken(issue),
            "audit_url": audit_of(issue) if request.user.has_perm("tracker.view_auditevent") else "",
            "checks": checks_of(record, request.user) if readable else None,
            "check_form": CheckForm(auto_id="id_check_%s") if may_change else None,
            "github": github(issue, request.user),
            "measures": measures(issue),
            "measure_form": addition_form(self) if may_change else None,
            "media": self.media,
        }

    @admin.display(description=gettext_lazy("Issue"), ordering="reference")
    def issue_words(self, issue):
        below = [issue.reference, *(system.name for system in issue.systems.all())]
        return format_html('{} <span class="second-line">{}</span>', issue.title, " · ".join(below))

    @admin.display(description=gettext_lazy("Priority"), ordering="priority")
    def priority_word(self, issue):
        return badges.priority_badge(issue.priority)

    @admin.display(description=gettext_lazy("Status"))
    def status_word(self, issue):
        return badges.status_badge(issue.status)

    @admin.display(description=gettext_lazy("Owner"))
    def owner_word(self, issue):
        return badges.owner_words(issue)

    @admin.display(description=gettext_lazy("Deadline"), ordering="deadline")
    def deadline_word(self, issue):
        return badges.deadline_badge(issue, timezone.now())
