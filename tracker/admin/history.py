"""The history of all issues in the admin, to look at: it is append-only."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext, gettext_lazy

from tracker.admin.badges import exact_time, read_moment
from tracker.admin.field_names import field_name
from tracker.admin.issue_filters import WordFilter
from tracker.admin.paging import BoundedListMixin
from tracker.admin.part_filters import PartsMixin, RowsSystemFilter, RowsTeamFilter
from tracker.admin.read_only import ReadOnlyMixin
from tracker.choices import Status
from tracker.models import FieldChange, Note, StatusChange
from tracker.permissions import changes_seen_by

SHOWN = 200  # characters of a text in a list; the page of the row has it whole


class HistoryAdmin(ReadOnlyMixin, BoundedListMixin, admin.ModelAdmin):
    """One kind of history rows, the newest first."""

    list_filter = ("door",)
    list_select_related = ("issue",)
    ordering = ("-pk",)  # rows are only ever appended, so this is by time, and the index is there
    sortable_by = ()
    search_fields = ("issue__reference__istartswith",)
    search_help_text = gettext_lazy("Reference of an issue")

    @admin.display(description=gettext_lazy("When"))
    def when(self, row):
        return exact_time(row.at)

    @admin.display(description=gettext_lazy("Issue"))
    def issue_link(self, row):
        url = reverse("admin:tracker_issue_change", args=[row.issue_id])
        return format_html('<a href="{}">{}</a>', url, row.issue)

    @admin.display(description=gettext_lazy("Reason"))
    def why(self, row):
        return Truncator(row.reason).chars(SHOWN)


@admin.register(StatusChange)
class StatusChangeAdmin(HistoryAdmin):
    """Every step of every issue."""

    list_display = ("when", "issue_link", "step", "actor_name", "door", "why")
    list_filter = ("new_status", "door")

    @admin.display(description=gettext_lazy("Step"))
    def step(self, row):
        old = Status(row.old_status).label if row.old_status else gettext("New")
        return f"{old} → {Status(row.new_status).label}"


@admin.register(FieldChange)
class FieldChangeAdmin(HistoryAdmin):
    """Every changed owner, deadline and priority."""

    list_display = ("when", "issue_link", "what", "before", "after", "actor_name", "door", "why")

    def get_queryset(self, request):
        return changes_seen_by(request.user, super().get_queryset(request))

    @admin.display(description=gettext_lazy("Field"))
    def what(self, row):
        return field_name(row.field)

    @admin.display(description=gettext_lazy("Old"))
    def before(self, row):
        return read_moment(row.old)

    @admin.display(description=gettext_lazy("New"))
    def after(self, row):
        return read_moment(row.new)


class HoursFilter(WordFilter):
    title = gettext_lazy("hours")
    parameter_name = "hours"
    words = (("noted", gettext_lazy("With hours")),)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(hours__isnull=False) if self.value() else queryset


@admin.register(Note)
class NoteAdmin(PartsMixin, HistoryAdmin):
    """Every note."""

    list_display = ("when", "issue_link", "kind", "words", "hours", "actor_name", "door")
    list_filter = ("kind", HoursFilter, "door", RowsTeamFilter, RowsSystemFilter)

    @admin.display(description=gettext_lazy("Note"))
    def words(self, row):
        return Truncator(row.text).chars(SHOWN)
