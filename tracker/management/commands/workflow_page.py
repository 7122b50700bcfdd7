"""`manage.py workflow_page`: print docs/workflow.md."""

from typing import Any

from tracker.management.base import DoorCommand
from tracker.workflow_page import page


class Command(DoorCommand):
    help = "Prints the page about statuses, transitions and gates, made from the code: the text of docs/workflow.md."
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        self.say([page().removesuffix("\n")])
