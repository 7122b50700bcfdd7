"""python manage.py verify_audit: is the audit as it was sealed?"""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, time
from itertools import islice
from pathlib import Path

from django.core.management.base import CommandError, CommandParser
from django.db import DatabaseError, InterfaceError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from tracker import history_check, sealing
from tracker.audit_archive import Archive
from tracker.management.base import DoorCommand
from tracker.models import Anchor, Seal
from tracker.refusals import Refused
from tracker.terminal import printable
from tracker.verifying import HEAD, Finding, Stored, Verification, is_signed

TAMPERED = 6  # the exit code
MOST_NAMED = 1000
EACH = 100_000  # rows between two lines that say how far it is
Head = tuple[int, str]  # the number of a seal, and a digest or its beginning
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
        parser.add_argument("--archive", metavar="FILE", type=Path, help="verify what prune_audit has put into a file")

    def handle(self, *args: object, **options: object) -> None:
        now = timezone.now()
        since, expected = moment(options["since"], option="--since"), head_of(options["expect"])
        path = options["archive"]
        source = Archive(path) if path else Stored()
        run = Verification(sealing.site_keys(), source, since=since, progress=self._progress())
        found = self._of_archive(run, expected) if path else self._found(run, expected, whole=since is None)
        try:
            named = list(islice(found, MOST_NAMED))
            more = sum(1 for _ in found)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        waiting = None if path else sealing.oldest_unsealed()
        age = None if waiting is None else max(0.0, (now - waiting).total_seconds())
        (self._as_json if options["json"] else self._as_lines)(run, named, more, age)
        if named:
            sys.exit(TAMPERED)

    def _found(self, run: Verification, expected: Head | None, *, whole: bool) -> Iterator[Finding]:
        yield from run.findings()
        if expected:
            yield from of_the_head(*expected, begins_behind=run.start.seal)
        if whole:
            yield from history_check.findings(run.source.anchor.history if run.source.anchor else None)
        if Anchor.objects.count() != run.source.anchors:
            raise CommandError("The audit was pruned meanwhile: verify it again.")

    def _of_archive(self, run: Verification, expected: Head | None) -> Iterator[Finding]:
        yield from run.findings()
        if expected:
            digests = (each[2] for each in run.source.covering(0) if each[0] == expected[0])
            yield from of_the_seal(*expected, next(digests, None), last=run.head.number)
        try:
            yield from of_the_site(run)
        except (DatabaseError, InterfaceError):
            self.remark("The database does not answer: the archive was verified alone, by the keys of the settings.")

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
        self.say([f"{verdict} {run.rows:,} rows, {run.seals:,} seals.{waits}"])
        if begins := beginning(run):
            rows = f"the rows up to position {begins['position']} were pruned on {begins['at'][:10]}"
            where = f"into {printable(begins['archive'])}, SHA-256 {begins['sha256']}"
            self.say([f"The chain begins behind seal {begins['seal']}: {rows} {where}."])
        self.say([head])

    def _as_json(self, run: Verification, named: list[Finding], more: int, age: float | None) -> None:
        head = {"number": run.head.number, "digest": run.head.digest} if run.head else None
        counts = {"rows": run.rows, "seals": run.seals, "head": head, "oldest_unsealed_age_seconds": age}
        counts["begins_behind"] = beginning(run)
        self.say_json({"ok": not named, **counts, "findings": [asdict(each) for each in named], "more": more})


def of_the_head(number: int, digest: str, *, begins_behind: int) -> Iterator[Finding]:
    """Whether the chain still goes through a seal that was written down. Raises: CommandError for a pruned one."""
    rows = Anchor if number == begins_behind else Seal
    there = rows.objects.filter(number=number).values_list("digest", flat=True).first()
    if there is None and number < begins_behind:
        raise CommandError(f"Seal {number} was pruned: ask its archive, by verify_audit --archive FILE --expect …")
    last = Seal.objects.order_by("-number").values_list("number", flat=True).first() or 0
    yield from of_the_seal(number, digest, there, last=last)


def of_the_seal(number: int, digest: str, there: str | None, *, last: int) -> Iterator[Finding]:
    """Whether the seal of that number is there, with that beginning of a digest."""
    if there is None:
        yield Finding(HEAD, f"Seal {number} is gone: the chain ends at seal {last}, its end was removed.", seal=number)
    elif not there.startswith(digest):
        yield Finding(HEAD, f"Seal {number} has another digest than the one that was written down.", seal=number)


def of_the_site(run: Verification) -> Iterator[Finding]:
    """What this database says otherwise than an archive of it; nothing where it is an archive of another one."""
    number = run.head.number
    there = [each.digest for each in Anchor.objects.filter(number=number) if is_signed(each, run.keys)]
    there += Seal.objects.filter(number=number).values_list("digest", flat=True)
    if there and run.head.digest not in there:
        words = f"Seal {number} of the archive has another digest than that of this database"
        yield Finding(HEAD, f"{words}: it is of another site, or of another past.", seal=number)
    elif there:
        yield from history_check.of_archive(run.source.told())


def beginning(run: Verification) -> dict | None:
    """Of a chain whose first rows were pruned: what it begins behind."""
    if (anchor := getattr(run.source, "anchor", None)) is None:
        return None
    pruned = {"seal": anchor.number, "position": anchor.last, "at": anchor.at.isoformat()}
    return pruned | {"archive": anchor.archive, "sha256": anchor.archive_digest}


def head_of(text: str | None) -> Head | None:
    """The number and the digest of --expect. Raises: CommandError."""
    if text is None:
        return None
    if found := EXPECTED.fullmatch(text.strip().lower()):
        return int(found[1]), found[2]
    raise CommandError(
        "--expect is a head as this command writes it: a number, a colon and 12 to 64 hexadecimal digits."
    )


def moment(text: str | None, *, option: str) -> datetime | None:
    """The moment of an option, at the beginning of a day where only that is given. Raises: CommandError."""
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
    raise CommandError(f"{option} is {text[:40]!r}: write a day or a time, such as 2026-03-10 or 2026-03-10T12:00Z.")
