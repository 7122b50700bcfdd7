"""`manage.py train_extraction`: retrain the extraction on this site's own decisions. Runs only when asked."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from tracker.choices import Decision
from tracker.extraction import model
from tracker.management.base import DoorCommand
from tracker.models import Analysis

LEAST = 5  # decided analyses; fewer say nothing about a house style
TRAINING = "tracker.extraction.training"


def training(module: str) -> Any:
    """A module of the training, which needs packages that the site itself does without."""
    try:
        return importlib.import_module(f"{TRAINING}.{module}")
    except ModuleNotFoundError as missing:
        raise CommandError(f"{missing.name} is not installed: run pip install -r requirements-train.txt.") from missing


def decided() -> Iterator[tuple[Analysis, list[tuple[int, str]], list[int]]]:
    """Each analysis with a decision: the lines that were tracked with their kind, and those still pending."""
    for analysis in Analysis.objects.prefetch_related("items").order_by("pk").iterator(chunk_size=100):
        items = [item for item in analysis.items.all() if item.gone_at is None]
        taken = [(item.line, str(item.kind)) for item in items if item.decision == Decision.ADDED]
        pending = [item.line for item in items if item.decision == Decision.PENDING]
        if len(items) > len(pending):
            yield analysis, taken, pending


class Command(DoorCommand):
    help = "Retrains the extraction on tracked and dismissed entries and writes the weights to EXTRACTION_WEIGHTS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", type=Path, metavar="FOLDER", help="learn from labelled analyses in a folder too")

    def handle(self, *args: Any, data: Path | None, **options: Any) -> None:
        target = self.target()
        corpus, retraining = training("corpus"), training("retraining")
        analyses = [corpus.site_analysis(str(each.pk), each.text, *decisions) for each, *decisions in decided()]
        if len(analyses) < LEAST:
            raise CommandError(f"Only {len(analyses)} analyses have decisions; {LEAST} are needed to learn from.")
        beside = retraining.others(data)
        found = retraining.compared(analyses, beside, model.in_use())
        self.stdout.write(f"On {found.analyses} analyses, each left out of what was learned:")
        self.stdout.write(f"issues F1 {found.issues_now:.3f} now, {found.issues_new:.3f} retrained")
        self.stdout.write(f"checks F1 {found.checks_now:.3f} now, {found.checks_new:.3f} retrained")
        retraining.train(analyses, beside=beside, scores=found, on=timezone.localdate(), path=target)
        self.stdout.write(f"Weights written to {target}. They are used after the next start.")

    def target(self) -> Path:
        """The file that the weights go to; never the shipped one."""
        if not settings.EXTRACTION_WEIGHTS:
            raise CommandError("Set EXTRACTION_WEIGHTS to the file that the new weights go to.")
        target = Path(settings.EXTRACTION_WEIGHTS)
        if target.resolve() == model.WEIGHTS.resolve():
            raise CommandError("EXTRACTION_WEIGHTS names the shipped weights, which are never written over.")
        return target
