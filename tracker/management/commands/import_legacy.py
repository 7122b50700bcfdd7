"""`manage.py import_legacy`: take over the files of the script-based predecessor; only --apply writes."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from tracker import terminal
from tracker.choices import Door
from tracker.management.base import DoorCommand
from tracker.models import known_time_zone
from tracker.predecessor.outcome import OUTCOMES, FileOutcome, Outcome
from tracker.predecessor.run import run
from tracker.refusals import Refused

REFUSED = 3
MOST_LINES = 50  # sentences of a file in the text; JSON has more


def zone_name(text: str) -> str:
    """The name of a time zone."""
    try:
        known_time_zone(text)
    except ValidationError as unknown:
        raise argparse.ArgumentTypeError(unknown.message) from None
    return text


class Command(DoorCommand):
    help = (
        "Takes over issues, alerts and figures of the script-based predecessor. Without --apply it does all of it and "
        "takes it back, so that the numbers are exact. Ends with 0, or with 3 when entries were refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="FOLDER", help="the predecessor's folder, such as reports/remediation")
        parser.add_argument("--apply", action="store_true", help="write it")
        parser.add_argument(
            "--time-zone",
            type=zone_name,
            default=settings.TIME_ZONE,
            metavar="NAME",
            help="where the predecessor ran: its times name no zone (default: the site's)",
        )
        parser.add_argument("--json", action="store_true", help="write one JSON object")
        self.add_actor_argument(parser)

    def handle(self, **options: Any) -> None:
        folder = Path(options["folder"])
        if not folder.is_dir():
            raise CommandError(f"{terminal.printable(str(folder))} is no folder: name that of the predecessor's files.")
        try:
            found = run(
                folder,
                write=options["apply"],
                actor=self.actor(options["actor"]),
                door=Door.COMMAND,
                now=timezone.now(),
                zone=options["time_zone"],
            )
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        if options["json"]:
            self.say_json(document(found))
        else:
            self.say(map(terminal.printable, lines(found, applying=options["apply"])))
        if found.unreadable:
            raise CommandError("\n".join([*found.unreadable, "Nothing was written."]))
        if found.refused:
            sys.exit(REFUSED)


def document(found: Outcome) -> dict:
    """The outcome as JSON."""
    return {
        "written": found.written,
        "unreadable": found.unreadable,
        "files": [
            {
                "file": each.file,
                **each.counts,
                "special": each.special,
                "refusals": each.refused,
                "remarks": each.remarks,
                "sentences_left_out": each.left_out,
            }
            for each in found.files
        ],
        "settings": found.offers,
    }


def lines(found: Outcome, *, applying: bool) -> Iterator[str]:
    """The outcome for people."""
    head = [("", *OUTCOMES)]
    yield from terminal.table(
        [*head, *((each.file, *(str(each.counts[name]) for name in OUTCOMES)) for each in found.files)],
        right=range(1, 1 + len(OUTCOMES)),
    )
    for each in found.files:
        yield from _sentences(each)
    if found.offers:
        yield ""
        yield "Settings of the predecessor, none of which was taken over:"
        yield from found.offers
    yield ""
    if found.written:
        yield "Written."
    elif not found.unreadable and not applying:
        yield "Nothing was written: this was a dry run. --apply writes it."


def _sentences(each: FileOutcome) -> Iterator[str]:
    said = [*each.refused, *each.remarks]
    if said or each.special:
        yield ""
    for name, number in each.special.items():
        yield f"{number} {name}"
    yield from said[:MOST_LINES]
    more = max(0, len(said) - MOST_LINES) + each.left_out
    if more:
        yield f"… and {more} more; --json has them."
