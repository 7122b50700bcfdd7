"""The predecessor's alerts and figures, kept as its own history: no alert is opened, no figure is counted."""

from collections.abc import Callable, Iterable, Mapping

from tracker.batches import update
from tracker.choices import PredecessorKind
from tracker.hand import Hand
from tracker.models import Issue, PredecessorEntry
from tracker.predecessor.entries import OldRow, UnusableEntry
from tracker.predecessor.files import Entry
from tracker.predecessor.outcome import CHANGED, CREATED, UNCHANGED, FileOutcome

LONGEST_NAME = 200
AT_ONCE = 500
SEVERAL = "MULTIPLE"  # what the predecessor calls the issue of an alert about all of them


def take(
    kind: PredecessorKind,
    files: Iterable[tuple[FileOutcome, list[Entry]]],
    read: Callable[..., OldRow],
    *,
    of_name: Mapping[str, list[Issue]],
    hand: Hand,
    zone: str,
) -> None:
    """Keep the entries of the files, each counted once. Where several say the same entry, the last file has it."""
    last: dict[str, tuple[FileOutcome, OldRow]] = {}
    for told, entries in files:
        for entry in entries:
            try:
                row = read(entry, zone=zone)
            except UnusableEntry as unusable:
                told.refuse(entry.name, str(unusable))
                continue
            if row.key in last:
                _count_repeated(*last.pop(row.key), told, row)
            last[row.key] = (told, row)
    found = list(last.items())
    for start in range(0, len(found), AT_ONCE):
        _write(kind, dict(found[start : start + AT_ONCE]), of_name, hand)


def _count_repeated(told: FileOutcome, row: OldRow, later_file: FileOutcome, later: OldRow) -> None:
    if row.said == later.said:
        told.count(UNCHANGED)
        return
    told.refuse(row.name, f"{later_file.file} has it once more, with other values: those are taken, nothing to do.")


def _write(
    kind: PredecessorKind,
    found: dict[str, tuple[FileOutcome, OldRow]],
    of_name: Mapping[str, list[Issue]],
    hand: Hand,
) -> None:
    known = {row.key: row for row in PredecessorEntry.objects.filter(kind=kind, key__in=list(found))}
    changed, new = [], []
    for key, (told, old) in found.items():
        row = known.get(key)
        if row is None:
            new.append(_row(kind, old, _issue(old, of_name), hand))
            told.count(CREATED)
        elif row.said == old.said:
            told.count(UNCHANGED)
        else:
            row.said, row.changed_at = old.said, hand.now
            changed.append(row)
            told.count(CHANGED)
    PredecessorEntry.objects.bulk_create(new)
    update(changed, ["said", "changed_at"])


def _row(kind: PredecessorKind, old: OldRow, issue: Issue | None, hand: Hand) -> PredecessorEntry:
    return PredecessorEntry(
        kind=kind,
        key=old.key,
        name=old.name[:LONGEST_NAME],
        at=old.at,
        issue=issue,
        said=old.said,
        imported_at=hand.now,
        changed_at=hand.now,
    )


def _issue(old: OldRow, of_name: Mapping[str, list[Issue]]) -> Issue | None:
    """The issue that an alert is about: an id says it only where a single issue has ever had it."""
    issues = set(of_name.get(old.about, ())) if old.about and old.about != SEVERAL else set()
    return next(iter(issues)) if len(issues) == 1 else None
