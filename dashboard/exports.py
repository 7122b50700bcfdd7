"""Figures as files for spreadsheets: those of a period as its pages show them, and those of each day."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from dashboard import access, figure_table
from dashboard.access import Viewer
from dashboard.layout import PAGES
from dashboard.metrics.filters import FilterRefused
from dashboard.models import MetricSnapshot
from dashboard.narrowing import asked_for
from tracker import downloads
from tracker.downloads import MOST_XLSX
from tracker.spreadsheet import Row

BAD_REQUEST = 400
TOO_MANY = gettext_lazy("A spreadsheet file takes at most %(number)s rows: take the CSV.")
Rows = Iterator[Row]


@dataclass(frozen=True, slots=True)
class Export:
    """A table: its rows for a request, and whether it may be too long for a workbook."""

    name: str
    title: str
    may: Callable[[Viewer], bool]
    rows: Callable[[HttpRequest], Rows]
    is_too_long: Callable[[Viewer], bool] = lambda viewer: False

    def url_names(self) -> list[tuple[str, str]]:
        """(format, name of its address) of each of its files."""
        return [(form, f"{self.name}_{form}") for form in MAKE]


@require_safe
def download(request: HttpRequest, export: Export, form: str) -> HttpResponse:
    """The table as a file."""
    if not export.may(request.user):
        raise PermissionDenied
    if form == "xlsx" and export.is_too_long(request.user):
        return _refused(request, TOO_MANY % {"number": f"{MOST_XLSX:,}"})
    try:
        rows = export.rows(request)
    except FilterRefused as refused:
        return _refused(request, str(refused))
    name = f"{export.name}-{timezone.localdate():%Y-%m-%d}"
    downloads.record(request, "dashboard.metricsnapshot", f"{export.title}, {form.upper()}")
    return MAKE[form](rows, str(export.title), zone=timezone.get_current_timezone(), name=name)


def _refused(request: HttpRequest, problem: str) -> HttpResponse:
    return render(request, "dashboard/refused.html", {"problem": problem}, status=BAD_REQUEST)


def _csv(rows: Rows, title: str, **options) -> HttpResponse:
    return downloads.csv_file(rows, **options)


def _workbook(rows: Rows, title: str, **options) -> HttpResponse:
    return downloads.workbook(rows, title=title, **options)


MAKE = {"csv": _csv, "xlsx": _workbook}


def _of_period(request: HttpRequest) -> Rows:
    now, viewer = timezone.now(), request.user
    asked = asked_for(request.GET, now)
    pages = [page for page in PAGES if viewer.has_perm(page.permission)]
    sheets = ((str(page.name), access.as_seen_by(viewer, page.read(now, asked))) for page in pages)
    return figure_table.of_period(sheets, timezone.get_current_timezone_name())


def _sees_a_page(viewer: Viewer) -> bool:
    return any(viewer.has_perm(page.permission) for page in PAGES)


def _snapshots(viewer: Viewer):
    rows = MetricSnapshot.objects.all()
    return rows if access.may_see_money(viewer) else rows.exclude(unit__in=[str(unit) for unit in access.OF_MONEY])


def _of_days(request: HttpRequest) -> Rows:
    return figure_table.of_days(_snapshots(request.user), timezone.get_current_timezone_name())


def _too_many_days(viewer: Viewer) -> bool:
    return _snapshots(viewer).order_by()[: MOST_XLSX + 1].count() > MOST_XLSX


def _may(right: str, viewer: Viewer) -> bool:
    return viewer.has_perm(right)


EXPORTS = (
    Export("figures", gettext_lazy("Figures"), _sees_a_page, _of_period),
    Export("history", gettext_lazy("Figures of each day"), partial(_may, access.SEE_FIGURES), _of_days, _too_many_days),
)
