"""`manage.py import_issues`: issues from a CSV or XLSX file; without --apply nothing is written."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from tracker import terminal
from tracker.choices import Door
from tracker.management.base import DoorCommand
from tracker.management.commands.import_legacy import zone_name
from tracker.models import Analysis
from tracker.refusals import Refused
from tracker.sheets.outcome import OUTCOMES, Outcome
from tracker.sheets.take import Request, run

REFUSED = 3
MOST_LINES = 50  # of each kind in the text; JSON has 200


def mapping(text: str) -> tuple[str, str]:
    """A column and the field that it is."""
    column, equals, name = text.rpartition("=")
    if not (equals and column.strip() and name.strip()):
        raise argparse.ArgumentTypeError(f"{text!r} is no mapping: write the column and the field, as in Due=deadline.")
    return column.strip(), name.strip().lower()


class Command(DoorCommand):
    help = (
        "Adds and changes issues from a CSV or XLSX file. Without --apply it does all of it and takes it back, so that "
        "the numbers are exact. Ends with 0, or with 3 when rows were refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="CSV (comma, semicolon or tab; UTF-8, UTF-16) or XLSX")
        parser.add_argument("--apply", action="store_true", help="write it")
        parser.add_argument(
            "--map",
            type=mapping,
            action="append",
            default=[],
            metavar="COLUMN=FIELD",
            help="which field a column is where its name does not say it (may be repeated)",
        )
        parser.add_argument("--analysis", metavar="SOURCE", help="to which new issues belong (default: a new one)")
        parser.add_argument("--reason", default="", metavar="TEXT", help="of changes, where a row gives none")
        parser.add_argument(
            "--time-zone",
            type=zone_name,
            default=settings.TIME_ZONE,
            metavar="NAME",
            help="of times where the head of the table names no zone (default: the site's)",
        )
        parser.add_argument("--json", action="store_true", help="write one JSON object")
        self.add_actor_argument(parser)

    def handle(self, **options: Any) -> None:
        path = Path(options["file"])
        request = Request(
            name=terminal.printable(path.name),
            actor=self.actor(options["actor"]),
            door=Door.COMMAND,
            now=timezone.now(),
            zone=options["time_zone"],
            mapped=dict(options["map"]),
            analysis=self._analysis(options["analysis"]),
            reason=options["reason"],
        )
        try:
            if not path.is_file():
                raise CommandError(f"{terminal.printable(str(path))} is no file that can be read.")
            with path.open("rb") as file:
                found = run(file, request, write=options["apply"])
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        except OSError as error:
            reason = (error.strerror or "unknown reason").lower()
            raise CommandError(f"{terminal.printable(str(path))} cannot be read: {reason}.") from error
        if options["json"]:
            self.say_json(document(found))
        else:
            self.say(map(terminal.printable, lines(found)))
        if found.counts["refused"]:
            sys.exit(REFUSED)

    def _analysis(self, source: str | None) -> Analysis | None:
        if source is None:
            return None
        found = Analysis.objects.filter(source=source).first()
        if found is None:
            raise CommandError(
                f"There is no analysis with the source {source!r}: write it as its review page shows it."
            )
        return found


def document(found: Outcome) -> dict:
    """The outcome as JSON."""
    return {
        "written": found.written,
        **found.counts,
        "analysis": found.analysis or None,
        "changes": found.changes,
        "refusals": found.refused,
        "reasons": dict(found.reasons.most_common()),
        "remarks": found.remarks,
    }


def lines(found: Outcome) -> Iterator[str]:
    """The outcome for people."""
    yield ", ".join(f"{found.counts[name]:,} {name}" for name in OUTCOMES)
    if found.counts["created"]:
        yield f"New issues belong to the analysis “{found.analysis}”."
    for title, sentences, number in (
        ("", found.remarks, len(found.remarks)),
        ("Refused:", found.refused, found.counts["refused"]),
        ("Changes:", found.changes, found.counts["created"] + found.counts["changed"]),
    ):
        if sentences:
            yield ""
            yield from [title] if title else []
            yield from sentences[:MOST_LINES]
            if number > MOST_LINES:
                yield f"… and {number - min(number, MOST_LINES):,} more."
    if summary := found.summary():
        yield ""
        yield "Refused, by reason:"
        yield from summary
    yield ""
    yield "Written." if found.written else "Nothing was written: this was a dry run. --apply writes it."
