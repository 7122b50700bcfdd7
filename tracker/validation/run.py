"""Carry out a validation run: each check by its confirmed entry, each result committed as soon as it is there."""

import contextlib
import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from django.db import OperationalError, transaction
from django.utils.translation import gettext, gettext_noop

from tracker.choices import CheckOutcome, Status
from tracker.models import Check, CheckResult, ValidationRun
from tracker.validation import execution, proving, requests
from tracker.validation.attending import attended
from tracker.validation.catalogue import Catalogue
from tracker.validation.concluding import RunTaken, break_off, conclude, locked
from tracker.validation.outcomes import Result
from tracker.validation.planning import Plan, Planned, plan
from tracker.validation.surroundings import Progress

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
MOST_SHOWN = 8192  # characters of what a check wrote last, while it is executed
INTERRUPTED = gettext_noop(
    "It was broken off before all checks were executed, so it shows nothing. Run the checks again."
)


def execute(run_id: int, *, clock: Clock) -> ValidationRun | None:
    """Carry out a queued run, outside of any transaction; None when it is not there to be carried out now.

    It may be called any number of times for a run: it is carried out once.
    """
    if not requests.claim(run_id, now=clock()):
        return None
    run = ValidationRun.objects.select_related("issue__owner").get(pk=run_id)
    try:
        _carry_out(run, plan(run.issue), clock)
        return conclude(run, now=clock())
    except RunTaken as taken:
        logger.warning("%s", taken)
        return ValidationRun.objects.get(pk=run_id)
    except BaseException:  # a signal or time-out of the queue, too: the row must not say that it still runs
        with contextlib.suppress(RunTaken):
            break_off(run, gettext(INTERRUPTED), now=clock())
        raise
    finally:
        requests.wake_next(clock())


def _carry_out(run: ValidationRun, planned: Plan, clock: Clock) -> None:
    for number, each in enumerate(planned.checks, start=1):
        if not each.is_manual:
            show = _Showing(
                run,
                gettext("Check %(number)s of %(all)s, “%(text)s”")
                % {"number": number, "all": len(planned.checks), "text": each.check.text[:80]},
                clock,
            )
            keep(run, each, result(each, planned.catalogue, show, clock), now=clock())
        elif run.issue.status == Status.VALIDATED and (earlier := standing_sign_off(each)):
            _sign_again(run, each, earlier)


def result(planned: Planned, entries: Catalogue, show: Callable[[Progress | None], None], clock: Clock) -> Result:
    """What came out of one check. Whatever goes wrong in executing it is an error, in words."""
    if planned.problem:
        return could_not_run(planned.problem, clock())
    show(None)
    try:
        return attended(lambda watch: execution.execute(planned.entry, entries, clock=clock, watch=watch), show)
    except RunTaken:
        raise
    except Exception as error:
        logger.exception("The entry %s could not be executed.", planned.check.entry)
        return could_not_run(
            gettext("It could not be executed (%(kind)s): the log says more.") % {"kind": type(error).__name__},
            clock(),
        )


def could_not_run(sentence: str, now: datetime) -> Result:
    """The result of a check of which nothing was executed."""
    nothing = {"command": "", "folder": "", "commit": "", "output": "", "output_sha256": ""}
    facts = {"started_at": now, "duration_seconds": 0.0, "exit_code": None, "counts": None, "truncated": False}
    return Result(outcome=CheckOutcome.ERROR, sentence=sentence, **nothing, **facts)


@transaction.atomic
def keep(run: ValidationRun, planned: Planned, found: Result, *, now: datetime) -> CheckResult:
    """Write the result of a check of a run that is under way. Raises: RunTaken."""
    locked(run)
    ValidationRun.objects.filter(pk=run.pk).update(heartbeat_at=now)
    still_there = Check.objects.filter(pk=planned.check.pk).first()
    return run.results.create(issue_check=still_there, **proving.columns(planned), **columns(found))


def columns(found: Result) -> dict:
    """A result as the columns of its row."""
    return asdict(found) | {"counts": found.counts.as_dict() if found.counts else {}}


def standing_sign_off(planned: Planned) -> CheckResult | None:
    """The sign-off with which the issue was validated: it stands until the issue is reopened or the check changed."""
    signed = planned.check.results.filter(outcome=CheckOutcome.PASSED).exclude(signed_by_name="")
    latest = signed.order_by("-pk").first()
    return latest if latest and proving.still_proves(latest, planned) else None


@transaction.atomic
def _sign_again(run: ValidationRun, planned: Planned, earlier: CheckResult) -> None:
    locked(run)
    facts = {name: getattr(earlier, name) for name in ("sentence", "started_at", "signed_by", "signed_by_name")}
    proved = proving.columns(planned)
    run.results.create(issue_check=planned.check, outcome=CheckOutcome.PASSED, **proved, **facts)


class _Showing:
    """Says on the row of a run that it is alive, and how far it is. Raises RunTaken when it is nobody's any more."""

    def __init__(self, run: ValidationRun, words: str, clock: Clock) -> None:
        self.run, self.words, self.clock = run, words, clock

    def __call__(self, progress: Progress | None) -> None:
        mine = ValidationRun.objects.filter(pk=self.run.pk, state=self.run.state, attempts=self.run.attempts)
        tail = progress.last_lines[-MOST_SHOWN:] if progress else ""
        try:
            if mine.update(heartbeat_at=self.clock(), sentence=_so_far(self.words, progress), tail=tail):
                return
        except OperationalError as error:  # the next second tries again; after a while the run is lost
            logger.warning("The heartbeat of run %s could not be written: %s", self.run.pk, error)
            return
        raise RunTaken(gettext("Run %(run)s was ended while its checks were executed.") % {"run": self.run.pk})


def _so_far(check: str, progress: Progress | None) -> str:
    if progress is None:
        return gettext("%(check)s begins.") % {"check": check}
    facts = {"check": check, "size": f"{progress.size:,}", "time": progress.attempt, "times": progress.attempts}
    if progress.attempts > 1:
        return gettext("%(check)s, time %(time)s of %(times)s: %(size)s bytes written.") % facts
    return gettext("%(check)s: %(size)s bytes written.") % facts
