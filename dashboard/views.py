"""The pages of the dashboard. They read and show: nothing is changed here."""

from collections.abc import Callable
from functools import wraps

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from dashboard import access, charts
from dashboard import formulas as formula_texts
from dashboard.formulas import formula_of
from dashboard.layout import BY_KEY, Page
from dashboard.metrics.asked import Asked
from dashboard.metrics.filters import FilterRefused
from dashboard.metrics.sheet import Sheet
from dashboard.missing import missing
from dashboard.narrowing import asked_for, form_of
from dashboard.rows import catalogue
from dashboard.rows.listing import Listing
from dashboard.rows.page import ShownListing, shown
from dashboard.showing import Showing, charts_state
from tracker import downloads
from tracker.admin.paging import BoundedPaginator

BAD_REQUEST = 400
AT_ONCE = 50  # rows of a kind on a page
MOST_ISSUES = 20  # a page stays light; the list of the admin has them all
Show = Callable[..., HttpResponse]


def of_page(show: Show) -> Show:
    """A view of a page: it refuses, or reads the sheet and shows it, without what the person may not see."""

    @require_safe
    @wraps(show)
    def view(request: HttpRequest, key: str, **named: str) -> HttpResponse:
        page, now = BY_KEY.get(key), timezone.now()
        if page is None:
            raise Http404(gettext("There is no such page."))
        if not request.user.has_perm(page.permission):
            raise PermissionDenied
        try:
            filters = asked_for(request.GET, now)
        except FilterRefused as refused:
            return render(request, "dashboard/refused.html", {"problem": str(refused)}, status=BAD_REQUEST)
        return show(request, page, access.as_seen_by(request.user, page.read(now, filters)), **named)

    return view


def overview(request: HttpRequest) -> HttpResponse:
    """The first page of the site: the overview for who may see it, else the first page that they may see."""
    if request.user.has_perm(BY_KEY["overview"].permission):
        return page(request, key="overview")
    if request.user.has_perm(BY_KEY["board"].permission):
        return redirect("dashboard:board")
    return redirect("admin:index")


@of_page
def page(request: HttpRequest, page: Page, sheet: Sheet) -> HttpResponse:
    """A page as HTML, complete without scripts."""
    showing = Showing(sheet, request.user)
    headline = sheet.extra.get("headline", page.headline)
    series = showing.series(page.key)
    context = {
        **admin.site.each_context(request),
        "page": page,
        "title": page.name,
        "sheet": sheet,
        "form": form_of(sheet.filters, request.path),
        "cards": showing.cards(headline),
        "counts": showing.counts(),
        "tables": showing.tables(without=headline) if page.all_figures else [],
        "delay": showing.cards(("delay_a_day",)),
        "issues": sheet.issues[:MOST_ISSUES],
        "more_issues": max(0, len(sheet.issues) - MOST_ISSUES),
        "series": series,
        "no_charts": charts_state(series),
        "charts_url": f"{reverse('dashboard:charts', args=[page.key])}?{sheet.filters.query()}",
        "missing": missing(sheet, request.user),
        "sees_money": access.may_see_money(request.user) and bool(sheet.currency),
        "may_open": request.user.has_perm(access.SEE_WORK),
        "actions": showing.actions(),
        "owners": showing.loads("owners"),
        "teams": showing.loads("teams"),
    }
    return render(request, "dashboard/page.html", context)


@of_page
def chart_data(request: HttpRequest, page: Page, sheet: Sheet) -> HttpResponse:
    """The series of a page as JSON for its charts."""
    return charts.json_of(sheet)


@of_page
def series_csv(request: HttpRequest, page: Page, sheet: Sheet, series: str) -> HttpResponse:
    """One series of a page as a file for spreadsheets."""
    file = charts.csv_of(sheet, series)
    downloads.record(
        request,
        "dashboard.metricsnapshot",
        gettext("Series %(series)s of %(name)s, CSV") % {"series": series, "name": page.name},
    )
    return file


@require_safe
def rows(request: HttpRequest, figure: str) -> HttpResponse:
    """The rows behind a figure, of the same period, team and system; none of their texts."""
    found = catalogue.behind(figure)
    if found is None:
        raise Http404(gettext("No figure of that name has rows here."))
    behind, part = found
    if not request.user.has_perm(behind.permission):
        raise PermissionDenied
    now = timezone.now()
    try:
        filters = catalogue.spanned(asked_for(request.GET, now), request.GET.get("span", ""))
    except FilterRefused as refused:
        return render(request, "dashboard/refused.html", {"problem": str(refused)}, status=BAD_REQUEST)
    context = {
        **admin.site.each_context(request),
        "title": behind.title,
        "now": now,
        "form": form_of(filters, request.path),
        "formula_url": formula_of(figure),
        "listings": [_page_of(listing, request) for listing in behind.listings(Asked(now, filters), part)],
    }
    return render(request, "dashboard/rows.html", context)


def _page_of(listing: Listing, request: HttpRequest) -> ShownListing:
    paginator = BoundedPaginator(listing.rows, AT_ONCE)
    return shown(listing, paginator.get_page(request.GET.get(listing.key)), request.GET.dict())


@require_safe
def formulas(request: HttpRequest) -> HttpResponse:
    """Every formula, in sections that the figures link to."""
    context = {
        **admin.site.each_context(request),
        "title": gettext("Formulas"),
        "sections": formula_texts.sections(),
    }
    return render(request, "dashboard/formulas.html", context)
