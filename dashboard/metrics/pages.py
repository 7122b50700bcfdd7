"""The pages of the dashboard, each one function: the moment and the filters in, a Sheet out.

A small site is calculated when it is asked for. What pages say of a large one was calculated by the last refresh and is
read; the Sheet says as of when. Reports must say the same whenever they are asked, so they take
dashboard.metrics.computed.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.utils.translation import gettext, gettext_noop

from dashboard.metrics import codec, computed
from dashboard.metrics.filters import Filters
from dashboard.metrics.sheet import Sheet
from dashboard.models import StoredSheet
from tracker.models import Issue

logger = logging.getLogger(__name__)

MOST_LIVE, MOST_ISSUES = 500, 5_000  # of a site that is calculated when it is asked for
LATEST = timedelta(hours=2)  # at a million issues a refresh comes to each team and system about once an hour
STALE = gettext_noop("It has not been calculated again since then: see whether the background work runs.")


def overview(now: datetime, filters: Filters) -> Sheet:
    """What is at risk, was protected, what that cost, and whether the organisation executes and learns."""
    return _answer("overview", now, filters)


def board(now: datetime, filters: Filters) -> Sheet:
    """Operations: what is open, overdue, due and blocked, and who has how much of it."""
    return _answer("board", now, filters)


def execution(now: datetime, filters: Filters) -> Sheet:
    """Is what was found out done, and in time?"""
    return _answer("execution", now, filters)


def prevention(now: datetime, filters: Filters) -> Sheet:
    """Does the organisation learn, so that incidents stay away?"""
    return _answer("prevention", now, filters)


def value(now: datetime, filters: Filters) -> Sheet:
    """What was protected, what it cost, and what may come."""
    return _answer("value", now, filters)


def health(now: datetime, filters: Filters) -> Sheet:
    """Is the site up, does anybody hear of it, and how fast?"""
    return _answer("health", now, filters)


PAGES: Mapping[str, Callable[[datetime, Filters], Sheet]] = {
    "overview": overview,
    "board": board,
    "execution": execution,
    "prevention": prevention,
    "value": value,
    "health": health,
}


def is_large() -> bool:
    """Whether the site is too large to be calculated while somebody waits. Two queries that stop at a bound."""
    live = Issue.objects.filter(is_closed=False).order_by()[: MOST_LIVE + 1].count()
    return live > MOST_LIVE or Issue.objects.order_by()[: MOST_ISSUES + 1].count() > MOST_ISSUES


def keep(page: str, sheet: Sheet) -> None:
    """Keep what a page says for those who ask next; what is kept of a later moment stays."""
    filters = sheet.filters
    key = {"page": page, "period": filters.period.kind, "team": filters.team or 0, "system": filters.system or 0}
    values = {"as_of": sheet.as_of, "sheet": codec.packed(sheet)}
    row, new = StoredSheet.objects.get_or_create(**key, defaults=values)
    if not new:
        StoredSheet.objects.filter(pk=row.pk, as_of__lte=sheet.as_of).update(**values)


def _answer(page: str, now: datetime, filters: Filters) -> Sheet:
    if not is_large():
        return computed.sheet_of(page, now, filters)
    if kept := _kept(page, now, filters):
        return kept
    sheet = computed.sheet_of(page, now, filters)
    keep(page, sheet)
    return sheet


def _kept(page: str, now: datetime, filters: Filters) -> Sheet | None:
    """What is kept of the period that is asked about, or None. One query."""
    rows = StoredSheet.objects.filter(
        page=page, period=filters.period.kind, team=filters.team or 0, system=filters.system or 0
    )
    row = rows.filter(as_of__gte=filters.period.start, as_of__lte=now).first()
    of_both = filters.team is not None and filters.system is not None  # what no refresh calculates
    if row is None or (of_both and now - row.as_of > LATEST):
        return None
    try:
        sheet = codec.unpacked(row.sheet)
    except (KeyError, TypeError, ValueError):
        logger.exception("What was kept of the page %s cannot be read: it is calculated anew.", page)
        return None
    return sheet if now - sheet.as_of <= LATEST else replace(sheet, notes=(*sheet.notes, gettext(STALE)))
