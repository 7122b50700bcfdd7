"""`manage.py dashboard`: the overview as a few lines of text, or as one HTML file that opens without a server."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from dashboard.metrics.filters import MONTH, PERIODS
from dashboard.metrics.sheet import Sheet
from dashboard.reports import overview, report
from dashboard.reports.files import write_file
from dashboard.reports.moments import day, moment_of
from dashboard.showing import Showing
from tracker.management.base import DoorCommand
from tracker.refusals import Refused


class Command(DoorCommand):
    help = "Shows the overview; with --save as one HTML file that opens without a server and loads nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--save", action="store_true", help="write the HTML file")
        parser.add_argument("--output", metavar="FILE", type=Path, help="its name (default: dashboard-DAY.html here)")
        parser.add_argument("--period", choices=PERIODS, default=MONTH, help="week, month (default) or quarter")
        parser.add_argument("--as-of", type=day, metavar="DATE", help="as of the end of that day")

    def handle(self, **options: Any) -> None:
        if options["output"] and not options["save"]:
            raise CommandError("--output names the file of --save: give both.", returncode=2)
        now = timezone.now()
        try:
            sheet = overview.sheet_of(options["period"], moment_of(options["as_of"], now), now=now)
            if not options["save"]:
                self.say(_lines(sheet))
                return
            on = timezone.localtime(sheet.as_of, timezone.get_default_timezone()).date()
            path = options["output"] or Path(f"dashboard-{on}.html")
            write_file(path, overview.html(sheet, now).encode())
        except Refused as refused:
            raise CommandError(str(refused)) from None
        self.say([f"Written to {path}."])


def _lines(sheet: Sheet) -> list[str]:
    risk = sheet.extra["risk"]
    cards = Showing(sheet, overview.Operator()).cards(sheet.extra["headline"])
    return [
        f"As of {report.time_words(sheet.as_of)}, {report.period_words(sheet.filters.period, sheet.as_of)}",
        f"Risk level: {risk.level.name.lower()}",
        *(f"  {reason.sentence}" for reason in risk.reasons),
        *(f"{card.title}: {card.words}{f' ({card.reason})' if card.reason else ''}" for card in cards),
    ]
