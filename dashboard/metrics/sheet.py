"""What a page or a report is made of: figures, series for charts, and lists of rows, as of one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from dashboard.metrics.filters import Filters
from dashboard.value.figures import Figure, Unit


@dataclass(frozen=True, slots=True)
class Line:
    """One line, or one set of bars, of a series. None is a day or a part for which there is no number."""

    name: str
    values: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """A chart and the table beside it. `finding` is its title: what it shows, in a sentence.

    `links` lead from each label to the rows that it counts, where there is such a list; it takes the rights `links_for`
    to see it.
    """

    key: str
    finding: str
    unit: Unit
    labels: tuple[str, ...]
    lines: tuple[Line, ...]
    links: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    links_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IssueRow:
    """An issue as a list of the dashboard shows it. at_risk is site currency a month, None when it is not set."""

    issue: int
    reference: str
    title: str
    priority: str
    status: str
    owner: str
    deadline: datetime | None
    at_risk: Decimal | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that a page shows, as of one moment. Figures are by their key in docs/metrics.md."""

    as_of: datetime
    filters: Filters
    currency: str  # "" without a revenue profile
    figures: Mapping[str, Figure]
    changes: Mapping[str, Figure] = field(default_factory=dict)  # against the previous period, by the figure's key
    series: tuple[Series, ...] = ()
    issues: tuple[IssueRow, ...] = ()
    notes: tuple[str, ...] = ()  # what the reader must know about the page as a whole
    extra: Mapping[str, object] = field(default_factory=dict)  # values of the page's own: risk level, actions, loads
