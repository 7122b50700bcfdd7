"""`manage.py reset_second_factor NAME`: take the second factor away from somebody whose phone is gone."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from remediation_site.models import SecondFactor
from remediation_site.signin.recovery import take_away


class Command(BaseCommand):
    help = "Take the second factor away from somebody; their password alone lets them in until they set it up again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="the user name")

    def handle(self, *args: object, **options: object) -> None:
        factor = SecondFactor.objects.select_related("user").filter(user__username=options["username"]).first()
        if factor is None:
            raise CommandError(f"{options['username']} has no second factor, or there is nobody of that name.")
        take_away(factor, actor=None, now=timezone.now())
        self.stdout.write(f"{options['username']} logs in with the password alone until it is set up again.")
