from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from remediation_site import checks, schedules, supervisor


class Command(BaseCommand):
    help = "Run the web server and the workers together, restart what ends, and stop all at Ctrl-C."
    requires_system_checks = []  # the ones that stop the site are asked below, for a sentence each

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1", help="Address to listen on (default: 127.0.0.1).")
        parser.add_argument("--port", type=int, default=8000, help="Port to listen on (default: 8000).")
        parser.add_argument(
            "--only",
            nargs="+",
            choices=supervisor.PARTS,
            default=supervisor.PARTS,
            help="Run these parts here and leave the others to other hosts or units (default: all).",
        )

    def handle(self, *args, **options):
        if refusals := checks.sentences():
            raise CommandError("\n".join(refusals))
        self.require_tables()
        schedules.sync()
        if supervisor.WEB in options["only"]:
            settings.STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns of a folder that is not there
        try:
            site = supervisor.Supervisor(
                host=options["host"], port=options["port"], say=self.say, parts=options["only"]
            )
        except supervisor.CannotStart as refused:
            raise CommandError(str(refused)) from refused
        raise SystemExit(site.run())

    def say(self, sentence):
        self.stdout.write(sentence)
        self.stdout.flush()

    def require_tables(self):
        """Refuse a database that does not answer or that a migration is missing in."""
        try:
            executor = MigrationExecutor(connection)
            missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError as error:
            raise CommandError(checks.database_sentence(error)) from error
        if missing:
            raise CommandError("The database lacks the latest tables: run `manage.py first_run` (or `migrate`) first.")
