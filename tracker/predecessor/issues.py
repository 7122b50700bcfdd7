"""The predecessor's issues as issues here: new ones tracked, known ones compared with what an import set before."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from django.db import transaction

from tracker import checks, decisions, entering
from tracker.choices import Decision, ItemKind, NoteKind, PredecessorKind, Status
from tracker.entering import NewIssue, Origin
from tracker.entries import one_line
from tracker.hand import Hand
from tracker.history import stamp
from tracker.models import Analysis, ExtractedItem, Issue, Note, PredecessorEntry, System
from tracker.people import Directory, directory
from tracker.predecessor import changes, known_analyses
from tracker.predecessor.entries import OldIssue, UnusableEntry, issue_of, noted
from tracker.predecessor.files import Entry
from tracker.predecessor.outcome import CHANGED, CREATED, UNCHANGED, FileOutcome
from tracker.predecessor.progress import advance
from tracker.refusals import Refused

WITHOUT_ANALYSIS = "issues of the predecessor without an analysis"
LONGEST_NAME = 200
LOWERED = "validated there without evidence, completed here"
HELD_BACK = "held back by a gate"
NO_OWNER = "owner not known here"
POLICY_DEADLINE = "without a deadline there, with that of the policy here"
KNOWN = "here already, from its analysis"


@dataclass(slots=True)
class Import:
    """What an import of issues knows: the site's owners and systems, read once, and the hand that imports."""

    hand: Hand
    told: FileOutcome
    people: Directory = field(default_factory=directory)
    systems: dict[str, System] = field(
        default_factory=lambda: {system.name.casefold(): system for system in System.objects.all()}
    )
    of_name: dict[str, list[Issue]] = field(default_factory=lambda: defaultdict(list))  # by the predecessor's id

    def systems_of(self, old: OldIssue) -> tuple[System, ...]:
        """The systems that the site has of those that the issue names."""
        named = dict.fromkeys(name.strip().casefold() for name in old.lists["affected_systems"])
        return tuple(self.systems[name] for name in named if name in self.systems)


def take(entries: list[Entry], run: Import, *, zone: str) -> None:
    """Take the issues of the file over, each counted once."""
    found = _distinct(_readable(entries, run, zone), run.told)
    rows = _rows({old.key for old in found})
    new: dict[str, list[OldIssue]] = defaultdict(list)
    for old in found:
        if row := rows.get(old.key):
            run.of_name[old.name].append(row.issue)
            _count_changes(old, row, run, zone)
        elif not _take_known(old, run):
            new[old.analysis_file].append(old)
    for analysis_file, issues in new.items():
        _track(issues, analysis_file, run)


def _readable(entries: list[Entry], run: Import, zone: str) -> Iterator[OldIssue]:
    for entry in entries:
        try:
            yield issue_of(entry, zone=zone)
        except UnusableEntry as unusable:
            run.told.refuse(entry.name, str(unusable))


def _distinct(found: Iterable[OldIssue], told: FileOutcome) -> list[OldIssue]:
    """Each issue once, as it was updated last: the predecessor gave one issue several ids, and one id to several."""
    last: dict[str, OldIssue] = {}
    for old in found:
        other = last.get(old.key)
        if other is None:
            last[old.key] = old
            continue
        newer, older = (old, other) if _updated(old) >= _updated(other) else (other, old)
        last[old.key] = newer
        same = f"by its title and description it is the same issue as {newer.name}"
        told.refuse(older.name, f"{same}, which was updated last and is taken: nothing to do.")
    return list(last.values())


def _updated(old: OldIssue) -> str:
    return str(old.said.get("updated_at") or "")


def _rows(keys: set[str]) -> dict[str, PredecessorEntry]:
    found: dict[str, PredecessorEntry] = {}
    wanted = sorted(keys)
    rows = PredecessorEntry.objects.filter(kind=PredecessorKind.ISSUE).select_related("issue__owner")
    for start in range(0, len(wanted), 500):
        found |= {row.key: row for row in rows.filter(key__in=wanted[start : start + 500])}
    return found


def _count_changes(old: OldIssue, row: PredecessorEntry, run: Import, zone: str) -> None:
    if row.said == old.said:
        run.told.count(UNCHANGED)
        return
    try:
        with transaction.atomic():
            remarks = changes.apply(old, row, people=run.people, hand=run.hand, zone=zone)
    except Refused as refused:
        run.told.refuse(old.name, f"its change is not taken over. {refused}")
        return
    run.told.count(CHANGED)
    for remark in remarks:
        run.told.remark(old.name, remark, as_="newer here, left as it is")


def _take_known(old: OldIssue, run: Import) -> bool:
    """Whether the issue is here already because its analysis is; then it is told, and kept as it is here."""
    item = known_analyses.entry_of(old)
    if item is None:
        return False
    if item.decision == Decision.DISMISSED:
        why = f"the entry of “{item.analysis.source}” was dismissed here ({item.decision_reason})"
        run.told.refuse(old.name, f"{why}: reconsider it there first.")
        return True
    if item.issue is None:
        _accept(old, item, run)
        return True
    _keep(old, item.issue, run)
    run.told.count(CHANGED)
    sentence = (
        f"it is {item.issue.reference} here already: that stays as it is, and got a note of what was known there."
    )
    run.told.remark(old.name, sentence, as_=KNOWN)
    return True


def _accept(old: OldIssue, item: ExtractedItem, run: Import) -> None:
    """Track an entry that waits for a decision, with what the predecessor had decided about it."""
    stated = {"priority": old.priority, "kind": ItemKind(old.kind.value)}
    if owner := run.people.find(old.owner) if old.owner else None:
        stated["owner"] = owner
    if old.deadline:
        stated["deadline"] = old.deadline
    hand = {"actor": run.hand.actor, "door": run.hand.door, "now": run.hand.now}
    decisions.edit(item.pk, **stated, **hand)
    issue = decisions.add(item.pk, **hand)
    run.told.count(CREATED)
    run.told.remark(old.name, f"it was an entry of “{item.analysis.source}” to decide, and is {issue.reference} now.")
    _settle(old, issue, run)


def _track(issues: list[OldIssue], analysis_file: str, run: Import) -> None:
    """Track new issues that come from one analysis."""
    text, lines = _text_of(issues, analysis_file)
    source = analysis_file or WITHOUT_ANALYSIS
    title = PurePosixPath(source.replace("\\", "/")).stem.replace("_", " ") or source
    origin = Origin(source, title, text)
    analysis = entering.open_origin(origin, actor=run.hand.actor, now=run.hand.now)
    new = [_new(old, lines[place], run) for place, old in enumerate(issues)]
    hand = {"actor": run.hand.actor, "door": run.hand.door, "now": run.hand.now}
    tracked = entering.track(new, analysis, reason="Taken over from the predecessor.", **hand)
    _write_items(issues, tracked, analysis, lines, run)
    for old, issue in zip(issues, tracked, strict=True):
        run.told.count(CREATED)
        _settle(old, issue, run)


def _new(old: OldIssue, lines: tuple[int, int], run: Import) -> NewIssue:
    owner = run.people.find(old.owner) if old.owner else None
    return NewIssue(
        title=one_line(old.title),
        text=old.description,
        kind=old.kind,
        priority=old.priority,
        owner=owner,
        owner_words=old.owner,
        deadline=old.deadline,
        deadline_words=str(old.said.get("deadline") or ""),
        systems=run.systems_of(old),
        done=_called_done(old) if old.wanted in (Status.COMPLETED, Status.FAILED) else "",
        lines=lines,
    )


def _called_done(old: OldIssue) -> str:
    said = f"The predecessor had it as “{old.status}” ({old.said.get('updated_at') or 'no time given'})"
    return f"{said}. That proves nothing here: it still has to be validated."


def _settle(old: OldIssue, issue: Issue, run: Import) -> None:
    """Bring a new issue to its status, keep what else is known of it, and say what is special about it."""
    told = run.told
    _keep(old, issue, run)
    if why := advance(issue, old.wanted, _reason(old), run.hand):
        told.remark(old.name, f"it was “{old.status}” there. {why}", as_=HELD_BACK)
    if old.status == "validated":
        sentence = "“validated” there has no evidence: it is completed here and still has to be validated."
        told.remark(old.name, sentence, as_=LOWERED)
    if old.owner and issue.owner is None:
        told.remark(old.name, f"no single owner here is called {old.owner!r}: assign one.", as_=NO_OWNER)
    if old.deadline is None:
        told.remark(old.name, "it has no deadline: it got that of its priority's policy.", as_=POLICY_DEADLINE)
    if old.remark:
        told.remark(old.name, old.remark)
    row = PredecessorEntry.objects.get(kind=PredecessorKind.ISSUE, key=old.key)
    row.given = changes.given(issue)
    row.save(update_fields=["given"])


def _reason(old: OldIssue) -> str:
    last = noted(old.lists["execution_notes"][-1]) if old.lists["execution_notes"] else ""
    return f"The predecessor had it as “{old.status}”. {last}".strip()[:2000]


def _keep(old: OldIssue, issue: Issue, run: Import) -> None:
    """Keep the entry, and write on the issue what the predecessor knew beyond what an issue has here."""
    row = stamp(run.hand.actor, run.hand.door, run.hand.now)
    notes = [Note(issue=issue, text=noted(line), **row) for line in old.lists["execution_notes"] if line.strip()]
    prevention = [line.strip() for line in old.lists["recurrence_prevention"] if line.strip()]
    if prevention:
        words = "\n".join(f"- {line}" for line in prevention)
        text = f"Against a return, in the predecessor:\n{words}"
        notes.append(Note(issue=issue, kind=NoteKind.PREVENTION, text=text, **row))
    text = f"Taken over from the script-based predecessor, which said:\n{changes.listed(old.said)}"
    entering.keep_notes([*notes, Note(issue=issue, text=text, **row)])
    run.of_name[old.name].append(issue)
    PredecessorEntry.objects.create(
        kind=PredecessorKind.ISSUE,
        key=old.key,
        name=old.name[:LONGEST_NAME],
        at=old.created_at,
        issue=issue,
        said=old.said,
        given=changes.given(issue),
        imported_at=run.hand.now,
        changed_at=run.hand.now,
    )


def _text_of(issues: list[OldIssue], analysis_file: str) -> tuple[str, list[tuple[int, int]]]:
    """A text with all of the issues, and the lines of each: what its analysis is here until that itself comes in."""
    name = analysis_file or WITHOUT_ANALYSIS
    lines = [f"# {name}", "", "What the script-based predecessor kept of it.", ""]
    places = []
    for old in issues:
        first = len(lines) + 1
        parts = old.description.splitlines() or [old.title]
        lines += [f"- {parts[0]}", *(f"  {part}" for part in parts[1:])]
        places.append((first, len(lines)))
        lines += [f"  - [ ] Check: {' '.join(step.split())}" for step in old.lists["validation_steps"] if step.strip()]
    return "\n".join(lines), places


def _write_items(
    issues: list[OldIssue], tracked: list[Issue], analysis: Analysis, lines: list[tuple[int, int]], run: Import
) -> None:
    """The entries of that text, so that the analysis itself is known by them when it comes in, and their checks."""
    now, actor = run.hand.now, run.hand.actor
    decided = {"analysis": analysis, "found_at": now, "decided_at": now, "decided_by": actor}
    for old, issue, (first, last) in zip(issues, tracked, lines, strict=True):
        item = ExtractedItem.objects.create(
            kind=ItemKind(old.kind.value),
            line=first,
            end_line=last,
            title=issue.title,
            text=issue.description,
            priority=issue.priority,
            owner=issue.owner,
            owner_words=issue.owner_words,
            deadline=issue.deadline,
            fingerprint=issue.fingerprint,
            edited_fields=["deadline", "kind", "owner", "priority"],
            decision=Decision.ADDED,
            issue=issue,
            **decided,
        )
        steps = [step.strip() for step in old.lists["validation_steps"] if step.strip()]
        for place, step in enumerate(steps, start=last + 1):
            check = ExtractedItem.objects.create(
                kind=ItemKind.CHECK,
                line=place,
                end_line=place,
                title=one_line(step),
                text=step,
                fingerprint=NewIssue(title=step).fingerprint,
                decision=Decision.ADDED,
                **decided,
            )
            item.checks.add(check)
    checks.attach(analysis)
