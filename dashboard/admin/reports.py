"""Kept reports to read, and who gets which by mail."""

from functools import partial

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy

from dashboard.models import ReportSubscription, StoredReport
from dashboard.reports import formats
from dashboard.reports.keeping import RIGHTS
from dashboard.reports.mailing import may_read
from tracker.admin.badges import exact_time
from tracker.admin.issue_filters import WordFilter
from tracker.admin.own_rows import OwnRowsMixin
from tracker.admin.paging import BoundedListMixin
from tracker.admin.read_only import ReadOnlyMixin
from tracker.admin.typed import FoundByTyping
from tracker.models import Owner

TWICE = gettext_lazy("You have a subscription of this period already: change that one.")
MAY_NOT_READ = gettext_lazy("{name} may not see reports: give their account the right, or leave them out.")
# Besides the page's own policy, which names its style: that of an older version of the site is another one.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
LABELS = {"md": gettext_lazy("Markdown"), "html": gettext_lazy("Page"), "pdf": "PDF", "json": "JSON"}


def file_view(request, model_admin, report_id):
    """The report itself: a page is shown, with a policy that lets it load nothing; all else is downloaded."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET"])
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    stored = StoredReport.objects.filter(pk=report_id).first()
    if stored is None:
        raise Http404(gettext("There is no such report."))
    response = HttpResponse(bytes(stored.content), content_type=formats.MEDIA_TYPES[stored.format])
    response["Content-Security-Policy"] = POLICY
    way = "inline" if stored.format == formats.HTML else "attachment"
    name = formats.file_name(stored.period, stored.as_of, stored.format)
    response["Content-Disposition"] = f'{way}; filename="{name}"'
    return response


class PeriodFilter(WordFilter):
    """Reports of a kind of period."""

    title = gettext_lazy("period")
    parameter_name = "period"
    words = StoredReport._meta.get_field("period").choices

    def queryset(self, request, queryset):
        return queryset.filter(period=self.value()) if self.value() else queryset


@admin.register(StoredReport)
class StoredReportAdmin(ReadOnlyMixin, BoundedListMixin, admin.ModelAdmin):
    """The reports that were kept, the newest first."""

    list_display = ("as_of_day", "period", "open_link", "made", "made_by_words")
    list_display_links = None
    list_filter = (PeriodFilter,)
    sortable_by = ()

    def has_view_permission(self, request, obj=None):
        return request.user.has_perms(RIGHTS)

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def get_queryset(self, request):
        return super().get_queryset(request).defer("content")

    def get_urls(self):
        view = self.admin_site.admin_view(partial(file_view, model_admin=self))
        return [path("<int:report_id>/file/", view, name="dashboard_storedreport_file"), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """A report has no page besides itself."""
        return file_view(request, self, int(object_id) if object_id.isascii() and object_id.isdecimal() else 0)

    @admin.display(description=gettext_lazy("As of"))
    def as_of_day(self, row):
        at = timezone.localtime(row.as_of, timezone.get_default_timezone())
        return f"{at:%Y-%m-%d %H:%M %Z}"

    @admin.display(description=gettext_lazy("Report"))
    def open_link(self, row):
        address = reverse("admin:dashboard_storedreport_file", args=[row.pk])
        return format_html('<a href="{}">{}</a>', address, LABELS.get(row.format, row.format))

    @admin.display(description=gettext_lazy("Made"))
    def made(self, row):
        return exact_time(row.made_at)

    @admin.display(description=gettext_lazy("By"))
    def made_by_words(self, row):
        return gettext("schedule") if row.scheduled else row.made_by_name or gettext("command")


class SubscriptionForm(forms.ModelForm):
    """A subscription of somebody who may read what they would get. `own` is who fills it in for themselves alone."""

    own: Owner | None = None

    def clean_owner(self):
        owner = self.cleaned_data["owner"]
        if not may_read(owner):
            raise forms.ValidationError(MAY_NOT_READ.format(name=owner))
        return owner

    def clean(self):
        given = super().clean()
        if self.own is not None:
            self.instance.owner = self.own
            same = ReportSubscription.objects.filter(owner=self.own, period=given.get("period"))
            if same.exclude(pk=self.instance.pk).exists():
                raise forms.ValidationError(TWICE)
        return given


@admin.register(ReportSubscription)
class ReportSubscriptionAdmin(OwnRowsMixin, FoundByTyping, BoundedListMixin, admin.ModelAdmin):
    """Who gets which report by mail. Who may read reports subscribes themselves, and changes their own rows."""

    form = SubscriptionForm
    list_display = ("owner", "period", "active")
    list_select_related = ("owner",)
    list_filter = (PeriodFilter,)
    fields = ("owner", "period", "active")
    autocomplete_fields = ("owner",)
    search_fields = ("owner__name__istartswith",)
    search_help_text = gettext_lazy("Name of an owner")
    sortable_by = ()
    actions = None

    def may_have_own(self, request) -> bool:
        return request.user.has_perms(RIGHTS)

    def own(self, request) -> Owner | None:
        """The owner that the account belongs to, for who may read reports."""
        owner = getattr(request.user, "owner", None)
        return owner if owner is not None and may_read(owner) else None

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) or (obj is not None and self.is_own(request, obj))

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) or (obj is not None and self.is_own(request, obj))

    def get_fields(self, request, obj=None):
        return self.fields if self.is_for_others(request) else self.fields[1:]

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        if not self.is_for_others(request):
            form.own = self.own(request)
        return form
