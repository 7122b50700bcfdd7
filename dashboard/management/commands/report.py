"""`manage.py report`: the executive report, written out, to a file, kept in the database, or mailed."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from dashboard.metrics.filters import MONTH, PERIODS
from dashboard.reports import formats, mailing, report
from dashboard.reports.files import write_file
from dashboard.reports.formats import Written
from dashboard.reports.keeping import RIGHTS, keep
from dashboard.reports.moments import day, moment_of
from tracker.management.base import DoorCommand
from tracker.refusals import Refused
from tracker.terminal import printable

MAY_NOT = "Reports are for those who may see reports and the revenue."
NOBODY = "Nobody gets this report: executives get that of the week, and others what they are subscribed to."
NO_TERMINAL = "A PDF is nothing for a terminal: name a file with --output, or send the output somewhere else."


class Command(DoorCommand):
    help = "Writes the executive report. The same --as-of gives the same report, apart from the line Generated."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--period", choices=PERIODS, default=MONTH, help="week, month (default) or quarter")
        parser.add_argument("--as-of", type=day, metavar="DATE", help="as of the end of that day")
        parser.add_argument("--format", choices=list(formats.MEDIA_TYPES), default=formats.MARKDOWN)
        parser.add_argument("--output", metavar="FILE", type=Path, help="write to this file instead")
        parser.add_argument("--save", action="store_true", help="keep it in the database, to be read in the admin")
        parser.add_argument("--send", action="store_true", help="keep it, and mail it to who gets this report")
        self.add_actor_argument(parser)

    def handle(self, **options: Any) -> None:
        now, actor = timezone.now(), self.actor(options["actor"])
        if actor and not actor.has_perms(RIGHTS):
            raise CommandError(MAY_NOT)
        try:
            found = report.build(options["period"], moment_of(options["as_of"], now))
            written = formats.write(found, options["format"], now)
            if options["output"] or not (options["save"] or options["send"]):
                self._write(written, options["output"])
            if options["save"] or options["send"]:
                self._keep(written, actor, now, send=options["send"])
        except Refused as refused:
            raise CommandError(str(refused)) from None

    def _keep(self, written: Written, actor: AbstractBaseUser | None, now: datetime, *, send: bool) -> None:
        """Keep the report, and plan its messages with it or neither."""
        with transaction.atomic():
            stored, new = keep(written, now=now, actor=actor)
            lines = [f"{'Kept' if new else 'It was kept before'}: {mailing.address_of(stored)}"]
            if send:
                asked = mailing.readers(written.report.period.kind)
                planned = mailing.plan(written.report, stored, asked.owners, now=now)
                lines.append(f"{planned}." if asked.owners else NOBODY)
                lines += [f"{owner} may not see reports, and gets none." for owner in asked.refused]
        self.say(map(printable, lines))

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
