"""Failed attempts to sign in, in the admin: to look at, and to end a wait."""

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin
from django.utils import timezone

from tracker.admin.badges import badge, exact_time
from tracker.admin.paging import BoundedListMixin
from tracker.admin.read_only import ReadOnlyMixin


@admin.register(AccessAttempt)
class FailedSignInAdmin(ReadOnlyMixin, BoundedListMixin, admin.ModelAdmin):
    """Who failed to sign in from where, the latest first. Whoever may delete these rows ends a wait, and only that."""

    list_display = ("when", "username", "ip_address", "failures_since_start", "state")
    list_display_links = None
    ordering = ("-attempt_time",)
    sortable_by = ()
    search_fields = ("username", "ip_address")
    search_help_text = "User name or address"
    actions = ("forget",)

    @admin.display(description="Last attempt")
    def when(self, attempt):
        return exact_time(attempt.attempt_time)

    @admin.display(description="Now")
    def state(self, attempt):
        if attempt.attempt_time <= timezone.now() - settings.AXES_COOLOFF_TIME:
            return badge("added", "Over")
        if attempt.failures_since_start >= settings.LOGIN_ATTEMPTS:
            return badge("p0", "Has to wait")
        return badge("p2", "Counts")

    def has_forget_permission(self, request):
        return request.user.has_perm("axes.delete_accessattempt")

    @admin.action(description="Forget the selected attempts and let them try again", permissions=["forget"])
    def forget(self, request, queryset):
        self.message_user(request, f"{queryset.delete()[0]} attempt(s) forgotten.")
