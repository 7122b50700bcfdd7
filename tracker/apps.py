"""The tracker as a Django app."""

from contextlib import suppress
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings

from tracker.extraction import model


class TrackerConfig(AppConfig):
    name = "tracker"
    verbose_name = "Remediation"

    def ready(self) -> None:
        if settings.EXTRACTION_WEIGHTS and Path(settings.EXTRACTION_WEIGHTS).exists():
            with suppress(model.BrokenWeights):  # a system check says so, and stops what should not go on without
                model.use(Path(settings.EXTRACTION_WEIGHTS))
