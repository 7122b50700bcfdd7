"""The one row of alert settings in the admin: its list is its form."""

from django.contrib import admin
from django.shortcuts import redirect
from django.utils.translation import gettext, gettext_lazy

from alerts.models import AlertSettings
from tracker.admin.typed import FoundByTyping

ROW = "1"


@admin.register(AlertSettings)
class AlertSettingsAdmin(FoundByTyping, admin.ModelAdmin):
    """Thresholds of the rules, and how long things stay quiet. The row itself refuses what cannot be."""

    actions = None
    autocomplete_fields = ("fallback",)
    fieldsets = (
        (gettext_lazy("When it is an alert"), {"fields": ("pending_review_hours", "blocked_hours")}),
        (gettext_lazy("Revenue at risk"), {"fields": ("revenue_warning", "revenue_critical")}),
        (
            gettext_lazy("Acknowledge and snooze"),
            {"fields": ("acknowledge_hours_p0", "acknowledge_hours", "snooze_most_hours")},
        ),
        (gettext_lazy("Who and when"), {"fields": ("fallback", "digest_hour")}),
    )

    def changelist_view(self, request, extra_context=None):
        """The form itself: there is nothing to choose from."""
        return self.changeform_view(request, ROW, "", {"title": gettext("Alert settings"), **(extra_context or {})})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        return redirect("admin:alerts_alertsettings_changelist")

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
