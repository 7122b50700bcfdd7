"""python manage.py prune_audit: old rows of the audit leave for an archive; only --apply deletes."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from tracker import pruning
from tracker.management.base import DoorCommand
from tracker.management.commands.verify_audit import moment
from tracker.refusals import Refused
from tracker.terminal import printable

LONGEST_REASON = 500  # characters


class Command(DoorCommand):
    """Ends with 0 when it did, or would do, what was asked, with 1 and a sentence when not."""

    help = (
        "Take rows of the audit that were sealed before a day into an archive, in whole seals, after the whole audit "
        "was verified. Without --apply it only says how many."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--before", metavar="DATE", required=True, help="a day or a time, 30 days ago at least")
        parser.add_argument("--archive", metavar="FILE", required=True, type=Path, help="a file that is not there yet")
        parser.add_argument("--reason", default="", help="why, for the audit; needed with --apply")
        parser.add_argument("--apply", action="store_true", help="write the archive, verify it, and delete the rows")

    def handle(self, **options: Any) -> None:
        path, reason, now = options["archive"].absolute(), options["reason"].strip(), timezone.now()
        if options["apply"] and not 0 < len(reason) <= LONGEST_REASON:
            raise CommandError(f"--apply needs --reason, in at most {LONGEST_REASON} characters: the audit keeps it.")
        if path.exists():
            raise CommandError(f"{printable(str(path))} is there already: name another file.")
        try:
            planned = pruning.plan(moment(options["before"], option="--before"), now=now)
            if planned is None:
                self.say(["No seal was made before then that may go: the last one stays. Nothing to prune."])
                return
            if options["apply"]:
                digest = pruning.prune(planned, path, reason=reason, now=now)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        last = planned.last
        rows = f"{planned.rows:,} rows, positions {planned.first} to {last.last}, in {planned.seals:,} seals"
        if options["apply"]:
            self.say([f"Pruned {rows}. The chain begins behind seal {last.number}:{last.digest}"])
            self.say([printable(f"Archive: {path}"), f"SHA-256: {digest}"])
        else:
            self.say([f"Would prune {rows}. Nothing was written: --apply does it."])
