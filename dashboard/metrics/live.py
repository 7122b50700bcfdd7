"""The live issues and what they put at risk: revenue at risk, forecast, cost of delay, next actions."""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property

from django.db.models import Count

from dashboard.metrics.asked import Asked
from dashboard.metrics.sheet import IssueRow
from dashboard.metrics.site import LiveIssue, Site
from dashboard.value import delay, forecast
from dashboard.value.figures import ZERO, Figure
from tracker.choices import Priority, Status
from tracker.models import Analysis, FieldChange, Issue

DAY = timedelta(hours=24)
MOST_ROWS = 10


@dataclass(frozen=True)
class Live:
    """The live issues that are asked about."""

    asked: Asked

    @property
    def site(self) -> Site:
        """The whole site, of which they are a part."""
        return self.asked.site

    @cached_property
    def rows(self) -> list[LiveIssue]:
        """The live issues of the team and the system. At most one query more than those of the site."""
        rows = self.site.live
        if self.asked.owners is not None:
            owners = set(self.asked.owners)
            rows = [row for row in rows if row.owner in owners]
        if self.asked.filters.system is not None:
            naming = self.site.live_issues().filter(self.site.naming(self.asked.filters.system))
            keys = set(naming.values_list("pk", flat=True))
            rows = [row for row in rows if row.issue in keys]
        return rows

    def at_risk(self, row: LiveIssue) -> Decimal | None:
        """What an issue has of the exposure of the site, a month; None without a profile."""
        return self.site.exposed.by_issue[row.issue] if self.site.exposed else None

    def noted(self, row: LiveIssue) -> Decimal:
        """The hours that people had noted on open work."""
        return self.site.noted.get(row.issue, ZERO)


def exposure_figures(live: Live) -> list[Figure]:
    """Revenue at risk: of all that is asked about, by stream and by priority, and of the worst analyses and issues."""
    exposed = live.site.exposed
    if exposed is None:
        return [forecast.revenue_at_risk(None)]
    parts: Counter = Counter()
    analyses: Counter = Counter()
    for row in live.rows:
        parts[row.priority] += exposed.by_issue[row.issue]
        analyses[row.analysis] += exposed.by_issue[row.issue]
    total = sum(parts.values(), ZERO)
    first = (
        forecast.NOW.of(total) if live.asked.narrowed else forecast.revenue_at_risk(exposed.totals, live.site.currency)
    )
    worst = {row.issue: exposed.by_issue[row.issue] for row in worst_rows(live)}
    by_analysis = dict(analyses.most_common(MOST_ROWS))
    by_analysis.pop(None, None)
    return [
        first,
        *forecast.revenue_at_risk_by("stream", {} if live.asked.narrowed else _by_stream(live)),
        *forecast.revenue_at_risk_by("priority", {priority: parts[priority] for priority in Priority}),
        *forecast.revenue_at_risk_by("analysis", by_analysis),
        *forecast.revenue_at_risk_by("issue", worst),
    ]


def of_whole_site(live: Live) -> Figure:
    """Revenue at risk of the whole site, whatever is asked about."""
    return forecast.revenue_at_risk(live.site.exposed.totals if live.site.exposed else None, live.site.currency)


def _by_stream(live: Live) -> dict[str, Decimal]:
    names = {stream.key: stream.name for stream in live.site.profile.streams}
    return {names[key]: amount for key, amount in live.site.exposed.by_stream.items()}


def delay_figures(live: Live) -> list[Figure]:
    """What the overdue issues cost a day, and have cost."""
    if live.site.exposed is None:
        return list(delay.cost_of_delay(None))
    late = (
        delay.Late(live.site.exposed.by_issue[row.issue], hours)
        for row in live.rows
        if (hours := row.overdue_hours(live.asked.now)) is not None
    )
    return list(delay.cost_of_delay(late))


def next_actions(live: Live) -> delay.NextActions:
    """The open work that reduces the exposure most by hour."""
    if live.site.exposed is None:
        return delay.next_actions(None, live.site.terms)
    candidates = (
        delay.Candidate(row.issue, row.reference, row.priority, live.site.exposed.by_issue[row.issue], live.noted(row))
        for row in live.rows
        if row.is_open_work
    )
    return delay.next_actions(candidates, live.site.terms)


def amount(live: Live) -> Decimal | None:
    """What the issues that are asked about have of the exposure, a month; None without a profile."""
    exposed = live.site.exposed
    return sum((exposed.by_issue[row.issue] for row in live.rows), ZERO) if exposed else None


def worst_rows(live: Live, most: int = MOST_ROWS) -> list[LiveIssue]:
    """The issues with most of the exposure; without a profile, the most urgent: open work first, the latest first."""
    never = datetime.max.replace(tzinfo=live.asked.now.tzinfo)

    def urgency(row: LiveIssue) -> tuple:
        return -(live.at_risk(row) or ZERO), row.priority, not row.is_open_work, row.deadline or never, row.reference

    return heapq.nsmallest(most, live.rows, key=urgency)


def board_rows(live: Live, most: int) -> list[LiveIssue]:
    """What a person has to look at: overdue, blocked or due within 24 hours; first by priority, then by deadline."""
    soon = live.asked.now + DAY
    pressing = (
        row
        for row in live.rows
        if row.status == Status.BLOCKED or (row.is_open_work and row.deadline is not None and row.deadline <= soon)
    )
    never = datetime.max.replace(tzinfo=soon.tzinfo)
    return heapq.nsmallest(most, pressing, key=lambda row: (row.priority, row.deadline or never, row.reference))


def shown(live: Live, rows: Sequence[LiveIssue]) -> tuple[IssueRow, ...]:
    """Issues as a list shows them. At most two queries, for their titles."""
    keys = [row.issue for row in rows]
    titles = dict(Issue.objects.filter(pk__in=keys).values_list("pk", "title")) if rows else {}
    if rows and not live.site.present:  # what the first change after the moment says that the title was
        changes = FieldChange.objects.filter(issue__in=keys, field="title", at__gt=live.site.now)
        titles |= dict(changes.order_by("-at", "-pk").values_list("issue", "old"))
    return tuple(
        IssueRow(
            row.issue,
            row.reference,
            titles.get(row.issue, ""),
            row.priority,
            row.status,
            live.site.teams.of(row.owner).name,
            row.deadline,
            live.at_risk(row),
        )
        for row in rows
    )


def count(rows: Iterable[LiveIssue], which: Callable[[LiveIssue], bool]) -> int:
    """How many of the issues are such."""
    return sum(1 for row in rows if which(row))


def worst_analyses(live: Live) -> tuple[tuple[int, str, Decimal], ...]:
    """Key, title and amount of the analyses with most of the exposure. One query."""
    if live.site.exposed is None:
        return ()
    sums: Counter = Counter()
    for row in live.rows:
        if row.analysis is not None:
            sums[row.analysis] += live.site.exposed.by_issue[row.issue]
    worst = sums.most_common(MOST_ROWS)
    titles = dict(Analysis.objects.filter(pk__in=[key for key, _ in worst]).values_list("pk", "title"))
    return tuple((key, titles.get(key, ""), amount) for key, amount in worst)


def status_counts(asked: Asked) -> dict[tuple[str, str], int]:
    """How many issues stood in which status and priority: (status, priority) -> number. One query."""
    rows = asked.issues().values("status_then", "priority_then").annotate(number=Count("pk"))
    return {(row["status_then"], row["priority_then"]): row["number"] for row in rows}
