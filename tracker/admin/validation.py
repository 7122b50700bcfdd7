"""Validation runs in the admin, to look at: they are evidence, and nobody changes it."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext, gettext_lazy

from tracker.admin import badges
from tracker.admin.paging import BoundedListMixin
from tracker.admin.part_filters import PartsMixin, RowsSystemFilter, RowsTeamFilter
from tracker.admin.read_only import ReadOnlyMixin
from tracker.admin.saying import SayingMixin
from tracker.choices import RunState
from tracker.models import ValidationRun
from tracker.permissions import may_read

SHOWN = 200  # characters of a sentence in the list
MOST_RESULTS = 200


@admin.register(ValidationRun)
class ValidationRunAdmin(SayingMixin, PartsMixin, ReadOnlyMixin, BoundedListMixin, admin.ModelAdmin):
    """Every run of the checks of an issue, the newest first."""

    list_display = ("when", "issue_link", "outcome_word", "words", "source", "requested_by_name")
    list_display_links = ("when",)
    list_filter = ("outcome", "state", "source", RowsTeamFilter, RowsSystemFilter)
    list_select_related = ("issue",)
    ordering = ("-pk",)
    sortable_by = ()
    search_fields = ("issue__reference__istartswith",)
    search_help_text = gettext_lazy("Reference of an issue")
    said_fields = ("sentence", "tail")

    def get_list_display(self, request):
        return [name for name in self.list_display if name != "words" or may_read(request.user)]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page of a run: every check with its evidence."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET"])
        run = self.get_object(request, object_id)
        if run is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, run):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Validation run %(number)s") % {"number": run.pk},
            "run": run,
            "issue": run.issue,
            "under_way": run.state in (RunState.QUEUED, RunState.RUNNING),
            "readable": may_read(request.user),
            "results": run.results.all()[:MOST_RESULTS] if may_read(request.user) else (),
            "media": self.media,
        }
        return TemplateResponse(request, "admin/tracker/validationrun/page.html", context | (extra_context or {}))

    @admin.display(description=gettext_lazy("Asked for"))
    def when(self, run):
        return badges.exact_time(run.requested_at)

    @admin.display(description=gettext_lazy("Issue"))
    def issue_link(self, run):
        url = reverse("admin:tracker_issue_change", args=[run.issue_id])
        return format_html('<a href="{}#checks">{}</a>', url, run.issue)

    @admin.display(description=gettext_lazy("Outcome"))
    def outcome_word(self, run):
        return badges.run_badge(run)

    @admin.display(description=gettext_lazy("In words"))
    def words(self, run):
        return Truncator(run.sentence).chars(SHOWN)
