"""Which entry of the catalogue executes a check: the catalogue proposes, a person confirms."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from tracker.choices import Door
from tracker.history import keep, stamp
from tracker.models import Check, FieldChange, Issue
from tracker.permissions import CHANGE, Actor, may
from tracker.refusals import Refused
from tracker.validation.catalogue import Catalogue, propose
from tracker.validation.planning import site_catalogue

FIELD = "check"
MANUAL = gettext_noop("manual")
MOST_PASSES = 20
SHOWN_TEXT = 200  # characters of a check in the history


class ChoiceRefused(Refused):
    """The check stays as it is."""


def proposals(issue: Issue, entries: Catalogue) -> dict[int, str]:
    """For each check without an entry (by its id) the entry that its words propose; checks without one are left out."""
    systems = [system.name for system in issue.systems.all()]
    found = {check.pk: propose(check.text, systems, entries) for check in issue.checks.all() if not check.entry}
    return {pk: entry for pk, entry in found.items() if entry}


@transaction.atomic
def confirm_entry(
    check_id: int, entry: str, *, actor: Actor, door: Door, now: datetime, passes: int | None = None
) -> Check:
    """Say which entry executes a check ("" for none: it is manual), and how often in a row it has to pass."""
    issue = Issue.objects.locked(Check.objects.values_list("issue_id", flat=True).get(pk=check_id))
    check = Check.objects.get(pk=check_id)
    passes = check.passes if passes is None else passes
    if check.entry == entry and check.passes == passes and (check.entry_confirmed_at or not entry):
        return check
    _refuse([may(actor, CHANGE, issue), _unknown(entry), _too_often(passes)])
    row = stamp(actor, door, now)
    old, check.entry, check.passes = _words(check), entry, passes
    check.entry_confirmed_by, check.entry_confirmed_at = (row["actor"], now) if entry else (None, None)
    check.save(update_fields=["entry", "passes", "entry_confirmed_by", "entry_confirmed_at"])
    _tell(issue, old, _words(check), row)
    return check


def confirm_proposals(issue_id: int, *, actor: Actor, door: Door, now: datetime) -> list[Check]:
    """Confirm every entry that the words of a check propose. Raises: ChoiceRefused when there is none."""
    issue = Issue.objects.get(pk=issue_id)
    entries, broken = site_catalogue()
    found = proposals(issue, entries)
    _refuse(
        [
            broken,
            ""
            if found or broken
            else gettext("The catalogue proposes no entry for a check of %(reference)s.")
            % {"reference": issue.reference},
        ]
    )
    return [confirm_entry(check_id, entry, actor=actor, door=door, now=now) for check_id, entry in found.items()]


@transaction.atomic
def add_check(issue_id: int, text: str, *, actor: Actor, door: Door, now: datetime, entry: str = "") -> Check:
    """Add something that must hold before the issue is validated, beside what its analysis says."""
    issue = Issue.objects.locked(issue_id)
    words = "" if text.strip() else gettext("A check needs some words: what must hold?")
    _refuse([may(actor, CHANGE, issue), words, gettext("A check cannot hold NUL characters.") if "\0" in text else ""])
    check = issue.checks.create(text=text.strip())
    _tell(issue, "", check.text, stamp(actor, door, now))
    return confirm_entry(check.pk, entry, actor=actor, door=door, now=now) if entry else check


def _unknown(entry: str) -> str:
    """Why this entry cannot execute a check, or ""."""
    entries, broken = site_catalogue()
    if not entry or entry in entries.entries:
        return ""
    known = ", ".join(entries.entries) or gettext("none")
    return broken or gettext("The catalogue has no entry %(entry)r; there are %(known)s.") % {
        "entry": entry[:64],
        "known": known,
    }


def _too_often(passes: int) -> str:
    return (
        ""
        if 1 <= passes <= MOST_PASSES
        else gettext("A check has to pass between 1 and %(most)s times in a row.") % {"most": MOST_PASSES}
    )


def _words(check: Check) -> str:
    times = gettext(", %(number)s times in a row") % {"number": check.passes} if check.passes > 1 else ""
    return f"{check.text[:SHOWN_TEXT]}: {check.entry or gettext(MANUAL)}{times}"


def _refuse(reasons: list[str]) -> None:
    if found := [sentence for sentence in reasons if sentence]:
        raise ChoiceRefused(found)


def _tell(issue: Issue, old: str, new: str, row: dict) -> None:
    keep(FieldChange(issue=issue, field=FIELD, old=old, new=new, **row))
    Issue.objects.filter(pk=issue.pk).update(updated_at=row["at"])
