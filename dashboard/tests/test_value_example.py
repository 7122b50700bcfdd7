"""The worked example of docs/metrics.md: every figure to the cent, from values."""

import re
from decimal import Decimal
from itertools import groupby, pairwise
from pathlib import Path

from django.conf import settings

from dashboard.tests import example_site as site
from dashboard.value import delay, downtime, execution, forecast, prevention, protection, remediation, risk_level, roi
from dashboard.value.figures import Unit
from tracker import exposure
from tracker.choices import IssueKind, MeasureCategory, MeasureState, Priority, Status
from tracker.exposure import Profile, Risk, Share, Stream

METRICS = Path(settings.BASE_DIR) / "docs" / "metrics.md"
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
    protected = protection.protected([protection.Month(site.MONTH, total, site.MRR)], stakes=len(STAKES))
    by_leading = {}
    for row in site.ISSUES:
        leading = STAKES[row.analysis].leading
        by_leading[leading] = by_leading.get(leading, Decimal(0)) + net_of(row)
    spent = remediation.remediation(work(), TERMS)
    lost = downtime.downtime(site.DOWNTIME_HOURS, site.MRR, TERMS)
    counted = roi.Counted(by_leading, Decimal(0), site.MRR)
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


def shown(figure):
    """A figure as the tables of the page have it."""
    if figure.lack:
        return str(figure.lack)
    if figure.unit == Unit.SHARE:
        return f"{figure.value:.2%}".replace("%", " %")
    return f"{figure.value:,}"


def table(heading):
    """The rows of the table under a heading of the page, without its head."""
    text = METRICS.read_text(encoding="utf-8")
    section = text.split(f"\n### {heading}\n", 1)[1].split("\n#", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


ALL_FIGURES = [*exposure_figures(), *money_figures(), *prevention_figures(), *execution_figures()]


def test_every_figure_of_the_worked_example_is_what_the_page_says_to_the_cent():
    assert {figure.key: shown(figure) for figure in ALL_FIGURES} == dict(table("Every figure"))


def test_the_stakes_and_what_was_counted_of_them_are_what_the_page_says():
    rows = [
        [row.analysis, str(row.number), f"{STAKES[row.analysis].increase:,}", f"{share:,}", f"{net_of(row):,.2f}"]
        for row in site.ISSUES
        if (share := STAKES[row.analysis].shares.get(row.number)) is not None
    ]

    assert rows == [[row[0], row[1], row[2], row[3], row[5]] for row in table("What was at stake and what was counted")]


def test_the_open_work_by_owner_and_by_team_is_what_the_page_says():
    rows = [*execution.loads(assigned(), TERMS), *execution.team_loads(assigned(), TERMS)]
    found = [
        [
            row.name or "nobody",
            str(row.open),
            str(row.overdue),
            f"{row.hours_left}",
            f"{row.load:.2%}".replace("%", " %"),
        ]
        for row in rows
    ]

    assert found == table("Open work")


def test_the_risk_level_of_the_worked_example_and_its_reasons_are_what_the_page_says():
    urgent = [row for row in LIVE if row.priority in (Priority.P0, Priority.P1) and not row.owner]
    late = {
        (priority, hours): sum(
            1
            for row in OPEN
            if overdue(row) and row.priority == priority and hours_between(deadline_of(row), site.NOW) >= hours
        )
        for priority, hours in ((Priority.P0, 0), (Priority.P0, 8), (Priority.P1, 24))
    }
    assessment = risk_level.assess(
        risk_level.Situation(
            at_risk=exposure.totals(PROFILE, RISKS).likely,
            warning=site.REVENUE_WARNING,
            critical=site.REVENUE_CRITICAL,
            p0_late=late[Priority.P0, 8],
            p0_overdue=late[Priority.P0, 0],
            p0_open=sum(row.priority == Priority.P0 for row in LIVE),
            p1_late=late[Priority.P1, 24],
            overdue=sum(map(overdue, OPEN)),
            urgent_without_owner=len(urgent),
            pending_reviews=2,
            escapes=sum(row.case == "though_validated" for row in site.ANALYSES),
        )
    )

    assert assessment.level == risk_level.RiskLevel.CRITICAL
    assert [[reason.level.name.lower(), reason.sentence] for reason in assessment.reasons] == table("The risk level")


def test_with_earlier_issues_there_is_an_expected_exposure_as_the_page_says():
    earlier = {Priority.P1: [forecast.Observed(*row) for row in site.EARLIER_P1]}
    figures = forecast.expected(PROFILE, RISKS, earlier)

    assert [[figure.key, shown(figure)] for figure in figures] == table("With enough history: expected exposure")


def test_with_earlier_analyses_there_is_a_prevention_value_as_the_page_says():
    (_, without_days, without_returns), (_, with_days, with_returns) = site.EARLIER_WITHOUT, site.EARLIER_WITH
    worth = prevention.prevention_value(
        with_prevention=prevention.Watched(Decimal(with_days), with_returns),
        without=prevention.Watched(Decimal(without_days), without_returns),
        covered_now=site.EARLIER_COVERED,
        incidents=len(site.ANALYSES),
        cost=remediation.remediation(work(), TERMS).cost.value + downtime_cost(),
        reason="",
    )
    rows = [[figure.key, shown(figure)] for figure in (worth.fewer, worth.incident, worth.value)]

    assert rows == table("With enough history: prevention value")


def test_every_figure_names_a_section_of_the_page_and_every_key_is_explained_there():
    text = METRICS.read_text(encoding="utf-8")
    headings = set(re.findall(r"^## (.+)$", text, re.MULTILINE))
    assert {figure.section for figure in ALL_FIGURES} <= headings
    for figure in ALL_FIGURES:
        section = text.split(f"\n## {figure.section}\n", 1)[1].split("\n## ", 1)[0]
        assert f"`{figure.key.split('.')[0]}`" in section


def test_the_page_has_every_rule_of_the_risk_level_with_its_level():
    text = METRICS.read_text(encoding="utf-8")
    rules = [f"| {rule.level.name.lower()} | {rule.sentence.format('n')} |" for rule in risk_level.RULES]

    assert [rule for rule in rules if rule not in text] == []
