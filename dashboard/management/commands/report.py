"""`manage.py report`: the executive report, written out, to a file, kept in the database, or mailed."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from dashboard.metrics.filters import MONTH, PERIODS
from dashboard.reports import formats, report
from dashboard.reports.files import write_file
from dashboard.reports.formats import Written
from dashboard.reports.moments import day, moment_of
from tracker.management.base import DoorCommand
from tracker.refusals import Refused

NO_TERMINAL = "A PDF is nothing for a terminal: name a file with --output, or send the output somewhere else."


class Command(DoorCommand):
    help = "Writes the executive report. The same --as-of gives the same report, apart from the line Generated."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--period", choices=PERIODS, default=MONTH, help="week, month (default) or quarter")
        parser.add_argument("--as-of", type=day, metavar="DATE", help="as of the end of that day")
        parser.add_argument("--format", choices=list(formats.MEDIA_TYPES), default=formats.MARKDOWN)
        parser.add_argument("--output", metavar="FILE", type=Path, help="write to this file instead")

    def handle(self, **options: Any) -> None:
        now = timezone.now()
        try:
            found = report.build(options["period"], moment_of(options["as_of"], now))
            self._write(formats.write(found, options["format"], now), options["output"])
        except Refused as refused:
            raise CommandError(str(refused)) from None

    def _write(self, written: Written, output: Path | None) -> None:
        if output:
            write_file(output, written.content)
            self.say([f"Written to {output}."])
        elif written.format != formats.PDF:
            self.stdout.write(written.content.decode(), ending="")
        elif self.stdout.isatty():
            raise CommandError(NO_TERMINAL)
        else:
            sys.stdout.buffer.write(written.content)
