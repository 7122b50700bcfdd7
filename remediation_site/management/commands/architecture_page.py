"""`manage.py architecture_page`: write docs/architecture.md and its picture."""

from pathlib import Path
from typing import Any

from django.conf import settings

from remediation_site.architecture import page, picture
from tracker.management.base import DoorCommand

DOCS = Path(settings.BASE_DIR) / "docs"


class Command(DoorCommand):
    help = "Writes docs/architecture.md and docs/images/flow.svg, made from the code."
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        for name, text in (("architecture.md", page()), ("images/flow.svg", picture())):
            (DOCS / name).write_text(text, encoding="utf-8")
            self.say([f"Written: docs/{name}"])
