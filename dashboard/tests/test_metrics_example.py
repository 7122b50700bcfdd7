"""The worked example of docs/metrics.md: every figure to the cent, from rows, through the pages."""

import pytest

from dashboard.metrics import filters
from dashboard.metrics.pages import PAGES
from dashboard.models import ProtectionEntry, StakeShare
from dashboard.tests import example_rows
from dashboard.tests import example_site as site
from dashboard.tests.metrics_page import shown, table
from dashboard.value.figures import Figure

UTC = site.NOW.tzinfo


@pytest.fixture
def written(db):
    return example_rows.write()


def sheets(now=site.NOW, **words):
    asked = filters.read(words, now, UTC)
    return {name: page(now, asked) for name, page in PAGES.items()}


def key_on_the_page(written, figure):
    """The key with the names and numbers of the page in place of keys and references of rows."""
    analyses = {row.pk: name for name, row in written.analyses.items()}
    issues = {str(row.pk): number for number, row in written.issues.items()}
    references = {row.reference: number for number, row in written.issues.items()}
    kind, _, part = figure.part.rpartition(".")
    if kind == "analysis":
        return f"{figure.key.removesuffix(part)}{analyses[int(part)]}"
    if kind == "issue":
        return f"{figure.key.removesuffix(part)}{issues[part]}"
    return f"{figure.key.removesuffix(part)}{references[part]}" if part in references else figure.key


def figures_of(written, pages):
    found: dict[str, Figure] = {}
    for sheet in pages.values():
        actions = sheet.extra["actions"].actions if "actions" in sheet.extra else ()
        of_actions = [figure for action in actions for figure in (action.a_day, action.by_hour)]
        for figure in (*sheet.figures.values(), *of_actions):
            found.setdefault(key_on_the_page(written, figure), figure)
    return found


def test_every_figure_of_the_worked_example_comes_from_its_rows_to_the_cent(written):
    found = {key: shown(figure) for key, figure in figures_of(written, sheets()).items()}

    of_the_period = found.pop("revenue_protected")
    assert found == dict(table("Every figure"))
    assert of_the_period == found["revenue_protected.2026-11"]


def test_the_ledger_of_the_worked_example_has_the_stakes_and_amounts_of_the_page(written):
    rows = []
    for number, issue in sorted(written.issues.items()):
        share = StakeShare.objects.select_related("stake").get(issue=issue)
        counted = sum(ProtectionEntry.objects.filter(issue=issue).values_list("amount", flat=True))
        name = next(name for name, analysis in written.analyses.items() if analysis.pk == issue.analysis_id)
        if share.amount:
            rows.append([name, str(number), f"{share.stake.increase:,}", f"{share.amount:,}", f"{counted:,.2f}"])

    assert rows == [[row[0], row[1], row[2], row[3], row[5]] for row in table("What was at stake and what was counted")]


def test_the_open_work_by_owner_and_by_team_is_what_the_page_says(written):
    extra = sheets()["board"].extra
    loads = (*extra["owners"], *extra["teams"])
    found = [
        [row.name or "nobody", str(row.open), str(row.overdue), f"{row.hours_left.normalize():f}", f"{row.load:.2%}"]
        for row in loads
    ]

    assert found == [[*row[:4], row[4].replace(" %", "%")] for row in table("Open work")]


def test_the_risk_level_of_the_worked_example_and_its_reasons_are_what_the_page_says(written):
    assessment = sheets()["overview"].extra["risk"]

    assert [[reason.level.name.lower(), reason.sentence] for reason in assessment.reasons] == table("The risk level")


@pytest.mark.parametrize("day", [8, 12, 15, 20, 24, 27])
@pytest.mark.parametrize("period", filters.PERIODS)
def test_a_moment_that_has_passed_has_the_figures_that_it_had_then(db, day, period):
    moment = site.november(day, 13)
    story = example_rows.Story().tell(moment)
    then = sheets(moment, period=period)

    story.tell()

    assert sheets(moment, period=period) == then
