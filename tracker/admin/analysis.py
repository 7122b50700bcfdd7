"""Analyses in the admin: the list with what became of their entries, the page to add some, the way to the review."""

from functools import partial

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy

from tracker import uploads
from tracker.admin import badges, returns, review
from tracker.admin.issue_filters import PriorityFilter, WordFilter
from tracker.admin.paging import BoundedListMixin, KeyedChangeList
from tracker.admin.part_filters import AnalysisSystemFilter, AnalysisTeamFilter, PartsMixin
from tracker.admin.review_page import conversions
from tracker.admin.saying import SayingMixin
from tracker.admin.undoing_entries import undo_entries, undo_uploads, uploaded
from tracker.blanks import BLANKS, blank
from tracker.models import Analysis, ExtractedItem

MOST_TOLD = 10  # uploads of which each is told for itself
QUICK_FILTERS = (
    (gettext_lazy("All"), ""),
    (gettext_lazy("To decide"), "review=open"),
    (gettext_lazy("All decided"), "review=done"),
)
LARGE_COLUMNS = ("text", "whys", "stated_impact")


class ReviewFilter(WordFilter):
    """Analyses by what is still to decide."""

    title = gettext_lazy("review")
    parameter_name = "review"
    words = (("open", gettext_lazy("Entries to decide")), ("done", gettext_lazy("All decided")))

    def queryset(self, request, queryset):
        pending = Exists(ExtractedItem.objects.pending().issues().filter(analysis=OuterRef("pk")))
        if self.value() == "open":
            return queryset.filter(pending)
        return queryset.filter(~pending) if self.value() == "done" else queryset


class AnalysisList(KeyedChangeList):
    """The list, with the numbers of entries read for the rows of the page alone."""

    def get_results(self, request):
        super().get_results(request)
        rows = list(self.result_list)
        numbers = conversions(row.pk for row in rows)
        for row in rows:
            row.numbers = numbers[row.pk]
        self.result_list = rows


class SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """Any number of files; an empty one is told by name when it is read."""

    def clean(self, data, initial=None):
        return [super(SeveralFilesField, self).clean(each, initial) for each in data or ()]


class UploadForm(forms.Form):
    """Files, or a text with a name."""

    files = SeveralFilesField(
        required=False,
        allow_empty_file=True,
        widget=SeveralFilesInput(attrs={"accept": ".md,.markdown,.txt,text/markdown,text/plain"}),
        label=gettext_lazy("Files"),
    )
    text = forms.CharField(
        required=False,
        strip=False,
        label=gettext_lazy("Text"),
        widget=forms.Textarea(attrs={"rows": 12, "class": "vLargeTextField", "spellcheck": "false"}),
    )
    name = forms.CharField(required=False, max_length=uploads.LONGEST_NAME, label=gettext_lazy("Name of the text"))

    def clean(self):
        given = super().clean()
        if not self.errors and not given.get("files") and not given.get("text", "").strip():
            raise forms.ValidationError(gettext("Choose one or more files, or paste a text."))
        return given


@admin.register(Analysis)
class AnalysisAdmin(SayingMixin, PartsMixin, BoundedListMixin, admin.ModelAdmin):
    """Every page shows; what changes rows is asked for by POST and done by tracker.uploads and tracker.intake."""

    list_display = ("title_words", "conversion_words", "pending_word", "priority_word", "date_word", "imported_word")
    list_filter = (
        ReviewFilter,
        PriorityFilter,
        ("imported_at", admin.DateFieldListFilter),
        AnalysisTeamFilter,
        AnalysisSystemFilter,
    )
    ordering = ("-imported_at", "-pk")
    sortable_by = ("title_words", "date_word", "imported_word")
    search_fields = ("title", "source", "root_cause")
    search_help_text = gettext_lazy("Title, name or root cause")
    actions = None
    said_fields = ("text", "root_cause", "whys", "stated_impact", "sha256")

    def has_delete_permission(self, request, obj=None):
        return False  # its issues, and what was decided, stay

    def get_urls(self):
        wrap = self.admin_site.admin_view
        views = review.Views(self)
        return [
            path("<int:pk>/entries/<int:item>/", wrap(views.entry), name="tracker_analysis_entry"),
            path("<int:pk>/accept-all/", wrap(views.accept_all), name="tracker_analysis_accept_all"),
            path("<int:pk>/skipped/<int:skipped>/", wrap(views.skipped), name="tracker_analysis_skipped"),
            path("<int:pk>/returns/<int:row>/", wrap(partial(returns.decide, views)), name="tracker_analysis_return"),
            path("undo/entries/", wrap(partial(undo_entries, views)), name="tracker_analysis_undo_entries"),
            path("undo/uploads/", wrap(partial(undo_uploads, views)), name="tracker_analysis_undo_uploads"),
            path("template/<slug:name>/", wrap(self.template), name="tracker_analysis_template"),
            *super().get_urls(),
        ]

    def template(self, request, name):
        """A text to fill in, as a file."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if name not in BLANKS:
            raise Http404(gettext("There is no such template."))
        answer = HttpResponse(blank(name), content_type="text/markdown; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{name}.md"'
        return answer

    def change_view(self, request, object_id, form_url="", extra_context=None):
        return review.Views(self).page(request, object_id)

    # the list

    def get_changelist(self, request, **kwargs):
        return AnalysisList

    def changelist_view(self, request, extra_context=None):
        chosen = request.GET.urlencode()
        just_added = [(gettext("Just added"), chosen)] if "id__in" in request.GET else []
        quick = [
            {"name": str(name), "query": query, "current": query == chosen}
            for name, query in (*QUICK_FILTERS, *just_added)
        ]
        return super().changelist_view(request, {"title": gettext("Analyses"), "quick": quick, **(extra_context or {})})

    def get_queryset(self, request):
        return super().get_queryset(request).defer(*LARGE_COLUMNS)

    @admin.display(description=gettext_lazy("Analysis"), ordering="title")
    def title_words(self, analysis):
        return format_html('{} <span class="second-line">{}</span>', analysis.title, analysis.source)

    @admin.display(description=gettext_lazy("Decided"))
    def conversion_words(self, analysis):
        numbers = analysis.numbers
        if not numbers["extracted"]:
            return gettext("nothing to decide")
        decided = numbers["tracked"] + numbers["dismissed"]
        return format_html(
            '<span class="conversion"><progress max="{0}" value="{1}" aria-hidden="true"></progress> '
            '<span class="nowrap">{2}</span> '
            '<span class="second-line">{3}</span></span>',
            numbers["extracted"],
            decided,
            gettext("%(decided)s of %(extracted)s") % {"decided": decided, "extracted": numbers["extracted"]},
            gettext("%(tracked)s tracked, %(dismissed)s dismissed") % numbers if decided else "",
        )

    @admin.display(description=gettext_lazy("To decide"))
    def pending_word(self, analysis):
        number = analysis.numbers["pending"]
        return badges.badge("pending", gettext("%(number)s to decide") % {"number": intcomma(number)}) if number else ""

    @admin.display(description=gettext_lazy("Priority"), ordering="priority")
    def priority_word(self, analysis):
        return badges.priority_badge(analysis.priority)

    @admin.display(description=gettext_lazy("Written"), ordering="date")
    def date_word(self, analysis):
        return date_format(analysis.date, "j M Y") if analysis.date else ""

    @admin.display(description=gettext_lazy("Added"), ordering="imported_at")
    def imported_word(self, analysis):
        return format_html(
            '<span title="{}">{}</span>',
            badges.exact_time(analysis.imported_at),
            date_format(timezone.localtime(analysis.imported_at), "j M Y"),
        )

    # adding

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "POST"])
        form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
        refused = []
        if request.method == "POST" and form.is_valid():
            taken = self.take(request, form.cleaned_data)
            if any(each.analysis for each in taken):
                return self.after_upload(request, taken)
            refused = [each.sentence() for each in taken]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Add analyses"),
            "form": form,
            "refused": refused,
            "limit": settings.MAX_ANALYSIS_BYTES,
            "most_files": settings.DATA_UPLOAD_MAX_NUMBER_FILES,
        }
        return TemplateResponse(request, "admin/tracker/analysis/upload.html", context)

    def take(self, request, given):
        hand = {"actor": request.user, "now": timezone.now()}
        taken = uploads.take_files(given["files"], **hand)
        if given["text"].strip():
            taken.append(uploads.take_text(given["text"], name=given["name"], **hand))
        return taken

    def after_upload(self, request, taken):
        """To the one analysis that was added, or to the list of those that were; what became of each is told."""
        found = sorted({each.analysis.pk for each in taken if each.analysis})
        for each in taken:
            if each.analysis is None:
                tell(request, messages.ERROR, each)
            elif len(found) <= MOST_TOLD:
                tell(request, messages.SUCCESS, each)
        if len(found) > MOST_TOLD:
            told = gettext("%(number)s analyses were read. Each row says what is still to decide.")
            messages.success(request, uploaded(request, told % {"number": len(found)}, taken))
        if len(found) == 1:
            return redirect("admin:tracker_analysis_change", found[0])
        ids = ",".join(map(str, found))
        return redirect(f"{reverse('admin:tracker_analysis_changelist')}?id__in={ids}")


def tell(request, level, upload):
    """Say what became of an upload, its name first and as it is written."""
    words = format_html("<strong>{}</strong>: {}", upload.name, upload.told())
    messages.add_message(request, level, uploaded(request, words, [upload]))
