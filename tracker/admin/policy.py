"""Deadlines per priority in the admin."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError

from tracker.models import PriorityPolicy
from tracker.policies import policy_of


class PriorityPolicyForm(forms.ModelForm):
    """Refuses a calendar that cannot be: an unknown zone or country, a day that ends before it starts."""

    def clean(self):
        values = super().clean()
        if self.errors:
            return values
        try:
            policy_of(PriorityPolicy(**values))
        except ValueError as wrong:
            raise ValidationError(str(wrong)) from wrong
        return values


@admin.register(PriorityPolicy)
class PriorityPolicyAdmin(admin.ModelAdmin):
    """How long an issue of each priority may take, and which hours count."""

    form = PriorityPolicyForm
    list_display = ("priority", "hours", "calendar", "country", "time_zone")
    fieldsets = (
        (None, {"fields": ("priority", "hours", "calendar")}),
        ("Business days", {"fields": ("country", "subdivision", "time_zone", "day_starts", "day_ends")}),
    )
