"""The way back after several entries were accepted at once, and after an analysis was uploaded by mistake."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from tracker import intake, undo_tokens, uploads
from tracker.admin.undoing import offering, tell_refusals
from tracker.models import Analysis, ExtractedItem, Issue
from tracker.permissions import DECIDE, may
from tracker.refusals import Refused

ENTRIES, UPLOADS = "entries", "uploads"
MOST_AT_ONCE = 200


def tracked(request: HttpRequest, words: str, issues: Sequence[Issue]) -> str:
    """The message about entries that were accepted, with the way back where one request can go it."""
    if not issues or len(issues) > MOST_AT_ONCE:
        return words
    values = [issues[0].analysis_id, [issue.pk for issue in issues]]
    return _offering(request, words, ENTRIES, values)


def uploaded(request: HttpRequest, words: str, taken: Iterable[uploads.Upload]) -> str:
    """The message about uploads, with the way back for those that came in new."""
    new = [each.analysis.pk for each in taken if each.result and each.result.outcome == "created"]
    if not new or len(new) > MOST_AT_ONCE or may(request.user, DECIDE):
        return words
    return _offering(request, words, UPLOADS, new)


def _offering(request: HttpRequest, words: str, what: str, values: list) -> str:
    token = undo_tokens.sign(what, values, user=request.user)
    return offering(request, words, address=reverse(f"admin:tracker_analysis_undo_{what}"), token=token)


def undo_entries(views, request: HttpRequest) -> HttpResponse:
    """Make the entries pending again that were accepted together."""
    return _undo(views, request, ENTRIES, _take_entries_back)


def undo_uploads(views, request: HttpRequest) -> HttpResponse:
    """Decide that nothing of the analyses is work that came in together."""
    return _undo(views, request, UPLOADS, _take_uploads_back)


def _undo(views, request: HttpRequest, what: str, write: Callable[..., str]) -> HttpResponse:
    if refused := views.refusal(request):
        return refused
    try:
        values = undo_tokens.read(what, request.POST.get("token", ""), user=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("admin:tracker_analysis_changelist")
    return redirect(write(request, values, views.hand(request)))


def _take_entries_back(request: HttpRequest, values: list, hand: dict) -> str:
    analysis, issues = values
    items = {item.issue_id: item.pk for item in ExtractedItem.objects.filter(analysis=analysis, issue__in=issues)}
    refusals = list(_refusals((items.get(pk, 0) for pk in issues), hand))
    tell_refusals(request, refusals)
    if done := len(issues) - len(refusals):
        words = ngettext("%(number)d entry is to decide again.", "%(number)d entries are to decide again.", done)
        messages.success(request, words % {"number": done})
    return reverse("admin:tracker_analysis_change", args=[analysis])


def _refusals(items: Iterable[int], hand: dict) -> Iterator[str]:
    """Take each entry back, and say why one stays; each is its own transaction."""
    for pk in items:
        try:
            intake.take_back(pk, **hand)
        except Refused as refused:
            yield str(refused)
        except ExtractedItem.DoesNotExist:
            yield gettext("An entry was taken back already.")


def _take_uploads_back(request: HttpRequest, values: list, hand: dict) -> str:
    refusals = []
    for analysis in Analysis.objects.filter(pk__in=values).only("title").order_by("pk"):
        told = {"title": analysis.title}
        try:
            uploads.take_back(analysis.pk, **hand)
            messages.success(request, gettext("%(title)s: nothing of it is tracked, each entry is dismissed.") % told)
        except Refused as refused:
            refusals.append(gettext("%(title)s: %(reasons)s") % {**told, "reasons": refused})
    tell_refusals(request, refusals)
    address = reverse("admin:tracker_analysis_changelist")
    return f"{address}?id__in={','.join(map(str, values))}" if len(values) > 1 else _page(values[0])


def _page(pk: int) -> str:
    return reverse("admin:tracker_analysis_change", args=[pk])
