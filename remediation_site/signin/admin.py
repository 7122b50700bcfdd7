"""Failed attempts to sign in, in the admin: to look at, and to end a wait."""

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from remediation_site.models import ExternalIdentity, SecondFactor
from remediation_site.signin.accounts import record_binding
from remediation_site.signin.recovery import take_away
from tracker import audit
from tracker.admin.badges import badge, exact_time
from tracker.admin.paging import BoundedListMixin
from tracker.admin.read_only import ReadOnlyMixin
from tracker.admin.typed import FoundByTyping
from tracker.choices import AuditVerb, Door


@admin.register(AccessAttempt)
class FailedSignInAdmin(ReadOnlyMixin, BoundedListMixin, admin.ModelAdmin):
    """Who failed to sign in from where, the latest first. Whoever may delete these rows ends a wait, and only that."""

    list_display = ("when", "username", "ip_address", "failures_since_start", "state")
    list_display_links = None
    ordering = ("-attempt_time",)
    sortable_by = ()
    search_fields = ("username", "ip_address")
    search_help_text = gettext_lazy("User name or address")
    actions = ("forget",)

    @admin.display(description=gettext_lazy("Last attempt"))
    def when(self, attempt):
        return exact_time(attempt.attempt_time)

    @admin.display(description=gettext_lazy("Now"))
    def state(self, attempt):
        if attempt.attempt_time <= timezone.now() - settings.AXES_COOLOFF_TIME:
            return badge("added", gettext("Over"))
        if attempt.failures_since_start >= settings.LOGIN_ATTEMPTS:
            return badge("p0", gettext("Has to wait"))
        return badge("p2", gettext("Counts"))

    def has_forget_permission(self, request):
        return request.user.has_perm("axes.delete_accessattempt")

    @admin.action(
        description=gettext_lazy("Forget the selected attempts and let them try again"), permissions=["forget"]
    )
    def forget(self, request, queryset):
        with transaction.atomic():
            who = [
                gettext("%(name)s from %(address)s") % {"name": name, "address": address}
                for name, address in queryset.values_list("username", "ip_address")
            ]
            number = queryset.delete()[0]
            target = audit.Target(AccessAttempt._meta.label_lower, "", gettext("Failed attempts to sign in"))
            by = {"actor": request.user, "door": Door.ADMIN, "now": timezone.now()}
            audit.record(AuditVerb.DELETE, target, changes={"forgotten": (who, None)}, **by)
        self.message_user(request, gettext("%(number)s attempt(s) forgotten.") % {"number": number})


@admin.register(SecondFactor)
class SecondFactorAdmin(ReadOnlyMixin, BoundedListMixin, admin.ModelAdmin):
    """Who has a second factor. Whoever may delete one takes it away from somebody whose phone is gone."""

    list_display = ("user", "since", "state")
    list_display_links = None
    list_select_related = ("user",)
    ordering = ("user__username",)
    sortable_by = ()
    search_fields = ("user__username__istartswith",)
    search_help_text = gettext_lazy("User name")
    actions = ("take_away",)
    fields = ("user", "created_at", "confirmed_at")

    @admin.display(description=gettext_lazy("Since"))
    def since(self, factor):
        return exact_time(factor.confirmed_at) if factor.confirmed_at else ""

    @admin.display(description=gettext_lazy("Now"))
    def state(self, factor):
        return (
            badge("added", gettext("Asked for"))
            if factor.confirmed_at
            else badge("none", gettext("Not set up to its end"))
        )

    def has_take_away_permission(self, request):
        return request.user.has_perm("remediation_site.delete_secondfactor")

    @admin.action(
        description=gettext_lazy("Take it away, and end the sessions that were opened with it"),
        permissions=["take_away"],
    )
    def take_away(self, request, queryset):
        for factor in queryset:
            take_away(factor, actor=request.user, now=timezone.now())
        self.message_user(request, gettext("Taken away: the password alone is asked for, until it is set up again."))


@admin.register(ExternalIdentity)
class ExternalIdentityAdmin(FoundByTyping, BoundedListMixin, admin.ModelAdmin):
    """Which account somebody from a provider signs in to. Bound by hand it is here alone; nothing is edited."""

    list_display = ("user", "subject", "issuer", "created_at", "last_used_at")
    list_display_links = None
    list_select_related = ("user",)
    sortable_by = ()
    search_fields = ("user__username__istartswith", "subject")
    search_help_text = gettext_lazy("User name, or what the provider calls the person")
    autocomplete_fields = ("user",)
    fields = ("user", "issuer", "subject")

    def has_change_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        obj.created_at = timezone.now()
        record_binding(obj, actor=request.user, now=obj.created_at)
        super().save_model(request, obj, form, change)
