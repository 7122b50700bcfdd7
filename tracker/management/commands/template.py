"""`manage.py template`: a text to fill in, of which every line is read."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tracker.blanks import BLANKS, blank


class Command(BaseCommand):
    help = "Writes a template of an analysis or of an issue to standard output: fill in the braces and import it."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=sorted(BLANKS), help="a whole Five Whys analysis, or one issue")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(blank(options["name"]), ending="")
