from datetime import UTC, datetime, timedelta

import pytest

from tracker.validation import junit
from tracker.validation.began import UnknownBegin, began_at
from tracker.validation.junit import Report
from tracker.validation.outcomes import Counts

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOON, ELEVEN = "2026-03-10T12:00:00+00:00", "2026-03-10T12:00:00+01:00"


def began(*timestamps, stated=None, undated=False):
    return began_at(Report(Counts(1, 0, 0, 0), timestamps, undated), stated=stated, now=NOW)


@pytest.mark.parametrize(
    ("timestamps", "stated", "moment"),
    [
        pytest.param(["2026-03-10T09:30:00Z"], None, NOW - 2.5 * HOUR, id="a time stamp with an offset"),
        pytest.param([NOON, ELEVEN], None, NOW - HOUR, id="of several suites the first to begin"),
        pytest.param([], NOW - HOUR, NOW - HOUR, id="none, and a time that is stated"),
        pytest.param([ELEVEN], NOW, NOW - HOUR, id="the stated time does not make it later"),
        pytest.param([NOON], NOW - HOUR, NOW - HOUR, id="the stated time makes it earlier"),
        pytest.param(["2026-03-10T12:00:00"], NOW - HOUR, NOW - HOUR, id="a local time, and the moment stated"),
        pytest.param(["2026-03-11T01:59:00"], NOW - HOUR, NOW - HOUR, id="a local time far in the east"),
        pytest.param(["2026-03-10T12:04:00+00:00"], None, NOW, id="a clock that is a little ahead"),
        pytest.param(["yesterday"], NOW - HOUR, NOW - HOUR, id="a stamp that cannot be read, and the moment stated"),
    ],
)
def test_the_tests_began_at_the_earliest_moment_that_is_named(timestamps, stated, moment):
    assert began(*timestamps, stated=stated) == moment


@pytest.mark.parametrize(
    ("timestamps", "stated", "words"),
    [
        pytest.param([], None, "does not say when its tests began: say when", id="no time stamp"),
        pytest.param(["2026-03-10T12:00:00"], None, "no offset from UTC: say when", id="no offset"),
        pytest.param([NOON, "2026-03-10T12:00:00"], None, "no offset from UTC", id="one of two without offset"),
        pytest.param(["0001-01-01T00:00:00+14:00"], None, "cannot be read", id="a year before there were clocks"),
        pytest.param(["10.03.2026"], None, "cannot be read", id="no ISO time"),
        pytest.param(["2026-03-10T12:06:00+00:00"], None, "in the future", id="to come"),
        pytest.param(["2026-03-11T02:06:00"], NOW, "in the future", id="to come in every time zone"),
        pytest.param([NOON], NOW + HOUR, "in the future", id="stated as to come"),
        pytest.param(["9999-12-31T23:59:59+00:00"], None, "in the future", id="the end of time"),
        pytest.param(["2026-03-09T23:00:00"], NOW, "written before the time", id="stated later than the report"),
        pytest.param([NOON], datetime(2026, 3, 10, 12), "needs an offset", id="stated without offset"),  # noqa: DTZ001
    ],
)
def test_what_leaves_the_begin_unknown_is_refused(timestamps, stated, words):
    with pytest.raises(UnknownBegin, match=words):
        began(*timestamps, stated=stated)


def test_a_test_in_a_suite_without_a_time_may_have_run_at_any_time(tmp_path):
    def read(text):
        path = tmp_path / "report.xml"
        path.write_text(f"<testsuites>{text}</testsuites>")
        return junit.read(path, written_after=0)

    case = "<testcase name='a'/>"
    dated = f"<testsuite timestamp='{NOON}'>{case}<testsuite>{case}</testsuite></testsuite>"

    assert read(dated) == Report(read(dated).counts, (NOON,), undated=False)
    assert read(f"{dated}<testsuite/>").undated is False
    assert read(f"{dated}<testsuite>{case}</testsuite>").undated is True
