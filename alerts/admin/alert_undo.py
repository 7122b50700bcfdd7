"""The way back after several alerts were acknowledged at once: each of these silences ends, as by hand."""

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from alerts import silences
from alerts.models import Silence
from tracker import undo_tokens
from tracker.admin.undoing import offering, tell_refusals
from tracker.refusals import Refused

SILENCES = "silences"


def acknowledged(request: HttpRequest, words: str, made: Sequence[Silence]) -> str:
    """The message about alerts that were acknowledged, with the way back."""
    values = [request.get_full_path(), [silence.pk for silence in made]]
    token = undo_tokens.sign(SILENCES, values, user=request.user)
    return offering(request, words, address=reverse("admin:alerts_alert_undo"), token=token)


@require_POST
def undo_view(request: HttpRequest, model_admin: ModelAdmin) -> HttpResponse:
    """End the silences of one press; one that has ended stays as it is, and its alert is named."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    try:
        back, keys = undo_tokens.read(SILENCES, request.POST.get("token", ""), user=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("admin:alerts_alert_changelist")
    now, refusals = timezone.now(), []
    rows = Silence.objects.filter(pk__in=keys).select_related("alert__issue").order_by("pk")
    for silence in rows:
        try:
            silences.end(silence.pk, actor=request.user, now=now)
        except Refused as refused:
            told = {"alert": silence.alert, "reasons": refused}
            refusals.append(gettext("%(alert)s: %(reasons)s") % told)
    tell_refusals(request, refusals)
    if ended := len(rows) - len(refusals):
        words = ngettext(
            "The escalation of %(number)d alert goes on.", "The escalation of %(number)d alerts goes on.", ended
        )
        messages.success(request, words % {"number": ended})
    return redirect(back)
