"""Changes of an issue that are no change of its status: owner, deadline, priority, revenue, what it is about, notes."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext

from tracker import deadlines, revenue
from tracker.choices import Door, IssueKind, NoteKind, Priority, Status
from tracker.history import keep, stamp
from tracker.links import checked
from tracker.models import FieldChange, Issue, Note, Owner, System
from tracker.money import money
from tracker.permissions import CHANGE, CONFIRM_REVENUE, DESCRIBE, Actor, may
from tracker.querysets import CLOSED
from tracker.reasons import refusal as reason_refusal
from tracker.refusals import Refused

NEEDS_OWNER = (Status.PLANNED, Status.IN_PROGRESS)
LONGEST_TITLE = 300
MOST_HOURS = 1000  # in one note: more is a slip of the hand
MOST_REVENUE = Decimal("999999999999.99")  # what the column holds


class AmendRefused(Refused):
    """The issue stays as it is."""


@transaction.atomic
def assign(
    issue_id: int,
    owner: Owner | None,
    *,
    actor: Actor,
    door: Door,
    now: datetime,
    reason: str = "",
) -> Issue:
    """Give the issue to an owner, or to nobody (None). The same owner again changes nothing."""
    issue = Issue.objects.locked(issue_id)
    if issue.owner == owner:
        return issue
    reasons = _shut(issue, actor)
    if owner is None and issue.status in NEEDS_OWNER:
        reasons.append(
            gettext("%(reference)s is %(status)s: it cannot be without an owner.")
            % {"reference": issue.reference, "status": _status(issue)}
        )
    _refuse(reasons)
    old, issue.owner = issue.owner, owner
    _write(issue, ("owner", str(old or ""), str(owner or "")), reason, stamp(actor, door, now))
    return issue


@transaction.atomic
def move_deadline(
    issue_id: int,
    deadline: datetime,
    *,
    actor: Actor,
    door: Door,
    now: datetime,
    reason: str = "",
) -> Issue:
    """Set or move the deadline; moving needs a reason. The first deadline is kept as the original one."""
    issue = Issue.objects.locked(issue_id)
    if issue.deadline == deadline:
        return issue
    reasons = _shut(issue, actor)
    if impossible := deadlines.refusal(deadline):
        reasons.append(impossible)
    elif deadline <= now:
        reasons.append(gettext("The new deadline has passed already: choose a later one."))
    if issue.deadline and not reason.strip():
        reasons.append(gettext("Moving a deadline needs a reason: write it in a sentence."))
    _refuse(reasons)
    old, issue.deadline = issue.deadline, deadline
    issue.original_deadline = issue.original_deadline or deadline
    _write(
        issue,
        ("deadline", deadline_words(old), deadline_words(deadline)),
        reason,
        stamp(actor, door, now),
        "original_deadline",
    )
    return issue


@transaction.atomic
def restore_deadline(
    issue_id: int,
    deadline: datetime | None,
    *,
    actor: Actor,
    door: Door,
    now: datetime,
    reason: str,
) -> Issue:
    """Give the issue back the deadline that it had until somebody moved it by mistake: passed by now, or none at all.

    Where it had none, the mistaken one does not stay the original one either.
    """
    issue = Issue.objects.locked(issue_id)
    if issue.deadline == deadline:
        return issue
    reasons = _shut(issue, actor)
    if deadline is None and issue.status == Status.PLANNED:
        reasons.append(
            gettext("%(reference)s is %(status)s: it cannot be without a deadline.")
            % {"reference": issue.reference, "status": _status(issue)}
        )
    _refuse(reasons)
    change = ("deadline", deadline_words(issue.deadline), deadline_words(deadline))
    issue.deadline = deadline
    issue.original_deadline = issue.original_deadline if deadline else None
    _write(issue, change, reason, stamp(actor, door, now), "original_deadline")
    return issue


@transaction.atomic
def set_priority(
    issue_id: int,
    priority: Priority,
    *,
    actor: Actor,
    door: Door,
    now: datetime,
    reason: str = "",
) -> Issue:
    """Change the priority. The reference stays as it was given, and so does the deadline until somebody moves it."""
    issue = Issue.objects.locked(issue_id)
    if issue.priority == priority:
        return issue
    less_urgent = str(priority) > issue.priority
    reasons = _shut(issue, actor, "lower priority" if less_urgent else CHANGE)
    if priority not in list(Priority):
        reasons.append(
            gettext("There is no priority %(priority)r: choose one of %(priorities)s.")
            % {"priority": str(priority)[:20], "priorities": ", ".join(Priority)}
        )
    _refuse(reasons)
    old, issue.priority = issue.priority, Priority(priority)
    _write(issue, ("priority", str(old), str(priority)), reason, stamp(actor, door, now))
    return issue


@transaction.atomic
def confirm_revenue(
    issue_id: int,
    amount: Decimal | None,
    *,
    actor: Actor,
    door: Door,
    now: datetime,
    reason: str = "",
) -> Issue:
    """Say what the issue puts at risk a month, in site currency; None leaves it to the share of its priority again."""
    issue = Issue.objects.locked(issue_id)
    if issue.revenue_at_risk == amount:
        return issue
    reasons = [*_shut(issue, actor, CONFIRM_REVENUE), _amount_refusal(amount, now)]
    if not reason.strip():
        reasons.append(gettext("An amount at risk needs a reason: write in a sentence where it comes from."))
    _refuse(reasons)
    old, issue.revenue_at_risk = issue.revenue_at_risk, amount
    before, after = ("" if value is None else f"{value:.2f}" for value in (old, amount))
    _write(issue, ("revenue_at_risk", before, after), reason, stamp(actor, door, now))
    return issue


@transaction.atomic
def describe(
    issue_id: int,
    *,
    actor: Actor,
    door: Door,
    now: datetime,
    title: str | None = None,
    kind: IssueKind | None = None,
    systems: Sequence[System] | None = None,
    reason: str = "",
) -> Issue:
    """Say what the issue is about; None leaves the title, the kind or the systems as they are."""
    issue = Issue.objects.locked(issue_id)
    given = {"title": title if title is None else " ".join(title.split()), "kind": kind}
    changes = {name: value for name, value in given.items() if value is not None and value != getattr(issue, name)}
    before, after = system_words(issue.systems.all()), None if systems is None else system_words(systems)
    if not changes and after in (None, before):
        return issue
    _refuse([*_shut(issue, actor, DESCRIBE), *_unfit(changes), reason_refusal(reason)])
    row = stamp(actor, door, now)
    for name, value in changes.items():
        old = getattr(issue, name)
        setattr(issue, name, value)
        _write(issue, (name, str(old), str(value)), reason, row)
    if after not in (None, before):
        issue.systems.set(systems)
        _write(issue, ("systems", before, after), reason, row)
    return issue


def deadline_words(moment: datetime | None) -> str:
    """What the history says of a deadline."""
    return moment.isoformat(timespec="minutes") if moment else ""


def system_words(systems: Iterable[System]) -> str:
    """What the history says of systems."""
    return ", ".join(sorted(system.name for system in systems))


def _unfit(changes: dict[str, str]) -> Iterator[str]:
    """Why a title or a kind cannot be, a sentence each."""
    title = changes.get("title", "it")
    if not title:
        yield gettext("An issue needs a title.")
    if len(title) > LONGEST_TITLE or "\0" in title:
        yield gettext("A title has at most %(longest)s characters, none of them NUL.") % {"longest": LONGEST_TITLE}
    if changes.get("kind", IssueKind.FIX) not in list(IssueKind):
        yield gettext("There is no kind %(kind)r: choose one of %(kinds)s.") % {
            "kind": str(changes["kind"])[:20],
            "kinds": ", ".join(IssueKind),
        }


@transaction.atomic
def add_note(
    issue_id: int,
    text: str,
    *,
    actor: Actor,
    door: Door,
    now: datetime,
    kind: NoteKind = NoteKind.PROGRESS,
    hours: Decimal | None = None,
    links: Iterable[dict[str, str]] = (),
) -> Note:
    """Write a note about the issue, closed or not, with the hours spent and links. Notes are never edited."""
    issue = Issue.objects.locked(issue_id)
    reasons = [
        may(actor, CHANGE, issue),
        "" if text.strip() else gettext("A note needs some words."),
        _hours_refusal(hours),
    ]
    if "\0" in text:
        reasons.append(gettext("A note cannot hold NUL characters."))
    try:
        links = checked(links)
    except ValueError as unclear:
        reasons.append(str(unclear))
    _refuse(reasons)
    row = stamp(actor, door, now)
    note = keep(Note(issue=issue, kind=kind, text=text.strip(), hours=hours, links=links, **row))
    Issue.objects.filter(pk=issue.pk).update(updated_at=now, worked_at=now)
    return note


def _hours_refusal(hours: Decimal | None) -> str:
    if hours is None:
        return ""
    if not hours.is_finite() or not 0 < hours <= MOST_HOURS:
        return gettext("The hours spent are a number above 0 and at most %(most)s.") % {"most": MOST_HOURS}
    return "" if hours == round(hours, 2) else gettext("The hours spent have at most two decimal places.")


def _amount_refusal(amount: Decimal | None, now: datetime) -> str:
    if amount is None:
        return ""
    if not amount.is_finite() or amount <= 0:
        return gettext("The revenue at risk is an amount above 0.")
    if amount != round(amount, 2):
        return gettext("The revenue at risk has at most two decimal places.")
    profile = revenue.row_in_force(now)
    most = profile.mrr if profile else MOST_REVENUE
    if amount <= most:
        return ""
    return gettext("At most %(most)s a month can be at risk.") % {
        "most": money(most, profile.currency if profile else "").strip()
    }


def _status(issue: Issue) -> str:
    return Status(issue.status).label.lower()


def _shut(issue: Issue, actor: Actor, verb: str = CHANGE) -> list[str]:
    """Why the issue cannot be changed by this person, or at all."""
    closed = (
        gettext("%(reference)s is %(status)s: reopen it first.")
        % {"reference": issue.reference, "status": _status(issue)}
        if issue.status in CLOSED
        else ""
    )
    return [sentence for sentence in (may(actor, verb, issue), closed) if sentence]


def _refuse(reasons: list[str]) -> None:
    if found := [sentence for sentence in reasons if sentence]:
        raise AmendRefused(found)


def _write(issue: Issue, change: tuple[str, str, str], reason: str, row: dict, *also: str) -> None:
    field, old, new = change
    issue.updated_at = row["at"]
    columns = [name for name in (field, *also) if name != "systems"]
    issue.save(update_fields=[*columns, "updated_at"])
    keep(FieldChange(issue=issue, field=field, old=old, new=new, reason=reason.strip(), **row))
