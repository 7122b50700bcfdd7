"""The entries of an analysis as rows: written on the first import, carried over on every later one."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.utils.translation import gettext, gettext_noop

from tracker.choices import Decision, ItemKind
from tracker.comparison import Entry, compare, fingerprint, same_words
from tracker.extraction import values
from tracker.lookup import Lookup
from tracker.models import Analysis, ExtractedItem, SkippedLine

TITLE, WORDS, REASON = 300, 200, 300  # characters that the columns hold
STATED = ("owner_words", "deadline_words", "priority_stated")
# What the analysis says otherwise, as the history of an issue stores it.
DONE, SOURCE_TEXT = gettext_noop("stated as done"), gettext_noop("source text")
PLACED = ("line", "end_line", "duplicate_lines")
FOUND = (*STATED, "section", "score", "reasons", "done")
CARRIED = (
    *PLACED,
    *FOUND,
    "kind",
    "title",
    "text",
    "previous_text",
    "priority",
    "owner",
    "deadline",
    "fingerprint",
    "gone_at",
)


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry of the new text as a row that is not written yet, and what it was made from."""

    item: ExtractedItem
    found: values.ExtractedIssue | values.ExtractedCheck

    @property
    def systems(self) -> tuple[str, ...]:
        """The names of the systems that an issue affects."""
        return getattr(self.found, "affected_systems", ())

    @property
    def issue_lines(self) -> tuple[int, ...]:
        """The lines of the issues that a check belongs to."""
        return getattr(self.found, "issue_lines", ())


@dataclass(frozen=True, slots=True)
class Told:
    """What a person who works on the entry's issue has to hear."""

    item: ExtractedItem
    field: str
    old: str
    new: str
    reason: str = ""


@dataclass(slots=True)
class Difference:
    """How a new text compares with the rows: who stayed (with the draft), who is new, who is gone."""

    kept: list[tuple[ExtractedItem, Draft]]
    moved: list[tuple[ExtractedItem, SkippedLine]]  # still there, on a line that the extraction does not take
    new: list[Draft]
    gone: list[ExtractedItem]
    skipped: list[SkippedLine]


def clipped(text: str, length: int) -> str:
    """The text in one column: its first characters, and a sign where some are missing."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def one_line(text: str) -> str:
    """The first line with words, as a title."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return clipped(next((line for line in lines if line), "(no words)"), TITLE)


def drafts(extracted: values.ExtractedAnalysis, lookup: Lookup, *, now: datetime | None) -> list[Draft]:
    """The entries of an extraction, in the order of their lines. `now` is when they came in, None for a preview."""
    found = [_issue_draft(issue, extracted, lookup, now) for issue in extracted.issues]
    found += [_check_draft(check, now) for check in extracted.checks]
    return sorted(found, key=lambda draft: draft.item.line)


def _issue_draft(
    issue: values.ExtractedIssue, extracted: values.ExtractedAnalysis, lookup: Lookup, now: datetime | None
) -> Draft:
    item = ExtractedItem(
        kind=ItemKind(issue.kind.value),
        title=one_line(issue.title),
        text=issue.description or issue.title,
        priority=issue.priority,
        priority_stated=issue.priority_stated,
        owner=lookup.owner(issue.owner, issue.affected_systems),
        owner_words=clipped(issue.owner, WORDS),
        deadline=lookup.deadline(issue.deadline, issue.priority, analysis_date=extracted.date, start=now),
        deadline_words=clipped(issue.deadline, WORDS),
        done=issue.done,
        duplicate_lines=list(issue.duplicate_lines),
        found_at=now,
        **_place(issue),
    )
    item.fingerprint = fingerprint(item.text)
    return Draft(item, issue)


def _check_draft(check: values.ExtractedCheck, now: datetime | None) -> Draft:
    item = ExtractedItem(
        kind=ItemKind.CHECK,
        title=one_line(check.text),
        text=check.text,
        fingerprint=fingerprint(check.text),
        found_at=now,
        **_place(check),
    )
    return Draft(item, check)


def _place(found: values.ExtractedIssue | values.ExtractedCheck | values.SkippedLine) -> dict:
    return {
        "line": found.line,
        "end_line": found.end_line,
        "section": list(found.section),
        "score": found.score,
        "reasons": [asdict(reason) for reason in found.reasons],
    }


def skipped_lines(extracted: values.ExtractedAnalysis) -> list[SkippedLine]:
    """The lines that were not taken."""
    return [
        SkippedLine(text=line.text, reason=clipped(line.reason, REASON), **_place(line)) for line in extracted.skipped
    ]


def difference(rows: Iterable[ExtractedItem], found: Sequence[Draft], skipped: Sequence[SkippedLine]) -> Difference:
    """Which row is which entry of the new text. A row never vanishes while its line is there, taken or not."""
    present = [row for row in rows if row.gone_at is None]
    gone = [row for row in rows if row.gone_at is not None]
    new: list[Draft | SkippedLine] = sorted([*found, *skipped], key=_line)
    entries = [_entry(each) for each in new]
    old_of = {place: present[old] for place, old in compare([_entry(row) for row in present], entries).items()}
    rest = [place for place in range(len(new)) if place not in old_of]
    back = same_words([_entry(row) for row in gone], [entries[place] for place in rest])
    old_of |= {rest[place]: gone[old] for place, old in back.items()}
    return _sorted_out(new, old_of, present)


def _sorted_out(
    new: list[Draft | SkippedLine], old_of: dict[int, ExtractedItem], present: list[ExtractedItem]
) -> Difference:
    result = Difference([], [], [], [], [])
    for place, each in enumerate(new):
        row = old_of.get(place)
        if isinstance(each, Draft):
            result.kept.append((row, each)) if row else result.new.append(each)
        else:
            result.moved.append((row, each)) if row else result.skipped.append(each)
    stayed = {row.pk for row in old_of.values()}
    result.gone = [row for row in present if row.pk not in stayed]
    return result


def _line(each: Draft | SkippedLine) -> int:
    return each.item.line if isinstance(each, Draft) else each.line


def _entry(each: ExtractedItem | Draft | SkippedLine) -> Entry:
    if isinstance(each, SkippedLine):
        return Entry("", each.text, one_line(each.text), tuple(each.section), fingerprint(each.text))
    row = each.item if isinstance(each, Draft) else each
    group = "check" if _is_check(row) else "issue"
    return Entry(group, row.text, row.title, tuple(row.section), row.fingerprint)


def _is_check(row: ExtractedItem) -> bool:
    return row.kind == ItemKind.CHECK


def carry_over(row: ExtractedItem, draft: Draft, analysis: Analysis, lookup: Lookup) -> list[Told]:
    """Bring a row up to the new text and say what changed. What a person decided or set stays as it is."""
    new = draft.item
    if _is_check(row) != _is_check(new) and (row.decision != Decision.PENDING or "kind" in row.edited_fields):
        return move_with(row, new)
    told = _back_again(row, new.text) or _changed_text(row, new.text)
    told += _changed_statements(row, new)
    if new.done != row.done:
        told.append(
            Told(row, DONE, _done(row), _done(new), gettext("The analysis was changed. The issue keeps its status."))
        )
    for name in (*PLACED, *FOUND, "text"):
        setattr(row, name, getattr(new, name))
    edited = set(row.edited_fields)
    for name in {"title", "priority", "owner"} - edited:
        setattr(row, name, getattr(new, name))
    if row.decision == Decision.PENDING and "kind" not in edited:
        row.kind = new.kind
    if row.decision != Decision.ADDED and "deadline" not in edited:
        row.deadline = None if _is_check(row) else policy_deadline(row, analysis, lookup)
    return told


def policy_deadline(row: ExtractedItem, analysis: Analysis, lookup: Lookup) -> datetime:
    """The stated deadline of an entry, else its policy's, counted from the day on which the entry came in."""
    start = row.found_at or analysis.imported_at
    return lookup.deadline(row.deadline_words, row.priority, analysis_date=analysis.date, start=start)


def move_with(row: ExtractedItem, line: SkippedLine | ExtractedItem) -> list[Told]:
    """Bring a row up to a line that the extraction takes for something else: it stays what a person made of it."""
    told = _back_again(row, line.text) or _changed_text(row, line.text)
    for name in ("line", "end_line", "section"):
        setattr(row, name, getattr(line, name))
    return told


def _back_again(row: ExtractedItem, text: str) -> list[Told]:
    if row.gone_at is None:
        return []
    row.gone_at = None
    return [Told(row, SOURCE_TEXT, "", text, gettext("The analysis says it again."))]


def _changed_text(row: ExtractedItem, text: str) -> list[Told]:
    changed = fingerprint(text)
    if changed == row.fingerprint:
        return []
    told = [Told(row, SOURCE_TEXT, row.text, text, gettext("The analysis was changed."))]
    row.previous_text, row.text, row.fingerprint = row.text, text, changed
    if "title" not in row.edited_fields:
        row.title = one_line(text)
    return told


def _changed_statements(row: ExtractedItem, new: ExtractedItem) -> list[Told]:
    pairs = [
        (gettext_noop("stated owner"), row.owner_words, new.owner_words),
        (gettext_noop("stated deadline"), row.deadline_words, new.deadline_words),
    ]
    if "priority" not in row.edited_fields:
        pairs.append((gettext_noop("stated priority"), _stated_priority(row), _stated_priority(new)))
    reason = gettext("The analysis was changed. The issue keeps what it has.")
    return [Told(row, name, old, changed, reason) for name, old, changed in pairs if old != changed]


def _done(row: ExtractedItem) -> str:
    return "done" if row.done else ""


def _stated_priority(row: ExtractedItem) -> str:
    return str(row.priority) if row.priority_stated else ""
