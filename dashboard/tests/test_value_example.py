"""The worked example of docs/metrics.md: every figure to the cent, from values."""

import re
from decimal import Decimal

from dashboard.tests import example_site as site
from dashboard.tests.example_values import (
    ALL_FIGURES,
    LIVE,
    OPEN,
    PROFILE,
    RISKS,
    STAKES,
    TERMS,
    assigned,
    deadline_of,
    downtime_cost,
    hours_between,
    net_of,
    overdue,
    work,
)
from dashboard.tests.metrics_page import METRICS, shown, table
from dashboard.value import execution, forecast, prevention, remediation, risk_level
from dashboard.value.catalogue import DEFINITIONS, definition_of
from tracker import exposure
from tracker.choices import Priority


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
            currency="USD",
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
    assert {definition.section for definition in DEFINITIONS.values()} <= headings
    for definition in DEFINITIONS.values():
        section = text.split(f"\n## {definition.section}\n", 1)[1].split("\n## ", 1)[0]
        assert f"`{definition.key}`" in section


def test_every_figure_has_a_definition_of_its_key_and_the_example_has_a_figure_of_every_definition():
    assert {definition_of(figure.key) for figure in ALL_FIGURES} == set(DEFINITIONS.values())
    assert all(definition_of(figure.key).unit == figure.unit for figure in ALL_FIGURES)


def test_the_page_has_every_rule_of_the_risk_level_with_its_level():
    text = METRICS.read_text(encoding="utf-8")
    rules = [f"| {rule.level.name.lower()} | {rule.sentence.format('n')} |" for rule in risk_level.RULES]

    assert [rule for rule in rules if rule not in text] == []
