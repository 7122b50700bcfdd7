"""A JUnit report as counts. A report is text from outside: its size and depth are bounded, entities are refused."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from junitparser import JUnitXml, JUnitXmlError

from tracker.terminal import printable
from tracker.translation import gettext
from tracker.validation.outcomes import Counts

MOST_BYTES = 16 * 1024 * 1024
DEEPEST = 50


class BrokenReport(ValueError):
    """Why a report says nothing, in one sentence."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says: counts, and the time stamps of its suites as they stand there.

    `undated`: a test is in no suite that says when it began.
    """

    counts: Counts
    timestamps: tuple[str, ...]
    undated: bool


@dataclass(slots=True)
class _Stated:
    """What the heads of the suites state, read element by element."""

    failures: int = 0
    errors: int = 0
    timestamps: list[str] = field(default_factory=list)
    undated: bool = False
    dated: list[bool] = field(default_factory=list)  # of each open element: whether it or one around it has a time

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""
        if len(self.dated) >= DEEPEST:
            raise ValueError(gettext("nested too deep"))
        dated = bool(self.dated and self.dated[-1])
        if name in ("testsuites", "testsuite"):
            self.failures = max(self.failures, int(attributes.get("failures", 0)))
            self.errors = max(self.errors, int(attributes.get("errors", 0)))
            if stamp := attributes.get("timestamp", "").strip():
                self.timestamps.append(stamp)
                dated = True
        self.undated = self.undated or (name == "testcase" and not dated)
        self.dated.append(dated)

    def closed(self, _name: str) -> None:
        """Take the end of an element."""
        self.dated.pop()


def remove(path: Path) -> None:
    """Delete the report of an earlier run, so that it is never taken for the one of this run.

    Raises: BrokenReport when something else is there, or it cannot be deleted.
    """
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise BrokenReport(
                gettext("%(path)s is no ordinary file: nothing is deleted or read there.")
                % {"path": printable(str(path))}
            )
        path.unlink()
    except FileNotFoundError:
        return
    except OSError as error:
        raise BrokenReport(
            gettext("The earlier report %(path)s cannot be deleted (%(problem)s).")
            % {"path": printable(str(path)), "problem": error.strerror}
        ) from None


def read(path: Path, *, written_after: float) -> Report:
    """What the report says, counted test by test.

    Units:  written_after is a time stamp, seconds since 1970; an older file is no report of this run.
    Raises: BrokenReport for a report that is missing, old, too large or no JUnit XML.
    """
    data = _bytes(path, written_after)
    try:
        stated = _stated(data)
        counts = _counts(JUnitXml.fromstring(data), stated)
        return Report(counts, tuple(stated.timestamps), stated.undated)
    except (expat.ExpatError, JUnitXmlError, SyntaxError, ValueError, LookupError) as error:
        raise BrokenReport(
            gettext("The report %(path)s is no JUnit XML (%(error)s).")
            % {"path": path.name, "error": printable(str(error))}
        ) from None


def _bytes(path: Path, written_after: float) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise BrokenReport(gettext("No report was written to %(path)s.") % {"path": printable(str(path))}) from None
    except OSError as error:
        raise BrokenReport(
            gettext("The report %(path)s cannot be read (%(problem)s).")
            % {"path": printable(str(path)), "problem": error.strerror}
        ) from None
    with os.fdopen(handle, "rb") as file:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            raise BrokenReport(gettext("%(path)s is no ordinary file.") % {"path": printable(str(path))})
        if facts.st_mtime < written_after:
            raise BrokenReport(gettext("The report %(path)s is older than this run.") % {"path": path.name})
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise BrokenReport(
            gettext("The report %(path)s is larger than %(most)s MiB.")
            % {"path": path.name, "most": MOST_BYTES // 1024 // 1024}
        )
    return data


def _stated(data: bytes) -> _Stated:
    """The most failures and errors that the head of any suite states, and when the suites say that they began.

    Read here, because junitparser replaces what a head states as soon as one of its figures is absent.
    Raises: ValueError for what no report of tests has: a document type (with it entities), and endless nesting.
    """

    def doctype(*_facts: object) -> None:
        raise ValueError(gettext("a document type is not read"))

    stated = _Stated()
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = stated.opened, stated.closed
    parser.StartDoctypeDeclHandler = doctype
    parser.Parse(data, True)
    return stated


def _counts(report: JUnitXml, stated: _Stated) -> Counts:
    """Each test counts once; where the head of a suite states more failures or errors than are shown, they count."""
    cases = [case for suite in report for case in suite]
    return Counts(
        tests=len(cases),
        failures=max(stated.failures, sum(case.is_failure and not case.is_error for case in cases)),
        errors=max(stated.errors, sum(case.is_error for case in cases)),
        skipped=sum(case.is_skipped and not case.is_failure and not case.is_error for case in cases),
    )
