"""What the page of an issue shows: what can be done now, where it comes from, and all that happened."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import DecimalField, Expression, F, JSONField, Manager, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, gettext_noop

from tracker import permissions, workflow
from tracker.admin.badges import exact_time
from tracker.admin.field_names import field_name
from tracker.choices import Door, LinkKind, NoteKind, Status
from tracker.models import Issue
from tracker.record import Record

MOST_EVENTS = 100
STATUS, FIELD, NOTE = range(3)  # the kinds of history; of rows of one moment the first comes first
NO_HOURS = Cast(None, DecimalField(max_digits=6, decimal_places=2))
NO_LINKS = Value([], JSONField())
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


class Row(NamedTuple):
    """A row of the history as the database gives it, whichever of the three kinds it is."""

    at: datetime
    pk: int
    who: str
    door: str
    story: int
    what: str
    old: str
    new: str
    text: str
    hours: Decimal | None
    links: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of the analysis; `marked` where it belongs to the issue."""

    number: int
    text: str
    marked: bool


REMEDIES = (
    (workflow.has_owner, "owner", gettext_noop("Assign an owner")),
    (workflow.has_deadline, "deadline", gettext_noop("Set a deadline")),
    (workflow.has_note_since_start, "note", gettext_noop("Write a note")),
    (workflow.has_validation_evidence, "checks", gettext_noop("See the checks")),
    (workflow.fix_has_prevention, "measure", gettext_noop("Add a prevention measure")),
)
TONES = {"cancel": "warn", "accept": "quiet", "block": "quiet", "fail": "quiet", "reopen": "quiet"}


def steps(record: Record, actor: AbstractBaseUser | AnonymousUser) -> list[Step]:
    """What leads on from the issue's status, open or shut, the way forward first."""
    return [step(name, record, actor) for name in workflow.leading_on(record.issue)]


def step(name: str, record: Record, actor: AbstractBaseUser | AnonymousUser) -> Step:
    """One of them."""
    rule, issue = workflow.TRANSITIONS[name], record.issue
    shut = tuple(workflow.refusals(name, issue, actor, record=record))
    found = tuple(remedies(name, record, actor).values()) if shut else ()
    of_others = bool(shut) and shut[0] == permissions.may(actor, name, issue)
    return Step(name, rule.label, workflow.asks(name, issue, record), shut, found, TONES.get(name, ""), of_others)


def remedies(name: str, record: Record, actor: AbstractBaseUser | AnonymousUser) -> dict[str, tuple[str, str]]:
    """What would open the gates of a transition: the (name, title) of a change, by the sentence of the gate."""
    rule = workflow.TRANSITIONS[name]
    gates = (*workflow.STATUS_GATES.get(rule.target, ()), *rule.gates)
    found = {gate(record, actor): (change, gettext(title)) for gate, change, title in REMEDIES if gate in gates}
    return {sentence: remedy for sentence, remedy in found.items() if sentence}


def timeline(issue: Issue, viewer: AbstractBaseUser | AnonymousUser) -> list[Event]:
    """The newest events of an issue, newest first: steps, changes of fields and notes as one story, in one query.

    Changes of an amount only for those who may see the revenue.
    """
    steps = _rows(issue.changes, STATUS, what=Value(""), old=F("old_status"), new=F("new_status"), text=F("reason"))
    changed = permissions.changes_seen_by(viewer, issue.field_changes.all())
    fields = _rows(changed, FIELD, what=F("field"), old=F("old"), new=F("new"), text=F("reason"))
    notes = _rows(
        issue.notes,
        NOTE,
        what=F("kind"),
        old=Value(""),
        new=Value(""),
        text=F("text"),
        hours=F("hours"),
        links=F("links"),
    )
    rows = [Row(*row) for row in steps.union(fields, notes, all=True).order_by("-at")[:MOST_EVENTS]]
    return [EVENTS[row.story](row) for row in sorted(rows, key=lambda row: (row.at, -row.story, row.pk), reverse=True)]


def steps_taken(issue: Issue) -> list[Event]:
    """The newest steps of an issue, without what people said: for those who do not read that."""
    rows = _rows(issue.changes, STATUS, what=Value(""), old=F("old_status"), new=F("new_status"), text=Value(""))
    return [_of_status_change(Row(*row)) for row in rows.order_by("-at", "-pk")[:MOST_EVENTS]]


def _rows(
    manager: Manager,
    story: int,
    *,
    what: Expression,
    old: Expression,
    new: Expression,
    text: Expression,
    hours: Expression = NO_HOURS,
    links: Expression = NO_LINKS,
) -> QuerySet:
    """One of the three kinds of history as the columns of Row."""
    columns = (Value(story), what, old, new, text, hours, links)
    return manager.order_by().values_list("at", "pk", "actor_name", "door", *columns)


def _of_status_change(row: Row) -> Event:
    new = Status(row.new).label
    tracked = gettext("Tracked as %(status)s") % {"status": new.lower()}
    headline = f"{Status(row.old).label} → {new}" if row.old else tracked
    return Event(row.at, "status", headline, row.text, row.who, Door(row.door).label)


def _of_field_change(row: Row) -> Event:
    old, new = (_value(row.what, words) for words in (row.old, row.new))
    name = field_name(row.what).capitalize()
    (about, colon, before), (same, _, after) = old.rpartition(": "), new.rpartition(": ")
    if row.what == "check" and colon and about == same:  # the same check, executed by something else
        name, old, new = f"{name} “{about}”", before, after
    headline = f"{name}: {old} → {new}"
    return Event(row.at, "field", headline, row.text, row.who, Door(row.door).label)


def _of_note(row: Row) -> Event:
    words = gettext("%(kind)s note, %(hours)s h") if row.hours else gettext("%(kind)s note")
    headline = words % {"kind": NoteKind(row.what).label, "hours": row.hours and f"{row.hours.normalize():f}"}
    links = [(LinkKind(link["kind"]).label, link["url"]) for link in row.links]
    return Event(row.at, "note", headline, row.text, row.who, Door(row.door).label, links)


EVENTS = {STATUS: _of_status_change, FIELD: _of_field_change, NOTE: _of_note}


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
