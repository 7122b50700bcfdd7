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
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from alerts import channels, delivery, secrets
from alerts.choices import PERSONAL_CHANNELS, MessageState
from alerts.models import Channel
from tracker.admin.badges import badge
from tracker.admin.paging import BoundedListMixin

MOST_CHANNELS = 50  # a policy shows a box for each
LONGEST_SECRET = 2000


class ChannelForm(forms.ModelForm):
    """A channel, and what replaces its secret."""

    secret = forms.CharField(
        label=gettext_lazy("Secret"),
        required=False,
        max_length=LONGEST_SECRET,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "vTextField"}),
    )
    forget = forms.BooleanField(label=gettext_lazy("Forget the stored secret"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "secret" not in self.fields:
            return  # somebody who only looks
        stored = bool(self.instance.secret_encrypted)
        self.fields["secret"].help_text = (
            gettext("One is stored; what you write replaces it. It is encrypted and never shown again.")
            if stored
            else gettext("None is stored. It is encrypted and never shown again.")
        )
        if not stored:
            del self.fields["forget"]

    def clean(self):
        given = super().clean()
        if self.instance.pk is None and Channel.objects.count() >= MOST_CHANNELS:
            raise forms.ValidationError(
                gettext("A site has at most %(number)s channels: use one that is switched off.")
                % {"number": MOST_CHANNELS}
            )
        keeps = bool(self.instance.secret_encrypted) and not given.get("forget")
        if given.get("secret_variable") and (given.get("secret") or keeps):
            raise forms.ValidationError(
                gettext("Name a variable or store a secret, not both: empty the one, or forget the other.")
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
    search_help_text = gettext_lazy("Name")

    def get_fieldsets(self, request, obj=None):
        """Whoever may only look sees whether there is a secret, and no field for one."""
        if not self.has_change_permission(request, obj):
            return ((None, {"fields": ("name", "kind", "active", "per_minute", "address", "secret_variable")}),)
        secret = (
            ("secret_variable", "secret", "forget") if obj and obj.secret_encrypted else ("secret_variable", "secret")
        )
        return (
            (None, {"fields": ("name", "kind", "active", "per_minute")}),
            (gettext("Where it leads"), {"fields": ("address", *secret)}),
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
            messages.warning(request, gettext("Nothing can be sent by it yet. %(problem)s") % {"problem": problem})

    @admin.display(description=gettext_lazy("In use"))
    def active_word(self, channel):
        return badge("added", gettext("Active")) if channel.active else badge("inactive", gettext("Switched off"))

    @admin.display(description=gettext_lazy("What it lacks"))
    def problem_words(self, channel):
        problem = channels.problem(channel)
        return format_html("{} {}", badge("pending", gettext("Cannot send")), problem) if problem else ""


@require_POST
def send_test(request, model_admin, channel_id):
    """Send a test message now, to whom asks for it, and show what the channel said."""
    channel = model_admin.get_object(request, str(channel_id))
    if channel is None:
        raise Http404(gettext("There is no such channel."))
    if not model_admin.has_change_permission(request, channel):
        raise PermissionDenied
    message = delivery.send_test(channel, actor=request.user, clock=timezone.now)
    if message.state == MessageState.SENT:
        messages.success(
            request, gettext("The test message was sent. The channel said: %(answer)s") % {"answer": message.answer}
        )
    else:
        messages.error(request, gettext("The test message was not sent: %(answer)s") % {"answer": message.answer})
        if message.recipient is None and channel.kind in PERSONAL_CHANNELS:
            messages.info(request, gettext("Your address is that of your owner entry (People, Owners): enter one."))
    return redirect("admin:alerts_channel_change", channel.pk)
