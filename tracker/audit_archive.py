"""Rows of the audit in a file that can be verified on its own: gzip, a line of JSON for each seal and each row.

A seal stands before its rows. The last line is signed, so that a file whose end is missing is found.
"""

import gzip
import hashlib
import json
import os
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext

from tracker import chain
from tracker.models import AuditEvent, Seal
from tracker.refusals import Refused
from tracker.verifying import ADDED, PLACED, REMOVED, SEAL_COLUMNS, Finding, Start, in_order

FORMAT = "audit archive 1"
LONGEST_LINE = 16 * 1024 * 1024  # bytes; a row holds a reason, and values that are cut off
AT, SEALED_AT = PLACED.index("at"), SEAL_COLUMNS.index("at")
SEAL_TYPES = [int, int, int, str, str, str, str, str]


def write(path: Path, *, last: Seal, key: chain.Key) -> str:
    """Write all sealed rows up to that seal into a new file that nobody else may read; its SHA-256.

    Raises: Refused when it is there already, or cannot be written: then there is no file.
    """
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused(gettext("%(path)s is there already: name another file.") % {"path": path}) from None
    except OSError as error:
        raise Refused(
            gettext("%(path)s cannot be written: %(problem)s.") % {"path": path, "problem": error.strerror}
        ) from None
    try:
        with os.fdopen(number, "wb") as file:
            with gzip.GzipFile(filename="", fileobj=file, mode="wb") as packed:
                packed.writelines(_lines(last, key))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise Refused(
            gettext("%(path)s cannot be written: %(problem)s.") % {"path": path, "problem": error.strerror}
        ) from None
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return digest_of(path)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _lines(last: Seal, key: chain.Key) -> Iterator[bytes]:
    rows = 0
    yield _line({"format": FORMAT, "seal": list(SEAL_COLUMNS), "row": list(PLACED)})
    for seal in in_order(Seal.objects.filter(number__lte=last.number), *SEAL_COLUMNS):
        values = dict(zip(SEAL_COLUMNS, seal, strict=True))
        yield _line({"seal": [chain.moment(each) if isinstance(each, datetime) else each for each in seal]})
        covered = AuditEvent.objects.filter(position__gte=values["first"], position__lte=values["last"])
        for row in in_order(covered, *PLACED):
            yield _line([*row[:AT], chain.moment(row[AT]), *row[AT + 1 :]])
            rows += 1
    signature = chain.signature_of_end(key, last.number, rows, last.digest)
    yield _line({"end": [last.number, rows, last.digest, key.name, signature]})


def _line(value: object) -> bytes:
    return chain.canonical(value) + b"\n"


@dataclass(slots=True)
class Archive:
    """The audit as it stands in a file: a `verifying.Source`. Every method may raise Refused."""

    path: Path
    keys: Sequence[chain.Key] = ()

    def begin(self, keys: Sequence[chain.Key]) -> Generator[Finding, None, Start]:
        """Behind what its first seal names: the seal signs that."""
        yield from ()
        self.keys = keys
        for columns in self.seals():
            seal = dict(zip(SEAL_COLUMNS, columns, strict=True))
            return Start(seal["number"] - 1, seal["first"] - 1, seal["previous"])
        raise self._unreadable(gettext("it has no seal"))

    def seals(self) -> Iterator[tuple]:
        """All, in the order of the file."""
        for found in self._read():
            if isinstance(found, dict) and "seal" in found and "format" not in found:
                yield tuple(found["seal"])

    def covering(self, position: int) -> Iterator[tuple]:
        """Those that end there or later."""
        for columns in self.seals():
            seal = dict(zip(SEAL_COLUMNS, columns, strict=True))
            if seal["last"] >= position:
                yield seal["number"], seal["last"], seal["digest"], seal["key"]

    def rows(self, first: int, last: int) -> Iterator[tuple]:
        """Those between two positions, in the order of the file."""
        for row in self._read():
            if isinstance(row, list) and first <= row[0] <= last:
                yield tuple(row)

    def told(self) -> Iterator[tuple[str, int, str]]:
        """(kind, number, SHA-256) of the rows of history of which its rows tell."""
        kind, number, digest = (PLACED.index(name) for name in ("row_kind", "row_id", "row_digest"))
        for row in self._read():
            if isinstance(row, list) and row[number] is not None:
                yield row[kind], row[number], row[digest]

    def outside(self, start: Start) -> Iterator[Finding]:
        """Whether it ends as it was written, and has no row that no seal covers."""
        last, rows, end = (0, 0, ""), 0, None
        for found in self._read():
            if isinstance(found, list):
                rows += 1
                if not start.position < found[0]:
                    yield Finding(ADDED, f"Row {found[1]} stands before the first seal.", found[0], found[1])
            elif "end" in found:
                end = found["end"]
            elif "format" not in found:
                seal = dict(zip(SEAL_COLUMNS, found["seal"], strict=True))
                last = seal["number"], seal["last"], seal["digest"]
        signed = [
            [last[0], rows, last[2], key.name, chain.signature_of_end(key, last[0], rows, last[2])] for key in self.keys
        ]
        if end not in signed:
            yield Finding(REMOVED, "The end of the archive is missing, or was edited.")

    def _read(self) -> Iterator[dict | list]:
        """What its lines hold. Raises: Refused at the first one that is none of an archive."""
        try:
            with gzip.open(self.path, "rb") as file:
                number = 0
                while line := file.readline(LONGEST_LINE):
                    number += 1
                    yield self._value(line, number)
        except OSError as error:
            raise self._unreadable(error.strerror or gettext("it is no gzip file")) from None
        except EOFError:
            raise self._unreadable(gettext("its end is missing")) from None
        except (ValueError, TypeError, KeyError, IndexError):
            raise self._unreadable(gettext("line %(number)s is none of an archive") % {"number": number}) from None

    def _value(self, line: bytes, number: int) -> dict | list:
        """A line, its times read. Raises: ValueError, TypeError, KeyError or IndexError when it is none."""
        value = json.loads(line)
        if isinstance(value, list):
            known = len(value) == len(PLACED) and {*map(type, value[:2])} == {int} and {*map(type, value[-2:])} == {str}
            value[AT] = datetime.fromisoformat(value[AT])
        elif number == 1:
            known = value["format"] == FORMAT
        elif "seal" in value:
            known = [*map(type, value["seal"])] == SEAL_TYPES
            value["seal"][SEALED_AT] = datetime.fromisoformat(value["seal"][SEALED_AT])
        else:
            known = "end" in value
        if not known:
            raise ValueError(line)
        return value

    def _unreadable(self, why: str) -> Refused:
        return Refused(
            gettext("%(path)s is no archive of the audit that can be read: %(why)s.") % {"path": self.path, "why": why}
        )
