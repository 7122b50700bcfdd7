"""What the entries of the predecessor mean: checked field by field, refused in one sentence. Imports no Django."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from tracker.calendars import Calendar
from tracker.choices import IssueKind, Priority, Status
from tracker.predecessor.files import Entry, kind_of, shown
from tracker.stated_deadlines import in_reach

# What the predecessor set freely proves nothing: no status leads further than the work that somebody says is done.
STATUSES = {
    "identified": Status.IDENTIFIED,
    "planned": Status.PLANNED,
    "in_progress": Status.IN_PROGRESS,
    "completed": Status.COMPLETED,
    "validated": Status.COMPLETED,
    "failed": Status.FAILED,
    "blocked": Status.BLOCKED,
}
PREFIXES = (("Critical Fix: ", IssueKind.FIX), ("Investigation: ", IssueKind.INVESTIGATE))
EMPHASIS = re.compile(r"\*\*|__|`")
NOTED = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d)\S*?: (.*)", re.DOTALL)
LISTS = ("affected_systems", "remediation_plan", "validation_steps", "recurrence_prevention", "execution_notes")
TEXTS = ("analysis_file", "owner", "business_impact")
NUMBERS = ("technical_debt", "business_value_protected")
TIMES = ("deadline", "created_at", "updated_at")
LONGEST_TEXT = 100_000


class UnusableEntry(ValueError):
    """Why an entry is left out, in one sentence without its name."""


@dataclass(frozen=True, slots=True)
class OldIssue:
    """An issue of the predecessor. `key` is what makes it this issue: its title and description, and no id."""

    name: str
    key: str
    title: str
    description: str
    kind: IssueKind
    priority: Priority
    status: str
    owner: str
    deadline: datetime | None
    created_at: datetime | None
    analysis_file: str
    said: dict
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    remark: str = ""

    @property
    def wanted(self) -> Status:
        """The furthest status to which its own word can lead here."""
        return STATUSES[self.status]


@dataclass(frozen=True, slots=True)
class OldRow:
    """An alert, or the figures of a moment: kept as history."""

    name: str
    key: str
    at: datetime | None
    said: dict
    about: str = ""  # the id that it names for its issue


def key_of(*parts: str) -> str:
    """One text for several: the same for the same parts only."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def issue_of(entry: Entry, *, zone: str) -> OldIssue:
    """The issue that the entry describes; its times without a zone are wall time in `zone`. Raises: UnusableEntry."""
    said = _object(entry)
    title, description = (_text(said, name) for name in ("title", "description"))
    if not (title or description):
        raise UnusableEntry("it has neither a title nor a description: without them it is no issue.")
    _refuse_wrong_types(said)
    priority = _word(said, "priority", {str(each).lower(): each for each in Priority})
    status = _word(said, "status", {name: name for name in STATUSES})
    times = {name: moment(said.get(name), name, zone) for name in TIMES}
    return OldIssue(
        name=entry.name,
        key=key_of(title, description),
        title=_title(title, description),
        description=description or title,
        kind=next((kind for prefix, kind in PREFIXES if title.startswith(prefix)), IssueKind.FIX),
        priority=priority,
        status=status,
        owner=_text(said, "owner"),
        deadline=times["deadline"],
        created_at=times["created_at"],
        analysis_file=_text(said, "analysis_file"),
        said=said,
        lists={name: tuple(said.get(name) or ()) for name in LISTS},
        remark=_of_the_clock(said.get("deadline"), zone),
    )


def alert_of(entry: Entry, *, zone: str) -> OldRow:
    """The alert that the entry describes. An id comes back with each alert, so its start belongs to what it is."""
    said = _object(entry)
    name, began = _text(said, "alert_id"), said.get("created_at")
    if not name:
        raise UnusableEntry("it has no “alert_id”: without it nobody can tell it from another.")
    return OldRow(name, key_of(name, str(began)), moment(began, "created_at", zone), said, _text(said, "issue_id"))


def metrics_of(entry: Entry, *, zone: str) -> OldRow:
    """The figures that the entry holds."""
    said = _object(entry)
    at = moment(said.get("timestamp"), "timestamp", zone)
    if at is None:
        raise UnusableEntry("it has no “timestamp”: nobody can say when it was so.")
    if not isinstance(said.get("summary"), dict):
        raise UnusableEntry(f"“summary” is {kind_of(said.get('summary'))}, and should be an object of figures.")
    return OldRow(str(said["timestamp"]), key_of(str(said["timestamp"])), at, said)


def noted(line: str) -> str:
    """A line of execution_notes as the text of a note."""
    if found := NOTED.fullmatch(line.strip()):
        return f"{found[1].replace('T', ' ')}, in the predecessor: {found[2].strip()}"
    return f"In the predecessor: {line.strip()}"


def moment(value: object, name: str, zone: str) -> datetime | None:
    """The moment that a field names, to the microsecond; None for null or "". Raises: UnusableEntry."""
    if value in (None, ""):
        return None
    if not isinstance(value, str):
        raise UnusableEntry(f"“{name}” is {kind_of(value)}, and should be a time such as 2026-03-31T17:00:00 or null.")
    try:
        found = datetime.fromisoformat(value.strip())
        if found.utcoffset() is None:
            found = Calendar(time_zone=zone).moment(found.date(), found.time())
        if not in_reach(found):
            raise OverflowError
    except (ValueError, OverflowError):
        wrong = f"“{name}” is {shown(value)!r}, which is no time"
        raise UnusableEntry(f"{wrong}: write one such as 2026-03-31T17:00:00, or null.") from None
    return found


def _of_the_clock(value: object, zone: str) -> str:
    """What was assumed of a wall time that comes twice or never in the zone, in a sentence, or ""."""
    if not isinstance(value, str) or not value.strip():
        return ""
    wall = datetime.fromisoformat(value.strip())
    if wall.utcoffset() is not None:
        return ""
    there = wall.replace(tzinfo=Calendar(time_zone=zone).zone)
    if there.utcoffset() == there.replace(fold=1).utcoffset():
        return ""
    exists = there.utcoffset() > there.replace(fold=1).utcoffset()
    how = "comes twice: the first is taken" if exists else "does not come: it is moved forward by what the clock skips"
    return f"its deadline {wall.isoformat()} falls into a change of the clock in {zone}, where it {how}."


def _object(entry: Entry) -> dict:
    if entry.problem:
        raise UnusableEntry(entry.problem)
    if not isinstance(entry.said, dict):
        raise UnusableEntry(f"it is {kind_of(entry.said)}, and should be an object.")
    return entry.said


def _text(said: dict, name: str) -> str:
    value = said.get(name)
    if value is not None and not isinstance(value, str):
        raise UnusableEntry(f"“{name}” is {kind_of(value)}, and should be a text or null.")
    if len(value or "") > LONGEST_TEXT:
        raise UnusableEntry(f"“{name}” has {len(value):,} characters; at most {LONGEST_TEXT:,} are taken: shorten it.")
    return (value or "").strip()


def _word(said: dict, name: str, words: dict[str, object]) -> object:
    value = said.get(name)
    if isinstance(value, str) and value.strip().lower() in words:
        return words[value.strip().lower()]
    given = f"“{name}” is {shown(value)!r}" if isinstance(value, str) else f"“{name}” is {kind_of(value)}"
    raise UnusableEntry(f"{given}, and should be one of {', '.join(words)}.")


def _refuse_wrong_types(said: dict) -> None:
    wanted: tuple[tuple[tuple[str, ...], Callable[[object], bool], str], ...] = (
        (TEXTS, lambda value: isinstance(value, str), "a text or null"),
        (NUMBERS, lambda value: isinstance(value, int | float) and not isinstance(value, bool), "a number or null"),
        (LISTS, _is_list_of_texts, "a list of texts or null"),
    )
    for names, fits, words in wanted:
        for name in names:
            if said.get(name) is not None and not fits(said[name]):
                raise UnusableEntry(f"“{name}” is {kind_of(said[name])}, and should be {words}.")


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _title(title: str, description: str) -> str:
    """The title without what the predecessor put in front of it, and whole where it had cut it off."""
    bare = next((title.removeprefix(prefix) for prefix, _ in PREFIXES if title.startswith(prefix)), title)
    start = bare.removesuffix("...")
    is_cut = bare.endswith("...") and description.startswith(start)
    first = description.splitlines()[0] if is_cut or not bare else bare
    plain = " ".join(EMPHASIS.sub("", first).split())
    return plain or " ".join(first.split())
