"""What the page of an issue shows: what can be done now, where it comes from, and all that happened."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.utils.dateparse import parse_datetime

from tracker import permissions, workflow
from tracker.admin.badges import exact_time
from tracker.choices import Door, LinkKind, NoteKind, Status
from tracker.models import FieldChange, Issue, Note, StatusChange

MOST_EVENTS = 100
LINES_AROUND = 4
MOMENTS = ("deadline", "accepted until")  # fields whose changes hold a moment; "stated deadline" holds words


@dataclass(frozen=True, slots=True)
class Step:
    """A transition that starts at the issue's status.

    `shut` says why it is not open now, `remedies` are the (name, title) of the changes that would help.
    """

    name: str
    label: str
    asks: tuple[str, ...]
    shut: tuple[str, ...]
    remedies: tuple[tuple[str, str], ...]
    tone: str
    of_others: bool = False  # this person may not do it, whatever is done


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the history: what happened, by whom, through which door."""

    at: datetime
    kind: str
    headline: str
    text: str
    who: str
    door: str
    links: list[tuple[str, str]] = field(default_factory=list)  # what each leads to, and its address


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of the analysis; `marked` where it belongs to the issue."""

    number: int
    text: str
    marked: bool


REMEDIES = (
    (workflow.has_owner, "owner", "Assign an owner"),
    (workflow.has_deadline, "deadline", "Set a deadline"),
    (workflow.has_note_since_start, "note", "Write a note"),
    (workflow.has_validation_evidence, "checks", "See the checks"),
    (workflow.fix_has_prevention, "measure", "Add a prevention measure"),
)
TONES = {"cancel": "warn", "accept": "quiet", "block": "quiet", "fail": "quiet", "reopen": "quiet"}


def steps(issue: Issue, actor: AbstractBaseUser | AnonymousUser) -> list[Step]:
    """What leads on from the issue's status, open or shut, the way forward first."""
    return [step(name, issue, actor) for name in workflow.leading_on(issue)]


def step(name: str, issue: Issue, actor: AbstractBaseUser | AnonymousUser) -> Step:
    """One of them."""
    rule = workflow.TRANSITIONS[name]
    shut = tuple(workflow.refusals(name, issue, actor))
    found = remedies(name, issue, actor) if shut else {}
    of_others = bool(shut) and shut[0] == permissions.may(actor, name, issue)
    return Step(
        name, rule.label, workflow.asks(name, issue), shut, tuple(found.values()), TONES.get(name, ""), of_others
    )


def remedies(name: str, issue: Issue, actor: AbstractBaseUser | AnonymousUser) -> dict[str, tuple[str, str]]:
    """What would open the gates of a transition: the (name, title) of a change, by the sentence of the gate."""
    rule = workflow.TRANSITIONS[name]
    gates = (*workflow.STATUS_GATES.get(rule.target, ()), *rule.gates)
    found = {gate(issue, actor): (change, title) for gate, change, title in REMEDIES if gate in gates}
    return {sentence: remedy for sentence, remedy in found.items() if sentence}


def timeline(issue: Issue) -> list[Event]:
    """The newest events of an issue, newest first: steps, changes of fields and notes as one story."""
    events = [
        *map(_of_status_change, issue.changes.all()[:MOST_EVENTS]),
        *map(_of_field_change, issue.field_changes.all()[:MOST_EVENTS]),
        *map(_of_note, issue.notes.all()[:MOST_EVENTS]),
    ]
    return sorted(events, key=lambda event: event.at, reverse=True)[:MOST_EVENTS]


def _of_status_change(row: StatusChange) -> Event:
    new = Status(row.new_status).label
    headline = f"{Status(row.old_status).label} → {new}" if row.old_status else f"Tracked as {new.lower()}"
    return Event(row.at, "status", headline, row.reason, row.actor_name, Door(row.door).label)


def _of_field_change(row: FieldChange) -> Event:
    old, new = (_value(row.field, words) for words in (row.old, row.new))
    name = row.field.replace("_", " ").capitalize()
    (about, colon, before), (same, _, after) = old.rpartition(": "), new.rpartition(": ")
    if row.field == "check" and colon and about == same:  # the same check, executed by something else
        name, old, new = f"{name} “{about}”", before, after
    headline = f"{name}: {old} → {new}"
    return Event(row.at, "field", headline, row.reason, row.actor_name, Door(row.door).label)


def _of_note(row: Note) -> Event:
    hours = f", {row.hours.normalize():f} h" if row.hours else ""
    headline = f"{NoteKind(row.kind).label} note{hours}"
    links = [(LinkKind(link["kind"]).label, link["url"]) for link in row.links]
    return Event(row.at, "note", headline, row.text, row.actor_name, Door(row.door).label, links)


def _value(name: str, words: str) -> str:
    """A stored value as people read it: deadlines in the viewer's zone, "—" for none."""
    if name in MOMENTS and words and (moment := parse_datetime(words)):
        return exact_time(moment)
    return words or "—"


def excerpt(issue: Issue) -> list[SourceLine]:
    """The lines of the analysis that the issue comes from, with a few around them; none without an analysis."""
    if issue.analysis is None or issue.source_line is None:
        return []
    last = max(issue.source_line, issue.source_end_line or 0)
    marked = range(issue.source_line, last + 1)
    shown = range(max(1, issue.source_line - LINES_AROUND), min(last, issue.source_line + 30) + LINES_AROUND + 1)
    lines = islice(enumerate(_lines(issue.analysis.text), start=1), shown.start - 1, shown.stop - 1)
    return [SourceLine(number, text, number in marked) for number, text in lines]


def _lines(text: str) -> Iterator[str]:
    """The lines one by one: an analysis may be long, and its line ends are "\\n" alone."""
    yield from text.split("\n")
