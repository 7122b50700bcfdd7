"""/alerts/acknowledge/TOKEN/: the page behind a link in a message. It asks; the click acknowledges.

Nobody has to log in: whoever has the link was sent it. Programs that look at the links of mails ask by GET, and that
changes nothing.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from alerts import links, silences
from alerts.choices import SilenceDoor

TEMPLATE = "alerts/acknowledge.html"
GONE = 410


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def acknowledge(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for the click, or acknowledge, or say why that cannot be."""
    now = timezone.now()
    named = links.read(token, now)
    if isinstance(named, str):
        return render(request, TEMPLATE, {"problem": named}, status=GONE)
    alert, told = named.alert, {"alert": named.alert, "name": named.name, "now": now}
    if alert.resolved_at:
        return render(request, TEMPLATE, told | {"problem": gettext("The alert is over: its cause is gone.")})
    if request.method != "POST":
        return render(request, TEMPLATE, told | {"until": silences.default_until(alert, now)})
    try:
        done = silences.acknowledge(
            alert.pk, actor=None, name=named.name, door=SilenceDoor.LINK, now=now, link=named.link
        )
    except silences.SilenceRefused as refused:
        return render(request, TEMPLATE, told | {"problem": str(refused)})
    return render(request, TEMPLATE, told | {"done": done})
