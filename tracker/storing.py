"""Writing an analysis: its text, its entries, what changed, and what its issues have to be told. One transaction."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import PurePath

from django.contrib.auth.models import AbstractBaseUser
from django.db import models, transaction
from django.utils.translation import gettext

from tracker import audit, checks, likely_returns
from tracker.batches import delete, overwrite, update
from tracker.choices import AuditVerb, Decision, Door, NoteKind
from tracker.decisions import done_note
from tracker.entries import (
    CARRIED,
    DONE,
    SOURCE_TEXT,
    Difference,
    Told,
    carry_over,
    clipped,
    difference,
    drafts,
    move_with,
    skipped_lines,
)
from tracker.extraction.values import ExtractedAnalysis
from tracker.history import keep_all, stamp
from tracker.lookup import Lookup
from tracker.models import Analysis, ExtractedItem, FieldChange, Issue, Note, SkippedLine

LONGEST_TITLE = 300
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


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def known(sha256: str, source: str) -> Analysis | None:
    """The analysis that has this text: this source's or another's. Only this source may go back to an old text."""
    of_source = Analysis.objects.filter(source=source).first()
    if of_source is None:
        had_it = Analysis.objects.filter(revisions__sha256=sha256)
        return Analysis.objects.filter(sha256=sha256).first() or had_it.first()
    return of_source if of_source.sha256 == sha256 else Analysis.objects.filter(sha256=sha256).first()


@transaction.atomic
def write(
    extracted: ExtractedAnalysis,
    text: str,
    source: str,
    meanings: Lookup,
    *,
    actor: AbstractBaseUser | None,
    door: Door,
    now: datetime,
) -> ImportResult:
    row = Analysis.objects.select_for_update().filter(source=source).first()
    if same := known(sha256_of(text), source):
        return ImportResult(same, UNCHANGED)
    outcome, earlier = (CHANGED, row.sha256) if row else (CREATED, None)
    analysis = row or Analysis(source=source, imported_at=now, imported_by=actor)
    _write_analysis(analysis, extracted, text, actor, now)
    analysis.systems.set(meanings.system_rows(extracted.affected_systems))
    found = drafts(extracted, meanings, now=now)
    rows = list(analysis.items.select_related("issue", "owner")) if row else []
    seen = difference(rows, found, skipped_lines(extracted))
    told = _carry(seen, analysis, meanings, now)
    _add_new(seen, analysis)
    _write_systems(seen, analysis, meanings)
    _replace_skipped(seen.skipped, analysis)
    checks.link(analysis, [*seen.kept, *((draft.item, draft) for draft in seen.new)])
    if row:
        checks.bring_up(analysis, stamp(actor, door, now))
        _tell_issues(told, analysis, stamp(actor, door, now))
    likely_returns.find(analysis, now)
    changed = {each.item.pk for each in told} - {item.pk for item in seen.gone}
    result = ImportResult(analysis, outcome, len(seen.new), len(changed), len(seen.gone), extracted)
    _record(result, earlier, actor=actor, door=door, now=now)
    return result


def _record(result: ImportResult, earlier: str | None, **hand: object) -> None:
    """Write into the audit what was imported: of the texts their SHA-256."""
    numbers = {"new entries": result.new, "changed entries": result.changed, "gone entries": result.gone}
    changes = {"text": (earlier, result.analysis.sha256), **{name: (None, each) for name, each in numbers.items()}}
    audit.record(AuditVerb.IMPORT, result.analysis, changes=changes, **hand)


def _write_analysis(
    analysis: Analysis, extracted: ExtractedAnalysis, text: str, actor: AbstractBaseUser | None, now: datetime
) -> None:
    cause = extracted.root_cause
    analysis.title = clipped(extracted.title.strip() or PurePath(analysis.source).stem, LONGEST_TITLE)
    analysis.text, analysis.sha256 = text, sha256_of(text)
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


def _carry(seen: Difference, analysis: Analysis, meanings: Lookup, now: datetime) -> list[Told]:
    """Bring the rows that are already there up to the new text."""
    rows = [item for item, _ in (*seen.kept, *seen.moved)] + seen.gone
    before = {item.pk: _columns(item) for item in rows}
    told: list[Told] = []
    for item, draft in seen.kept:
        told += carry_over(item, draft, analysis, meanings)
    for item, line in seen.moved:
        told += move_with(item, line)
    for item in seen.gone:
        item.gone_at = now
        told.append(Told(item, SOURCE_TEXT, item.text, "", gettext("The analysis does not say it any more.")))
    overwrite([item for item in rows if _columns(item) != before[item.pk]], CARRIED)
    return told


def _columns(item: ExtractedItem) -> list:
    return [getattr(item, "owner_id" if name == "owner" else name) for name in CARRIED]


def _add_new(seen: Difference, analysis: Analysis) -> None:
    for draft in seen.new:
        draft.item.analysis = analysis
    ExtractedItem.objects.bulk_create(draft.item for draft in seen.new)


def _write_systems(seen: Difference, analysis: Analysis, meanings: Lookup) -> None:
    """The systems of new entries, and those of undecided entries as the new text has them."""
    through = ExtractedItem.systems.through
    undecided = [(item, draft) for item, draft in seen.kept if item.decision != Decision.ADDED]
    written = [*undecided, *((draft.item, draft) for draft in seen.new)]
    wanted = {(item.pk, row.pk): None for item, draft in written for row in meanings.system_rows(draft.systems)}
    rows = through.objects.filter(extracteditem__in=analysis.items.exclude(decision=Decision.ADDED))
    named = {(row.extracteditem_id, row.system_id): row.pk for row in rows}
    here = {item.pk for item, _ in undecided}
    delete(through, [pk for pair, pk in named.items() if pair not in wanted and pair[0] in here])
    through.objects.bulk_create(
        through(extracteditem_id=item, system_id=system) for item, system in wanted if (item, system) not in named
    )


def _replace_skipped(lines: Sequence[SkippedLine], analysis: Analysis) -> None:
    analysis.skipped_lines.all().delete()
    for line in lines:
        line.analysis = analysis
    SkippedLine.objects.bulk_create(lines)


def _tell_issues(told: Iterable[Told], analysis: Analysis, row: dict) -> None:
    """Write on the issues what the new text says otherwise, and where it says it now."""
    told = [each for each in told if each.item.issue]
    keep_all(
        FieldChange(issue=each.item.issue, field=each.field, old=each.old, new=each.new, reason=each.reason, **row)
        for each in told
    )
    done = [each.item for each in told if each.field == DONE and each.new]
    keep_all(Note(issue=item.issue, kind=NoteKind.EVIDENCE, text=done_note(analysis, item), **row) for item in done)
    Issue.objects.filter(pk__in=[item.issue_id for item in done]).update(worked_at=row["at"])
    _move_issues(analysis)


def _move_issues(analysis: Analysis) -> None:
    """Point the issues at the lines where their entries are now; nowhere when the entry is gone."""
    moved = []
    for item in analysis.items.issues().filter(issue__isnull=False).select_related("issue"):
        lines = (None, None) if item.gone_at else (item.line, item.end_line)
        if (item.issue.source_line, item.issue.source_end_line) != lines:
            item.issue.source_line, item.issue.source_end_line = lines
            moved.append(item.issue)
    update(moved, ["source_line", "source_end_line"])
