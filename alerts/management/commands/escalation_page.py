"""`manage.py escalation_page`: print docs/escalation.md."""

from typing import Any

from alerts.escalation_page import page
from tracker.management.base import DoorCommand


class Command(DoorCommand):
    help = "Prints the page about rules, levels and channels, made from the code: the text of docs/escalation.md."
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        self.say([page().removesuffix("\n")])
