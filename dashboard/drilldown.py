"""From a figure to the rows that it counts: lists of the admin with their filters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from dashboard.access import Viewer
from dashboard.metrics.filters import Filters, Period
from dashboard.value.figures import Figure
from dashboard.wording import kind_of
from tracker.choices import Priority


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of the admin: the app and the model, how it is filtered, and what a link to it is called."""

    model: str
    words: str
    query: Mapping[str, str] = field(default_factory=dict)

    def url(self, viewer: Viewer, **more: object) -> str:
        """The address of the list; "" for who may not see it."""
        app, _, name = self.model.partition(".")
        if not viewer.has_perm(f"{app}.view_{name}"):
            return ""
        try:
            address = reverse(f"admin:{app}_{name}_changelist")
        except NoReverseMatch:
            return ""
        asked = {key: value for key, value in {**self.query, **more}.items() if value not in (None, "")}
        return f"{address}?{urlencode(asked)}" if asked else address


ISSUE = "tracker.issue"
LIVE = Rows(ISSUE, "Open issues")
OVERDUE = Rows(ISSUE, "Overdue issues", {"due": "overdue"})
LEDGER = Rows("dashboard.protectionentry", "What was counted")
IN_PLACE = Rows("tracker.preventionmeasure", "Measures in place", {"state__in": "in_place,verified"})
RETURNS = Rows("tracker.recurrence", "Confirmed returns", {"decision__exact": "confirmed"})
ANALYSES = Rows("tracker.analysis", "Analyses")
ALERTS = Rows("alerts.alert", "Alerts")
NOTES = Rows("tracker.note", "Notes with hours", {"hours": "noted"})
ROWS: Mapping[str, Rows] = {
    **dict.fromkeys(("revenue_at_risk", "forecast_unchanged", "forecast_expected", "next_actions", "open"), LIVE),
    **dict.fromkeys(("open_age", "open_by_age"), LIVE),
    **dict.fromkeys(("delay_a_day", "delay_so_far", "on_time", "overdue"), OVERDUE),
    "hours_to_complete": Rows(ISSUE, "Completed issues", {"show": "done"}),
    "hours_to_validate": Rows(ISSUE, "Validated issues", {"status": "validated"}),
    "due_soon": Rows(ISSUE, "Issues due within 24 h", {"due": "soon"}),
    "blocked": Rows(ISSUE, "Blocked issues", {"status": "blocked"}),
    "unassigned": Rows(ISSUE, "Unassigned issues", {"who": "nobody"}),
    "validated": Rows(ISSUE, "Issues that wait for validation", {"status": "completed"}),
    **dict.fromkeys(("revenue_protected", "return"), LEDGER),
    **dict.fromkeys(("remediation_cost", "remediation_hours", "remediation_estimated", "incident_cost"), NOTES),
    "prevention_coverage": IN_PLACE,
    "prevention_verified": Rows(IN_PLACE.model, "Verified measures", {"state__exact": "verified"}),
    **dict.fromkeys(("recurrence_rate", "escapes", "escape_rate", "fewer_returns", "prevention_value"), RETURNS),
    **dict.fromkeys(("conversion", "first_issue", "first_issue_in_time"), ANALYSES),
    **dict.fromkeys(("escalations", "hours_to_acknowledge"), ALERTS),
    "availability": Rows("tracker.validationrun", "Validation runs"),
}


@dataclass(frozen=True, slots=True)
class Link:
    """Where the rows are, and what they are called."""

    url: str
    words: str


def rows_of(figure: Figure, filters: Filters, viewer: Viewer) -> Link | None:
    """The list of what the figure counts, of the same team and system; None where there is none to see."""
    rows = ROWS.get(kind_of(figure.key))
    if rows is None:
        return None
    more = _narrowed(rows, figure, filters)
    url = rows.url(viewer, **more)
    return Link(url, rows.words) if url else None


def _narrowed(rows: Rows, figure: Figure, filters: Filters) -> dict[str, object]:
    last = figure.part.rsplit(".", 1)[-1]
    if rows.model == ISSUE:
        priority = last if last in list(Priority) else None
        age = last if kind_of(figure.key) == "open_by_age" else None
        return {"priority": priority, "age": age, "team": filters.team, "system": filters.system}
    if rows is LEDGER:
        return {"month": figure.part if figure.part[:2].isdigit() else _only_month(filters.period)}
    if rows is IN_PLACE:
        return {"category__exact": figure.part}
    return {"case__exact": figure.part} if kind_of(figure.key) in ("escapes", "escape_rate") else {}


def _only_month(period: Period) -> str | None:
    return f"{period.start:%Y-%m}" if period.kind == "month" else None
