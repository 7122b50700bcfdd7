"""A sheet in words."""

from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import AnonymousUser

from dashboard.metrics import links
from dashboard.metrics.sheet import Line
from dashboard.showing import Showing, headline_figure
from dashboard.tests.sheets import AT_RISK, DELAY, ON_TIME, compared, series, sheet
from dashboard.value import downtime, execution, forecast, prevention, protection, remediation, roi
from dashboard.value.figures import Lack

RETURN = [roi.RETURN.of(Decimal(value), part=part) for part, value in (("p10", "0.5"), ("p50", "1"), ("p90", "2"))]


@pytest.fixture
def show(make_user):
    """How a sheet is shown to somebody who may do everything."""
    mona = make_user("mona", is_superuser=True)
    return lambda *figures, **fields: Showing(sheet(*figures, **fields), mona)


def test_a_return_is_never_shown_as_a_bare_point(show):
    assert show(*RETURN).figure(RETURN[1]).notes == ("From 50 % (p10) to 200 % (p90).",)
    assert show(*RETURN).figure(RETURN[0]).notes == ()


def within(column):
    """The period of the sheets here, as a list is asked for it."""
    return urlencode(links.within(column, sheet().filters.period.start, sheet().filters.period.end))


def test_a_figure_has_its_target_its_state_and_its_change_in_words(show):
    figure = show(ON_TIME, changes=compared(ON_TIME, Decimal("0.95"))).figure(ON_TIME)

    assert (figure.words, figure.target, figure.state) == ("90 %", "at least 90 %", "target met")
    assert (figure.change, figure.judgement) == ("▼ 5 points less", "worse")
    assert figure.formula_url == "/formulas/#on-time-rate"


@pytest.mark.parametrize(
    ("figure", "url"),
    [
        (forecast.NOW.without(Lack.NOT_SET, forecast.NO_REVENUE), "/admin/tracker/revenueprofile/add/"),
        (remediation.COST.without(Lack.NOT_SET, remediation.NO_RATE), "/admin/tracker/revenueprofile/add/"),
        (downtime.TOTAL.without(Lack.NOT_SET, downtime.NO_HOURS), "/admin/dashboard/downtime/add/"),
        (forecast.EXPECTED.without(Lack.NOT_ENOUGH_HISTORY, "Wait."), ""),
    ],
)
def test_what_is_not_set_leads_to_where_it_is_entered(show, figure, url):
    assert show(figure).figure(figure).enter_url == url
    assert Showing(sheet(figure), AnonymousUser()).figure(figure).enter_url == ""


def test_a_figure_leads_to_its_rows_of_the_same_team_and_system(show):
    asked = sheet().filters
    narrowed = type(asked)(asked.period, team=3, system=4)

    rows = show(filters=narrowed).figure(ON_TIME).rows

    late = show(filters=narrowed).figure(DELAY).rows
    assert rows.url == "/rows/on_time.original.P1/?period=month&team=3&system=4"
    assert late.url == "/admin/tracker/issue/?due=overdue&team=3&system=4"
    assert show().figure(protection.PROTECTED.of(1, part="2026-10")).rows.url.endswith(f"{within('at')}&month=2026-10")
    assert "team" not in show(filters=narrowed).figure(forecast.UNCHANGED.of(1, part="24_h")).rows.url
    assert Showing(sheet(), AnonymousUser()).figure(ON_TIME).rows is None


@pytest.mark.parametrize(
    ("figure", "query"),
    [
        (execution.OPEN_BY_AGE.of(2, part="under_72_h"), "issue/?age=under_72_h"),
        (execution.TO_COMPLETE.of(2, part="median.P1"), "/rows/hours_to_complete.median.P1/?period=month"),
        (remediation.HOURS.of(2), "/rows/remediation_hours/?period=month"),
        (downtime.TOTAL.of(2), f"downtime/?{within('started_at')}"),
        (prevention.COVERAGE.of(2, part="test"), "?state__in=in_place%2Cverified&category__exact=test"),
        (prevention.VERIFIED.of(2), "?state__exact=verified"),
        (
            prevention.ESCAPES.of(2, part="untreated"),
            f"confirmed&{within('decided_at')}&case__exact=untreated",
        ),
    ],
)
def test_a_list_has_what_its_figure_counts_and_no_more(show, figure, query):
    assert show().figure(figure).rows.url.endswith(query)


def test_headline_figures_are_found_by_key_and_by_kind_and_are_in_no_table(show):
    month = protection.PROTECTED.of(1, part="2026-03")
    showing = show(AT_RISK, month, DELAY, forecast.NOW.of(1, part="issue.9"))

    assert headline_figure(showing.sheet.figures, "revenue_protected") is month
    assert [card.key for card in showing.cards(("revenue_at_risk", "revenue_protected", "unheard_of"))] == [
        *("revenue_at_risk", "revenue_protected.2026-03")
    ]
    tables = showing.tables(without=("revenue_at_risk", "revenue_protected"))
    assert [(table.title, len(table.figures)) for table in tables] == [("Cost of delay", 1)]


def test_the_table_of_a_series_says_where_there_is_no_number(show):
    shown = show(series=(series(links=("/admin/a", "/admin/b")),)).series("board")[0]

    assert [(row.label, row.url, row.cells) for row in shown.rows] == [
        ("P0", "/admin/a", ("3", "0")),
        ("P1", "/admin/b", ("2", "none")),
    ]
    assert shown.csv_url == "/charts/board/by_priority.csv?period=month"
    assert not shown.is_empty


def test_a_series_without_any_number_is_empty(show):
    assert show(series=(series(lines=(Line("Open", (None, None)),)),)).series("board")[0].is_empty
