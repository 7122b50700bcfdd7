"""Quiet hours in the admin."""

from django import forms
from django.contrib import admin
from django.db import models

from alerts.models import QuietHours
from tracker.admin.paging import BoundedListMixin


@admin.register(QuietHours)
class QuietHoursAdmin(BoundedListMixin, admin.ModelAdmin):
    """Hours of a person's own day in which messages wait; past midnight when they end before they start."""

    formfield_overrides = {models.TimeField: {"widget": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}}
    actions = None
    list_display = ("owner", "weekday", "hours", "zone")
    list_filter = ("weekday",)
    list_select_related = ("owner",)
    sortable_by = ()
    autocomplete_fields = ("owner",)
    search_fields = ("owner__name",)
    search_help_text = "Name of an owner"
    fieldsets = (
        (
            None,
            {
                "fields": ("owner", "weekday", "starts", "ends"),
                "description": "In the owner's own time zone. Hours that end before they start end on the next day. "
                "What waits goes out as one message when they end; P0 does not wait.",
            },
        ),
    )

    @admin.display(description="Quiet")
    def hours(self, row):
        next_day = " on the next day" if row.ends < row.starts else ""
        return f"{row.starts:%H:%M} to {row.ends:%H:%M}{next_day}"

    @admin.display(description="Time zone")
    def zone(self, row):
        return row.owner.time_zone or "the site's"
