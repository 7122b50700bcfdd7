"""What the figures are made of, in the admin: the ledger and the figures of each day to look at, downtime to enter."""

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from dashboard import wording
from dashboard.metrics.trends import last_months
from dashboard.models import Downtime, MetricSnapshot, ProtectionEntry
from dashboard.value.figures import Unit
from tracker.admin.badges import exact_time
from tracker.admin.paging import BoundedListMixin
from tracker.admin.part_filters import PartsMixin, RowsSystemFilter, RowsTeamFilter
from tracker.admin.read_only import ReadOnlyMixin
from tracker.money import money
from tracker.revenue import row_in_force


class CurrencyMixin:
    """Amounts in the currency of the site, which is read once for a page."""

    currency = ""

    def get_queryset(self, request):
        profile = row_in_force(timezone.now())
        self.currency = profile.currency if profile else ""
        return super().get_queryset(request)


class MonthFilter(admin.SimpleListFilter):
    """The last 12 months to choose from; any other by its name in the address, such as 2026-11."""

    title = gettext_lazy("month")
    parameter_name = "month"

    def lookups(self, request, model_admin):
        return [(name, name) for name in reversed(last_months(timezone.now()))]

    def queryset(self, request, queryset):
        return queryset.filter(month=self.value()) if self.value() else queryset


@admin.register(ProtectionEntry)
class ProtectionEntryAdmin(PartsMixin, CurrencyMixin, ReadOnlyMixin, BoundedListMixin, admin.ModelAdmin):
    """What was counted as protected, the newest first: each row is one step of one issue."""

    list_display = ("when", "issue_link", "month", "amount_words", "share_words", "late")
    list_display_links = None
    list_filter = (MonthFilter, RowsTeamFilter, RowsSystemFilter)
    list_select_related = ("issue",)
    ordering = ("-at", "-pk")
    sortable_by = ()
    search_fields = ("issue__reference__istartswith",)
    search_help_text = gettext_lazy("Reference of an issue")

    @admin.display(description=gettext_lazy("When"))
    def when(self, row):
        return exact_time(row.at)

    @admin.display(description=gettext_lazy("Issue"))
    def issue_link(self, row):
        return format_html('<a href="{}">{}</a>', reverse("admin:tracker_issue_change", args=[row.issue_id]), row.issue)

    @admin.display(description=gettext_lazy("Counted, a month"))
    def amount_words(self, row):
        return money(row.amount, self.currency)

    @admin.display(description=gettext_lazy("Its share"))
    def share_words(self, row):
        return money(row.share, self.currency)

    @admin.display(description=gettext_lazy("Overdue for"))
    def late(self, row):
        return wording.amount(row.overdue_hours, Unit.HOURS, self.currency)


@admin.register(MetricSnapshot)
class MetricSnapshotAdmin(CurrencyMixin, ReadOnlyMixin, BoundedListMixin, admin.ModelAdmin):
    """The figures of each day, the newest first."""

    list_display = ("day", "key", "number", "taken")
    list_display_links = None
    ordering = ("-day", "key")
    sortable_by = ()
    search_fields = ("key__startswith",)
    search_help_text = gettext_lazy("The beginning of a key, such as on_time")

    @admin.display(description=gettext_lazy("Number"))
    def number(self, row):
        return wording.lack_words(row.lack) if row.lack else wording.amount(row.value, Unit(row.unit), self.currency)

    @admin.display(description=gettext_lazy("Taken"))
    def taken(self, row):
        return exact_time(row.taken_at)


@admin.register(Downtime)
class DowntimeAdmin(BoundedListMixin, admin.ModelAdmin):
    """Hours in which the site was down, as people enter them."""

    list_display = ("when", "hours", "text", "entered_by_name")
    fields = ("started_at", "hours", "text")
    ordering = ("-started_at", "-pk")
    sortable_by = ()
    actions = None

    @admin.display(description=gettext_lazy("From"))
    def when(self, row):
        return exact_time(row.started_at)

    def save_model(self, request, obj, form, change):
        if not change:
            obj.entered_at = timezone.now()
            obj.entered_by = request.user
            obj.entered_by_name = request.user.get_full_name() or request.user.get_username()
        super().save_model(request, obj, form, change)
