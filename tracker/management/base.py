"""What the commands of this project share: how they end, and what they may write to a terminal."""

import json
import os
import shutil
import sys
from collections.abc import Iterable, Mapping

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError

from tracker import audit
from tracker.models import Issue
from tracker.terminal import printable

INTERRUPTED = 130  # what shells report for a program that Ctrl-C ended
PIPE_CLOSED = 141  # ... and for one whose reader went away
NARROWEST = 80
MISSING_TABLES = ("no such table", "no such column", "does not exist")


class DoorCommand(BaseCommand):
    """A command that ends with 0 when it did what was asked, with 1 and one sentence when not, and with no traceback.

    Wrong usage ends with 2 (argparse). Ctrl-C and a closed pipe end quietly.
    """

    def run_from_argv(self, argv: list[str]) -> None:
        """Run as a program: a character that the terminal's encoding lacks is written as an escape."""
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="backslashreplace")
        try:
            super().run_from_argv(argv)
            self.stdout.flush()
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)
        except BrokenPipeError:
            _drop_what_is_not_written()
            sys.exit(PIPE_CLOSED)
        except OSError as error:  # a full disk, for one; files that are read have their own sentences
            _drop_what_is_not_written()
            sys.exit(f"The output cannot be written: {(error.strerror or 'unknown reason').lower()}.")

    def execute(self, *args: object, **options: object) -> str | None:
        """Run the command; the audit knows its name. A database that does not answer as it should is a sentence."""
        try:
            with audit.within(via=f"manage.py {type(self).__module__.rpartition('.')[2]}"):
                return super().execute(*args, **options)
        except (DatabaseError, InterfaceError) as error:
            return self._fail(CommandError(database_sentence(error)), options)
        except CommandError as error:
            return self._fail(error, options)

    def _fail(self, error: CommandError, options: Mapping[str, object]) -> None:
        if not self._called_from_command_line or options.get("traceback"):
            raise error
        self.complain(str(error))
        sys.exit(error.returncode)

    def add_actor_argument(self, parser: CommandParser) -> None:
        """Let the operator name the person for whom the command acts."""
        parser.add_argument(
            "--as", dest="actor", metavar="USERNAME", help="act as this person: with their rights, in their name"
        )

    def actor(self, username: str | None) -> AbstractBaseUser | None:
        """The person of that name, or None for the operator. Raises: CommandError for nobody who may log in."""
        if username is None:
            return None
        person = get_user_model().objects.filter(username=username, is_active=True).first()
        if person is None:
            raise CommandError(f"There is no account {username!r} that may log in.")
        return person

    def issue_of(self, reference: str) -> Issue:
        """The issue with that reference. Raises: CommandError when there is none."""
        try:
            return Issue.objects.get(reference=reference.strip().upper())
        except Issue.DoesNotExist:
            raise CommandError(f"There is no issue {reference!r}.") from None

    def say(self, lines: Iterable[str]) -> None:
        """Write lines of printable text."""
        for line in lines:
            self.stdout.write(line)

    def say_json(self, value: object) -> None:
        """Write a value as one line of JSON, in ASCII: any terminal, pipe and log takes it."""
        self.stdout.write(json.dumps(value))

    def complain(self, text: str) -> None:
        """Write a text to standard error, a printable line for each of its lines."""
        self.stderr.write("\n".join(map(printable, text.splitlines())))

    def remark(self, text: str) -> None:
        """Write to standard error what is good to know and no failure."""
        self.stderr.write(printable(text), str)  # in plain colour

    def width(self) -> int | None:
        """Columns of the terminal, at least 80; None when the output goes elsewhere and nothing need be cut off."""
        return max(NARROWEST, shutil.get_terminal_size().columns) if self.stdout.isatty() else None


def _drop_what_is_not_written() -> None:
    """Send standard output nowhere, so that the last flush of the interpreter does not fail once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def is_of_database(error: Exception) -> bool:
    """Whether an error says that the database cannot do its work, and not that a row cannot be."""
    return isinstance(error, (DatabaseError, InterfaceError)) and not isinstance(error, (DataError, IntegrityError))


def database_sentence(error: Exception) -> str:
    """Why the database did not answer, and what to do."""
    first = (str(error).strip().splitlines() or ["no reason given"])[0].rstrip(".")
    if any(words in first for words in MISSING_TABLES):
        return "The database is not migrated: run `python manage.py migrate` first."
    return f"The database did not answer ({first}): check DATABASE_URL."
