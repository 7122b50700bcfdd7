"""`manage.py demo`: the whole story on the sample analyses, on a database of its own."""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from remediation_site.demo import playing
from remediation_site.demo.phases import STORIES, Act
from remediation_site.demo.stage import Stage, StoryBroke
from tracker.management.base import DoorCommand
from tracker.refusals import Refused
from tracker.terminal import printable

BROKE = 1


class Command(DoorCommand):
    help = "Plays the story from an analysis to its return on the samples. It never touches the site's own database."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", choices=list(STORIES), default="full", help="the whole story, or a part")
        parser.add_argument("--output", type=Path, metavar="FOLDER", help="a new folder for what it leaves")
        parser.add_argument("--on-stage", action="store_true", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["on_stage"]:
            self._play(STORIES[options["demo"]], options["output"])
            return
        folder = options["output"] or Path(tempfile.mkdtemp(prefix="remediation-demo-"))
        try:
            playing.prepare(folder)
        except playing.FolderRefused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"A database of its own: {folder / playing.DATABASE}")
        self.stdout.flush()
        if code := playing.play(options["demo"], folder):
            sys.exit(code)

    def _play(self, acts: tuple[Act, ...], folder: Path) -> None:
        if not playing.is_on_stage(folder):
            raise CommandError("The story is not played on the site's own database.")
        settings.EMAIL_BACKEND = "remediation_site.demo.mailbox.Backend"
        settings.EMAIL_FILE_PATH = str(folder / playing.MAILS)
        stage, begun = Stage(folder), time.monotonic()
        for number, act in enumerate(acts, start=1):
            self._act(number, act, stage)
        files = sum(1 for path in folder.rglob("*") if path.is_file())
        self.stdout.write(f"\nEverything came true in {time.monotonic() - begun:.1f} s; {files} files in {folder}")

    def _act(self, number: int, act: Act, stage: Stage) -> None:
        """Play one act; its lines come as it goes on. One that breaks ends the story with exit code 1."""
        began, from_moment = time.monotonic(), stage.now
        summary = act.__doc__.rstrip(".").partition("\n")[0]
        self.stdout.write(f"\n{number} {act.__name__.capitalize()}: {summary}")
        try:
            for line in act(stage):
                self.stdout.write(f"  {stage.now:%d %b %H:%M}  {printable(line)}")
        except (StoryBroke, Refused) as broke:
            self.stdout.write(f"  BROKE: {printable(str(broke))}")
            sys.exit(BROKE)
        moved = stage.now - from_moment
        self.stdout.write(f"  done in {time.monotonic() - began:.1f} s; the clock moved on by {moved}")
