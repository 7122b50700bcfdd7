"""python manage.py verify_audit: is the audit as it was sealed?"""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, time
from itertools import islice

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from tracker import history_check, sealing
from tracker.management.base import DoorCommand
from tracker.models import Seal
from tracker.verifying import HEAD, Finding, Verification

TAMPERED = 6  # the exit code
MOST_NAMED = 1000
EACH = 100_000  # rows between two lines that say how far it is
EXPECTED = re.compile(r"(\d{1,18}):([0-9a-f]{12,64})")


class Command(DoorCommand):
    """Ends with 0 when all is as it was sealed, with 6 when not, with 1 when it could not look."""

    help = (
        "Verify the audit: which of its rows were edited, removed, moved or put there, and what of the history of "
        "issues it does not know. Ends with 6 when something is found."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one object instead of lines")
        parser.add_argument("--since", metavar="TIME", help="read the rows that were sealed since then only")
        parser.add_argument(
            "--expect",
            metavar="NUMBER:DIGEST",
            help="a head that was written down before: finds a chain whose end was cut off",
        )

    def handle(self, *args: object, **options: object) -> None:
        now = timezone.now()
        since, expected = moment(options["since"]), head_of(options["expect"])
        run = Verification(sealing.site_keys(), since=since, progress=self._progress())
        found = self._found(run, expected, whole=since is None)
        named = list(islice(found, MOST_NAMED))
        more = sum(1 for _ in found)
        waiting = sealing.oldest_unsealed()
        age = None if waiting is None else max(0.0, (now - waiting).total_seconds())
        (self._as_json if options["json"] else self._as_lines)(run, named, more, age)
        if named:
            sys.exit(TAMPERED)

    def _found(self, run: Verification, expected: tuple[int, str] | None, *, whole: bool) -> Iterator[Finding]:
        yield from run.findings()
        if expected:
            yield from of_the_head(*expected)
        if whole:
            yield from history_check.findings()

    def _progress(self) -> Callable[[int], None]:
        def tell(rows: int) -> None:
            if rows % EACH == 0:
                self.remark(f"{rows:,} rows …")

        return tell

    def _as_lines(self, run: Verification, named: list[Finding], more: int, age: float | None) -> None:
        self.say(finding.sentence for finding in named)
        if more:
            self.say([f"… and {more:,} more."])
        head = f"Head: {run.head.number}:{run.head.digest}" if run.head else "Nothing is sealed yet."
        waits = "" if age is None else f" The oldest row that is not sealed yet waits for {age:.0f} s."
        verdict = "Not as it was sealed." if named else "As it was sealed."
        self.say([f"{verdict} {run.rows:,} rows, {run.seals:,} seals.{waits}", head])

    def _as_json(self, run: Verification, named: list[Finding], more: int, age: float | None) -> None:
        head = {"number": run.head.number, "digest": run.head.digest} if run.head else None
        counts = {"rows": run.rows, "seals": run.seals, "head": head, "oldest_unsealed_age_seconds": age}
        self.say_json({"ok": not named, **counts, "findings": [asdict(each) for each in named], "more": more})


def of_the_head(number: int, digest: str) -> Iterator[Finding]:
    """Whether the chain still goes through a seal that somebody has written down."""
    if (seal := Seal.objects.filter(number=number).first()) is None:
        last = Seal.objects.order_by("-number").values_list("number", flat=True).first() or 0
        yield Finding(HEAD, f"Seal {number} is gone: the chain ends at seal {last}, its end was removed.", seal=number)
    elif not seal.digest.startswith(digest):
        yield Finding(HEAD, f"Seal {number} has another digest than the one that was written down.", seal=number)


def head_of(text: str | None) -> tuple[int, str] | None:
    """The number and the digest of --expect. Raises: CommandError."""
    if text is None:
        return None
    if found := EXPECTED.fullmatch(text.strip().lower()):
        return int(found[1]), found[2]
    raise CommandError(
        "--expect is a head as this command writes it: a number, a colon and 12 to 64 hexadecimal digits."
    )


def moment(text: str | None) -> datetime | None:
    """The moment of --since, at the beginning of a day where only that is given. Raises: CommandError."""
    if text is None:
        return None
    try:
        found = parse_datetime(text) or None
        if found is None and (day := parse_date(text)):
            found = datetime.combine(day, time.min)
        if found:
            return (found if found.tzinfo else found.replace(tzinfo=timezone.get_default_timezone())).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise CommandError(f"--since is {text[:40]!r}: write a day or a time, such as 2026-03-10 or 2026-03-10T12:00Z.")
