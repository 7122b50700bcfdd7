"""`manage.py metrics`: the figures of the site, and writing those of the day."""

from datetime import date, datetime, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from dashboard import refresh
from dashboard.metrics import document, filters
from dashboard.metrics.asked import Asked
from dashboard.metrics.trends import midnight
from tracker.management.base import DoorCommand
from tracker.refusals import Refused
from tracker.revenue import day_of

LAST = timedelta(microseconds=1)
ONLY_NOW = "Only the figures of today are saved: what a day that has passed did not save stays missing."


class Command(DoorCommand):
    help = "Shows the figures of the site; docs/metrics.md says what each of them means."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="write one JSON object instead of a table")
        parser.add_argument(
            "--save",
            action="store_true",
            help="first bring the ledger up to now and write the figures of today in place of earlier ones",
        )
        parser.add_argument("--as-of", metavar="DATE", help="the figures at the end of that day (today: now)")
        parser.add_argument(
            "--period",
            choices=list(filters.PERIODS),
            default=filters.MONTH,
            help="the calendar period that figures of a period are of (default: %(default)s)",
        )

    def handle(self, **options: Any) -> None:
        now = timezone.now()
        if options["save"]:
            self._save(now, options["as_of"])
        moment = _moment(options["as_of"], now)
        try:
            asked = Asked(moment, refresh.whole_site(moment, options["period"]))
        except Refused as refused:
            raise CommandError(str(refused)) from None
        sheets = refresh.of_site(asked)
        figures, currency = refresh.figures_of(sheets.values()).values(), sheets["overview"].currency
        if options["json"]:
            self.say_json(document.document(moment, currency, figures))
        else:
            self.say(document.table(moment, currency, figures, width=self.width()))

    def _save(self, now: datetime, as_of: str | None) -> None:
        if as_of is not None:
            raise CommandError(ONLY_NOW)
        done = refresh.refresh(now)
        self.remark(
            f"Saved {done.figures} figures of {day_of(now)}, {done.stakes} stakes and {done.entries} entries of the "
            f"ledger, and {done.sheets} pages."
        )
        if done.problem:
            self.remark(done.problem)


def _moment(as_of: str | None, now: datetime) -> datetime:
    """The end of the day that was asked for, or now. Raises: CommandError in one sentence."""
    if as_of is None:
        return now
    try:
        end = midnight(date.fromisoformat(as_of) + timedelta(days=1)) - LAST
    except (ValueError, OverflowError):
        raise CommandError(f"{as_of!r} is no date: write it as 2026-03-31.") from None
    if day_of(end) > day_of(now):
        raise CommandError(f"{as_of} is still to come: choose a day that has begun.")
    return min(end, now)
