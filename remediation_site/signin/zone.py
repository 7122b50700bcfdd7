"""The page on which people choose the time zone that they see times in."""

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods

from tracker import own_zone
from tracker.choices import Door


def zones() -> list[tuple[str, str]]:
    """The site's own zone, and all others."""
    site = gettext("The site's: %(zone)s") % {"zone": timezone.get_default_timezone_name()}
    return [("", site), *((name, name.replace("_", " ")) for name in own_zone.names())]


class ZoneForm(forms.Form):
    """Which zone; the names are those of the IANA, a continent and a city."""

    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=zones, required=False)


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """Show and change one's own zone."""
    owner = getattr(request.user, "owner", None)
    initial = {"time_zone": owner.time_zone if owner else ""}
    asked = request.method == "POST" and "time_zone" in request.POST
    form = ZoneForm(request.POST if asked else None, initial=initial)
    problem = ""
    if asked and form.is_valid():
        try:
            name = form.cleaned_data["time_zone"]
            own_zone.choose(name, actor=request.user, door=Door.ADMIN, now=timezone.now())
        except own_zone.ZoneRefused as refused:
            problem = str(refused)
        else:
            messages.success(request, gettext("Times are shown in this zone from now on."))
            return redirect("signin:zone")
    context = {
        **admin.site.each_context(request),
        "title": gettext("My time zone"),
        "owner": owner,
        "form": form,
        "problem": problem,
        "now": timezone.now(),
    }
    return TemplateResponse(request, "admin/time_zone.html", context)
