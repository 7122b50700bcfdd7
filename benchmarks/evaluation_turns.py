"""The two parts of benchmarks.evaluation, each of which runs in a process of its own once Django is set up."""

import json
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from alerts.evaluate import evaluate
from alerts.models import Alert
from alerts.opening import frozen
from alerts.policies import policies
from alerts.rules import BY_KEY
from benchmarks import evaluation_by_hand
from benchmarks.synthetic_site import Wish, fill
from tracker.models import RevenueProfile

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
TURNS = 5
BY_HAND_TOO = ("rule", "subject", "sentence", "priority", "severity", "anchor_at", "resolved_at", "policy")


def prepare(issues: int, newly_due: int) -> None:
    """Fill the database and open the alerts of what is wrong already."""
    call_command("migrate", verbosity=0)
    start = time.perf_counter()
    fill(Wish(issues, NOW, newly_due=newly_due))
    _vacuum()
    RevenueProfile.objects.create(effective_on=NOW.date(), currency="USD", mrr=Decimal(100_000))
    print(f"{issues:,} issues written in {time.perf_counter() - start:.0f} s", flush=True)
    tick, seconds = _timed(lambda: evaluate(NOW))
    print(f"first evaluation, of a site without alerts: {tick.opened:,} opened, {tick.steps:,} steps taken", flush=True)
    print(f"  in {seconds:.0f} s, with {_megabytes():.0f} MB at the peak", flush=True)
    _vacuum()


def measure() -> None:
    """Write the figures of the second evaluation as a line of JSON. This process does nothing before it."""
    before = _megabytes()
    tick, _ = _rolled_back(lambda: evaluate(LATER))
    peak = _megabytes()
    with CaptureQueriesContext(connection) as captured:
        _rolled_back(lambda: evaluate(LATER))
    turns = [(_rolled_back(lambda: evaluate(LATER))[1], _rolled_back(by_hand)[1]) for _ in range(TURNS)]
    found = {
        "opened": tick.opened,
        "resolved": tick.resolved,
        "steps": tick.steps,
        "statements": len(captured),
        "slowest": _slowest(captured.captured_queries),
        "megabytes": peak,
        "megabytes_before": before,
        "seconds": [ours for ours, _ in turns],
        "seconds_by_hand": [theirs for _, theirs in turns],
        "same": _made_by(lambda: evaluate(LATER)) == _made_by(by_hand),
    }
    print(json.dumps(found))


def by_hand() -> None:
    """The same alerts, opened and resolved by hand-written SQL."""
    known = policies()
    kept = [{str(key): value for key, value in frozen(BY_KEY[rule], known).items()} for rule in ("overdue", "due_soon")]
    evaluation_by_hand.run(LATER, *kept)


def _made_by(work: Callable) -> set[tuple]:
    """What the work makes of the alerts about issues and analyses, as far as both write it."""

    def look() -> set[tuple]:
        work()
        rows = Alert.objects.exclude(issue=None, analysis=None).values_list(*BY_HAND_TOO)
        return {(*row[:-1], json.dumps(row[-1], sort_keys=True)) for row in rows.iterator()}

    return _rolled_back(look)[0]


def _vacuum() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _timed(work: Callable) -> tuple:
    """What the work gives, and its seconds."""
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def _rolled_back(work: Callable) -> tuple:
    """What the work gives, and its seconds, with the database as it was."""
    with transaction.atomic():
        found = _timed(work)
        transaction.set_rollback(True)
    return found


def _slowest(captured: list[dict]) -> list[str]:
    ranked = sorted(captured, key=lambda query: -float(query["time"]))[:5]
    return [f"{query['time']} s: {' '.join(query['sql'].split())[:90]}" for query in ranked]


def _megabytes() -> float:
    """The most that this process has had in memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
