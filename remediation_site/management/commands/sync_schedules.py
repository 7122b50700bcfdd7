from django.core.management.base import BaseCommand

from remediation_site import schedules


class Command(BaseCommand):
    help = "Make the schedules in the database those of remediation_site/schedules.py."

    def handle(self, *args, **options):
        changed = schedules.sync()
        self.stdout.write(f"{changed} schedule(s) changed." if changed else "The schedules are up to date.")
