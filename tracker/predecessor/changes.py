"""What a later state of the predecessor's file says otherwise, taken over where nobody has changed it here since."""

import json
from collections.abc import Iterator
from datetime import datetime

from tracker import amend, entering
from tracker.choices import Priority, Status
from tracker.hand import Hand
from tracker.history import stamp
from tracker.models import Issue, Note, PredecessorEntry
from tracker.people import Directory
from tracker.predecessor.entries import OldIssue, moment, noted
from tracker.predecessor.progress import advance

REASON = "The predecessor's file says so now."
LONGEST_VALUE = 4000  # characters of one value in a note; the entry is kept whole beside it


def given(issue: Issue) -> dict:
    """What the issue has now: by it a later import sees what was changed here."""
    due = issue.deadline.isoformat() if issue.deadline else ""
    return {"status": str(issue.status), "priority": str(issue.priority), "owner": issue.owner_id, "deadline": due}


def apply(old: OldIssue, row: PredecessorEntry, *, people: Directory, hand: Hand, zone: str) -> list[str]:
    """Bring the issue up to the entry, and say what is newer here and stays. Raises: Refused."""
    issue, before = row.issue, row.said
    untouched = {name: value == row.given.get(name) for name, value in given(issue).items()}
    remarks = [*_fields(old, row, untouched, hand, people=people, zone=zone)]
    issue.refresh_from_db()
    if old.status != before.get("status"):
        remarks += _status(old, issue, untouched["status"], hand)
    _note_changes(old, issue, before, hand)
    issue.refresh_from_db()
    row.said, row.changed_at = old.said, hand.now
    now = given(issue)
    row.given = {name: now[name] if untouched[name] else value for name, value in row.given.items()}
    row.save(update_fields=["said", "given", "changed_at"])
    return remarks


def _fields(
    old: OldIssue, row: PredecessorEntry, untouched: dict[str, bool], hand: Hand, *, people: Directory, zone: str
) -> Iterator[str]:
    issue, before = row.issue, row.said

    def newer(name: str, words: object) -> str:
        return f"the file says {name} {words or 'none'} now, and here it was changed since: that stays."

    owner = people.find(old.owner) if old.owner else None
    if old.owner != (before.get("owner") or "").strip() and owner != issue.owner:
        if not untouched["owner"]:
            yield newer("owner", old.owner)
        elif owner is None:
            yield f"the file says owner {old.owner or 'none'} now, and that is nobody here: assign one."
        else:
            amend.assign(issue.pk, owner, reason=REASON, **hand.stamp())
    if str(old.priority).lower() != str(before.get("priority")).lower() and issue.priority != old.priority:
        if untouched["priority"]:
            amend.set_priority(issue.pk, Priority(old.priority), reason=REASON, **hand.stamp())
        else:
            yield newer("priority", old.priority)
    yield from _deadline(old, issue, moment(before.get("deadline"), "deadline", zone), untouched["deadline"], hand)


def _deadline(old: OldIssue, issue: Issue, before: datetime | None, untouched: bool, hand: Hand) -> Iterator[str]:
    if old.deadline in (before, issue.deadline):
        return
    if not untouched or old.deadline is None:
        words = old.said.get("deadline") or "none"
        yield f"the file says deadline {words} now, and here it is another: that stays."
    else:
        amend.move_deadline(issue.pk, old.deadline, reason=REASON, **hand.stamp())


def _status(old: OldIssue, issue: Issue, untouched: bool, hand: Hand) -> Iterator[str]:
    if issue.status == old.wanted:
        return
    if not untouched:
        here = Status(issue.status).label.lower()
        yield f"the file says “{old.status}” now, and here it was moved since, to {here}: that stays."
    elif why := advance(issue, old.wanted, f"The predecessor has it as “{old.status}” now.", hand):
        yield f"the file says “{old.status}” now. {why}"


def _note_changes(old: OldIssue, issue: Issue, before: dict, hand: Hand) -> None:
    """Write what is new as notes: lines of work, and every field that is otherwise."""
    earlier = list(before.get("execution_notes") or ())
    fresh = [line for line in old.lists["execution_notes"] if line.strip() and line not in earlier]
    names = [name for name in {**before, **old.said} if before.get(name) != old.said.get(name)]
    told = "\n".join(
        f"- {name}: {_value(before.get(name))} → {_value(old.said.get(name))}"
        for name in names
        if name not in ("execution_notes", "updated_at")
    )
    texts = [noted(line) for line in fresh]
    texts += [f"The predecessor's file says otherwise now:\n{told}"] if told else []
    row = stamp(hand.actor, hand.door, hand.now)
    entering.keep_notes([Note(issue=issue, text=text, **row) for text in texts])


def listed(said: dict) -> str:
    """Every field of an entry that says something, a line each."""
    return "\n".join(f"- {name}: {_value(value)}" for name, value in said.items() if value not in (None, "", [], {}))


def _value(value: object) -> str:
    if value is None:
        return "none"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}… (the rest is kept with the entry)"
