"""From the text of an analysis to rows. The same text twice adds nothing; a changed text is a diff, never a delete."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import PurePath

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, models, transaction

from tracker import checks, extraction
from tracker.choices import Decision, Door, ItemKind, NoteKind
from tracker.decisions import IntakeRefused, add, add_all, dismiss, done_note, edit, reconsider, track_skipped
from tracker.entries import (
    CARRIED,
    Difference,
    Told,
    carry_over,
    clipped,
    difference,
    drafts,
    move_with,
    skipped_lines,
)
from tracker.extraction.values import ExtractedAnalysis, ExtractedIssue
from tracker.history import stamp
from tracker.lookup import Lookup
from tracker.models import Analysis, ExtractedItem, FieldChange, Issue, Note, Owner, SkippedLine

__all__ = [
    "ImportResult",
    "IntakeRefused",
    "Preview",
    "PreviewEntry",
    "add",
    "add_all",
    "dismiss",
    "edit",
    "import_analysis",
    "preview",
    "reconsider",
    "store",
    "track_skipped",
]

BATCH = 500
LONGEST_SOURCE = 500
LONGEST_TITLE = 300
TRIES = 3  # somebody else may write the same analysis at the same time: then the second try finds it
CREATED, CHANGED, UNCHANGED = "created", "changed", "unchanged"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did: `outcome` is "created", "changed" or "unchanged", the numbers count entries.

    `extracted` is what the text says, None when it was known already.
    """

    analysis: Analysis
    outcome: str
    new: int = 0
    changed: int = 0
    gone: int = 0
    extracted: ExtractedAnalysis | None = None


@dataclass(frozen=True, slots=True)
class PreviewEntry:
    """An issue that the text states, and what an import would make of it; `item` is its row when it has one."""

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
    if known := _known(_sha256(text), source):
        return ImportResult(known, UNCHANGED)
    lookup = _lookup()
    extracted = extraction.extract(text, lookup.system_words())
    return store(extracted, text, source=source, actor=actor, door=door, now=now, lookup=lookup)


def store(
    extracted: ExtractedAnalysis,
    text: str,
    *,
    source: str,
    actor: AbstractBaseUser | None,
    door: Door,
    now: datetime,
    lookup: Lookup | None = None,
) -> ImportResult:
    """Write what was extracted from the text of a source."""
    lookup = lookup or _lookup()
    hand = {"actor": actor, "door": door, "now": now}
    for left in reversed(range(TRIES)):
        try:
            return _store(extracted, _readable(text), _usable(source), lookup, **hand)
        except IntegrityError:
            if not left:
                raise
    raise AssertionError("unreachable")


def preview(text: str, *, source: str, now: datetime | None = None) -> Preview:
    """What an import of the text would do. With `now`, deadlines that nobody states are those of the policies."""
    text, source = _readable(text), _usable(source)
    lookup = _lookup()
    extracted = extraction.extract(text, lookup.system_words())
    return preview_of(extracted, text, source=source, lookup=lookup, now=now)


def preview_of(
    extracted: ExtractedAnalysis, text: str, *, source: str, lookup: Lookup, now: datetime | None = None
) -> Preview:
    """The preview of what was extracted from the text."""
    analysis = _known(_sha256(text), source) or Analysis.objects.filter(source=source).first()
    rows = analysis.items.select_related("issue") if analysis else ()
    found = drafts(extracted, lookup, now=now)
    kept = difference(rows, found, skipped_lines(extracted)).kept
    row_of = {id(draft): row for row, draft in kept}
    by_place = iter([draft for draft in found if draft.item.kind != ItemKind.CHECK])
    entries = (
        PreviewEntry(issue, draft.item.owner, draft.item.deadline, row_of.get(id(draft)))
        for issue, draft in zip(sorted(extracted.issues, key=lambda issue: issue.line), by_place, strict=True)
    )
    return Preview(extracted, analysis, tuple(entries))


def _lookup() -> Lookup:
    try:
        return Lookup.load()
    except ValueError as impossible:
        raise IntakeRefused(f"A priority policy cannot be used: {impossible}") from impossible


def _readable(text: str) -> str:
    """The text as it is stored: one kind of line end, no byte-order mark, one line end at the end."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").rstrip() + "\n"
    if not text.strip():
        raise IntakeRefused("The analysis is empty.")
    if "\0" in text:
        raise IntakeRefused("The analysis has NUL characters: it is no text.")
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise IntakeRefused("The analysis has characters that no text can have: save it as UTF-8.") from None
    if size > settings.MAX_ANALYSIS_BYTES:
        raise IntakeRefused(f"The analysis has {size:,} bytes; at most {settings.MAX_ANALYSIS_BYTES:,} are read.")
    return text


def _usable(source: str) -> str:
    source = source.strip()
    if not source:
        raise IntakeRefused("An analysis needs a source: the path or name under which it comes in.")
    if len(source) > LONGEST_SOURCE or "\0" in source:
        raise IntakeRefused(f"The source of an analysis has at most {LONGEST_SOURCE} characters, none of them NUL.")
    return source


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _known(sha256: str, source: str) -> Analysis | None:
    """The analysis that has this text: this source's or another's. Only this source may go back to an old text."""
    of_source = Analysis.objects.filter(source=source).first()
    if of_source is None:
        had_it = Analysis.objects.filter(revisions__sha256=sha256)
        return Analysis.objects.filter(sha256=sha256).first() or had_it.first()
    return of_source if of_source.sha256 == sha256 else Analysis.objects.filter(sha256=sha256).first()


@transaction.atomic
def _store(
    extracted: ExtractedAnalysis,
    text: str,
    source: str,
    lookup: Lookup,
    *,
    actor: AbstractBaseUser | None,
    door: Door,
    now: datetime,
) -> ImportResult:
    row = Analysis.objects.select_for_update().filter(source=source).first()
    if known := _known(_sha256(text), source):
        return ImportResult(known, UNCHANGED)
    outcome = CHANGED if row else CREATED
    analysis = row or Analysis(source=source, imported_at=now, imported_by=actor)
    _write_analysis(analysis, extracted, text, actor, now)
    analysis.systems.set(lookup.system_rows(extracted.affected_systems))
    found = drafts(extracted, lookup, now=now)
    rows = list(analysis.items.select_related("issue", "owner")) if row else []
    seen = difference(rows, found, skipped_lines(extracted))
    told = _carry(seen, analysis, lookup, now)
    _add_new(seen, analysis)
    _write_systems(seen, analysis, lookup)
    _replace_skipped(seen.skipped, analysis)
    checks.link(analysis, [*seen.kept, *((draft.item, draft) for draft in seen.new)])
    if row:
        checks.attach(analysis)
        checks.follow([item for item, _ in (*seen.kept, *seen.moved)] + seen.gone)
        _tell_issues(told, analysis, stamp(actor, door, now))
    changed = {each.item.pk for each in told} - {item.pk for item in seen.gone}
    return ImportResult(analysis, outcome, len(seen.new), len(changed), len(seen.gone), extracted)


def _write_analysis(
    analysis: Analysis, extracted: ExtractedAnalysis, text: str, actor: AbstractBaseUser | None, now: datetime
) -> None:
    cause = extracted.root_cause
    analysis.title = clipped(extracted.title.strip() or PurePath(analysis.source).stem, LONGEST_TITLE)
    analysis.text, analysis.sha256 = text, _sha256(text)
    analysis.date = extracted.date
    analysis.priority = extracted.priority or ""
    analysis.root_cause, analysis.root_cause_line = (cause.text, cause.line) if cause else ("", None)
    analysis.whys = [asdict(why) for why in extracted.whys]
    analysis.stated_impact = _impact(extracted)
    analysis.updated_at = now
    analysis.save()
    last = analysis.revisions.aggregate(last=models.Max("number"))["last"] or 0
    analysis.revisions.create(number=last + 1, text=text, sha256=analysis.sha256, imported_at=now, imported_by=actor)


def _impact(extracted: ExtractedAnalysis) -> dict:
    """The impact as a column holds it: amounts are exact, so they are text."""
    if not extracted.impact:
        return {}
    found = asdict(extracted.impact)
    return {
        "statements": list(found["statements"]),
        "amounts": [amount | {"value": str(amount["value"])} for amount in found["amounts"]],
    }


def _carry(seen: Difference, analysis: Analysis, lookup: Lookup, now: datetime) -> list[Told]:
    """Bring the rows that are already there up to the new text."""
    told: list[Told] = []
    for item, draft in seen.kept:
        told += carry_over(item, draft, analysis, lookup)
    for item, line in seen.moved:
        told += move_with(item, line)
    for item in seen.gone:
        item.gone_at = now
        told.append(Told(item, "source text", item.text, "", "The analysis does not say it any more."))
    rows = [item for item, _ in (*seen.kept, *seen.moved)] + seen.gone
    ExtractedItem.objects.bulk_update(rows, CARRIED, batch_size=BATCH)
    return told


def _add_new(seen: Difference, analysis: Analysis) -> None:
    for draft in seen.new:
        draft.item.analysis = analysis
    ExtractedItem.objects.bulk_create(draft.item for draft in seen.new)


def _write_systems(seen: Difference, analysis: Analysis, lookup: Lookup) -> None:
    """The systems of new entries, and those of undecided entries as the new text has them."""
    through = ExtractedItem.systems.through
    undecided = [(item, draft) for item, draft in seen.kept if item.decision != Decision.ADDED]
    if undecided:
        through.objects.filter(extracteditem__analysis=analysis, extracteditem__issue__isnull=True).delete()
    written = [*undecided, *((draft.item, draft) for draft in seen.new)]
    through.objects.bulk_create(
        through(extracteditem=item, system=system)
        for item, draft in written
        for system in lookup.system_rows(draft.systems)
    )


def _replace_skipped(lines: Sequence[SkippedLine], analysis: Analysis) -> None:
    analysis.skipped_lines.all().delete()
    for line in lines:
        line.analysis = analysis
    SkippedLine.objects.bulk_create(lines)


def _tell_issues(told: Iterable[Told], analysis: Analysis, row: dict) -> None:
    """Write on the issues what the new text says otherwise, and where it says it now."""
    told = [each for each in told if each.item.issue]
    FieldChange.objects.bulk_create(
        FieldChange(issue=each.item.issue, field=each.field, old=each.old, new=each.new, reason=each.reason, **row)
        for each in told
        if each.field != "done"
    )
    Note.objects.bulk_create(
        Note(issue=each.item.issue, kind=NoteKind.EVIDENCE, text=done_note(analysis, each.item), **row)
        for each in told
        if each.field == "done"
    )
    _move_issues(analysis)


def _move_issues(analysis: Analysis) -> None:
    """Point the issues at the lines where their entries are now; nowhere when the entry is gone."""
    moved = []
    for item in analysis.items.issues().filter(issue__isnull=False).select_related("issue"):
        lines = (None, None) if item.gone_at else (item.line, item.end_line)
        if (item.issue.source_line, item.issue.source_end_line) != lines:
            item.issue.source_line, item.issue.source_end_line = lines
            moved.append(item.issue)
    Issue.objects.bulk_update(moved, ["source_line", "source_end_line"], batch_size=BATCH)
