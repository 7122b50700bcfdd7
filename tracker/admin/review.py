"""The review of an analysis: GET shows, POST decides. Every decision is a call of tracker.intake."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext

from tracker import intake
from tracker.admin import undoing_entries
from tracker.admin.badges import exact_time
from tracker.admin.returns import returns_of
from tracker.admin.review_page import Problem, conversions, page_of, review_page
from tracker.choices import Door, IssueKind, ItemKind, Priority
from tracker.models import Analysis, ExtractedItem, SkippedLine
from tracker.models.columns import labelled
from tracker.people import find_owner
from tracker.permissions import may_read

PAGE = "admin/tracker/analysis/review.html"
TITLE_ONLY = "admin/tracker/analysis/title.html"
LOCAL_TIME = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")


class EntryForm(forms.Form):
    """What a person may set on an entry. The hidden initial values say what was changed on the page that was seen."""

    owner = forms.CharField(label=gettext_lazy("Owner"), required=False, max_length=200, show_hidden_initial=True)
    priority = forms.ChoiceField(
        label=gettext_lazy("Priority"), required=False, choices=labelled(Priority), show_hidden_initial=True
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=labelled(ItemKind), show_hidden_initial=True)
    deadline = forms.DateTimeField(
        label=gettext_lazy("Deadline"), required=False, input_formats=LOCAL_TIME, show_hidden_initial=True
    )

    def clean_owner(self):
        words = self.cleaned_data["owner"]
        if not words or "owner" not in self.changed_data:
            return None
        if owner := find_owner(words):
            return owner
        unknown = gettext(
            "No owner is called “%(name)s”. Choose one of the suggestions, add the owner first, or leave it empty."
        )
        raise forms.ValidationError(unknown % {"name": words})

    def reasons(self) -> tuple[str, ...]:
        """What is wrong, a sentence each."""
        return tuple(
            message if name == "owner" else f"{self.fields[name].label}: {message}"
            for name, found in self.errors.items()
            for message in found
        )

    def changes(self) -> dict:
        """The fields that were changed on the page, with their new values."""
        return {name: self.cleaned_data[name] for name in self.changed_data}


class FormRefused(intake.IntakeRefused):
    """The fields of the form cannot be understood."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for an entry, by whom. What is done answers with a warning, or ""."""

    item: ExtractedItem
    post: dict
    hand: dict

    def edit(self) -> str:
        form = EntryForm(self.post)
        if not form.is_valid():
            raise FormRefused(form.reasons())
        changes = form.changes()
        if changes:
            intake.edit(self.item.pk, **changes, **self.hand)
        return _warning(changes.get("deadline"), self.hand["now"])

    def accept(self) -> str:
        warning = self.edit()
        intake.add(self.item.pk, **self.hand)
        return warning

    def dismiss(self) -> str:
        intake.dismiss(self.item.pk, reason=self.post.get("reason", ""), **self.hand)
        return ""

    def reconsider(self) -> str:
        intake.reconsider(self.item.pk, **self.hand)
        return ""

    def take_back(self) -> str:
        intake.take_back(self.item.pk, **self.hand)
        return ""


def _warning(deadline: datetime | None, now: datetime) -> str:
    """What to say about a deadline that somebody has chosen, "" for nothing."""
    if deadline is None or deadline > now:
        return ""
    passed = gettext("The deadline %(deadline)s has passed already: the issue is overdue as soon as it is tracked.")
    return passed % {"deadline": exact_time(deadline)}


ACTIONS: dict[str, Callable[[Asked], str]] = {
    "save": Asked.edit,
    "accept": Asked.accept,
    "dismiss": Asked.dismiss,
    "reconsider": Asked.reconsider,
    "take_back": Asked.take_back,
}


def whole_number(text: str | None) -> int:
    """The number that a part of an address states, 0 when it states none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


class Views:
    """The pages of one analysis."""

    def __init__(self, admin: ModelAdmin) -> None:
        self.admin = admin

    def may_decide(self, request: HttpRequest) -> bool:
        """Deciding changes the analysis and makes issues."""
        return request.user.has_perm("tracker.change_analysis") and request.user.has_perm("tracker.change_issue")

    def page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the review page."""
        if not self.admin.has_view_permission(request):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET"])
        if not may_read(request.user):
            return self.title_only(request, self.analysis(object_id))
        if line := whole_number(request.GET.get("line")):
            return self.show(request, object_id, page_of(self.analysis(object_id), line))
        return self.show(request, object_id, whole_number(request.GET.get("page")))

    def show(
        self, request: HttpRequest, object_id: str, number: int, problem: Problem | None = None
    ) -> TemplateResponse:
        analysis = self.analysis(object_id)
        numbers = conversions([analysis.pk])[analysis.pk]
        now = timezone.now()
        page = review_page(analysis, number, now=now, problem=problem)
        context = {
            **self.admin.admin_site.each_context(request),
            "opts": self.admin.opts,
            "title": analysis.title,
            "page": page,
            "page_range": list(Paginator(page.pages, 1).get_elided_page_range(page.number)),
            "analysis": analysis,
            "returns": returns_of(analysis) if page.number == 1 else None,
            "numbers": numbers,
            "decided": numbers["tracked"] + numbers["dismissed"],
            "percent": round(100 * (numbers["conversion"] or 0)),
            "may_decide": self.may_decide(request),
            "may_see_issues": request.user.has_perm("tracker.view_issue"),
            "priorities": Priority.choices(),
            "kinds": ItemKind.choices(),
            "issue_kinds": IssueKind.choices(),
            "now": now,
        }
        return TemplateResponse(request, PAGE, context)

    def title_only(self, request: HttpRequest, analysis: Analysis) -> TemplateResponse:
        """The page of an analysis for those who do not read what it says."""
        context = {
            **self.admin.admin_site.each_context(request),
            "opts": self.admin.opts,
            "title": analysis.title,
            "analysis": analysis,
            "numbers": conversions([analysis.pk])[analysis.pk],
            "may_see_issues": request.user.has_perm("tracker.view_issue"),
        }
        return TemplateResponse(request, TITLE_ONLY, context)

    def analysis(self, object_id: str) -> Analysis:
        try:
            return Analysis.objects.select_related("imported_by").get(pk=int(object_id))
        except (Analysis.DoesNotExist, ValueError, OverflowError):
            raise Http404(gettext("There is no such analysis.")) from None

    def entry(self, request: HttpRequest, pk: int, item: int) -> HttpResponse:
        """Save, accept or dismiss one entry, or take that back."""
        if refused := self.refusal(request):
            return refused
        row = ExtractedItem.objects.filter(pk=item, analysis_id=pk).first()
        action = ACTIONS.get(request.POST.get("action", ""))
        if not row or not action:
            raise Http404(gettext("There is no such entry, or nothing is asked for it."))
        try:
            with transaction.atomic():
                warning = action(Asked(row, request.POST.dict(), self.hand(request)))
        except intake.IntakeRefused as refused:
            return self.show(request, str(pk), self.number(row), Problem(item, refused.reasons, request.POST.dict()))
        if warning:
            messages.warning(request, warning)
        return self.back(pk, self.number(row), f"entry-{item}")

    def accept_all(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Accept every pending entry of the analysis."""
        if refused := self.refusal(request):
            return refused
        self.analysis(str(pk))
        try:
            issues = intake.add_all(pk, **self.hand(request))
            if issues:
                tracked = ngettext("%(number)d issue tracked.", "%(number)d issues tracked.", len(issues))
                messages.success(request, undoing_entries.tracked(request, tracked % {"number": len(issues)}, issues))
            else:
                nothing = gettext("There was nothing left to accept: every entry is tracked or dismissed.")
                messages.info(request, nothing)
        except intake.IntakeRefused as refused:
            for reason in refused.reasons:
                messages.error(request, reason)
        return self.back(pk, 1)

    def skipped(self, request: HttpRequest, pk: int, skipped: int) -> HttpResponse:
        """Make an entry of a line that was not taken."""
        if refused := self.refusal(request):
            return refused
        kind = request.POST.get("kind", "")
        if kind not in list(ItemKind):
            raise Http404(gettext("There is no such kind."))
        line = SkippedLine.objects.filter(pk=skipped, analysis_id=pk).first()
        try:
            item = intake.track_skipped(line.pk if line else 0, kind=ItemKind(kind), **self.hand(request))
        except intake.IntakeRefused as refused:
            for reason in refused.reasons:
                messages.error(request, reason)
            return self.back(pk, 1)
        return self.back(pk, self.number(item), f"entry-{item.pk}")

    def refusal(self, request: HttpRequest) -> HttpResponse | None:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.may_decide(request):
            raise PermissionDenied
        return None

    def hand(self, request: HttpRequest) -> dict:
        return {"actor": request.user, "door": Door.ADMIN, "now": timezone.now()}

    def number(self, item: ExtractedItem) -> int:
        return 1 if item.gone_at else page_of(item.analysis, item.line)

    def back(self, pk: int, number: int, fragment: str = "") -> HttpResponse:
        address = reverse("admin:tracker_analysis_change", args=[pk])
        query = f"?page={number}" if number > 1 else ""
        return redirect(f"{address}{query}{'#' if fragment else ''}{fragment}")
