"""Where the rows of a series are: lists of the admin and of the dashboard, of the same team, system and period."""

from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from dashboard.metrics.filters import Filters


def list_of(model: str, filters: Filters | None, **query: object) -> str:
    """The address of a list of the admin (such as tracker.issue), of the team and system of the filters."""
    parts = {"team": filters.team, "system": filters.system} if filters else {}
    asked = {name: value for name, value in {**query, **parts}.items() if value not in (None, "")}
    address = reverse(f"admin:{model.replace('.', '_')}_changelist")
    return f"{address}?{urlencode(asked)}" if asked else address


def issues(filters: Filters | None, **query: object) -> str:
    """The address of the list of issues with these filters."""
    return list_of("tracker.issue", filters, **query)


def rows(figure: str, filters: Filters, **query: object) -> str:
    """The address of the page of the rows behind a figure."""
    return f"{reverse('dashboard:rows', args=[figure])}?{filters.query(**query)}"


def within(column: str, start: datetime, end: datetime) -> dict[str, str]:
    """Of a list: that the moment in that column lies in [start, end)."""
    return {f"{column}__gte": start.isoformat(), f"{column}__lt": end.isoformat()}
