"""A run whose tests somebody else executed: a JUnit report that CI wrote for a commit, kept as evidence."""

import re
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from tracker.choices import CheckOutcome, Door, RunSource
from tracker.models import ValidationRun
from tracker.permissions import Actor
from tracker.terminal import printable
from tracker.validation import junit, proving, requests
from tracker.validation.began import UnknownBegin, began_at
from tracker.validation.concluding import conclude
from tracker.validation.entries import CheckKind
from tracker.validation.junit import BrokenReport
from tracker.validation.outcomes import captured
from tracker.validation.planning import Plan, Planned
from tracker.validation.planning import plan as planned_for
from tracker.validation.requests import RunRefused
from tracker.validation.runners.test_suite import judge

COMMIT = re.compile(r"[0-9a-fA-F]{7,64}")
NOT_REPORTED = gettext_noop("The report that was recorded is none of this check.")


def record(
    issue_id: int,
    report: Path,
    commit: str,
    *,
    actor: Actor,
    door: Door,
    now: datetime,
    entry: str = "",
    ran_at: datetime | None = None,
) -> ValidationRun:
    """Record a report as a run: it answers the checks of a test suite, with `entry` those of that one alone.

    Where no check has a test suite it stands beside the checks. The run started when the tests began: as the report
    says, or `ran_at` (see tracker.validation.began). Raises: RunRefused, also for a broken report.
    """
    if not COMMIT.fullmatch(commit):
        raise RunRefused(
            gettext("%(commit)r is no commit: write at least 7 characters of its hexadecimal name.")
            % {"commit": commit[:70]}
        )
    found = _evidence(report, commit.lower(), now, ran_at)
    requests.mark_lost(now)
    with transaction.atomic():
        run = requests.opened(issue_id, actor=actor, door=door, now=now, source=RunSource.CI)
        requests.begin(ValidationRun.objects.filter(pk=run.pk), now, started_at=found["started_at"])
        run.refresh_from_db()
        planned = planned_for(run.issue)
        suite = _suite(planned, entry)
        for each in planned.checks:
            if each.check.entry == suite and suite:
                run.results.create(issue_check=each.check, **proving.columns(each), **_once(found, each))
            elif not each.is_manual:
                skipped = {"outcome": CheckOutcome.SKIPPED, "sentence": each.problem or gettext(NOT_REPORTED)}
                run.results.create(issue_check=each.check, **proving.columns(each), **skipped)
        if not suite:
            run.results.create(
                issue_check=None,
                check_text=gettext("The tests of %(report)s") % {"report": printable(report.name)},
                **found,
            )
        return conclude(run, now=now)


def _once(found: dict, planned: Planned) -> dict:
    """The evidence of a report for a check. It shows one time: where more are asked for, passing it shows nothing."""
    if found["outcome"] != CheckOutcome.PASSED or planned.passes == 1:
        return found
    words = gettext("%(sentence)s It shows one time, and the check has to pass %(number)s times in a row.") % {
        "sentence": found["sentence"],
        "number": planned.passes,
    }
    return found | {"outcome": CheckOutcome.SKIPPED, "sentence": words}


def _evidence(report: Path, commit: str, now: datetime, ran_at: datetime | None) -> dict:
    """What the report says, as the columns of a result."""
    try:
        read = junit.read(report, written_after=0)
        started_at = began_at(read, stated=ran_at, now=now)
    except (BrokenReport, UnknownBegin) as broken:
        raise RunRefused(str(broken)) from None
    output = captured(report.read_bytes()[: junit.MOST_BYTES])
    outcome, sentence = judge(read.counts, 0)
    return {
        "outcome": outcome,
        "sentence": gettext("CI: %(sentence)s") % {"sentence": sentence},
        "commit": commit,
        "started_at": started_at,
        "counts": read.counts.as_dict(),
        "output": output.text,
        "output_sha256": output.sha256,
        "truncated": output.truncated,
    }


def _suite(planned: Plan, wanted: str) -> str:
    """The name of the test suite that the report is of; "" when no check has one."""
    kinds = {each.entry.name for each in planned.checks if each.entry and each.entry.kind == CheckKind.TEST_SUITE}
    if wanted and wanted not in kinds:
        raise RunRefused(
            gettext("No check of the issue is executed by a test suite called %(wanted)r.") % {"wanted": wanted[:64]}
        )
    if not wanted and len(kinds) > 1:
        raise RunRefused(
            gettext("The checks have several test suites: name one of %(kinds)s with --entry.")
            % {"kinds": ", ".join(sorted(kinds))}
        )
    return wanted or next(iter(kinds), "")
