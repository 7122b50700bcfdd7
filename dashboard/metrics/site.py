"""The whole site at a moment: what every page and every part of it is made of. Each is read once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from django.db.models import Q, QuerySet, Sum

from dashboard.metrics import outlook
from dashboard.metrics.then import is_present, issues_then, live_of
from dashboard.value.figures import Figure
from dashboard.value.remediation import Terms
from tracker import exposure
from tracker.choices import Priority
from tracker.exposure import Exposure, Profile, Risk
from tracker.models import FieldChange, Issue, Note, RevenueProfile, System
from tracker.querysets import OPEN_WORK
from tracker.revenue import ALL, profile_of, row_in_force, streams_of
from tracker.teams import Teams, teams

PERCENT = 100
AT_ONCE = 10_000
HOUR, MICROSECOND = timedelta(hours=1), timedelta(microseconds=1)
LIVE_COLUMNS = (
    "pk",
    "reference",
    "analysis_id",
    "priority_then",
    "status_then",
    "created_at",
    "deadline_then",
    "original_deadline",
    "owner_then",
    "revenue_then",
)


class LiveIssue(NamedTuple):
    """A live issue as it stood at the moment that is asked about."""

    issue: int
    reference: str
    analysis: int | None
    priority: str
    status: str
    created_at: datetime
    deadline: datetime | None
    original_deadline: datetime | None
    owner: int | None
    confirmed: Decimal | None

    @property
    def is_open_work(self) -> bool:
        """Whether somebody still has to work on it."""
        return self.status in OPEN_WORK

    def overdue_hours(self, now: datetime) -> Decimal | None:
        """For how long its deadline has passed; None when it has not, or binds no more."""
        if not self.is_open_work or self.deadline is None or self.deadline > now:
            return None
        return hours_between(self.deadline, now)


def hours_between(start: datetime, end: datetime) -> Decimal:
    """Hours, exactly."""
    return Decimal((end - start) // MICROSECOND) / (HOUR // MICROSECOND)


@dataclass(frozen=True)
class Site:
    """The rows of the whole site as they were at a moment."""

    now: datetime

    @cached_property
    def present(self) -> bool:
        """Whether nothing was changed after the moment, so that the columns tell. At most two queries."""
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
    def currency(self) -> str:
        """That of the profile that was in force; "" without one."""
        return self.profile_row.currency if self.profile_row else ""

    @property
    def problem(self) -> str:
        """Why the profile cannot be used, in one sentence, or ""."""
        return self._profile[1]

    @property
    def terms(self) -> Terms:
        """What people entered about money besides the revenue."""
        return terms_of(self.profile_row)

    def issues(self) -> QuerySet[Issue]:
        """The issues that were tracked by then, with how they stood then."""
        return issues_then(self.now, present=self.present)

    def live_issues(self) -> QuerySet[Issue]:
        """Those that were neither validated nor cancelled."""
        return live_of(self.issues(), self.now, present=self.present)

    def naming(self, system: int) -> Q:
        """Of issues: that they named the system then."""
        named = Q(pk__in=Issue.systems.through.objects.filter(system_id=system).values("issue_id"))
        if not self.systems_before:
            return named
        had = [issue for issue, systems in self.systems_before.items() if system in systems]
        return named & ~Q(pk__in=list(self.systems_before)) | Q(pk__in=had)

    @cached_property
    def systems_before(self) -> dict[int, frozenset[int]]:
        """The systems that issues named whose systems were changed after the moment. History keeps them by name."""
        if self.present:
            return {}
        changes = FieldChange.objects.filter(field="systems", at__gt=self.now).order_by("-at", "-pk")
        names = dict(changes.values_list("issue", "old"))  # the first change after it comes last
        keys = dict(System.objects.order_by().values_list("name", "pk")) if names else {}
        return {
            issue: frozenset(keys[name] for name in old.split(", ") if name in keys) for issue, old in names.items()
        }

    @cached_property
    def live(self) -> list[LiveIssue]:
        """Every live issue."""
        rows = self.live_issues().values_list(*LIVE_COLUMNS)
        return [LiveIssue(*row) for row in rows.iterator(chunk_size=AT_ONCE)]

    @cached_property
    def risks(self) -> list[Risk]:
        """Every live issue as a risk to the revenue; they threaten all of it without a profile."""
        streams = self._streams() if self.profile else {}
        return [
            Risk(
                row.issue,
                row.analysis,
                row.priority,
                max(0, (self.now - row.created_at) // HOUR),
                streams.get(row.issue, ALL),
                row.confirmed,
            )
            for row in self.live
        ]

    def _streams(self) -> dict[int, frozenset[int]]:
        found = streams_of(self.profile, self.live_issues())
        if self.systems_before:
            through = {}
            for stream, system in self.profile_row.streams.order_by().values_list("pk", "systems"):
                through.setdefault(system, set()).add(stream)
            for issue, systems in self.systems_before.items():
                found[issue] = frozenset(stream for system in systems for stream in through.get(system, ()))
        return found

    @cached_property
    def exposed(self) -> Exposure | None:
        """What the live issues put at risk, shared out; None without a profile."""
        return exposure.exposure(self.profile, self.risks) if self.profile else None

    @cached_property
    def forecast(self) -> tuple[Figure, ...]:
        """What will be at risk. One query, and none without a profile."""
        if self.profile is None:
            return outlook.forecast_figures(None, self.risks, {})
        live = ((risk.priority, risk.age_hours) for risk in self.risks)
        closed = outlook.closed_then(self.issues(), self.now, present=self.present)
        return outlook.forecast_figures(self.profile, self.risks, outlook.observed(live, closed))

    @cached_property
    def noted(self) -> dict[int, Decimal]:
        """The hours that people had noted on open work."""
        open_work = self.live_issues().filter(status_then__in=OPEN_WORK)
        notes = Note.objects.filter(hours__isnull=False, at__lte=self.now, issue__in=open_work.values("pk"))
        return dict(notes.order_by().values_list("issue").annotate(sum=Sum("hours")))


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
