"""What the pages answer on sites that are empty or small."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from dashboard.metrics import filters
from dashboard.metrics.pages import PAGES
from dashboard.value.figures import Lack
from tracker.choices import Door, Priority, Status
from tracker.models import RevenueProfile, System

UTC = ZoneInfo("UTC")
pytestmark = pytest.mark.django_db


def asked(now, **words):
    return filters.read(words, now, UTC)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_an_empty_site_has_reasons_where_it_has_no_numbers(page, now):
    sheet = PAGES[page](now, asked(now))

    assert sheet.figures
    assert all(figure.reason for figure in sheet.figures.values() if figure.value is None)
    assert sheet.currency == ""


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("period", filters.PERIODS)
def test_a_page_answers_for_a_team_and_a_system_in_every_period(page, period, profile, make_issue, make_owner, now):
    lead = make_owner("Lena Moss", role="team_lead")
    issue = make_issue(owner=make_owner("Otto Kern", reports_to=lead), priority=Priority.P0)
    system = System.objects.create(name="till")
    issue.systems.add(system)

    sheet = PAGES[page](now, asked(now, period=period, team=str(lead.pk), system=str(system.pk)))

    assert (sheet.as_of, sheet.filters.team, sheet.filters.system) == (now, lead.pk, system.pk)
    assert (sheet.notes != ()) or page == "prevention"


def test_what_is_at_risk_of_a_team_is_the_part_that_its_issues_have_of_the_whole(profile, make_issue, make_owner, now):
    ours = make_owner("Otto Kern", reports_to=make_owner("Lena Moss", role="team_lead"))
    make_issue(owner=ours, priority=Priority.P0)
    make_issue(priority=Priority.P0)

    whole = PAGES["overview"](now, asked(now)).figures["revenue_at_risk"].value
    part = PAGES["overview"](now, asked(now, team=str(ours.reports_to_id))).figures["revenue_at_risk"].value

    assert (whole, part) == (Decimal("2775.00"), Decimal("1387.50"))


def test_an_issue_is_late_for_the_moment_that_is_asked_about(profile, make_issue, now):
    make_issue(deadline=now, original_deadline=now)

    before, at = (PAGES["board"](moment, asked(moment)) for moment in (now - timedelta(seconds=1), now))

    assert before.extra["counts"]["open"] == 0  # it is tracked a second later
    assert at.extra["counts"]["overdue"] == 1


def test_work_that_was_done_before_it_was_tracked_flatters_neither_punctuality_nor_speed(make_issue, now):
    issue = make_issue(status=Status.COMPLETED, priority=Priority.P0)
    issue.changes.create(new_status=Status.COMPLETED, actor_name="Import", door=Door.INTAKE, at=now)

    figures = PAGES["execution"](now, asked(now)).figures

    assert figures["on_time.original.P0"].lack == Lack.NOTHING_YET
    assert figures["hours_to_complete.median.P0"].lack == Lack.NOTHING_YET
    assert figures["validated"].value == 0, "it waits for its validation like any other"


def test_work_that_was_late_when_it_was_tracked_is_late_in_the_period_in_which_it_was(make_issue, now):
    last_year = {"deadline": now - timedelta(days=200), "original_deadline": now - timedelta(days=200)}
    make_issue(priority=Priority.P0, **last_year)
    done = make_issue(priority=Priority.P0, status=Status.COMPLETED, **last_year)
    later = now + timedelta(hours=1)
    done.changes.create(
        old_status=Status.IN_PROGRESS, new_status=Status.COMPLETED, actor_name="Ana", door=Door.ADMIN, at=later
    )

    figures = PAGES["execution"](later, asked(later, period="week")).figures
    next_week = PAGES["execution"](later + timedelta(days=7), asked(later + timedelta(days=7), period="week")).figures

    assert (figures["on_time.original.P0"].value, figures["on_time.original.P0"].sample) == (0, 2)
    assert next_week["on_time.original.P0"].lack == Lack.NOTHING_YET, "each of them counts once"


def test_weeks_before_the_first_revenue_profile_have_no_protected_amount(profile, db, now):
    RevenueProfile.objects.update(effective_on=now.date() - timedelta(days=8))

    trend = next(row for row in PAGES["overview"](now, asked(now)).series if row.key == "exposure_trend")

    protected = trend.lines[1].values
    assert protected == (*(None,) * 10, 0, 0)
    assert "Before the first revenue profile" in trend.notes[-1]


def test_the_forecast_beside_the_figures_of_a_team_is_of_one_kind_from_its_first_point_on(
    profile, make_issue, make_owner, now
):
    ours = make_owner("Otto Kern", reports_to=make_owner("Lena Moss", role="team_lead"))
    make_issue(owner=ours)
    make_issue(priority=Priority.P0)

    whole, part = (
        {row.key: row for row in PAGES["value"](now, asked(now, team=team)).series}
        for team in ("", str(ours.reports_to_id))
    )

    assert part["forecast"].lines == whole["forecast"].lines
    assert ("whole site" in part["forecast"].finding, "whole site" in whole["forecast"].finding) == (True, False)
    assert "whole site only" in part["by_stream"].finding


def test_the_figures_of_a_system_say_that_issues_without_one_are_not_in_them(make_issue, now):
    make_issue()
    system = System.objects.create(name="till")

    assert any("name no system" in note for note in PAGES["overview"](now, asked(now, system=str(system.pk))).notes)
    assert not any("name no system" in note for note in PAGES["overview"](now, asked(now)).notes)
