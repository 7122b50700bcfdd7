"""Issues that come in as values, from a table or another tracker, and not as the text of an analysis.

They belong to an analysis that says where they come from, get a reference like any other, and start where the workflow
lets a new issue start.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from django.db import transaction
from django.utils.translation import gettext

from tracker import audit, workflow
from tracker.choices import AuditVerb, Door, IssueKind, NoteKind, Priority, Status
from tracker.comparison import fingerprint
from tracker.deadlines import deadline as policy_deadline
from tracker.deadlines import refusal as deadline_refusal
from tracker.decisions import IntakeRefused
from tracker.entries import WORDS, clipped
from tracker.history import keep_all, stamp
from tracker.models import Analysis, Issue, Note, Owner, System
from tracker.permissions import DECIDE, Actor, may
from tracker.policies import policies
from tracker.references import next_references

LONGEST_TITLE = 300
LONGEST_TEXT = 100_000
LONGEST_SOURCE = 500


@dataclass(frozen=True, slots=True)
class NewIssue:
    """An issue as it comes in. Without a deadline it gets that of its priority's policy.

    `done` is where it comes from a record that calls it done: that is completed here, and never validated.
    `lines` are those of the text of the analysis, where it has the issue.
    """

    title: str
    text: str = ""
    kind: IssueKind = IssueKind.FIX
    priority: Priority = Priority.P2
    owner: Owner | None = None
    owner_words: str = ""
    deadline: datetime | None = None
    deadline_words: str = ""
    systems: tuple[System, ...] = ()
    done: str = ""  # by what it is called done, in a sentence
    lines: tuple[int, int] | None = None

    @property
    def description(self) -> str:
        """What it says: its text, or its title alone."""
        return self.text.strip() or self.title

    @property
    def fingerprint(self) -> str:
        """The same for two issues that say the same."""
        return fingerprint(self.description)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where new issues come from: the source, the title and the text of the analysis that they will belong to."""

    source: str
    title: str
    text: str
    priority: str = field(default="")


def refusals(new: NewIssue) -> list[str]:
    """Everything that keeps it from being an issue, one sentence each."""
    found = []
    if not new.title.strip():
        found.append(gettext("An issue needs a title."))
    if len(new.title) > LONGEST_TITLE:
        found.append(gettext("A title has at most %(longest)s characters.") % {"longest": LONGEST_TITLE})
    if len(new.text) > LONGEST_TEXT:
        found.append(
            gettext("The text of an issue has at most %(longest)s characters.") % {"longest": f"{LONGEST_TEXT:,}"}
        )
    if "\0" in new.title + new.text + new.owner_words:
        found.append(gettext("An issue cannot hold NUL characters."))
    if new.deadline and (impossible := deadline_refusal(new.deadline)):
        found.append(impossible)
    return found


def free_source(source: str) -> str:
    """The source, with a number where an analysis of that source is here already."""
    source = source[-LONGEST_SOURCE + 10 :].strip() or "imported issues"
    if not Analysis.objects.filter(source=source).exists():
        return source
    taken = set(Analysis.objects.filter(source__startswith=f"{source} (").values_list("source", flat=True))
    return next(name for number in count(2) if (name := f"{source} ({number})") not in taken)


@transaction.atomic
def open_origin(origin: Origin, *, actor: Actor, now: datetime) -> Analysis:
    """Write the analysis to which issues that come in will belong. A source that is taken gets a number."""
    _check_right(actor)
    source = free_source(origin.source)
    text = f"{origin.text.rstrip()}\n"
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    if Analysis.objects.filter(sha256=sha256).exists():
        text += f"\n{source}, {now.isoformat()}\n"
        sha256 = hashlib.sha256(text.encode()).hexdigest()
    by = {"imported_at": now, "imported_by": actor}
    analysis = Analysis.objects.create(
        source=source,
        title=clipped(origin.title, LONGEST_TITLE),
        text=text,
        sha256=sha256,
        priority=origin.priority,
        updated_at=now,
        **by,
    )
    analysis.revisions.create(number=1, text=text, sha256=sha256, **by)
    hand = {"actor": actor, "door": audit.SURROUNDINGS.get().door, "now": now}
    audit.record(AuditVerb.IMPORT, analysis, changes={"text": (None, sha256)}, **hand)
    return analysis


@transaction.atomic
def track(
    entries: Sequence[NewIssue], analysis: Analysis, *, actor: Actor, door: Door, now: datetime, reason: str = ""
) -> list[Issue]:
    """Track new issues, in their order; all of them or, when one cannot be an issue, none.

    Raises: IntakeRefused.
    """
    _check_right(actor)
    if reasons := [sentence for new in entries for sentence in refusals(new)]:
        raise IntakeRefused(reasons)
    rules = policies() if any(new.deadline is None for new in entries) else {}
    references = next_references([new.priority for new in entries], now=now)
    issues = []
    for new, reference in zip(entries, references, strict=True):
        due = new.deadline or policy_deadline(now, rules[new.priority])
        issues.append(_issue(new, reference, due, analysis, now))
    hand = {"actor": actor, "door": door, "now": now}
    pairs = list(zip(entries, issues, strict=True))
    workflow.open_all([each for new, each in pairs if not new.done], status=Status.IDENTIFIED, reason=reason, **hand)
    done = [(new, each) for new, each in pairs if new.done]
    workflow.open_all([each for _, each in done], status=Status.COMPLETED, reason=gettext("Stated as done."), **hand)
    row = stamp(actor, door, now)
    keep_notes([Note(issue=issue, kind=NoteKind.EVIDENCE, text=new.done, **row) for new, issue in done])
    Issue.systems.through.objects.bulk_create(
        Issue.systems.through(issue_id=issue.pk, system_id=system.pk) for new, issue in pairs for system in new.systems
    )
    return issues


def keep_notes(notes: Sequence[Note]) -> None:
    """Write notes about issues that came in."""
    keep_all(notes)


def _check_right(actor: Actor) -> None:
    if sentence := may(actor, DECIDE):
        raise IntakeRefused(sentence)


def _issue(new: NewIssue, reference: str, deadline: datetime, analysis: Analysis, now: datetime) -> Issue:
    first, last = new.lines or (None, None)
    return Issue(
        reference=reference,
        title=" ".join(new.title.split()),
        description=new.description,
        kind=new.kind,
        priority=new.priority,
        owner=new.owner,
        owner_words="" if new.owner else clipped(new.owner_words, WORDS),
        deadline=deadline,
        original_deadline=deadline,
        deadline_words=clipped(new.deadline_words, WORDS),
        analysis=analysis,
        source_line=first,
        source_end_line=last,
        fingerprint=new.fingerprint,
        created_at=now,
        updated_at=now,
    )
