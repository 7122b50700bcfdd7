"""Where the rows of each label of a series are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from alerts.choices import MessageState
from dashboard.access import SEE_FIGURES, SEE_MONEY, SEE_WORK
from dashboard.metrics import links
from dashboard.metrics.asked import Asked
from dashboard.metrics.money import month_end, month_start
from dashboard.metrics.sheet import Series
from tracker.choices import MeasureCategory, Priority, Status

SUNDAY = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Way:
    """From the labels of a series to the addresses of their rows, and the rights that it takes to see them."""

    addresses: Callable[[Asked, Sequence[str]], Sequence[str]]
    rights: tuple[str, ...] = (SEE_WORK,)


def linked(series: Series, asked: Asked) -> Series:
    """The series with where the rows of each of its labels are; as it is when there is no such list."""
    way = WAYS.get(series.key)
    if way is None:
        return series
    return replace(series, links=tuple(way.addresses(asked, series.labels)), links_for=way.rights)


def _by_status(asked: Asked, labels: Sequence[str]) -> list[str]:
    return [links.issues(asked.filters, status=str(status)) for status in Status]


def _by_priority(asked: Asked, labels: Sequence[str]) -> list[str]:
    return [links.issues(asked.filters, priority=str(priority)) for priority in Priority]


def _open_by_priority(asked: Asked, labels: Sequence[str]) -> list[str]:
    return [links.issues(asked.filters, priority=str(priority), show="work") for priority in Priority]


def _by_team(asked: Asked, labels: Sequence[str]) -> list[str]:
    """Those in no team have no list of their own."""
    leads = {name: lead for lead, name in asked.site.teams.leads()}
    filters = [replace(asked.filters, team=leads.get(label)) for label in labels]
    return [links.issues(each, show="work") if each.team else "" for each in filters]


def _on_time(asked: Asked, labels: Sequence[str]) -> list[str]:
    return [links.rows(f"on_time.original.{part}", asked.filters) for part in (*Priority, "all")]


def _hours_to_complete(asked: Asked, labels: Sequence[str]) -> list[str]:
    return [links.rows(f"hours_to_complete.median.{priority}", asked.filters) for priority in Priority]


def _exposure(asked: Asked, labels: Sequence[str]) -> list[str]:
    return [*_snapshots("revenue_at_risk", asked, labels[:-1]), links.issues(asked.filters)]


def _conversion(asked: Asked, labels: Sequence[str]) -> list[str]:
    return [*_snapshots("conversion", asked, labels[:-1]), links.rows("conversion", asked.filters)]


def _snapshots(key: str, asked: Asked, mondays: Sequence[str]) -> list[str]:
    """The snapshots of the last day of each week, of which there are those of the whole site only."""
    days = [date.fromisoformat(monday) + SUNDAY for monday in mondays]
    if asked.narrowed:
        return [""] * len(days)
    return [links.list_of("dashboard.metricsnapshot", None, key__exact=key, day__exact=f"{day}") for day in days]


def _coverage(asked: Asked, labels: Sequence[str]) -> list[str]:
    held = {"state__in": "in_place,verified"}
    return [
        links.list_of("tracker.preventionmeasure", asked.filters, category__exact=str(category), **held)
        for category in MeasureCategory
    ]


def _returns(asked: Asked, months: Sequence[str]) -> list[str]:
    spans = [links.within("decided_at", month_start(month), month_end(month)) for month in months]
    return [links.list_of("tracker.recurrence", asked.filters, decision__exact="confirmed", **span) for span in spans]


def _protected(asked: Asked, months: Sequence[str]) -> list[str]:
    return [links.list_of("dashboard.protectionentry", asked.filters, month=month) for month in months]


def _cost(asked: Asked, months: Sequence[str]) -> list[str]:
    return [links.rows("remediation_cost", asked.filters, span=month) for month in months]


def _availability(asked: Asked, days: Sequence[str]) -> list[str]:
    return [links.rows("availability", asked.filters, span=day) for day in days]


def _deliveries(asked: Asked, labels: Sequence[str]) -> list[str]:
    return [links.rows(f"deliveries.{state}", asked.filters) for state in MessageState]


def _by_stream(asked: Asked, streams: Sequence[str]) -> list[str]:
    return [links.issues(None, stream=name) for name in streams]


def _live(asked: Asked, labels: Sequence[str]) -> list[str]:
    return [links.issues(None)] * len(labels)


WAYS: Mapping[str, Way] = {
    "exposure_trend": Way(_exposure, (SEE_WORK, SEE_FIGURES)),
    "by_status": Way(_by_status),
    "by_priority": Way(_by_priority),
    "open_by_priority": Way(_open_by_priority),
    "by_team": Way(_by_team),
    "on_time": Way(_on_time),
    "hours_to_complete": Way(_hours_to_complete),
    "conversion_trend": Way(_conversion, (SEE_WORK, SEE_FIGURES)),
    "coverage_by_category": Way(_coverage, ("tracker.view_preventionmeasure",)),
    "recurrences_trend": Way(_returns, ("tracker.view_recurrence",)),
    "protected_by_month": Way(_protected, ("dashboard.view_protectionentry",)),
    "cost_by_month": Way(_cost, (SEE_MONEY,)),
    "forecast": Way(_live),
    "by_stream": Way(_by_stream),
    "availability": Way(_availability, (SEE_FIGURES,)),
    "deliveries": Way(_deliveries, (SEE_FIGURES,)),
}
