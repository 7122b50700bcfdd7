"""Owners in the admin."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from tracker.admin.paging import BoundedListMixin
from tracker.admin.read_only import may_see_accounts
from tracker.admin.typed import FoundByTyping
from tracker.models import Owner


@admin.register(Owner)
class OwnerAdmin(FoundByTyping, BoundedListMixin, admin.ModelAdmin):
    """Who does the work, and to whom it is escalated."""

    list_display = ("name", "email", "slack_name", "role", "reports_to", "time_zone")
    list_filter = ("role",)
    list_select_related = ("reports_to",)
    search_fields = ("name", "email", "slack_name")
    search_help_text = gettext_lazy("Name, e-mail or Slack name")
    autocomplete_fields = ("user", "reports_to")
    actions = None
    fieldsets = (
        (None, {"fields": ("name", "email", "slack_name", "time_zone")}),
        (
            gettext_lazy("Escalation"),
            {
                "fields": ("role", "reports_to"),
                "description": gettext_lazy(
                    "Whoever this person reports to is told when an issue of theirs stays late: along that line the "
                    "next Team Lead, then Manager, then Executive."
                ),
            },
        ),
        (
            gettext_lazy("Log-in"),
            {
                "fields": ("user",),
                "description": gettext_lazy("The account that sees this owner's issues under “Mine”."),
            },
        ),
    )

    def get_fieldsets(self, request, obj=None):
        """The account is for those who may see accounts: they find and open it."""
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if may_see_accounts(request) else fieldsets[:-1]

    def has_delete_permission(self, request, obj=None):
        """Whoever has had issues or measures stays; to ask whom they would take along would read them all."""
        kept = obj and (obj.issues.exists() or obj.measures.exists())
        return super().has_delete_permission(request, obj) and not kept
