"""From a figure to the rows that it counts: lists of the admin with their filters, and the dashboard's own pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy

from dashboard.access import Viewer
from dashboard.metrics import links
from dashboard.metrics.filters import Filters
from dashboard.rows.catalogue import behind
from dashboard.value.figures import Figure
from dashboard.wording import kind_of
from tracker.choices import Priority


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of the admin: the app and the model, what a link to it is called, and how it is filtered.

    `moment` is the column by which its rows are of the period; without it they are of all time. `of_site` is whether
    the figure is that of the whole site whatever team or system is asked about.
    """

    model: str
    words: str
    query: Mapping[str, str] = field(default_factory=dict)
    moment: str = ""
    of_site: bool = False

    def url(self, viewer: Viewer, filters: Filters, **more: object) -> str:
        """The address of the list; "" for who may not see it."""
        app, _, name = self.model.partition(".")
        if not viewer.has_perm(f"{app}.view_{name}"):
            return ""
        period = filters.period
        of_period = links.within(self.moment, period.start, period.end) if self.moment else {}
        return links.list_of(self.model, None if self.of_site else filters, **self.query, **of_period, **more)


ISSUE, STREAM = "tracker.issue", "stream."
LIVE = Rows(ISSUE, gettext_lazy("Open issues"))
LIVE_OF_SITE = Rows(ISSUE, gettext_lazy("Open issues"), of_site=True)
OVERDUE = Rows(ISSUE, gettext_lazy("Overdue issues"), {"due": "overdue"})
LEDGER = Rows("dashboard.protectionentry", gettext_lazy("What was counted"), moment="at")
IN_PLACE = Rows("tracker.preventionmeasure", gettext_lazy("Measures in place"), {"state__in": "in_place,verified"})
VERIFIED = Rows(IN_PLACE.model, gettext_lazy("Verified measures"), {"state__exact": "verified"})
RETURNS = Rows("tracker.recurrence", gettext_lazy("Confirmed returns"), {"decision__exact": "confirmed"})
ESCAPES = Rows(RETURNS.model, RETURNS.words, RETURNS.query, moment="decided_at")
DOWNTIME = Rows("dashboard.downtime", gettext_lazy("Downtime"), moment="started_at", of_site=True)
ROWS: Mapping[str, Rows] = {
    **dict.fromkeys(("revenue_at_risk", "next_actions", "open_age", "open_by_age"), LIVE),
    **dict.fromkeys(("forecast_unchanged", "forecast_expected"), LIVE_OF_SITE),
    **dict.fromkeys(("delay_a_day", "delay_so_far"), OVERDUE),
    **dict.fromkeys(("revenue_protected", "return"), LEDGER),
    "prevention_coverage": IN_PLACE,
    "prevention_verified": VERIFIED,
    **dict.fromkeys(("escapes", "escape_rate"), ESCAPES),
    **dict.fromkeys(("fewer_returns", "prevention_value"), RETURNS),
    **dict.fromkeys(("downtime_revenue", "downtime_churn", "downtime_recovery", "downtime_cost"), DOWNTIME),
}


@dataclass(frozen=True, slots=True)
class Link:
    """Where the rows are, and what they are called."""

    url: str
    words: str


def rows_of(figure: Figure, filters: Filters, viewer: Viewer) -> Link | None:
    """The list of what the figure counts, of the same team and system; None where there is none to see."""
    if found := behind(figure.key):
        page = found[0]
        return Link(links.rows(figure.key, filters), page.words) if viewer.has_perm(page.permission) else None
    rows = ROWS.get(kind_of(figure.key))
    if rows is None:
        return None
    url = rows.url(viewer, filters, **_of_part(rows, figure))
    return Link(url, rows.words) if url else None


def _of_part(rows: Rows, figure: Figure) -> dict[str, object]:
    """What of the list the part of a figure is: a stream, a priority, an age, a month, a category, a kind of escape."""
    kind, last = kind_of(figure.key), figure.part.rpartition(".")[2]
    if rows.model == ISSUE and figure.part.startswith(STREAM):
        return {"stream": figure.part.removeprefix(STREAM)}
    if rows.model == ISSUE:
        priority = last if last in list(Priority) else None
        return {"priority": priority, "age": last if kind == "open_by_age" else None}
    if rows is LEDGER:
        return {"month": figure.part if figure.part[:2].isdigit() else None}
    if rows is IN_PLACE:
        return {"category__exact": figure.part}
    return {"case__exact": figure.part} if rows is ESCAPES else {}
