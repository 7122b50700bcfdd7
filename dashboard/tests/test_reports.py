"""The executive report: the same for the same moment, whatever happens later, and harmless whatever titles say."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec

import cmarkgfm
import pytest
import time_machine
from cmarkgfm.cmark import Options

from dashboard.metrics import filters, pages
from dashboard.reports import formats, moments, overview, report
from dashboard.reports.moments import ReportRefused
from dashboard.tests import example_rows
from dashboard.tests import example_site as site
from tracker.models import Issue

DAY = date(2026, 11, 20)
HOSTILE = "<script>alert(1)</script> | [click](http://evil.example) `x` www.evil.example # {{ x }} &lt; \u202e\x1b[31m"
needs_pdf = pytest.mark.skipif(find_spec("weasyprint") is None, reason="WeasyPrint is not installed")


@pytest.fixture
def story(db):
    return example_rows.Story().tell(datetime(2026, 11, 21, 0, 0, tzinfo=UTC))


def built(kind="month", day=DAY, now=site.NOW):
    return report.build(kind, moments.moment_of(day, now))


def written(form, now, found=None):
    return formats.write(found or built(), form, now).content


def without_generated(content):
    lines = content.decode().splitlines()
    kept = [line for line in lines if "Generated " not in line and '"generated"' not in line]
    assert len(kept) == len(lines) - 1
    return kept


@pytest.mark.parametrize("form", ["md", "html", "json"])
def test_the_same_day_gives_the_same_report_at_another_time_and_after_more_has_happened(story, form):
    with time_machine.travel(datetime(2026, 11, 21, 8, 0, tzinfo=UTC), tick=False):
        first = written(form, datetime(2026, 11, 21, 8, 0, tzinfo=UTC))
    story.tell()
    with time_machine.travel(datetime(2027, 2, 3, 17, 45, tzinfo=UTC), tick=False):
        second = written(form, datetime(2027, 2, 3, 17, 45, tzinfo=UTC))

    assert first != second
    assert without_generated(first) == without_generated(second)


@needs_pdf
def test_a_pdf_is_the_same_for_the_same_report(story):
    found = built()
    first, second = (written("pdf", site.NOW, found) for _ in range(2))

    assert first.startswith(b"%PDF-")
    assert first == second
    assert first != written("pdf", site.NOW + timedelta(days=1), found)


def test_without_weasyprint_a_pdf_is_refused_in_one_sentence(story, monkeypatch):
    monkeypatch.setattr("dashboard.reports.pdf.find_spec", lambda name: None)

    with pytest.raises(ReportRefused, match="make install-pdf"):
        written("pdf", site.NOW)


def test_the_report_says_what_an_executive_asks(db):
    example_rows.write()
    found = report.build("month", site.NOW)

    assert [measure.figure.key for measure in found.headline] == [
        "revenue_at_risk", "revenue_protected", "remediation_cost", "on_time.original.all", "prevention_coverage",
    ]  # fmt: skip
    assert found.headline[0].words.startswith("USD 23,064.49")
    assert found.level == "critical"
    assert any("USD 3,521.74 a month counted as protected" in win for win in found.wins)
    assert found.decisions[0].startswith("Finish P2-20261102-003 first: waiting costs USD 60.23")
    assert "Issues that are overdue: 3." in found.decisions
    states = {measure.figure.key: measure.standing for measure in found.kpis}
    assert (states["on_time.original.P0"], states["first_issue.median"]) == ("target missed", "target met")
    assert states["revenue_at_risk"] == "no target"


@pytest.mark.parametrize(
    ("kind", "day", "words"),
    [
        ("month", date(2026, 11, 25), "2026-11-01 to 2026-11-25, the month so far"),
        ("month", date(2026, 11, 29), "2026-11-01 to 2026-11-29, the month so far"),
        ("month", date(2026, 11, 30), "2026-11-01 to 2026-11-30"),
        ("week", date(2026, 11, 22), "2026-11-16 to 2026-11-22"),
    ],
)
def test_a_report_says_up_to_which_day_it_counts(db, kind, day, words):
    found = built(kind, day, datetime(2026, 12, 24, tzinfo=UTC))

    assert found.period_words == words
    assert written("md", site.NOW, found).decode().startswith(f"# {found.title}: {words}\n")


def test_a_report_of_a_last_day_that_is_not_over_says_so(db):
    now = datetime(2026, 11, 30, 8, tzinfo=UTC)

    assert report.build("month", now).period_words == "2026-11-01 to 2026-11-30, the month so far"


def test_a_report_of_a_large_site_does_not_take_what_was_kept_of_its_pages(story, monkeypatch):
    monkeypatch.setattr(pages, "MOST_LIVE", 0)
    pages.overview(site.november(20), filters.Filters(filters.period("month", site.NOW, UTC)))

    assert report.build("month", moments.end_of(DAY)).as_of == moments.end_of(DAY)
    story.tell()
    assert report.build("month", site.NOW).headline[0].words.startswith("USD 23,064.49")


def test_an_empty_site_has_a_report_that_says_what_is_missing(db):
    found = report.build("week", site.NOW)

    assert found.currency == ""
    assert (
        len([decision for decision in found.decisions if "revenue profile" in decision and "in force" in decision]) == 1
    )
    for form in ("md", "html", "json"):
        assert written(form, site.NOW, found)


def hostile(make_issue, make_owner, **fields):
    owner = make_owner(HOSTILE)
    return make_issue(title=HOSTILE, owner=owner, created_at=site.NOW - timedelta(days=9), **fields)


def test_a_title_is_only_text_in_html(profile, make_issue, make_owner):
    hostile(make_issue, make_owner)
    page = written("html", site.NOW, report.build("month", site.NOW)).decode()

    assert "<script" not in page
    assert 'href="http://evil' not in page


def test_a_title_is_only_text_in_markdown(profile, make_issue, make_owner):
    hostile(make_issue, make_owner)
    text = written("md", site.NOW, report.build("month", site.NOW)).decode()

    page = cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE)
    assert "<script" not in page
    assert not re.search(r'href="[^"]*evil', page)
    assert page.count("</th>") > 20  # the tables are tables
    assert "\u202e" not in text
    assert "\x1b" not in text


def test_the_json_has_amounts_as_text(db):
    example_rows.write()
    found = json.loads(written("json", site.NOW, report.build("month", site.NOW)))

    assert found["headline"][0]["value"] == "23064.49"
    assert found["period"]["kind"] == "month"


@pytest.mark.parametrize("day", [date(2026, 11, 30), date(2026, 12, 24)])
def test_a_day_that_is_not_over_is_refused(day):
    with pytest.raises(ReportRefused, match="is not over yet"):
        moments.moment_of(day, site.NOW)


def test_a_day_ends_in_the_zone_of_the_site(settings):
    settings.TIME_ZONE = "America/New_York"

    end = moments.moment_of(date(2026, 11, 1), site.NOW)  # the day of 25 hours

    assert end.astimezone(UTC) == datetime(2026, 11, 2, 4, 59, 59, 999999, tzinfo=UTC)
    assert moments.last_day_before("week", datetime(2026, 11, 2, 6, tzinfo=UTC)) == date(2026, 11, 1)
    assert moments.last_day_before("week", datetime(2026, 11, 2, 4, tzinfo=UTC)) == date(2026, 10, 25)


@pytest.mark.parametrize(
    ("kind", "last"), [("week", date(2026, 11, 29)), ("month", date(2026, 10, 31)), ("quarter", date(2026, 9, 30))]
)
def test_the_last_day_of_what_has_ended(kind, last):
    assert moments.last_day_before(kind, site.NOW) == last


def test_the_overview_is_one_file_that_names_no_other(db):
    example_rows.write()

    page = overview.html(overview.sheet_of("month", site.NOW, now=site.NOW), site.NOW)

    assert "USD 23,064.49" in page
    assert "default-src &#x27;none&#x27;" in page
    assert not re.search(r"<(script|img|link|iframe|object)\b|\ssrc=|@import|url\(", page)
    assert page.count("<svg") == 3


def test_issues_that_were_tracked_later_are_in_no_earlier_report(story):
    before = written("md", site.NOW)
    Issue.objects.create(
        reference="P0-20261201-999", title="Later", kind="fix", priority="P0", status="identified",
        created_at=site.NOW, updated_at=site.NOW, status_since=site.NOW, worked_at=site.NOW,
    )  # fmt: skip

    assert written("md", site.NOW) == before
