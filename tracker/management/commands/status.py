"""`manage.py status`: where all issues stand."""

from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tracker import standing
from tracker.management.base import DoorCommand


class Command(DoorCommand):
    help = "Shows how many issues stand where, and which are late or soon due."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--show-overdue", action="store_true", help="list the issues past their deadline")
        parser.add_argument("--show-upcoming", action="store_true", help="list the issues due within 24 hours")
        parser.add_argument("--json", action="store_true", help="write one JSON object instead of tables")

    def handle(self, **options: Any) -> None:
        now = timezone.now()
        numbers = standing.standing(now)
        lists = self._lists(now, **options)
        if options["json"]:
            issues = {key: [standing.issue_document(issue, now) for issue in found] for key, _, found in lists}
            self.say_json(standing.document(numbers) | issues)
            return
        self.say(standing.table(numbers))
        for _, heading, found in lists:
            self.say(standing.listing(heading, found, now, width=self.width()))

    def _lists(self, now: datetime, **options: Any) -> list[tuple[str, str, list]]:
        """(key in JSON, heading, issues) of each list that was asked for."""
        lists = []
        if options["show_overdue"]:
            lists.append(("overdue_issues", "Overdue", list(standing.overdue(now))))
        if options["show_upcoming"]:
            lists.append(("upcoming_issues", "Due within 24 h", list(standing.upcoming(now))))
        return lists
