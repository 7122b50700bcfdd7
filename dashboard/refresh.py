"""Calculates what the pages of a large site show, and writes the figures of the day. Rows decide: it may run twice."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from dashboard import ledger
from dashboard.metrics import codec, computed, pages
from dashboard.metrics.asked import Asked
from dashboard.metrics.filters import MONTH, PERIODS, Filters, period
from dashboard.metrics.sheet import Sheet
from dashboard.metrics.site import Site
from dashboard.models import LedgerState, MetricSnapshot, StoredSheet
from dashboard.value.figures import Figure
from tracker.models import System
from tracker.revenue import day_of

# A task has 300 seconds (Q_TASK_TIMEOUT); what is left of each goes on with the next refresh.
LEDGER_SECONDS, PAGES_SECONDS = 45, 140
OF_ROWS = ("revenue_at_risk.issue.", "revenue_at_risk.analysis.")  # of single rows: these have no history
AT_ONCE = 500
KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh wrote: figures of the day, pages that are kept, and rows of the ledger.

    `problem` is why a revenue profile prices nothing, in one sentence, or "".
    """

    figures: int
    sheets: int
    stakes: int
    entries: int
    problem: str = ""


def refresh(now: datetime) -> Refreshed:
    """Bring the ledger, the figures of the day and what is kept of a large site's pages up to now."""
    ledger_rows = bring_ledger_up(now)
    sites: dict[datetime, Site] = {}
    large = pages.is_large()
    written = save_figures(now, of_site(Asked(now, whole_site(now, MONTH), sites)), keep=large)
    sheets = len(computed.PAGES) + keep_pages(now, sites) if large else 0
    return Refreshed(written, sheets, ledger_rows.stakes, ledger_rows.entries, ledger_rows.problem)


def bring_ledger_up(now: datetime) -> ledger.Recorded:
    """Write what is missing in the ledger of protected revenue, in as many runs as the time allows."""
    started, done = time.monotonic(), ledger.Recorded(0, 0, more=True)
    while done.more and time.monotonic() - started < LEDGER_SECONDS:
        run = ledger.record(now)
        done = replace(run, stakes=done.stakes + run.stakes, entries=done.entries + run.entries)
    return done


def whole_site(now: datetime, kind: str) -> Filters:
    """The period of that kind, by the days of the site's time zone, of the whole site."""
    return Filters(period(kind, now, ZoneInfo(settings.TIME_ZONE)))


def of_site(asked: Asked) -> dict[str, Sheet]:
    """Every page."""
    return {page: calculate(asked) for page, calculate in computed.PAGES.items()}


def figures_of(sheets: Iterable[Sheet]) -> dict[str, Figure]:
    """The figures of these pages that have a history."""
    found = {key: figure for sheet in sheets for key, figure in sheet.figures.items()}
    return {key: figure for key, figure in sorted(found.items()) if not key.startswith(OF_ROWS)}


@transaction.atomic
def save_figures(now: datetime, sheets: dict[str, Sheet], *, keep: bool = False) -> int:
    """Write the figures of the day of now in place of those of an earlier moment of it; how many.

    Nothing is written for a day that has passed: of a later day, or of a later moment of it, there are figures already.
    """
    LedgerState.objects.get_or_create(pk=1)
    LedgerState.objects.select_for_update().get(pk=1)  # of two workers the later moment stays
    if MetricSnapshot.objects.filter(taken_at__gt=now).exists():
        return 0
    if keep:
        for page, sheet in sheets.items():
            pages.keep(page, sheet)
    day, figures = day_of(now), figures_of(sheets.values())
    MetricSnapshot.objects.filter(day=day).exclude(key__in=figures).delete()
    MetricSnapshot.objects.bulk_create(
        (_snapshot(day, figure, now) for figure in figures.values()),
        batch_size=AT_ONCE,
        update_conflicts=True,
        unique_fields=("day", "key"),
        update_fields=("unit", "value", "lack", "detail", "taken_at"),
    )
    return len(figures)


def _snapshot(day: date, figure: Figure, now: datetime) -> MetricSnapshot:
    return MetricSnapshot(
        day=day,
        key=figure.key,
        unit=figure.unit,
        value=figure.value,
        lack=figure.lack or "",
        detail=codec.packed(figure),
        taken_at=now,
    )


def keep_pages(now: datetime, sites: dict[datetime, Site]) -> int:
    """Calculate the pages of the other periods, and of every team and system, and keep them; how many.

    Those that were calculated longest ago come first, and the time is bounded: the next refresh goes on.
    """
    started, kept = time.monotonic(), 0
    for filters in _selections(now, sites):
        if kept and time.monotonic() - started > PAGES_SECONDS:
            break
        for page, sheet in of_site(Asked(now, filters, sites)).items():
            pages.keep(page, sheet)
            kept += 1
    StoredSheet.objects.filter(as_of__lt=now - KEPT_FOR).delete()
    return kept


def _selections(now: datetime, sites: dict[datetime, Site]) -> list[Filters]:
    """What a page can be asked for besides the whole site this month, what was calculated longest ago first."""
    periods = {kind: whole_site(now, kind) for kind in PERIODS}
    leads = [lead for lead, _ in sites[now].teams.leads()]
    systems = System.objects.order_by("pk").values_list("pk", flat=True)
    parts = [(None, None), *((lead, None) for lead in leads), *((None, system) for system in systems)]
    selections = [replace(filters, team=team, system=system) for team, system in parts for filters in periods.values()]
    rows = StoredSheet.objects.filter(page="overview").values_list("period", "team", "system", "as_of")
    when = {(kind, team, system): as_of for kind, team, system, as_of in rows}
    never = datetime.min.replace(tzinfo=now.tzinfo)
    return sorted(
        (each for each in selections if each != periods[MONTH]),
        key=lambda each: when.get((each.period.kind, each.team or 0, each.system or 0), never),
    )
