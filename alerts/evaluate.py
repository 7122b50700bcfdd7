"""Compares what should be open now with what is open, and sees to it that people are told.

One transaction under one lock: of two workers the second waits and finds nothing to do, and an evaluation that breaks
off leaves nothing half-written, only its row of Tick with the error. What is there decides, not what was done before:
running it late, or twice, changes nothing.
"""

import logging
import time
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, transaction

from alerts import digests, findings, following, opening, resolutions, sitewide, stepping
from alerts.models import AlertSettings, Tick
from alerts.policies import policies as policies_now
from alerts.rules import Moment
from alerts.surroundings import Surroundings
from tracker.policies import thresholds

logger = logging.getLogger(__name__)

KEEP_TICKS = timedelta(days=30)
SKEW = timedelta(hours=1)  # what clocks of workers may differ; more than that is a clock that was wrong once
MOST_HOURS = 10 * 365 * 24  # longer ones count as ten years
LONGEST_ERROR = 300


def evaluate(now: datetime) -> Tick:
    """Open, resolve and escalate what should be now; the row that says how many.

    Raises: whatever broke it, after a row of Tick with the error was written.
    """
    began = time.monotonic()
    try:
        with transaction.atomic():
            return _evaluate(now, began)
    except Exception as error:
        _keep_failure(now, error)
        raise


def _evaluate(now: datetime, began: float) -> Tick:
    settings, _ = AlertSettings.objects.select_for_update().get_or_create(pk=1)
    last = Tick.objects.filter(finished_at__isnull=False).order_by("-at").first()
    if last and now < last.at <= now + SKEW:
        return last  # another worker was faster, and saw all that there was to see
    tick = Tick(at=now)
    policies, moment = policies_now(), _moment(now, settings)
    tick.resolved = opening.resolve(moment)
    following.follow(moment, policies, since=last and last.at - SKEW)
    tick.opened = opening.open_new(moment, policies)
    _count(tick, sitewide.compare(findings.of_site(now, settings), moment, policies))
    around = Surroundings.load(now, settings)
    tick.steps = stepping.take_steps(now, around=around)
    resolutions.tell_resolutions(now, around=around)
    around.outbox.write()
    digests.plan_digests(now, since=last and last.at, around=around)
    _count(tick, sitewide.compare(findings.of_steps(), moment, policies))  # told by the next evaluation
    return _keep(tick, last, seconds=time.monotonic() - began)


def purge_ticks(now: datetime) -> int:
    """Delete the rows of evaluations that are long past; how many."""
    return Tick.objects.filter(at__lt=now - KEEP_TICKS).delete()[0]


def _moment(now: datetime, settings: AlertSettings) -> Moment:
    review, blocked = (
        timedelta(hours=min(hours, MOST_HOURS)) for hours in (settings.pending_review_hours, settings.blocked_hours)
    )
    return Moment(now, thresholds(), review, blocked)


def _count(tick: Tick, compared: tuple[int, int]) -> None:
    """Add what was opened and resolved to the row."""
    opened, resolved = compared
    tick.opened += opened
    tick.resolved += resolved


def _keep(tick: Tick, last: Tick | None, *, seconds: float) -> Tick:
    """Write the row. A second evaluation of the same moment adds to the first one's."""
    if last and last.at == tick.at:
        tick.opened, tick.resolved, tick.steps = (
            last.opened + tick.opened,
            last.resolved + tick.resolved,
            last.steps + tick.steps,
        )
    tick.finished_at = tick.at + timedelta(seconds=seconds)
    columns = ["finished_at", "opened", "resolved", "steps", "error"]
    Tick.objects.bulk_create([tick], update_conflicts=True, unique_fields=["at"], update_fields=columns)
    return tick


def _keep_failure(now: datetime, error: Exception) -> None:
    """Write that the evaluation failed, where the database takes it."""
    first = (str(error).strip().splitlines() or ["no reason given"])[0]
    sentence = f"{type(error).__name__}: {first}"[:LONGEST_ERROR]
    try:
        with transaction.atomic():
            Tick.objects.update_or_create(at=now, defaults={"finished_at": None, "error": sentence})
    except (DatabaseError, InterfaceError):
        logger.exception("That the evaluation failed could not be written down.")
