"""From the text of an analysis to rows. The same text twice adds nothing; a changed text is a diff, never a delete."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError
from django.utils.translation import gettext

from tracker import extraction
from tracker.choices import Door
from tracker.decisions import (
    IntakeRefused,
    add,
    add_all,
    dismiss,
    dismiss_all,
    edit,
    lookup,
    reconsider,
    take_back,
    track_skipped,
)
from tracker.entries import Draft, difference, drafts, skipped_lines
from tracker.extraction.values import ExtractedAnalysis, ExtractedIssue
from tracker.lookup import Lookup
from tracker.models import Analysis, ExtractedItem, Owner
from tracker.storing import UNCHANGED, ImportResult, known, sha256_of, write

__all__ = [
    "ImportResult",
    "IntakeRefused",
    "Preview",
    "PreviewEntry",
    "add",
    "add_all",
    "dismiss",
    "dismiss_all",
    "edit",
    "import_analysis",
    "preview",
    "reconsider",
    "store",
    "take_back",
    "track_skipped",
]

LONGEST_SOURCE = 500
TRIES = 3  # somebody else may write the same analysis at the same time: then the second try finds it


@dataclass(frozen=True, slots=True)
class PreviewEntry:
    """An issue that the text states with the owner and deadline that it has or would get; `item` is its row, if any."""

    issue: ExtractedIssue
    owner: Owner | None
    deadline: datetime | None
    item: ExtractedItem | None

    @property
    def reference(self) -> str:
        """The reference of the tracked issue, "" when it is not tracked."""
        return self.item.issue.reference if self.item and self.item.issue else ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do; nothing is written. `analysis` is the one that it would belong to, if there is one."""

    extracted: ExtractedAnalysis
    analysis: Analysis | None
    entries: tuple[PreviewEntry, ...]


def import_analysis(
    text: str, *, source: str, actor: AbstractBaseUser | None, door: Door, now: datetime
) -> ImportResult:
    """Read an analysis and write its entries as pending items, all of them or, when anything is wrong, nothing."""
    text, source = _readable(text), _usable(source)
    if same := known(sha256_of(text), source):
        return ImportResult(same, UNCHANGED)
    meanings = lookup()
    extracted = extraction.extract(text, meanings.system_words())
    return store(extracted, text, source=source, actor=actor, door=door, now=now, meanings=meanings)


def store(
    extracted: ExtractedAnalysis,
    text: str,
    *,
    source: str,
    actor: AbstractBaseUser | None,
    door: Door,
    now: datetime,
    meanings: Lookup | None = None,
) -> ImportResult:
    """Write what was extracted from the text of a source."""
    meanings = meanings or lookup()
    hand = {"actor": actor, "door": door, "now": now}
    text, source = _readable(text), _usable(source)
    for _ in range(TRIES - 1):
        with suppress(IntegrityError):
            return write(extracted, text, source, meanings, **hand)
    return write(extracted, text, source, meanings, **hand)


def preview(text: str, *, source: str, now: datetime | None = None) -> Preview:
    """What an import of the text would do. With `now`, deadlines that nobody states are those of the policies."""
    text = _readable(text)
    meanings = lookup()
    extracted = extraction.extract(text, meanings.system_words())
    return preview_of(extracted, text, source=source, meanings=meanings, now=now)


def preview_of(
    extracted: ExtractedAnalysis, text: str, *, source: str, meanings: Lookup, now: datetime | None = None
) -> Preview:
    """The preview of what was extracted from the text."""
    text, source = _readable(text), _usable(source)
    analysis = known(sha256_of(text), source) or Analysis.objects.filter(source=source).first()
    rows = analysis.items.select_related("issue__owner", "owner") if analysis else ()
    found = drafts(extracted, meanings, now=now)
    row_of = {id(draft): row for row, draft in difference(rows, found, skipped_lines(extracted)).kept}
    issues = (draft for draft in found if isinstance(draft.found, ExtractedIssue))
    return Preview(extracted, analysis, tuple(_preview_entry(draft, row_of.get(id(draft))) for draft in issues))


def _preview_entry(draft: Draft, row: ExtractedItem | None) -> PreviewEntry:
    """What is known already stays: the owner and the deadline of the issue, else those of its entry."""
    holder = (row.issue or row) if row else draft.item
    return PreviewEntry(draft.found, holder.owner, holder.deadline, row)


def _readable(text: str) -> str:
    """The text as it is stored: one kind of line end, no byte-order mark, one line end at the end."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").rstrip() + "\n"
    if not text.strip():
        raise IntakeRefused(gettext("The analysis is empty."))
    if "\0" in text:
        raise IntakeRefused(gettext("The analysis has NUL characters: it is no text."))
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise IntakeRefused(gettext("The analysis has characters that no text can have: save it as UTF-8.")) from None
    if size > settings.MAX_ANALYSIS_BYTES:
        raise IntakeRefused(
            gettext("The analysis has %(size)s bytes; at most %(most)s are read.")
            % {"size": f"{size:,}", "most": f"{settings.MAX_ANALYSIS_BYTES:,}"}
        )
    return text


def _usable(source: str) -> str:
    source = source.strip()
    if not source:
        raise IntakeRefused(gettext("An analysis needs a source: the path or name under which it comes in."))
    if len(source) > LONGEST_SOURCE or "\0" in source:
        raise IntakeRefused(
            gettext("The source of an analysis has at most %(longest)s characters, none of them NUL.")
            % {"longest": LONGEST_SOURCE}
        )
    return source
