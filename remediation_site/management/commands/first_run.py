from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, transaction
from django.utils import timezone

from remediation_site import checks, first_run, schedules


class Command(BaseCommand):
    help = "Bring the database up to date; on a new site also create an administrator and, locally, load the samples."
    requires_system_checks = []  # the ones that stop the site are asked below, for a sentence each

    def handle(self, *args, **options):
        if refusals := checks.sentences():
            raise CommandError("\n".join(refusals))
        try:
            call_command("migrate", interactive=False, verbosity=0)
            schedules.sync()
            self.set_up_once()
        except DatabaseError as error:
            raise CommandError(checks.database_sentence(error)) from error
        if not settings.LOCAL:
            call_command("collectstatic", interactive=False, verbosity=0)

    @transaction.atomic
    def set_up_once(self):
        """All or nothing, so that a run that was broken off is simply done again."""
        if not first_run.is_new_site():
            return
        user, password = first_run.create_administrator()
        if settings.LOCAL:
            self.stdout.write("Reading the sample analyses")
            count = first_run.load_samples(actor=user, now=timezone.now())
            self.stdout.write(
                f"Loaded {count} sample analyses; the entries of one are tracked, the others wait for you."
            )
        self.stdout.write(
            f"\n  This is a new site. Log in as {user.username} with the password {password}\n"
            f"  It is shown only now; `.venv/bin/python manage.py changepassword {user.username}` sets another one."
        )
