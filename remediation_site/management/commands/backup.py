import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from remediation_site import checks

POSTGRES = "This site has PostgreSQL: use pg_dump, as docs/operations.md says."


class Command(BaseCommand):
    help = "Copy the SQLite database to a file that is not there yet, while the site runs, and check the copy."
    requires_system_checks = []  # a copy is wanted most when something is wrong

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *args, **options):
        if connection.vendor != "sqlite":
            raise CommandError(POSTGRES)
        path = options["file"].absolute()
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # it holds all that the site knows
        except FileExistsError as error:
            raise CommandError(f"{path} is there already: name another file.") from error
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
        try:
            self.copy(path)
        except (DatabaseError, sqlite3.Error) as error:
            with suppress(OSError):
                path.unlink()
            raise CommandError(checks.database_sentence(error)) from error
        self.stdout.write(f"Copied to {path}, {path.stat().st_size:,} bytes, and checked.")

    def copy(self, path):
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(path)])  # one snapshot, the write-ahead log included
        with closing(sqlite3.connect(path)) as copied:
            (found,) = copied.execute("PRAGMA integrity_check").fetchone()
            # A copy has no write-ahead log. Of processes that start on it together and all give it one, some fail at
            # once with "database is locked": SQLite waits for no lock there.
            copied.execute("PRAGMA journal_mode=WAL")
        if found != "ok":
            raise sqlite3.DatabaseError(found)
