"""The audit in the admin, to look at: who changed what, the newest first."""

from datetime import timedelta

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Case, Value, When
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator
from django.utils.translation import gettext, gettext_lazy

from tracker.admin.badges import badge, exact_time, read_moment
from tracker.admin.issue_filters import WordFilter, is_reference
from tracker.admin.paging import BoundedListMixin, is_key
from tracker.admin.read_only import ReadOnlyMixin
from tracker.choices import AuditVerb, Door
from tracker.models import AuditEvent, Issue, Seal
from tracker.models.columns import labelled

SHOWN_CHANGES = 4
SHOWN = 60  # characters of a value, or a name, in the list
LONGEST_LABEL = 300
OBJECT, ACTOR = "object", "actor"
NOTHING = "—"


class VerbFilter(WordFilter):
    title = gettext_lazy("what was done")
    parameter_name = "verb"
    words = tuple(labelled(AuditVerb))

    def queryset(self, request, queryset):
        return queryset.filter(verb=self.value()) if self.value() else queryset


class SinceFilter(WordFilter):
    title = gettext_lazy("time")
    parameter_name = "since"
    words = (
        ("1", gettext_lazy("The last 24 hours")),
        ("7", gettext_lazy("The last 7 days")),
        ("30", gettext_lazy("The last 30 days")),
    )

    def queryset(self, request, queryset):
        days = timedelta(days=int(self.value() or 0))
        return queryset.filter(at__gte=timezone.now() - days) if days else queryset


class LinkedFilter(admin.SimpleListFilter):
    """A filter that a link sets: it shows itself only to be taken away again."""

    def lookups(self, request, model_admin):
        return [(self.value(), self.label(self.value()))] if self.value() else []


class ObjectFilter(LinkedFilter):
    """What was changed, such as tracker.issue:15."""

    title = gettext_lazy("object")
    parameter_name = OBJECT

    def label(self, value):
        return value[:SHOWN]

    def queryset(self, request, queryset):
        kind, _, number = (self.value() or "").rpartition(":")
        return queryset.filter(kind=kind, object_id=number) if self.value() else queryset


class ActorFilter(LinkedFilter):
    """Who changed it, by the number of the account, which may be gone."""

    title = gettext_lazy("account")
    parameter_name = ACTOR

    def label(self, value):
        return gettext("Account %(number)s") % {"number": value[:SHOWN]}

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        return queryset.filter(actor_id=int(self.value())) if is_key(self.value()) else queryset.none()


def audit_of(obj):
    """The address of all that was done to a row."""
    return f"{reverse('admin:tracker_auditevent_changelist')}?{OBJECT}={obj._meta.label_lower}:{obj.pk}"


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyMixin, BoundedListMixin, admin.ModelAdmin):
    """Rows are appended in the order of their numbers, so the list is by time."""

    list_display = ("day", "hand", "did", "named", "changed", "sealed")
    list_display_links = ("day",)
    list_filter = (VerbFilter, SinceFilter, ObjectFilter, ActorFilter)
    ordering = ("-pk",)
    sortable_by = ()
    search_fields = ("pk",)  # get_search_results looks where there is an index
    search_help_text = gettext_lazy("Whole reference of an issue, or the user name of an account")
    fieldsets = (
        (None, {"fields": ("when", "who", "did", "what", "every_change", "reason")}),
        (gettext_lazy("How"), {"fields": ("door", "via", "address", "request_id")}),
        (gettext_lazy("In the chain"), {"fields": ("position", "mark", "digest", "row_kind", "row_id", "row_digest")}),
    )
    readonly_fields = ("when", "who", "did", "what", "every_change")

    def get_queryset(self, request):
        """The rows, and of each whether this person may open the page of what was changed."""
        admins = self.admin_site._registry.items()
        opens = {model._meta.label_lower for model, its in admins if its.has_view_permission(request)}
        may_open = Case(When(kind__in=opens, then=Value(True)), default=Value(False))
        return super().get_queryset(request).annotate(may_open=may_open)

    def get_search_results(self, request, queryset, search_term):
        """By what the indexes know; words of labels would read every row."""
        words = search_term.strip()
        if not words:
            return queryset, False
        if is_reference(words):
            issue = Issue.objects.filter(reference=words.upper()).values_list("pk", flat=True).first()
            return queryset.filter(kind=Issue._meta.label_lower, object_id=str(issue or "")), False
        users = get_user_model()._default_manager
        account = users.filter(**{f"{get_user_model().USERNAME_FIELD}__iexact": words}).first()
        return (queryset.filter(actor_id=account.pk) if account else queryset.none()), False

    @admin.display(description=gettext_lazy("When"))
    def when(self, row):
        return exact_time(row.at)

    @admin.display(description=gettext_lazy("Who"))
    def who(self, row):
        if row.actor_id is None:
            return row.actor_name
        url = reverse("admin:tracker_auditevent_changelist")
        return format_html('<a href="{}?{}={}">{}</a>', url, ACTOR, row.actor_id, row.actor_name)

    @admin.display(description=gettext_lazy("Did"))
    def did(self, row):
        return AuditVerb(row.verb).label if row.verb in list(AuditVerb) else row.verb.capitalize()

    @admin.display(description=gettext_lazy("What"))
    def what(self, row, most=LONGEST_LABEL):
        url = page_of(row) if row.may_open else ""
        kind, label = row.kind.rpartition(".")[2], Truncator(row.label).chars(most)
        name = format_html('<a href="{}">{}</a>', url, label) if url else label
        return format_html('{} <span class="second-line">{}</span>', name, kind)

    @admin.display(description=gettext_lazy("Before → after"))
    def changed(self, row):
        pairs = list(row.changes.items())
        lines = [(name, short(before), short(after)) for name, (before, after) in pairs[:SHOWN_CHANGES]]
        found = format_html_join("", "<div>{}: {} → {}</div>", lines)
        more = len(pairs) - SHOWN_CHANGES
        rest = gettext("and %(number)s more") % {"number": more}
        return format_html("{}<div>{}</div>", found, rest) if more > 0 else found

    @admin.display(description=gettext_lazy("Changes"))
    def every_change(self, row):
        lines = ((name, words(before), words(after)) for name, (before, after) in row.changes.items())
        return format_html_join("", "<div>{}: {} → {}</div>", lines)

    @admin.display(description=gettext_lazy("When"))
    def day(self, row):
        moment = date_format(timezone.localtime(row.at), "j M Y, H:i:s")
        return format_html('<span class="nowrap" title="{}">{}</span>', exact_time(row.at), moment)

    @admin.display(description=gettext_lazy("Who"))
    def hand(self, row):
        door = Door(row.door).label.lower() if row.door in list(Door) else row.door
        how = " · ".join(filter(None, (door, row.via or row.address)))
        return format_html('{} <span class="second-line">{}</span>', self.who(row), how)

    @admin.display(description=gettext_lazy("What"))
    def named(self, row):
        return self.what(row, most=SHOWN)

    @admin.display(description=gettext_lazy("Seal"))
    def sealed(self, row):
        if not row.position:
            return badge("pending", gettext("Not yet"))
        return badge("added", gettext("Sealed"), gettext("Position %(number)s") % {"number": row.position})


@admin.register(Seal)
class SealAdmin(ReadOnlyMixin, BoundedListMixin, admin.ModelAdmin):
    """The seals, the newest first; the number and the digest of one are what `verify_audit --expect` takes."""

    list_display = ("number", "when", "first", "last", "digest", "key")
    list_display_links = None
    ordering = ("-number",)
    sortable_by = ()

    @admin.display(description=gettext_lazy("Sealed"))
    def when(self, row):
        return exact_time(row.at)


def page_of(row):
    """The address of what was changed, "" where it has no page. It may be gone: then the page says so."""
    if not row.object_id:
        return ""
    try:
        return reverse(f"admin:{row.kind.replace('.', '_')}_change", args=[row.object_id])
    except NoReverseMatch:
        return ""


def words(value):
    """A value as people read it."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, list):
        return ", ".join(map(words, value)) or NOTHING
    if isinstance(value, dict):
        return ", ".join(f"{name} {words(each)}" for name, each in value.items()) or NOTHING
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return read_moment(str(value))


def short(value):
    text = words(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
