"""`manage.py extract_issues`: what analyses ask for, listed or tracked."""

import logging
import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from tracker import file_intake, listing
from tracker.choices import Door
from tracker.file_intake import FileIssues, FileText
from tracker.management.base import DoorCommand, database_sentence, is_of_database
from tracker.reading import UnreadableAnalysis
from tracker.refusals import Refused

logger = logging.getLogger(__name__)

MANY = 10  # files from which on a terminal shows how far the work is


class Command(DoorCommand):
    help = (
        "Lists the issues in Five Whys analyses (Markdown); with --auto-add imports the analyses and tracks the issues."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--analysis-file",
            nargs="+",
            action="extend",
            required=True,
            metavar="PATH",
            help="a file, a folder (all *.md below it), or - for standard input",
        )
        parser.add_argument("--auto-add", action="store_true", help="import the analyses and track all open entries")
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, **options: Any) -> None:
        paths, problems = file_intake.files(options["analysis_file"])
        self.failed: list[str] = []
        self.with_rows = True
        self.several = len(paths) + len(problems) > 1
        for problem in problems:
            self._fails(problem)
        if paths and not options["auto_add"] and file_intake.database_is_absent():
            self._without_rows("There is no database yet.")
        counts = listing.Counts()
        for found in self._all(paths, **options):
            self._show(found, options["format"])
            counts += listing.Counts.of(found)
        if self.several and options["format"] == "text":
            self.say([f"{listing.numbered(counts.files, 'file')}: {counts}"])
        if self.failed:
            raise CommandError(f"{listing.numbered(len(self.failed), 'path')} failed: {', '.join(self.failed)}.")

    def _all(self, paths: list[str], **options: Any) -> Iterator[FileIssues]:
        """What each file says; one that cannot be read or taken in is told and left out."""
        ask = self._take if options["auto_add"] else self._look
        few = len(paths) < MANY or not self.stderr.isatty()
        for path in tqdm(paths, unit="file", leave=False, disable=few, file=sys.stderr):
            try:
                yield ask(file_intake.read(path))
            except UnreadableAnalysis as unreadable:
                self._fails(unreadable)
            except Refused as refused:
                self._fails(UnreadableAnalysis(path, str(refused)))
            except Exception as error:
                if is_of_database(error) or options.get("traceback"):
                    raise
                logger.debug("extract_issues: %s", path, exc_info=True)
                self._fails(
                    UnreadableAnalysis(
                        path, f"it could not be taken in ({type(error).__name__}); --traceback tells more."
                    )
                )

    def _take(self, file: FileText) -> FileIssues:
        return file_intake.take(file, door=Door.COMMAND, now=timezone.now())

    def _look(self, file: FileText) -> FileIssues:
        """Look at a file with what the database knows, or, told once, without."""
        if self.with_rows:
            try:
                return file_intake.look(file, now=timezone.now())
            except Exception as error:
                if not is_of_database(error):
                    raise
                self._without_rows(database_sentence(error))
        return file_intake.look_without_rows(file, now=timezone.now())

    def _without_rows(self, why: str) -> None:
        self.with_rows = False
        self.remark(f"{why} Shown are default deadlines and generic systems.")

    def _fails(self, problem: UnreadableAnalysis) -> None:
        """Tell why one file failed: now when there are others, else as the end of the command."""
        if not self.several:
            raise CommandError(str(problem)) from problem
        with tqdm.external_write_mode(file=sys.stderr):
            self.complain(str(problem))
        self.failed.append(problem.place)

    def _show(self, found: FileIssues, form: str) -> None:
        with tqdm.external_write_mode(file=sys.stdout):
            if form == "json":
                self.say_json(listing.document(found))
            else:
                self.say(listing.table(found, zone=timezone.get_current_timezone(), width=self.width()))
            self.stdout.flush()
