"""All likely and possible returns in the admin, to look at and to find: they are decided on the review page."""

from django.contrib import admin
from django.db.models import Prefetch
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator
from django.utils.translation import gettext, gettext_lazy

from tracker.admin.badges import badge, exact_time
from tracker.admin.paging import BoundedListMixin
from tracker.admin.part_filters import PartsMixin, ReturnSystemFilter, ReturnTeamFilter
from tracker.admin.read_only import ReadOnlyMixin
from tracker.admin.saying import SayingMixin
from tracker.choices import ReturnDecision
from tracker.models import Analysis, Recurrence
from tracker.permissions import may_read

SHOWN = 120  # characters of a title in the list
LOOKS = {"pending": "pending", "confirmed": "unassigned", "rejected": "dismissed", "same_incident": "dismissed"}
SAID = ("why", "reason", "history")  # what analyses and people say
NAMED = Analysis.objects.only("title")


@admin.register(Recurrence)
class RecurrenceAdmin(SayingMixin, PartsMixin, ReadOnlyMixin, BoundedListMixin, admin.ModelAdmin):
    """Those to decide first, of them the likely ones; the newest first."""

    list_display = ("new_link", "earlier_link", "certainty", "kind", "decision_badge", "decided", "found")
    list_display_links = ("certainty",)  # the others lead to the analyses
    list_filter = ("decision", "likely", "kind", "case", ReturnTeamFilter, ReturnSystemFilter)
    ordering = ("-is_pending", "-likely", "-pk")
    sortable_by = ()
    said_fields = ("reasons", "reason")
    search_fields = ("analysis__title", "earlier__title")
    search_help_text = gettext_lazy("Words of the title of either analysis")
    fields = (
        "new_link", "earlier_link", "certainty", "kind", "why", "found", "decision_badge", "case", "decided",
        "reason", "history",
    )  # fmt: skip
    readonly_fields = fields

    def get_fields(self, request, obj=None):
        return [name for name in self.fields if name not in SAID or may_read(request.user)]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related(Prefetch("analysis", NAMED), Prefetch("earlier", NAMED))

    @admin.display(description=gettext_lazy("Analysis"))
    def new_link(self, row):
        url = reverse("admin:tracker_analysis_change", args=[row.analysis_id])
        return format_html('<a href="{}#return-{}">{}</a>', url, row.pk, Truncator(row.analysis).chars(SHOWN))

    @admin.display(description=gettext_lazy("Return of"))
    def earlier_link(self, row):
        url = reverse("admin:tracker_analysis_change", args=[row.earlier_id])
        return format_html('<a href="{}">{}</a>', url, Truncator(row.earlier).chars(SHOWN))

    @admin.display(description=gettext_lazy("Certainty"))
    def certainty(self, row):
        return gettext("Likely") if row.likely else gettext("Possible")

    @admin.display(description=gettext_lazy("Decision"))
    def decision_badge(self, row):
        return badge(LOOKS[row.decision], ReturnDecision(row.decision).label)

    @admin.display(description=gettext_lazy("Decided"), empty_value="")
    def decided(self, row):
        return format_html("{}, {}", row.decided_by_name, _day(row.decided_at)) if row.decided_at else ""

    @admin.display(description=gettext_lazy("Found"))
    def found(self, row):
        return _day(row.found_at)

    @admin.display(description=gettext_lazy("Why"))
    def why(self, row):
        return format_html_join("", "<div>{}</div>", ((reason,) for reason in row.reasons))

    @admin.display(description=gettext_lazy("Who decided what"))
    def history(self, row):
        words = ((exact_time(past.at), _words(past)) for past in row.decisions.all())
        return format_html_join("", "<div>{}: {}</div>", words)


def _day(moment):
    day = date_format(timezone.localtime(moment), "j M Y")
    return format_html('<span class="nowrap" title="{}">{}</span>', exact_time(moment), day)


def _words(past) -> str:
    label = gettext("Taken back") if past.decision == ReturnDecision.PENDING else past.get_decision_display()
    said = {"decision": label, "person": past.actor_name, "door": past.get_door_display()}
    who = gettext("%(decision)s, says %(person)s (%(door)s).") % said
    return " ".join([who, *([f"“{past.reason}”"] if past.reason else []), *past.told])
