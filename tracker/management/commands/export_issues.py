"""`manage.py export_issues`: the list of issues as CSV or XLSX, as the admin exports it."""

import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfileobj
from typing import Any, BinaryIO

from django.core.management.base import CommandError, CommandParser
from django.db.models import QuerySet
from django.utils import timezone

from tracker import audit, issue_table, terminal, tracking
from tracker.choices import AuditVerb, Door, Priority, Status
from tracker.downloads import MOST_XLSX
from tracker.management.base import DoorCommand
from tracker.management.commands.track import status_word
from tracker.models import Issue
from tracker.permissions import EXPORT_ISSUE, EXPORT_TEXT, Actor
from tracker.spreadsheet import Row, csv_pieces, xlsx_file


class Command(DoorCommand):
    help = "Writes the list of issues as a table for spreadsheets; import_issues reads it again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=("csv", "xlsx"), default="csv")
        parser.add_argument("--output", metavar="FILE", help="default: standard output")
        parser.add_argument("--with-text", action="store_true", help="also what issues and analyses say")
        parser.add_argument("--status", type=status_word, action="append", default=[], metavar="STATUS")
        parser.add_argument("--priority", choices=list(map(str, Priority)), action="append", default=[])
        parser.add_argument("--owner", metavar="NAME", help="name, e-mail or @handle")
        parser.add_argument("--system", metavar="NAME")
        parser.add_argument("--overdue", action="store_true", help="open work whose deadline has come")
        parser.add_argument("--all", action="store_true", help="also validated and cancelled issues")
        self.add_actor_argument(parser)

    def handle(self, **options: Any) -> None:
        actor = self.actor(options["actor"])
        _check_rights(actor, with_text=options["with_text"])
        issues = chosen(options)
        if options["format"] == "xlsx" and issues.order_by()[: MOST_XLSX + 1].count() > MOST_XLSX:
            raise CommandError(f"A spreadsheet file takes at most {MOST_XLSX:,} issues: choose fewer, or take CSV.")
        label = f"List of issues, {options['format'].upper()}{' with texts' if options['with_text'] else ''}"
        file = audit.Target("tracker.issue", "", label)
        audit.record(AuditVerb.EXPORT, file, actor=actor, door=Door.COMMAND, now=timezone.now())
        rows = issue_table.rows(issues, issue_table.columns_for(actor, with_text=options["with_text"]))
        if options["output"] is None:
            write(rows, sys.stdout.buffer, options["format"])
            return
        try:
            with Path(options["output"]).open("wb") as opened:
                write(rows, opened, options["format"])
        except OSError as error:
            reason = (error.strerror or "unknown reason").lower()
            raise CommandError(f"{terminal.printable(options['output'])} cannot be written: {reason}.") from error


def _check_rights(actor: Actor, *, with_text: bool) -> None:
    if actor is not None and not actor.has_perms((EXPORT_ISSUE, EXPORT_TEXT) if with_text else (EXPORT_ISSUE,)):
        raise CommandError(f"{actor.get_username()} may not export {'texts' if with_text else 'issues'}.")


def chosen(options: dict[str, Any]) -> QuerySet[Issue]:
    """The issues that the options name, the most urgent first; closed ones only where they are asked for."""
    issues = Issue.objects.by_urgency()
    if options["overdue"]:
        issues = issues.overdue(timezone.now())
    if options["status"]:
        issues = issues.filter(status__in=[Status(each) for each in options["status"]])
    elif not options["all"]:
        issues = issues.filter(is_closed=False)
    if options["priority"]:
        issues = issues.filter(priority__in=options["priority"])
    if options["owner"] is not None:
        try:
            issues = issues.filter(owner=tracking.known_owner(options["owner"]))
        except tracking.UnknownOwner as unknown:
            raise CommandError(str(unknown)) from unknown
    if options["system"] is not None:
        issues = issues.filter(systems__name__iexact=options["system"])
    return issues


def write(rows: Iterator[Row], out: BinaryIO, kind: str) -> None:
    """Write the rows while they are read; of XLSX the whole file at its end."""
    zone = timezone.get_current_timezone()
    if kind == "csv":
        for piece in csv_pieces(rows, zone=zone):
            out.write(piece.encode("utf-8", "replace"))
        return
    with xlsx_file(rows, zone=zone, title="Issues") as file:
        copyfileobj(file, out)
