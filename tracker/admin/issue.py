"""Issues in the admin: the list by urgency, and the page of one issue. Every change is a call of another module."""

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html

from tracker.admin import badges
from tracker.admin.issue_filters import (
    DueFilter,
    OwnerFilter,
    PriorityFilter,
    ShowFilter,
    StatusFilter,
    SystemFilter,
    WhoFilter,
)
from tracker.admin.paging import BoundedListMixin
from tracker.models import Issue

QUICK_FILTERS = (
    ("Live", ""),
    ("Overdue", "due=overdue"),
    ("Due within 24 h", "due=soon"),
    ("Mine", "who=me"),
    ("Unassigned", "who=nobody"),
    ("Waiting for validation", "status=completed"),
    ("Closed", "show=closed"),
)


@admin.register(Issue)
class IssueAdmin(BoundedListMixin, admin.ModelAdmin):
    """The list of issues, the most urgent first."""

    list_display = ("issue_words", "priority_word", "deadline_word", "status_word", "owner_word")
    list_filter = (
        ShowFilter,
        PriorityFilter,
        StatusFilter,
        DueFilter,
        WhoFilter,
        OwnerFilter,
        SystemFilter,
        ("kind", admin.ChoicesFieldListFilter),
    )
    list_select_related = ("owner",)
    ordering = ("is_closed", "priority", "deadline", "pk")  # as IssueQuerySet.by_urgency
    sortable_by = ("issue_words", "priority_word", "deadline_word")
    search_fields = ("reference", "title", "description")
    search_help_text = "Reference, title or text"

    def has_add_permission(self, request):
        return False  # an issue comes from an analysis

    def has_delete_permission(self, request, obj=None):
        return False  # it is cancelled, with a reason

    @property
    def media(self):
        return super().media + OwnerFilter.media(self.admin_site)

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("systems")

    def changelist_view(self, request, extra_context=None):
        chosen = request.GET.urlencode()
        quick = [{"name": name, "query": query, "current": query == chosen} for name, query in QUICK_FILTERS]
        return super().changelist_view(request, {"quick": quick, "title": "Issues", **(extra_context or {})})

    @admin.display(description="Issue", ordering="reference")
    def issue_words(self, issue):
        below = [issue.reference, *(system.name for system in issue.systems.all())]
        return format_html('{} <span class="second-line">{}</span>', issue.title, " · ".join(below))

    @admin.display(description="Priority", ordering="priority")
    def priority_word(self, issue):
        return badges.priority_badge(issue.priority)

    @admin.display(description="Status")
    def status_word(self, issue):
        return badges.status_badge(issue.status)

    @admin.display(description="Owner")
    def owner_word(self, issue):
        return badges.owner_words(issue)

    @admin.display(description="Deadline", ordering="deadline")
    def deadline_word(self, issue):
        return badges.deadline_badge(issue, timezone.now())
