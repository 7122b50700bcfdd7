"""The site of the worked example as the values that dashboard.value takes, and every figure of it."""

from decimal import Decimal
from itertools import groupby, pairwise

from dashboard.tests import example_site as site
from dashboard.value import delay, downtime, execution, forecast, prevention, protection, remediation, roi
from tracker import exposure
from tracker.choices import IssueKind, MeasureCategory, MeasureState, Priority, Status
from tracker.exposure import Profile, Risk, Share, Stream

ANALYSES = {row.name: number for number, row in enumerate(site.ANALYSES, start=1)}
CLOSED = (Status.VALIDATED, Status.CANCELLED)
OPEN_WORK = (Status.IDENTIFIED, Status.PLANNED, Status.IN_PROGRESS, Status.BLOCKED, Status.FAILED)
TERMS = remediation.Terms(
    hourly_rate=site.HOURLY_RATE, months_counted=site.MONTHS_COUNTED, churn_per_hour=site.CHURN_PER_HOUR
)
PROFILE = Profile(
    site.CURRENCY,
    site.MRR,
    {priority: Share(*map(Decimal, estimates)) for priority, estimates in site.SHARES.items()},
    tuple(Stream(number, name, mrr) for number, (name, mrr, _) in enumerate(site.STREAMS, start=1)),
)
STREAMS_OF = {system: frozenset({number}) for number, (_, _, system) in enumerate(site.STREAMS, start=1)}
STREAM_NAMES = {number: name for number, (name, _, _) in enumerate(site.STREAMS, start=1)}
LIVE = [row for row in site.ISSUES if row.status not in CLOSED]
OPEN = [row for row in site.ISSUES if row.status in OPEN_WORK]


def hours_between(start, end):
    return Decimal((end - start).total_seconds()) / 3600


def deadline_of(row):
    return row.moved_to or row.deadline


def overdue(row):
    return row.status in OPEN_WORK and deadline_of(row) <= site.NOW


def risk(row, at=site.NOW):
    streams = STREAMS_OF.get(row.system, frozenset())
    return Risk(row.number, ANALYSES[row.analysis], row.priority, int(hours_between(row.tracked_at, at)), streams)


RISKS = [risk(row) for row in LIVE]


def live_at(row, moment):
    """Cancelled issues count as never live: nothing of the example opens while its only one is."""
    if row.status == Status.CANCELLED or row.tracked_at >= moment:
        return False
    validated = row.validated_at is not None and row.validated_at <= moment
    return not validated or (row.reopened_at is not None and row.reopened_at <= moment)


def stake_of(name):
    opened = [row for row in site.ISSUES if row.analysis == name]
    moment = opened[0].tracked_at
    standing = [risk(row, moment) for row in site.ISSUES if live_at(row, moment)]
    fixes = [row.number for row in opened if row.kind == IssueKind.FIX]
    return protection.stake(PROFILE, standing, [risk(row, moment) for row in opened], fixes)


STAKES = {name: stake_of(name) for name in ANALYSES}


def counted_of(row):
    """What was counted for a fix when it was validated."""
    share = STAKES[row.analysis].shares.get(row.number, Decimal(0))
    if row.validated_at is None:
        return Decimal(0)
    return protection.counted(share, protection.overdue_hours(row.deadline, row.validated_at))


def net_of(row):
    """The same, less what reopening took back."""
    amount = counted_of(row)
    return amount + protection.taken_back([amount]) if row.reopened_at else amount


def work():
    rows = []
    for priority in Priority:
        issues = [row for row in site.ISSUES if row.priority == priority]
        unnoted = sum(1 for row in issues if row.completed_at and row.noted is None)
        rows.append(remediation.Work(priority, sum((row.noted or Decimal(0) for row in issues), Decimal(0)), unnoted))
    return rows


def exposure_figures():
    exposed = exposure.exposure(PROFILE, RISKS)
    names = {number: name for name, number in ANALYSES.items()}
    by_analysis = {names[number]: amount for number, amount in exposed.by_analysis.items()}
    by_stream = {STREAM_NAMES[key]: amount for key, amount in exposed.by_stream.items()}
    late = [
        delay.Late(exposed.by_issue[row.number], hours_between(deadline_of(row), site.NOW))
        for row in OPEN
        if overdue(row)
    ]
    candidates = [
        delay.Candidate(
            row.number, str(row.number), row.priority, exposed.by_issue[row.number], row.noted or Decimal(0)
        )
        for row in OPEN
    ]
    return [
        forecast.revenue_at_risk(exposed.totals),
        *forecast.revenue_at_risk_by("stream", by_stream),
        *forecast.revenue_at_risk_by("priority", exposed.by_priority),
        *forecast.revenue_at_risk_by("analysis", by_analysis),
        *forecast.revenue_at_risk_by("issue", exposed.by_issue),
        *forecast.unchanged(PROFILE, RISKS),
        *forecast.expected(PROFILE, RISKS, history()),
        *delay.cost_of_delay(late),
        *(
            figure
            for action in delay.next_actions(candidates, TERMS).actions
            for figure in (action.a_day, action.by_hour)
        ),
    ]


def history():
    """What the site itself has seen: validated issues, and live ones with their age."""
    seen = {priority: [] for priority in Priority}
    for row in site.ISSUES:
        if row.status == Status.VALIDATED:
            seen[row.priority].append(forecast.Observed(int(hours_between(row.tracked_at, row.validated_at)), 1))
        elif row in LIVE:
            seen[row.priority].append(forecast.Observed(int(hours_between(row.tracked_at, site.NOW)), 0, 1))
    return seen


def money_figures():
    total = sum((net_of(row) for row in site.ISSUES), Decimal(0))
    month = protection.Month(site.MONTH, total, site.MRR)
    protected = protection.protected([month], stakes=len(STAKES))
    by_leading = {}
    for row in site.ISSUES:
        leading = STAKES[row.analysis].leading
        by_leading[leading] = by_leading.get(leading, Decimal(0)) + net_of(row)
    spent = remediation.remediation(work(), TERMS)
    lost = downtime.downtime(site.DOWNTIME_HOURS, site.MRR, TERMS)
    counted = [roi.Counted(month, by_leading, Decimal(0))]
    return [
        protected,
        spent.cost,
        spent.hours,
        spent.estimated,
        *roi.simulated_return(protected, counted, PROFILE, work(), TERMS, cost=spent.cost),
        lost.revenue,
        lost.churn,
        lost.recovery,
        lost.total,
        downtime.availability(passed=site.CHECKS_PASSED, failed=site.CHECKS_FAILED, errors=site.CHECKS_WITH_ERROR),
    ]


def prevention_figures():
    analysis_of = {row.number: row.analysis for row in site.ISSUES}
    held = [row for row in site.MEASURES if row.state != MeasureState.PROPOSED]
    covered = {analysis_of[row.issue] for row in held}
    verified = {analysis_of[row.issue] for row in held if row.state == MeasureState.VERIFIED}
    by_category = {
        category: len({analysis_of[row.issue] for row in held if row.category == category})
        for category in MeasureCategory
    }
    returns = [row.case for row in site.ANALYSES if row.case]
    incidents = remediation.remediation(work(), TERMS).cost.value
    with_prevention, without = watched(covered, {analysis_of[row.issue]: row.since for row in held})
    worth = prevention.prevention_value(
        with_prevention=with_prevention,
        without=without,
        covered_now=len(covered),
        incidents=len(site.ANALYSES),
        cost=incidents + downtime_cost(),
        reason="",
    )
    return [
        *prevention.coverage(prevention.Covered(len(ANALYSES), len(covered), len(verified), by_category)),
        prevention.recurrence_rate(returns=len(returns), analyses=len(ANALYSES)),
        *prevention.escapes({case: returns.count(case) for case in returns}),
        worth.fewer,
        worth.incident,
        worth.value,
    ]


def downtime_cost():
    """Unrounded: the average of an incident is rounded once."""
    revenue = site.DOWNTIME_HOURS * site.MRR / 720 * Decimal("0.8")
    return revenue + site.MRR * site.CHURN_PER_HOUR * site.DOWNTIME_HOURS * site.MONTHS_COUNTED


def watched(covered, since):
    with_days = sum(hours_between(since[name], site.NOW) for name in covered) / 24
    all_days = sum(hours_between(row.came_in_at, site.NOW) for row in site.ANALYSES) / 24
    returned = [row.return_of for row in site.ANALYSES if row.return_of]
    without = sum(1 for name in returned if name not in covered)
    return (
        prevention.Watched(with_days, len(returned) - without),
        prevention.Watched(all_days - with_days, without),
    )


def punctuality(deadline):
    rows = {}
    for priority in Priority:
        on_time = late = 0
        for row in site.ISSUES:
            if row.priority != priority or row.status == Status.CANCELLED:
                continue
            done = None if row.reopened_at else row.completed_at
            limit = deadline(row)
            on_time += done is not None and done <= limit
            late += done > limit if done else limit <= site.NOW
        rows[priority] = execution.Punctuality(on_time, late)
    return rows


def spans(end):
    """Hours from tracking to a moment, sorted, of the issues of each priority that have it and were not reopened."""
    return {
        priority: sorted(
            hours_between(row.tracked_at, end(row))
            for row in site.ISSUES
            if row.priority == priority and end(row) and not row.reopened_at
        )
        for priority in Priority
    }


def execution_figures():
    tracked = {
        row.name: sum(1 for issue in site.ISSUES if issue.analysis == row.name and not issue.review)
        for row in site.ANALYSES
    }
    first = sorted(
        hours_between(row.came_in_at, min(issue.tracked_at for issue in site.ISSUES if issue.analysis == row.name))
        for row in site.ANALYSES
    )
    within = sum(1 for hours in first if hours <= execution.FIRST_ISSUE_HOURS)
    done = [row for row in site.ISSUES if row.completed_at and not row.reopened_at]
    ages = sorted(hours_between(row.tracked_at, site.NOW) for row in LIVE)
    limits = (0, *execution.AGE_LIMITS, Decimal("Infinity"))
    return [
        execution.conversion(
            extracted=sum(row.extracted for row in site.ANALYSES),
            tracked=sum(tracked.values()),
            dismissed=sum(row.dismissed for row in site.ANALYSES),
        ),
        *execution.first_issue(first, within=within, late=len(first) - within, waiting=0),
        *execution.on_time(punctuality(lambda row: row.deadline), deadline="original"),
        *execution.on_time(punctuality(deadline_of), deadline="moved"),
        execution.validated(completed=len(done), validated=sum(row.status == Status.VALIDATED for row in done)),
        *execution.hours_to_complete(spans(lambda row: row.completed_at)),
        *execution.hours_to_validate(spans(lambda row: row.validated_at)),
        *execution.open_ages(ages),
        *execution.open_by_age(sum(low <= age < high for age in ages) for low, high in pairwise(limits)),
        *alert_figures(),
    ]


def alert_figures():
    told = [level for row in site.ALERTS for level in row.levels]
    acknowledged = sorted(
        hours_between(row.opened_at, row.acknowledged_at) for row in site.ALERTS if row.acknowledged_at
    )
    return [
        *execution.escalations({level: told.count(level) for level in told}),
        *execution.hours_to_acknowledge(acknowledged, waiting=len(site.ALERTS) - len(acknowledged)),
    ]


def assigned():
    def key(row):
        return row.owner, site.OWNERS.get(row.owner, ""), str(row.priority)

    for (owner, team, priority), group in groupby(sorted(OPEN, key=key), key=key):
        rows = list(group)
        noted = sum((row.noted or Decimal(0) for row in rows), Decimal(0))
        yield execution.Assigned(owner, team, priority, len(rows), sum(map(overdue, rows)), noted)


ALL_FIGURES = [*exposure_figures(), *money_figures(), *prevention_figures(), *execution_figures()]
