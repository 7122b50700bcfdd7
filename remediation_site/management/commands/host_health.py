from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from remediation_site import beat, checks, supervisor
from tracker.validation import requests


class Command(BaseCommand):
    help = "Say whether the workers of this host answer: exit code 0, else 1. For containers; it needs no web server."

    def add_arguments(self, parser):
        parts = list(supervisor.QUEUES)
        parser.add_argument("--only", nargs="+", choices=parts, default=parts, help="These parts (default: both).")

    def handle(self, *args, **options):
        now, host = timezone.now(), settings.HOST_NAME
        try:
            if supervisor.VALIDATION in options["only"] and not requests.is_here(host, now):
                raise CommandError(f"The validation workers of {host} are not here.")
            if supervisor.WORKERS in options["only"]:
                self.require_beat(beat.age_seconds(now, host=host))
        except DatabaseError as error:
            raise CommandError(checks.database_sentence(error)) from error
        self.stdout.write(f"The workers of {host} answer.")

    def require_beat(self, age):
        """A beat waits while all workers of the host are at tasks: as long as one may take."""
        if age is None or age > settings.BEAT_SECONDS + settings.BEAT_LIMIT_SECONDS + settings.Q_TASK_TIMEOUT:
            said = "never" if age is None else f"{age:.0f} seconds ago"
            raise CommandError(f"The last beat of the workers of {settings.HOST_NAME} came back {said}.")
