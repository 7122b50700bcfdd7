"""`manage.py recurrences`: which earlier analyses a new one may be the return of. Nothing is written."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from tracker import file_intake, terminal
from tracker.earlier import earlier_analyses
from tracker.file_intake import FileText
from tracker.management.base import DoorCommand
from tracker.models import Analysis
from tracker.reading import UnreadableAnalysis
from tracker.recurrence import Index, Match, Terms, terms

MANY = 10  # files from which on a terminal shows how far the work is
LEAST_SHOWN = 0.1  # score; what is less alike is left out of the text, not of the JSON


def positive(text: str) -> int:
    """A whole number from 1 on."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on.")
    return int(text)


class Command(DoorCommand):
    help = "Shows which earlier analyses a new one may be the return of, and why. Writes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--analysis-file",
            nargs="+",
            action="extend",
            required=True,
            metavar="PATH",
            help="a file, a folder (all *.md below it), or - for standard input",
        )
        parser.add_argument("--against", metavar="FOLDER", help="earlier analyses (default: those in the database)")
        parser.add_argument("--top", type=positive, default=5, metavar="N", help="at most so many for each (default 5)")
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, **options: Any) -> None:
        self.failed: list[str] = []
        new = [(file, terms(file.text, file.source)) for file in self._files(options["analysis_file"])]
        earlier = self._earlier(options["against"]) if new else Index()
        for file, said in new:
            matches = earlier.returns_of(said, key=file.source, on=said.stated_on, top=options["top"])
            if options["format"] == "json":
                self.say_json(document(file, matches))
            else:
                self.say(listing(file, matches, earlier=len(earlier) - (file.source in earlier), width=self.width()))
        if self.failed:
            number = f"{len(self.failed)} path{'s' if len(self.failed) > 1 else ''}"
            raise CommandError(f"{number} failed: {', '.join(self.failed)}.")

    def _earlier(self, folder: str | None) -> "Index | _Database":
        if folder is None:
            return _Database()
        index = Index()
        for file in self._files([folder]):
            said = terms(file.text, file.source)
            index.add(file.source, said, said.stated_on)
        return index

    def _files(self, paths: Sequence[str]) -> Iterator[FileText]:
        """The files that the paths mean; one that cannot be read is told and left out."""
        found, problems = file_intake.files(paths)
        for problem in problems:
            self._fails(problem)
        few = len(found) < MANY or not self.stderr.isatty()
        for path in tqdm(found, unit="file", leave=False, disable=few, file=sys.stderr):
            try:
                yield file_intake.read(path)
            except UnreadableAnalysis as unreadable:
                self._fails(unreadable)

    def _fails(self, problem: UnreadableAnalysis) -> None:
        with tqdm.external_write_mode(file=sys.stderr):
            self.complain(str(problem))
        if problem.place not in self.failed:
            self.failed.append(problem.place)


class _Database:
    """The analyses in the database, by their sources."""

    def __init__(self) -> None:
        self._keys = {source: pk for pk, source in Analysis.objects.order_by().values_list("pk", "source")}
        self._sources = {pk: source for source, pk in self._keys.items()}

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, source: str) -> bool:
        return source in self._keys

    def returns_of(self, new: Terms, *, key: str, on: date | None, top: int) -> list[Match]:
        """As an index gives them, the keys being the sources."""
        found = earlier_analyses.returns_of(new, key=self._keys.get(key), on=on, top=top)
        return [replace(match, key=self._sources[match.key]) for match in found if match.key in self._sources]


def document(file: FileText, matches: Iterable[Match]) -> dict[str, Any]:
    """The matches of a file for programs."""
    return {
        "source": file.source,
        "matches": [
            {
                "source": match.key,
                "date": match.on and match.on.isoformat(),
                "score": round(match.score, 4),
                "likely": match.possible,
                "shown_as": shown_as(match),
                "kind": match.kind,
                "reasons": list(match.reasons),
            }
            for match in matches
        ],
    }


def shown_as(match: Match) -> str:
    """What people are shown a match as. "likely" is right four times out of five, "possible" seldomer than not."""
    if match.likely:
        return "likely"
    return "possible" if match.possible else "less alike"


def listing(file: FileText, matches: Sequence[Match], *, earlier: int, width: int | None) -> Iterator[str]:
    """The matches of a file for people: the likely ones first, then the possible ones, then the others."""
    yield terminal.printable(file.place)
    alike = [match for match in matches if match.score >= LEAST_SHOWN]
    shown = sorted(alike, key=lambda match: (not match.likely, not match.possible))
    if not shown:
        yield f"  no return of an earlier analysis ({earlier} compared)"
    for match in shown:
        verdict = f"{shown_as(match)} {match.kind}" if match.possible else shown_as(match)
        lines = [f"  {match.score:.2f}  {verdict}: {match.key}" + (f" ({match.on})" if match.on else "")]
        lines += [f"        {reason}" for reason in match.reasons]
        yield from (line if width is None else terminal.fit(line, width) for line in map(terminal.printable, lines))
