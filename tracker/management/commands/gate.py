"""`manage.py gate`: whether unresolved P0 issues should stop a release, for a pipeline."""

import argparse
import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from tracker import release
from tracker.management.base import DoorCommand

STOP = 5


def number(text: str) -> int:
    """A whole number that is not negative."""
    if not (text.isascii() and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of issues: write 0 or more.")
    return int(text)


class Command(DoorCommand):
    help = "Says whether unresolved P0 issues should stop a release. Ends with 0 go, 5 stop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--system",
            action="append",
            default=[],
            metavar="NAME",
            help="only issues of this system (may be given several times); without it all count",
        )
        parser.add_argument(
            "--max-p0-overdue", type=number, default=0, metavar="N", help="so many do not stop it (default 0)"
        )
        parser.add_argument("--json", action="store_true", help="write one JSON object")

    def handle(self, **options: Any) -> None:
        try:
            found = release.verdict(timezone.now(), systems=options["system"], allowed=options["max_p0_overdue"])
        except release.UnknownSystem as unknown:
            raise CommandError(str(unknown)) from unknown
        if options["json"]:
            self.say_json(release.document(found))
        else:
            self.say(release.lines(found, width=self.width()))
        if found.without_system:
            nameless = f"{found.without_system} unresolved P0 issue(s) name no system, nor does their analysis"
            self.remark(f"{nameless}: they were not counted. Without --system they are.")
        if found.stops:
            sys.exit(STOP)
