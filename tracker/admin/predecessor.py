"""What was taken over from the script-based predecessor, to look at: marked as its method, read by no figure."""

import json

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy

from tracker.admin.badges import exact_time
from tracker.admin.paging import BoundedListMixin
from tracker.admin.read_only import ReadOnlyMixin
from tracker.models import PredecessorEntry
from tracker.models.predecessor import METHOD


@admin.register(PredecessorEntry)
class PredecessorEntryAdmin(ReadOnlyMixin, BoundedListMixin, admin.ModelAdmin):
    """The entries of the predecessor's files, as they were imported last."""

    list_display = ("name", "kind", "when", "issue_link", "method", "imported")
    list_filter = ("kind",)
    list_select_related = ("issue",)
    ordering = ("-pk",)
    sortable_by = ()
    search_fields = ("name__istartswith", "issue__reference__istartswith")
    search_help_text = gettext_lazy("Name there, or reference of an issue here")
    fields = ("name", "kind", "when", "issue_link", "method", "imported", "changed", "entry")
    readonly_fields = fields

    @admin.display(description=gettext_lazy("When, by its clock"))
    def when(self, row):
        return exact_time(row.at) if row.at else "—"

    @admin.display(description=gettext_lazy("Issue"))
    def issue_link(self, row):
        if row.issue is None:
            return "—"
        return format_html('<a href="{}">{}</a>', reverse("admin:tracker_issue_change", args=[row.issue_id]), row.issue)

    @admin.display(description=gettext_lazy("Counted by"))
    def method(self, row):
        return gettext(METHOD)

    @admin.display(description=gettext_lazy("Imported"))
    def imported(self, row):
        return exact_time(row.imported_at)

    @admin.display(description=gettext_lazy("Found changed"))
    def changed(self, row):
        return exact_time(row.changed_at)

    @admin.display(description=gettext_lazy("As its file says it"))
    def entry(self, row):
        return format_html("<pre>{}</pre>", json.dumps(row.said, indent=2, ensure_ascii=False))
