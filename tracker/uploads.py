"""From what somebody uploads or pastes to imported analyses, each told in one sentence; a bad one stops no other."""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import PurePosixPath
from typing import Protocol

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext, gettext_noop, ngettext

from tracker import intake, reading, returns
from tracker.choices import Decision, Door
from tracker.models import Analysis
from tracker.terminal import printable

logger = logging.getLogger(__name__)

UPLOADED_BY_MISTAKE = gettext_noop("It was uploaded by mistake.")  # a reason, as the history keeps it
LONGEST_NAME = 200
NAMED_AFTER_FIRST_LINE = 80
MOST_COMPARED = 20
WORDS = re.compile(r"\w+")
FEWEST_WORDS = 4  # shorter lines are headings and labels, which every analysis of a house shares
IN_COMMON = 0.2  # share of the shorter text's lines that a later version of the same document keeps at least


class UploadedText(Protocol):
    """A file of a form, as the web framework hands it over."""

    name: str

    def read(self, num_bytes: int) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Upload:
    """What became of one file or paste. `analysis` is None when it was refused, for the `reasons`."""

    name: str
    analysis: Analysis | None = None
    result: intake.ImportResult | None = None
    reasons: tuple[str, ...] = field(default=())

    def sentence(self) -> str:
        """What a person has to know about it."""
        return f"{self.name}: {self.told()}"

    def told(self) -> str:
        """The sentence without the name."""
        if not self.result:
            return " ".join(self.reasons)
        return OUTCOMES[self.result.outcome](self.result) + self._renamed()

    def _renamed(self) -> str:
        source = self.analysis.source
        if self.result.outcome == "unchanged" or source == self.name or source.endswith(f"/{self.name}"):
            return ""
        return gettext(
            " It is kept as “%(source)s”: the analysis of that name which is already here is another document."
        ) % {"source": source}


def _added(result: intake.ImportResult) -> str:
    number = len(result.extracted.issues) if result.extracted else result.new
    return ngettext("added, %(number)s entry to review.", "added, %(number)s entries to review.", number) % {
        "number": number
    }


def _changed(result: intake.ImportResult) -> str:
    return gettext("a changed version. %(new)s new, %(changed)s changed, %(gone)s gone since the last one.") % {
        "new": result.new,
        "changed": result.changed,
        "gone": result.gone,
    }


def _unchanged(result: intake.ImportResult) -> str:
    return gettext("already known as “%(source)s”, nothing was changed.") % {"source": result.analysis.source}


OUTCOMES = {"created": _added, "changed": _changed, "unchanged": _unchanged}


def take_files(files: Iterable[UploadedText], *, actor: AbstractBaseUser | None, now: datetime) -> list[Upload]:
    """Import files, one after the other."""
    return [
        _take(_base_name(file.name), lambda name, file=file: _text_of(file, name), actor=actor, now=now)
        for file in files
    ]


def take_text(text: str, *, name: str, actor: AbstractBaseUser | None, now: datetime) -> Upload:
    """Import a pasted text. Without a name it is called after its first line."""
    return _take(name.strip() or _first_line(text), lambda name: _readable(text, name), actor=actor, now=now)


@transaction.atomic
def take_back(analysis_id: int, *, actor: AbstractBaseUser, door: Door, now: datetime) -> Analysis:
    """Decide that nothing of an analysis that came in by mistake is work. The analysis stays, and so does its history.

    Issues that nobody has touched are cancelled, every entry is dismissed and every likely return rejected.
    Raises: Refused where somebody has gone on with it; then nothing is changed.
    """
    hand = {"actor": actor, "door": door, "now": now}
    analysis = Analysis.objects.select_for_update().get(pk=analysis_id)
    if analysis.revisions.count() > 1:
        raise intake.IntakeRefused(gettext("A later version has come in since: decide about its entries by hand."))
    if analysis.returns.confirmed().exists():
        raise intake.IntakeRefused(gettext("It is confirmed as a return of an earlier one: take that back first."))
    for pk in analysis.items.issues().filter(decision=Decision.ADDED).order_by("pk").values_list("pk", flat=True):
        intake.take_back(pk, **hand)
    intake.dismiss_all(analysis_id, reason=gettext(UPLOADED_BY_MISTAKE), **hand)
    for pk in analysis.returns.pending().order_by("pk").values_list("pk", flat=True):
        returns.reject(pk, reason=gettext(UPLOADED_BY_MISTAKE), **hand)
    return analysis


def _take(name: str, text_of: Callable[[str], str], *, actor: AbstractBaseUser | None, now: datetime) -> Upload:
    name = printable(name)[-LONGEST_NAME:] or "analysis"
    try:
        text = text_of(name)
        source = source_for(name, text)
        result = intake.import_analysis(text, source=source, actor=actor, door=Door.ADMIN, now=now)
    except (reading.UnreadableAnalysis, intake.IntakeRefused) as refused:
        return Upload(name, reasons=tuple(_without(name, each) for each in getattr(refused, "reasons", refused.args)))
    except Exception:
        logger.exception("An uploaded analysis could not be imported")
        return Upload(name, reasons=(gettext("it could not be imported. The log of the server says why."),))
    return Upload(name, result.analysis, result)


def _base_name(path: str) -> str:
    return PurePosixPath(path.replace("\\", "/")).name


def _without(name: str, reason: str) -> str:
    """A reason that does not begin with the name again, but with the line where there is one."""
    if not reason.startswith(f"{name}:"):
        return reason
    line, colon, rest = reason.removeprefix(f"{name}:").partition(": ")
    if colon and line.isdigit():
        return gettext("line %(line)s: %(rest)s") % {"line": line, "rest": rest}
    return reason.removeprefix(f"{name}: ")


def _text_of(file: UploadedText, name: str) -> str:
    limit = settings.MAX_ANALYSIS_BYTES
    return reading.decode(file.read(limit + 1), name=name, limit=limit)


def _readable(text: str, name: str) -> str:
    return reading.decode(text.encode("utf-8", "replace"), name=name, limit=settings.MAX_ANALYSIS_BYTES)


def _first_line(text: str) -> str:
    lines = (" ".join(WORDS.findall(line)) for line in text.splitlines())
    return next((line for line in lines if line), gettext("pasted text"))[:NAMED_AFTER_FIRST_LINE].rstrip()


def source_for(name: str, text: str) -> str:
    """The source under which a document of this name is imported.

    That of the analysis of which it is a version; a free one when those of its name are other documents.
    """
    elsewhere = Analysis.objects.filter(source__endswith=f"/{name}").order_by("-updated_at")
    for analysis in elsewhere.only("source", "text")[:MOST_COMPARED]:
        if in_common(analysis.text, text):
            return analysis.source
    return next(source for source in _numbered(name) if _is_free_for(source, text))


def _is_free_for(source: str, text: str) -> bool:
    analysis = Analysis.objects.filter(source=source).only("text").first()
    return analysis is None or in_common(analysis.text, text)


def _numbered(name: str) -> Iterator[str]:
    """The name, then with 2, 3, … before its suffix."""
    path = PurePosixPath(name)
    yield name
    yield from (f"{path.stem} ({number}){path.suffix}" for number in count(2))


def in_common(earlier: str, later: str) -> bool:
    """Are two texts versions of one document? Then they share lines; headings and labels count only in short ones."""
    old, new = _lines(earlier), _lines(later)
    shared = len(old & new)
    return shared > 0 and shared >= IN_COMMON * min(len(old), len(new))


def _lines(text: str) -> set[str]:
    bare = {" ".join(WORDS.findall(line)) for line in text.casefold().splitlines()} - {""}
    return {line for line in bare if line.count(" ") >= FEWEST_WORDS - 1} or bare
