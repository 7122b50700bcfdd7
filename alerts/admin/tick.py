"""The heartbeat of the watch in the admin, to look at."""

from django.contrib import admin
from django.utils.translation import gettext, gettext_lazy

from alerts.models import Tick
from tracker.admin.badges import badge, exact_time
from tracker.admin.paging import BoundedListMixin
from tracker.admin.read_only import ReadOnlyMixin


@admin.register(Tick)
class TickAdmin(ReadOnlyMixin, BoundedListMixin, admin.ModelAdmin):
    """Every evaluation, the newest first."""

    list_display = ("when", "outcome", "took", "opened", "resolved", "steps", "error")
    list_display_links = None
    ordering = ("-at",)
    sortable_by = ()

    @admin.display(description=gettext_lazy("Evaluated for"))
    def when(self, tick):
        return exact_time(tick.at)

    @admin.display(description=gettext_lazy("How it went"))
    def outcome(self, tick):
        if tick.error:
            return badge("p0", gettext("Failed"))
        return badge("added", gettext("Done")) if tick.finished_at else badge("p2", gettext("Under way"))

    @admin.display(description=gettext_lazy("Took"))
    def took(self, tick):
        return f"{(tick.finished_at - tick.at).total_seconds():.1f} s" if tick.finished_at else ""
