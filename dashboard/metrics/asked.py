"""What a page is asked: the rows as they were at a moment (dashboard.metrics.then), of a team and a system."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from django.db.models import Exists, OuterRef, Q, QuerySet

from dashboard.metrics.filters import Filters, Period
from dashboard.metrics.teams import Teams, teams
from dashboard.metrics.then import is_present, issues_then, live_of
from dashboard.value.remediation import Terms
from tracker.choices import Priority
from tracker.exposure import Profile
from tracker.models import Analysis, Issue, RevenueProfile
from tracker.querysets import OPEN_WORK
from tracker.revenue import profile_of, row_in_force

PERCENT = 100


@dataclass(frozen=True)
class Asked:
    """The moment, and what is asked about it. Each question of `present`, `teams` and `profile_row` is asked once."""

    now: datetime
    filters: Filters

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
        return Asked(self.now, replace(self.filters, team=None, system=None)) if self.narrowed else self

    def before(self) -> "Asked":
        """The same about the previous period, as it was when as much of it had passed."""
        period = self.period
        earlier = Period(period.kind, period.previous_start, period.start, period.previous_start, period.previous_end)
        return Asked(period.previous_end, replace(self.filters, period=earlier))

    @cached_property
    def present(self) -> bool:
        """Whether nothing was changed after the moment. At most two queries."""
        return is_present(self.now)

    @cached_property
    def teams(self) -> Teams:
        """All owners with their teams."""
        return teams()

    @cached_property
    def profile_row(self) -> RevenueProfile | None:
        """The revenue profile that was in force."""
        return row_in_force(self.now)

    @cached_property
    def _profile(self) -> tuple[Profile | None, str]:
        if self.profile_row is None:
            return None, ""
        try:
            return profile_of(self.profile_row), ""
        except ValueError as impossible:
            return None, str(impossible)

    @property
    def profile(self) -> Profile | None:
        """The profile with its streams; None without one, or when there can be no such profile."""
        return self._profile[0]

    @property
    def problem(self) -> str:
        """Why the profile cannot be used, in one sentence, or ""."""
        return self._profile[1]

    @property
    def terms(self) -> Terms:
        """What people entered about money besides the revenue."""
        return terms_of(self.profile_row)

    @cached_property
    def owners(self) -> list[int] | None:
        """The owners of the team that is asked about; None for all."""
        return None if self.filters.team is None else self.teams.owners_in(self.filters.team)

    def issues(self) -> QuerySet[Issue]:
        """The issues that were tracked by then, of the team and the system, with how they stood then."""
        rows = issues_then(self.now, present=self.present)
        if self.owners is not None:
            rows = rows.filter(owner_then__in=self.owners)
        return rows if self.filters.system is None else rows.filter(pk__in=_naming(self.filters.system))

    def live(self) -> QuerySet[Issue]:
        """Those that were neither validated nor cancelled."""
        return live_of(self.issues(), self.now, present=self.present)

    def open_work(self) -> QuerySet[Issue]:
        """Those on which somebody still had to work."""
        return self.live().filter(status_then__in=OPEN_WORK)

    def related(self, rows: QuerySet, name: str) -> QuerySet:
        """Rows of another kind whose issue (the relation of that name) is of the team and the system."""
        if self.owners is not None:
            named = (
                {f"{name}__in": self.issues().values("pk")} if not self.present else {f"{name}__owner__in": self.owners}
            )
            rows = rows.filter(**named)
        return rows if self.filters.system is None else rows.filter(**{f"{name}__in": _naming(self.filters.system)})

    def analyses(self) -> QuerySet[Analysis]:
        """The analyses that had come in by then; of a team or system, those with an issue of theirs."""
        rows = Analysis.objects.order_by().filter(imported_at__lte=self.now)
        return rows.filter(Exists(self.issues().filter(analysis=OuterRef("pk")))) if self.narrowed else rows

    def within(self, name: str) -> Q:
        """That the moment of that name lies in the period, and is no later than now."""
        return Q(**{f"{name}__gte": self.period.start, f"{name}__lt": self.period.end, f"{name}__lte": self.now})


def terms_of(row: RevenueProfile | None) -> Terms:
    """What a profile says about money besides the revenue; without one, the hours that work takes at first."""
    if row is None:
        return Terms()
    churn = row.churn_percent_per_hour
    return Terms(
        hourly_rate=row.hourly_rate,
        hours={priority: row.hours_for(priority) for priority in Priority},
        months_counted=row.months_counted,
        downtime_impact=row.downtime_impact_percent / PERCENT,
        churn_per_hour=None if churn is None else churn / PERCENT,
        recovery_per_hour=row.recovery_cost_per_hour,
    )


def _naming(system: int) -> QuerySet:
    """The keys of the issues that name a system."""
    return Issue.systems.through.objects.filter(system_id=system).values("issue_id")
