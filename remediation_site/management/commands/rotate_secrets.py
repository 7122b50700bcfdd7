"""`manage.py rotate_secrets`: encrypt what is stored under a former SECRET_KEY with the new one."""

from django.core.management.base import BaseCommand, CommandError

from remediation_site.rotation import rotate


class Command(BaseCommand):
    help = "Encrypt stored secrets that a key of SECRET_KEY_FALLBACKS opens with SECRET_KEY, so that it can be dropped."

    def handle(self, *args: object, **options: object) -> None:
        rotated, unreadable = rotate()
        self.stdout.write(f"{rotated} stored secret(s) are encrypted with SECRET_KEY now.")
        if unreadable:
            raise CommandError(
                "No key of the site opens: " + "; ".join(unreadable) + ". Enter them again, or take them away."
            )
