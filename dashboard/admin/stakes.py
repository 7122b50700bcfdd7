"""What analyses put at stake, to look at: the rows that the ledger counts from, with what each was calculated from."""

import json

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from dashboard.admin.figures import CurrencyMixin
from dashboard.models import Stake, StakeShare
from tracker.admin.badges import exact_time
from tracker.admin.paging import BoundedListMixin
from tracker.admin.read_only import ReadOnlyMixin
from tracker.money import money


class StakeShareInline(ReadOnlyMixin, admin.TabularInline):
    """What each issue has of a stake."""

    model = StakeShare
    fields = readonly_fields = ("issue_link", "share")
    can_delete = False
    extra = 0
    verbose_name_plural = gettext_lazy("shares of its issues")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("issue", "stake__profile")

    def has_add_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("dashboard.view_stake")

    @admin.display(description=gettext_lazy("Issue"))
    def issue_link(self, row):
        return format_html('<a href="{}">{}</a>', reverse("admin:tracker_issue_change", args=[row.issue_id]), row.issue)

    @admin.display(description=gettext_lazy("Has of it, a month"))
    def share(self, row):
        return money(row.amount, row.stake.profile.currency)


@admin.register(Stake)
class StakeAdmin(CurrencyMixin, ReadOnlyMixin, BoundedListMixin, admin.ModelAdmin):
    """What was at stake whenever issues were tracked, the newest first."""

    list_display = ("when", "analysis", "at_stake", "leading")
    list_select_related = ("analysis",)
    ordering = ("-at",)
    sortable_by = ()
    search_fields = ("shares__issue__reference__istartswith",)
    search_help_text = gettext_lazy("Reference of an issue")
    fields = readonly_fields = ("when", "analysis", "at_stake", "leading", "profile", "made_of")
    inlines = (StakeShareInline,)

    def get_queryset(self, request):
        return super().get_queryset(request).defer("inputs", "analysis__text", "analysis__whys")

    @admin.display(description=gettext_lazy("Tracked"))
    def when(self, row):
        return exact_time(row.at)

    @admin.display(description=gettext_lazy("At stake, a month"))
    def at_stake(self, row):
        return money(row.increase, self.currency)

    @admin.display(description=gettext_lazy("Calculated from"))
    def made_of(self, row):
        return format_html("<pre>{}</pre>", json.dumps(row.inputs, indent=1, sort_keys=True))
