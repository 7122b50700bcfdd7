"""`manage.py monitor`: evaluate alerts and send messages without workers, once or again and again."""

import time
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import close_old_connections
from django.utils import timezone

from alerts import delivery, heartbeat
from alerts.delivery import Sent
from alerts.evaluate import evaluate, purge_ticks
from alerts.models import Tick
from tracker import workflow
from tracker.management.base import DoorCommand, database_sentence, is_of_database

LONGEST = 86_400
PAUSE = 30  # seconds between two looks at what is to be sent


class Command(DoorCommand):
    help = "Evaluates alerts and sends what is due, as the workers do. Several may run at once, beside workers too."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do it once and end: exit code 1 when it failed")
        parser.add_argument(
            "--interval", type=int, default=300, metavar="SECONDS", help="between two evaluations (default: 300)"
        )
        parser.add_argument("--json", action="store_true", help="say what was done as one JSON object a line")

    def handle(self, **options: Any) -> None:
        if not 0 < options["interval"] <= LONGEST:
            raise CommandError("--interval is a number of seconds between 1 and 86400.", returncode=2)
        if options["once"]:
            self._tell(self._evaluate(), delivery.send_due(timezone.now), as_json=options["json"])
            return
        self._go_on(options["interval"], as_json=options["json"])

    def _go_on(self, interval: int, *, as_json: bool) -> None:
        """Evaluate at every interval and send in between, whatever fails, until somebody ends it."""
        due_at = time.monotonic()
        while True:
            close_old_connections()  # the database may have been started again
            try:
                tick = None
                if time.monotonic() >= due_at:
                    due_at = max(due_at + interval, time.monotonic())
                    tick = self._evaluate()
                sent = delivery.send_due(timezone.now, seconds=max(1.0, due_at - time.monotonic()))
                if tick:
                    self._tell(tick, sent, as_json=as_json)
            except Exception as error:  # the next round may go well
                self.complain(_sentence(error))
            time.sleep(max(0.0, min(PAUSE, due_at - time.monotonic())))

    def _evaluate(self) -> Tick:
        now = timezone.now()
        workflow.reopen_ended_acceptances(now)
        purge_ticks(now)
        tick = evaluate(now)
        heartbeat.send()
        return tick

    def _tell(self, tick: Tick, sent: Sent, *, as_json: bool) -> None:
        if as_json:
            numbers = {"opened": tick.opened, "resolved": tick.resolved, "steps": tick.steps}
            self.say_json({"at": tick.at.isoformat(), **numbers, "messages": asdict(sent)})
        else:
            self.say([f"{tick}, {tick.steps} steps taken; messages: {sent}"])


def _sentence(error: Exception) -> str:
    if is_of_database(error):
        return database_sentence(error)
    return f"The evaluation failed ({type(error).__name__}): the tick in the admin has the reason."
