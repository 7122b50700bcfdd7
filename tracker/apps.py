"""The tracker as a Django app."""

from contextlib import suppress
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext, gettext_lazy, ngettext

from tracker.extraction import model
from tracker.translation import Translator


class TrackerConfig(AppConfig):
    name = "tracker"
    verbose_name = gettext_lazy("Remediation")

    def ready(self) -> None:
        Translator.gettext, Translator.ngettext = staticmethod(gettext), staticmethod(ngettext)
        if settings.EXTRACTION_WEIGHTS and Path(settings.EXTRACTION_WEIGHTS).exists():
            with suppress(model.BrokenWeights):  # a system check says so, and stops what should not go on without
                model.use(Path(settings.EXTRACTION_WEIGHTS))
