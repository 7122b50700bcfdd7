"""Acknowledging and snoozing in the admin: GET shows the form, POST carries it out, anything else is 405."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from alerts import permissions, silences
from alerts.admin.alert_undo import acknowledged
from alerts.choices import SilenceDoor
from alerts.models import Alert, Silence
from tracker.admin.issue_forms import reason_field
from tracker.deadlines import span_words
from tracker.refusals import Refused

LONGEST_HOURS = 10_000  # so that no end lies beyond all calendars; the real limits are those of alerts.silences
MOST_AT_ONCE = 200


class AcknowledgeForm(forms.Form):
    """For how long; empty for what the settings say."""

    hours = forms.IntegerField(
        label=gettext_lazy("Quiet for so many hours"), required=False, min_value=1, max_value=LONGEST_HOURS
    )
    reason = reason_field(required=False)

    def __init__(self, *args, alert, **kwargs):
        super().__init__(*args, **kwargs)
        now = timezone.now()
        usual = span_words(silences.default_until(alert, now) - now)
        self.fields["hours"].help_text = gettext(
            "Empty: %(usual)s. After that the escalation goes on from where it was."
        ) % {"usual": usual}


class SnoozeForm(forms.Form):
    """For how long, and why."""

    hours = forms.IntegerField(label=gettext_lazy("Quiet for so many hours"), min_value=1, max_value=LONGEST_HOURS)
    reason = reason_field(required=True)

    def __init__(self, *args, alert, **kwargs):
        super().__init__(*args, **kwargs)
        now = timezone.now()
        self.fields["hours"].help_text = gettext("At most %(span)s.") % {
            "span": span_words(silences.most_until(alert, now) - now)
        }


@dataclass(frozen=True, slots=True)
class Change:
    """A way to keep an alert quiet: what it is called, the form that asks, and the function that writes."""

    title: str
    button: str
    form: type[forms.Form]
    write: Callable[..., Silence]
    done: str
    says: str


CHANGES = {
    "acknowledge": Change(
        gettext_lazy("Acknowledge"),
        gettext_lazy("Acknowledge"),
        AcknowledgeForm,
        silences.acknowledge,
        gettext_lazy("Acknowledged."),
        gettext_lazy("You look after it: nobody is told again, and no higher level, until that ends."),
    ),
    "snooze": Change(
        gettext_lazy("Snooze"),
        gettext_lazy("Snooze"),
        SnoozeForm,
        silences.snooze,
        gettext_lazy("Snoozed."),
        gettext_lazy("Nothing can be done about it for now: nobody is told until that ends."),
    ),
}


def forms_of(alert: Alert) -> list[tuple[str, Change, forms.Form]]:
    """The forms on the page of an alert."""
    return [(name, change, change.form(alert=alert, auto_id=f"id_{name}_%s")) for name, change in CHANGES.items()]


def stamp(request: HttpRequest) -> dict:
    """Whose hand it is, and when."""
    return {"actor": request.user, "door": SilenceDoor.ADMIN, "now": timezone.now()}


@require_http_methods(["GET", "POST"])
def silence_view(request: HttpRequest, model_admin: ModelAdmin, alert_id: int, name: str) -> HttpResponse:
    """Acknowledge or snooze an alert."""
    if name not in CHANGES:
        raise Http404(gettext("Nothing that can be done with an alert is called %(name)s.") % {"name": name})
    alert, change = visible(request, model_admin, alert_id), CHANGES[name]
    form = change.form(request.POST if request.method == "POST" else None, alert=alert)
    refusal = permissions.may_silence(request.user, alert)
    shut = (refusal,) if refusal else ()
    if form.is_bound and form.is_valid():
        by = stamp(request)
        hours = form.cleaned_data["hours"]
        until = by["now"] + timedelta(hours=hours) if hours else None
        try:
            change.write(alert.pk, until=until, reason=form.cleaned_data["reason"], **by)
        except Refused as refused:
            shut = refused.reasons
        else:
            messages.success(request, change.done)
            return redirect("admin:alerts_alert_change", alert.pk)
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": change.title,
        "alert": alert,
        "change": change,
        "form": form,
        "shut": shut,
        "media": model_admin.media + form.media,
        "back_url": reverse("admin:alerts_alert_change", args=[alert.pk]),
    }
    return TemplateResponse(request, "admin/alerts/alert/change.html", context)


@require_POST
def end_view(request: HttpRequest, model_admin: ModelAdmin, alert_id: int, silence_id: int) -> HttpResponse:
    """End a silence before its time: the escalation goes on at once."""
    alert = visible(request, model_admin, alert_id)
    if not alert.silences.filter(pk=silence_id).exists():
        raise Http404(gettext("There is no such silence."))
    try:
        silences.end(silence_id, actor=request.user, now=timezone.now())
        messages.success(request, gettext("The escalation goes on."))
    except Refused as refused:
        for reason in refused.reasons:
            messages.error(request, reason)
    return redirect("admin:alerts_alert_change", alert.pk)


def visible(request: HttpRequest, model_admin: ModelAdmin, alert_id: int) -> Alert:
    """The alert, if it exists and this person may see it."""
    alert = model_admin.get_object(request, str(alert_id))
    if alert is None:
        raise Http404(gettext("There is no such alert."))
    if not model_admin.has_view_permission(request, alert):
        raise PermissionDenied
    return alert


@admin.action(description=gettext_lazy("Acknowledge"), permissions=["acknowledge"])
def acknowledge_selected(model_admin, request, queryset):
    """Acknowledge each selected alert for its usual time; a refusal stops only its own alert."""
    alerts = list(queryset.order_by("pk")[: MOST_AT_ONCE + 1])
    if len(alerts) > MOST_AT_ONCE:
        model_admin.message_user(
            request,
            gettext("Select at most %(number)s alerts at once.") % {"number": MOST_AT_ONCE},
            messages.ERROR,
        )
        return
    done = []
    for alert in alerts:
        try:
            done.append(silences.acknowledge(alert.pk, **stamp(request)))
        except Refused as refused:
            model_admin.message_user(request, f"{alert}: {refused}", messages.WARNING)
    if done:
        words = ngettext("%(number)s alert acknowledged.", "%(number)s alerts acknowledged.", len(done))
        model_admin.message_user(request, acknowledged(request, words % {"number": len(done)}, done))
