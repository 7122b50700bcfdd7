"""The calendar itself, for programs that know its secret address, and the page on which a person makes that."""

import hashlib

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from remediation_site.api import pace
from remediation_site.calendar_feed import feeds, ical
from remediation_site.models import CalendarFeed
from remediation_site.models.calendar import ENTRIES
from tracker.choices import Door
from tracker.models import Owner

CALENDAR_TYPE = "text/calendar; charset=utf-8"
A_MINUTE = 20  # requests to one calendar: programs ask a few times an hour
TOO_MANY = 429


class FeedForm(forms.Form):
    """What a new address gives."""

    entries = forms.ChoiceField(choices=ENTRIES, label=gettext_lazy("As"))
    alarm = forms.ChoiceField(choices=feeds.ALARMS, required=False, label=gettext_lazy("Alarm"))


@require_safe
@sensitive_variables("secret")
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar of that address; nobody is logged in by it, and it gives nothing else."""
    now = timezone.now()
    found = feeds.find(secret)
    if found is None:
        raise Http404(gettext("There is no such calendar."))
    turn = pace.take(f"calendar:{found.pk}", limit=A_MINUTE, now=now)
    if not turn.allowed:
        wait = {"Retry-After": str(turn.wait_seconds)}
        return HttpResponse("Too many requests.\n", status=TOO_MANY, content_type="text/plain", headers=wait)
    feeds.seen(found, now=now)
    owner = getattr(found.user, "owner", None) if found.user.has_perm(feeds.VIEW_ISSUE) else None
    data = ical.calendar_of(owner, entries=found.entries, alarm_minutes=found.alarm_minutes, now=now)
    etag = f'"{hashlib.sha256(data).hexdigest()}"'
    answer = HttpResponse(data, content_type=CALENDAR_TYPE)
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"  # kept only to ask whether it is still so
    answer["Content-Disposition"] = 'inline; filename="deadlines.ics"'
    answer["Referrer-Policy"] = "no-referrer"
    return get_conditional_response(request, etag=etag, response=answer)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """The page about one's own calendar, and what its buttons do."""
    form, problem, address = FeedForm(), "", ""
    if request.POST.get("step") == "end":
        if feeds.end(request.user, door=Door.ADMIN, now=timezone.now()):
            messages.success(request, gettext("The address does not work any more."))
        return redirect("calendar:mine")
    if request.POST.get("step") == "renew":
        form = FeedForm(request.POST)
        if form.is_valid():
            try:
                address = _renew(request, form.cleaned_data)
            except feeds.FeedRefused as refused:
                problem = str(refused)
    context = {
        **admin.site.each_context(request),
        "title": gettext("My calendar"),
        "feed": CalendarFeed.objects.filter(user=request.user).first(),
        "owner": Owner.objects.filter(user=request.user).first(),
        "form": form,
        "address": address,
        "problem": problem,
    }
    return TemplateResponse(request, "admin/calendar.html", context)


def _renew(request: HttpRequest, given: dict) -> str:
    alarm = int(given["alarm"]) if given["alarm"] else None
    hand = {"door": Door.ADMIN, "now": timezone.now()}
    return feeds.renew(request.user, entries=given["entries"], alarm_minutes=alarm, **hand)[1]
