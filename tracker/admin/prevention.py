"""All prevention measures in the admin, to look at and to find: they are changed on the page of their issue."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy

from tracker.admin.paging import BoundedListMixin
from tracker.admin.part_filters import PartsMixin, RowsSystemFilter, RowsTeamFilter
from tracker.admin.read_only import ReadOnlyMixin
from tracker.models import PreventionMeasure

SHOWN = 200  # characters of a measure in the list


@admin.register(PreventionMeasure)
class PreventionMeasureAdmin(PartsMixin, ReadOnlyMixin, BoundedListMixin, admin.ModelAdmin):
    """What keeps incidents from coming back, the newest first."""

    list_display = ("words", "category", "state", "owner", "issue_link", "created_at")
    list_filter = ("state", "category", RowsTeamFilter, RowsSystemFilter)
    list_select_related = ("issue", "owner")
    ordering = ("-pk",)
    sortable_by = ()
    search_fields = ("issue__reference__istartswith", "text")
    search_help_text = gettext_lazy("Reference of an issue, or words of the measure")

    @admin.display(description=gettext_lazy("Measure"))
    def words(self, measure):
        return Truncator(measure.text).chars(SHOWN)

    @admin.display(description=gettext_lazy("Issue"))
    def issue_link(self, measure):
        url = reverse("admin:tracker_issue_change", args=[measure.issue_id])
        return format_html('<a href="{}#prevention">{}</a>', url, measure.issue)
