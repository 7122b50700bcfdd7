"""The way back that the message after a change offers: a button that asks by POST, and what it does."""

from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tracker import undo, undo_tokens
from tracker.choices import Door
from tracker.models import Issue
from tracker.refusals import Refused

ISSUES = "issues"
MOST_TOLD = 20  # refusals of which each is told for itself


def offering(request: HttpRequest, words: str, *, address: str, token: str) -> SafeString:
    """A message with a button that takes back what it tells of."""
    return render_to_string("admin/undo.html", {"words": words, "address": address, "token": token}, request=request)


def told(request: HttpRequest, words: str, before: Sequence[Issue], *, now: datetime, back: str) -> str:
    """The message about what was done to issues at this moment, with the way back where there is one.

    before: the issues as they were read before. back: the address to which undoing leads.
    """
    if not (made := undo.made(before, actor=request.user, now=now)):
        return words
    token = undo_tokens.sign(ISSUES, [back, [astuple(each) for each in made]], user=request.user)
    return offering(request, words, address=reverse("admin:tracker_issue_undo"), token=token)


@require_POST
def undo_view(request: HttpRequest, model_admin: ModelAdmin) -> HttpResponse:
    """Take back what a message told of; an issue of which that was changed since stays, and is named."""
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    try:
        back, rows = undo_tokens.read(ISSUES, request.POST.get("token", ""), user=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("admin:tracker_issue_changelist")
    made = [undo.Made(*row) for row in rows]
    before = model_admin.get_queryset(request).in_bulk([each.issue_id for each in made])
    hand = {"actor": request.user, "door": Door.ADMIN, "now": timezone.now()}
    undone, refusals = _take_back(made, hand)
    tell_refusals(request, [f"{before[pk].reference if pk in before else pk}: {words}" for pk, words in refusals])
    if undone:
        words = ngettext("%(number)s issue changed back.", "%(number)s issues changed back.", len(undone))
        words %= {"number": len(undone)}
        whole = [before[pk] for pk in sorted(undone)]
        messages.success(request, told(request, words, whole, now=hand["now"], back=back))
    return redirect(back)


def _take_back(made: Sequence[undo.Made], hand: dict) -> tuple[set[int], list[tuple[int, str]]]:
    """The issues of which something was taken back, and why something was not, each its own transaction."""
    undone, refusals = set(), []
    for each in made:
        try:
            undo.take_back(each, **hand)
            undone.add(each.issue_id)
        except Refused as refused:
            refusals.append((each.issue_id, str(refused)))
    return undone, refusals


def tell_refusals(request: HttpRequest, refusals: Sequence[str]) -> None:
    """Say why what was not taken back stays."""
    for words in refusals[:MOST_TOLD]:
        messages.warning(request, words)
    if left := refusals[MOST_TOLD:]:
        words = ngettext(
            "%(number)s more stays as it is, for such a reason.",
            "%(number)s more stay as they are, for such reasons.",
            len(left),
        )
        messages.warning(request, words % {"number": len(left)})
