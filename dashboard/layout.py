"""The pages of the dashboard: their address, who may see them, what they are made from and what stands first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy

from dashboard import access
from dashboard.metrics import pages
from dashboard.metrics.filters import Filters
from dashboard.metrics.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Page:
    """A page. headline are the kinds or keys of figures that stand first, as cards; the others follow in tables.

    url_name is the part of the name of its address behind "dashboard:".
    """

    key: str
    name: str
    question: str
    permission: str
    read: Callable[[datetime, Filters], Sheet]
    headline: tuple[str, ...]
    all_figures: bool = True


PAGES = (
    Page(
        "overview",
        gettext_lazy("Overview"),
        gettext_lazy("What is at risk, what was protected, what it cost, whether we execute and whether we learn."),
        access.SEE_MONEY,
        pages.overview,
        ("revenue_at_risk", "revenue_protected", "remediation_cost", "on_time.original.all", "prevention_coverage"),
        all_figures=False,  # the other pages have them
    ),
    Page(
        "board",
        gettext_lazy("Board"),
        gettext_lazy("What is open, overdue, due soon or blocked, and who has it."),
        access.SEE_WORK,
        pages.board,
        ("revenue_at_risk", "delay_a_day", "delay_so_far", "open_age.median"),
    ),
    Page(
        "execution",
        gettext_lazy("Execution"),
        gettext_lazy("Whether findings become tracked, completed and validated work in time."),
        access.SEE_WORK,
        pages.execution,
        ("conversion", "first_issue.median", "on_time.original.all", "on_time.moved.all", "validated"),
    ),
    Page(
        "prevention",
        gettext_lazy("Prevention"),
        gettext_lazy("Whether incidents return, and what was done so that they do not."),
        access.SEE_FIGURES,
        pages.prevention,
        ("prevention_coverage", "prevention_verified", "recurrence_rate", "fewer_returns", "prevention_value"),
    ),
    Page(
        "value",
        gettext_lazy("Value"),
        gettext_lazy("What remediation protects and costs, and what waiting costs."),
        access.SEE_MONEY,
        pages.value,
        ("revenue_at_risk", "revenue_protected", "remediation_cost", "return.p50", "delay_a_day"),
    ),
    Page(
        "health",
        gettext_lazy("Health"),
        gettext_lazy("Whether the checked systems answer, and whether alerts reach people."),
        access.SEE_FIGURES,
        pages.health,
        ("availability", "hours_to_acknowledge.median", "hours_to_acknowledge.p90"),
    ),
)
BY_KEY = {page.key: page for page in PAGES}
