"""Channels in the admin. A secret goes in and never comes out; a test message shows what the channel really says."""

from functools import partial

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from alerts import channels, delivery, secrets
from alerts.choices import MessageState
from alerts.models import Channel
from tracker.admin.badges import badge
from tracker.admin.paging import BoundedListMixin

MOST_CHANNELS = 50  # a policy shows a box for each
LONGEST_SECRET = 2000


class ChannelForm(forms.ModelForm):
    """A channel, and what replaces its secret."""

    secret = forms.CharField(
        required=False,
        max_length=LONGEST_SECRET,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "vTextField"}),
    )
    forget = forms.BooleanField(label="Forget the stored secret", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "secret" not in self.fields:
            return  # somebody who only looks
        stored = bool(self.instance.secret_encrypted)
        standing = "One is stored; what you write replaces it." if stored else "None is stored."
        self.fields["secret"].help_text = f"{standing} It is encrypted and never shown again."
        if not stored:
            del self.fields["forget"]

    def clean(self):
        given = super().clean()
        if self.instance.pk is None and Channel.objects.count() >= MOST_CHANNELS:
            raise forms.ValidationError(f"A site has at most {MOST_CHANNELS} channels: use one that is switched off.")
        keeps = bool(self.instance.secret_encrypted) and not given.get("forget")
        if given.get("secret_variable") and (given.get("secret") or keeps):
            raise forms.ValidationError(
                "Name a variable or store a secret, not both: empty the one, or forget the other."
            )
        return given

    def save(self, commit=True):
        if secret := self.cleaned_data["secret"].strip():
            self.instance.secret_encrypted = secrets.encrypt(secret)
        elif self.cleaned_data.get("forget"):
            self.instance.secret_encrypted = None
        return super().save(commit)


@admin.register(Channel)
class ChannelAdmin(BoundedListMixin, admin.ModelAdmin):
    """The ways by which messages leave."""

    form = ChannelForm
    actions = None
    list_display = ("name", "kind", "active_word", "problem_words", "per_minute")
    sortable_by = ()
    search_fields = ("name",)
    search_help_text = "Name"

    def get_fieldsets(self, request, obj=None):
        """Whoever may only look sees whether there is a secret, and no field for one."""
        if not self.has_change_permission(request, obj):
            return ((None, {"fields": ("name", "kind", "active", "per_minute", "address", "secret_variable")}),)
        secret = (
            ("secret_variable", "secret", "forget") if obj and obj.secret_encrypted else ("secret_variable", "secret")
        )
        return (
            (None, {"fields": ("name", "kind", "active", "per_minute")}),
            ("Where it leads", {"fields": ("address", *secret)}),
        )

    def has_delete_permission(self, request, obj=None):
        return False  # what was sent by it stays readable: it is switched off instead

    def get_urls(self):
        test = self.admin_site.admin_view(partial(send_test, model_admin=self))
        return [path("<int:channel_id>/test/", test, name="alerts_channel_test"), *super().get_urls()]

    @method_decorator(sensitive_post_parameters("secret"))
    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        channel = self.get_object(request, object_id) if object_id else None
        problem = channels.problem(channel) if channel else ""
        return super().changeform_view(request, object_id, form_url, {"problem": problem, **(extra_context or {})})

    def save_model(self, request, obj, form, change):
        """Store it, and say at once why nothing can be sent by it."""
        super().save_model(request, obj, form, change)
        if problem := channels.problem(obj):
            messages.warning(request, f"Nothing can be sent by it yet. {problem}")

    @admin.display(description="In use")
    def active_word(self, channel):
        return badge("added", "Active") if channel.active else badge("inactive", "Switched off")

    @admin.display(description="What it lacks")
    def problem_words(self, channel):
        problem = channels.problem(channel)
        return format_html("{} {}", badge("pending", "Cannot send"), problem) if problem else ""


@require_POST
def send_test(request, model_admin, channel_id):
    """Send a test message now, to whom asks for it, and show what the channel said."""
    channel = model_admin.get_object(request, str(channel_id))
    if channel is None:
        raise Http404("There is no such channel.")
    if not model_admin.has_change_permission(request, channel):
        raise PermissionDenied
    message = delivery.send_test(channel, actor=request.user, clock=timezone.now)
    if message.state == MessageState.SENT:
        messages.success(request, f"The test message was sent. The channel said: {message.answer}")
    else:
        messages.error(request, f"The test message was not sent: {message.answer}")
    return redirect("admin:alerts_channel_change", channel.pk)
