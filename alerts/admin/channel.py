"""Channels in the admin. A secret goes in and never comes out."""

from django import forms
from django.contrib import admin

from alerts.models import Channel
from tracker.admin.badges import badge
from tracker.admin.paging import BoundedListMixin

MOST_CHANNELS = 50  # a policy shows a box for each


class ChannelForm(forms.ModelForm):
    """A channel, as long as there are not too many."""

    def clean(self):
        if self.instance.pk is None and Channel.objects.count() >= MOST_CHANNELS:
            raise forms.ValidationError(f"A site has at most {MOST_CHANNELS} channels: use one that is switched off.")
        return super().clean()


@admin.register(Channel)
class ChannelAdmin(BoundedListMixin, admin.ModelAdmin):
    """The ways by which messages leave."""

    form = ChannelForm
    actions = None
    list_display = ("name", "kind", "active_word", "per_minute")
    sortable_by = ()
    search_fields = ("name",)
    search_help_text = "Name"
    fieldsets = (
        (None, {"fields": ("name", "kind", "active", "per_minute")}),
        ("Where it leads", {"fields": ("address", "secret_variable")}),
    )

    def has_delete_permission(self, request, obj=None):
        return False  # what was sent by it stays readable: it is switched off instead

    @admin.display(description="In use", ordering="active")
    def active_word(self, channel):
        return badge("added", "Active") if channel.active else badge("inactive", "Switched off")
