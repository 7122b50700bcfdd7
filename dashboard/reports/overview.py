"""The overview as one HTML file that opens without a server: what the first page shows, and nothing is loaded."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from dashboard.metrics import computed, filters, pages
from dashboard.metrics.sheet import Sheet
from dashboard.reports import report
from dashboard.reports.formats import generated_words
from dashboard.reports.page import policy, shown, style
from dashboard.showing import Showing


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs a command: may see everything."""

    def has_perm(self, right: str) -> bool:
        """Yes."""
        return True


def sheet_of(kind: str, as_of: datetime, *, now: datetime) -> Sheet:
    """The overview of the period that the moment lies in: for now as the page has it, for the past calculated.

    Raises: FilterRefused for an unknown period.
    """
    asked = filters.Filters(filters.period(kind, as_of, timezone.get_default_timezone()))
    return pages.overview(now, asked) if as_of == now else computed.sheet_of("overview", as_of, asked)


def html(sheet: Sheet, now: datetime) -> str:
    """The whole file."""
    showing = Showing(sheet, Operator())
    headline = sheet.extra["headline"]
    return render_to_string(
        "dashboard/report_overview.html",
        {
            "sheet": sheet,
            "risk": sheet.extra["risk"],
            "level": sheet.extra["risk"].level.name.lower(),
            "as_of_words": report.time_words(sheet.as_of),
            "period_words": report.period_words(sheet.filters.period, sheet.as_of),
            "generated": generated_words(now),
            "cards": showing.cards(headline),
            "tables": showing.tables(without=headline),
            "series": shown(sheet.series, sheet.currency),
            "actions": showing.actions(),
            "issues": [report.issue_line(row, sheet.currency) for row in sheet.issues],
            "site_url": settings.SITE_URL,
            "policy": policy(),
            "style": style(),
        },
    )
