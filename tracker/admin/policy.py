"""Deadlines per priority in the admin."""

from django import forms
from django.contrib import admin
from django.db import models
from django.utils.translation import gettext_lazy

from tracker.models import PriorityPolicy

LATE = ("late_warning_hours", "late_critical_hours", "late_emergency_hours")


@admin.register(PriorityPolicy)
class PriorityPolicyAdmin(admin.ModelAdmin):
    """How long an issue of each priority may take, and which hours count. The row itself refuses what cannot be."""

    formfield_overrides = {models.TimeField: {"widget": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}}
    actions = None
    list_display = ("priority", "hours", "calendar", "country", "time_zone")
    fieldsets = (
        (None, {"fields": ("priority", "hours", "calendar")}),
        (gettext_lazy("Business days"), {"fields": ("country", "subdivision", "time_zone", "day_starts", "day_ends")}),
        (gettext_lazy("Alerts"), {"fields": ("due_soon_hours", "stalled_hours")}),
        (gettext_lazy("Severity when it is late"), {"fields": LATE}),
    )

    def has_add_permission(self, request):
        return False  # there is one row for each priority

    def has_delete_permission(self, request, obj=None):
        return False
