"""What a page is asked: the rows as they were at a moment (dashboard.metrics.then), of a team and a system."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from django.db.models import Exists, OuterRef, Q, QuerySet

from dashboard.metrics.filters import Filters, Period
from dashboard.metrics.site import Site
from tracker.models import Analysis, Issue
from tracker.querysets import OPEN_WORK


@dataclass(frozen=True)
class Asked:
    """The moment, and what is asked about it. Questions that share `sites` read the same site once."""

    now: datetime
    filters: Filters
    sites: dict[datetime, Site] = field(default_factory=dict, compare=False)

    @property
    def site(self) -> Site:
        """The whole site at the moment."""
        return self.sites.setdefault(self.now, Site(self.now))

    @property
    def period(self) -> Period:
        """The period that is asked about."""
        return self.filters.period

    @property
    def end(self) -> datetime:
        """Up to when the period has passed."""
        return min(self.now, self.period.end)

    @property
    def narrowed(self) -> bool:
        """Whether it is about a part of the site only."""
        return self.filters.team is not None or self.filters.system is not None

    def whole(self) -> "Asked":
        """The same about the whole site."""
        return replace(self, filters=replace(self.filters, team=None, system=None)) if self.narrowed else self

    def before(self) -> "Asked":
        """The same about the previous period, as it was when as much of it had passed."""
        period = self.period
        earlier = Period(period.kind, period.previous_start, period.start, period.previous_start, period.previous_end)
        return replace(self, now=period.previous_end, filters=replace(self.filters, period=earlier))

    @cached_property
    def owners(self) -> list[int] | None:
        """The owners of the team that is asked about; None for all."""
        return None if self.filters.team is None else self.site.teams.owners_in(self.filters.team)

    def issues(self) -> QuerySet[Issue]:
        """The issues that were tracked by then, of the team and the system, with how they stood then."""
        return self._of_filters(self.site.issues())

    def live(self) -> QuerySet[Issue]:
        """Those that were neither validated nor cancelled."""
        return self._of_filters(self.site.live_issues())

    def open_work(self) -> QuerySet[Issue]:
        """Those on which somebody still had to work."""
        return self.live().filter(status_then__in=OPEN_WORK)

    def _of_filters(self, issues: QuerySet[Issue]) -> QuerySet[Issue]:
        if self.owners is not None:
            issues = issues.filter(owner_then__in=self.owners)
        return issues if self.filters.system is None else issues.filter(self.site.naming(self.filters.system))

    def related(self, rows: QuerySet, name: str) -> QuerySet:
        """Rows of another kind whose issue (the relation of that name) is of the team and the system."""
        return rows.filter(**{f"{name}__in": self.issues().values("pk")}) if self.narrowed else rows

    def analyses(self) -> QuerySet[Analysis]:
        """The analyses that had come in by then; of a team or system, those with an issue of theirs."""
        rows = Analysis.objects.order_by().filter(imported_at__lte=self.now)
        return rows.filter(Exists(self.issues().filter(analysis=OuterRef("pk")))) if self.narrowed else rows

    def within(self, name: str) -> Q:
        """That the moment of that name lies in the period, and is no later than now."""
        return Q(**{f"{name}__gte": self.period.start, f"{name}__lt": self.period.end, f"{name}__lte": self.now})
