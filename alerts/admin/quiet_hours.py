"""Quiet hours in the admin."""

from django import forms
from django.contrib import admin
from django.db import models
from django.utils.translation import gettext, gettext_lazy

from alerts.models import QuietHours
from alerts.models.routes import SAME_QUIET_HOURS
from alerts.permissions import KEEP_OWN_QUIET_HOURS
from tracker.admin.own_rows import OwnRowsMixin
from tracker.admin.paging import BoundedListMixin
from tracker.admin.typed import FoundByTyping
from tracker.models import Owner


class QuietHoursForm(forms.ModelForm):
    """One's own quiet hours leave the owner out, and without it nothing looks for the same hours."""

    own: Owner | None = None

    def clean(self):
        given = super().clean()
        if self.own is not None:
            same = QuietHours.objects.filter(owner=self.own, weekday=given.get("weekday"), starts=given.get("starts"))
            if same.exclude(pk=self.instance.pk).exists():
                raise forms.ValidationError(gettext(SAME_QUIET_HOURS))
        return given


@admin.register(QuietHours)
class QuietHoursAdmin(OwnRowsMixin, FoundByTyping, BoundedListMixin, admin.ModelAdmin):
    """Hours of a person's own day in which messages wait; past midnight when they end before they start.

    Who may not see those of all sees and changes their own.
    """

    form = QuietHoursForm
    formfield_overrides = {models.TimeField: {"widget": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}}
    actions = None
    list_display = ("owner", "weekday", "hours", "zone")
    list_filter = ("weekday",)
    list_select_related = ("owner",)
    sortable_by = ()
    autocomplete_fields = ("owner",)
    search_fields = ("owner__name",)
    search_help_text = gettext_lazy("Name of an owner")
    fieldsets = (
        (
            None,
            {
                "fields": ("owner", "weekday", "starts", "ends"),
                "description": gettext_lazy(
                    "In the owner's own time zone. Hours that end before they start end on the next day. "
                    "What waits goes out as one message when they end; P0 does not wait."
                ),
            },
        ),
    )

    def may_have_own(self, request) -> bool:
        return request.user.has_perm(KEEP_OWN_QUIET_HOURS)

    def own(self, request) -> Owner | None:
        """The owner that the account belongs to, for who may keep their own quiet hours."""
        return getattr(request.user, "owner", None) if self.may_have_own(request) else None

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) or self.is_own(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) or self.is_own(request, obj)

    def get_exclude(self, request, obj=None):
        return () if self.is_for_others(request) else ("owner",)

    def get_fieldsets(self, request, obj=None):
        (name, options) = super().get_fieldsets(request, obj)[0]
        left_out = self.get_exclude(request, obj)
        return ((name, options | {"fields": [field for field in options["fields"] if field not in left_out]}),)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.own = self.own(request) if self.get_exclude(request, obj) else None
        return form

    def save_model(self, request, obj, form, change):
        if self.get_exclude(request, obj):
            obj.owner = self.own(request)
        super().save_model(request, obj, form, change)

    @admin.display(description=gettext_lazy("Quiet"))
    def hours(self, row):
        words = {"start": f"{row.starts:%H:%M}", "end": f"{row.ends:%H:%M}"}
        if row.ends < row.starts:
            return gettext("%(start)s to %(end)s on the next day") % words
        return gettext("%(start)s to %(end)s") % words

    @admin.display(description=gettext_lazy("Time zone"))
    def zone(self, row):
        return row.owner.time_zone or gettext("the site's")
