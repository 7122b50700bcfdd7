"""The list of issues as a file for spreadsheets: what its filters and its search show, in its order."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from tracker import downloads, issue_table
from tracker.admin.paging import bounded_count
from tracker.downloads import MOST_XLSX
from tracker.permissions import EXPORT_ISSUE, EXPORT_TEXT

BAD_REQUEST = 400


@dataclass(frozen=True, slots=True)
class Export:
    """One kind of file: its address below the list, and whether it has what analyses say."""

    name: str
    route: str
    label: str
    make: Callable[..., HttpResponse]
    with_text: bool = False

    def may(self, user) -> bool:
        """Whether the person may have it."""
        return user.has_perms((EXPORT_ISSUE, EXPORT_TEXT) if self.with_text else (EXPORT_ISSUE,))


def _workbook(rows, *, zone, name):
    return downloads.workbook(rows, zone=zone, name=name, title=gettext("Issues"))


EXPORTS = (
    Export("csv", "export/issues.csv", "CSV", downloads.csv_file),
    Export("xlsx", "export/issues.xlsx", "XLSX", _workbook),
    Export(
        "csv_text", "export/issues-with-text.csv", gettext_lazy("CSV with texts"), downloads.csv_file, with_text=True
    ),
    Export("xlsx_text", "export/issues-with-text.xlsx", gettext_lazy("XLSX with texts"), _workbook, with_text=True),
)


def export_links(request):
    """The files that this person may have of the list as it is filtered now."""
    query = request.GET.copy()
    query.pop("p", None)
    asked = f"?{query.urlencode()}" if query else ""
    return [
        {"label": export.label, "url": reverse(f"admin:tracker_issue_{export.name}") + asked}
        for export in EXPORTS
        if export.may(request.user)
    ]


def export_view(request, model_admin, export):
    """Send the file."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET"])
    if not (model_admin.has_view_permission(request) and export.may(request.user)):
        raise PermissionDenied
    try:
        issues = model_admin.get_changelist_instance(request).queryset
    except IncorrectLookupParameters:
        return redirect("admin:tracker_issue_changelist")
    if export.make is _workbook and bounded_count(issues, most=MOST_XLSX) > MOST_XLSX:
        return _refusal(request, model_admin)
    columns = issue_table.columns_for(request.user, with_text=export.with_text)
    zone = timezone.get_current_timezone()
    name = f"issues-{timezone.localdate():%Y-%m-%d}"
    downloads.record(request, "tracker.issue", gettext("List of issues, %(format)s") % {"format": export.label})
    return export.make(issue_table.rows(issues, columns), zone=zone, name=name)


def _refusal(request, model_admin):
    most = gettext("A spreadsheet file takes at most %(number)s issues: filter the list further, or take the CSV.") % {
        "number": f"{MOST_XLSX:,}"
    }
    context = {**model_admin.admin_site.each_context(request), "title": gettext("Too many issues"), "problem": most}
    return TemplateResponse(request, "admin/tracker/issue/export_refused.html", context, status=BAD_REQUEST)
