"""Prevention measures: what keeps the incident of an issue from coming back. Each change leaves its row."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from tracker.choices import Door, MeasureCategory, MeasureState
from tracker.history import keep, stamp
from tracker.models import FieldChange, Issue, Owner, PreventionMeasure
from tracker.permissions import CHANGE, Actor, may
from tracker.refusals import Refused

FIELD = gettext_noop("prevention measure")  # as the history stores it
STATES = tuple(MeasureState)


class PreventionRefused(Refused):
    """The measure stays as it is, or is not added."""


@transaction.atomic
def propose(
    issue_id: int,
    text: str,
    *,
    category: MeasureCategory,
    owner: Owner | None,
    actor: Actor,
    door: Door,
    now: datetime,
) -> PreventionMeasure:
    """Add a measure to an issue, closed or not, as proposed. Without an owner it is the issue's owner who takes it."""
    issue = Issue.objects.locked(issue_id)
    owner = owner or issue.owner
    reasons = [
        may(actor, CHANGE, issue),
        "" if text.strip() else gettext("A prevention measure needs some words."),
        gettext("A prevention measure cannot hold NUL characters.") if "\0" in text else "",
        "" if owner else gettext("A prevention measure needs an owner: choose one."),
        ""
        if category in list(MeasureCategory)
        else gettext("Choose a category: %(categories)s.") % {"categories": ", ".join(MeasureCategory)},
    ]
    _refuse(reasons)
    row = stamp(actor, door, now)
    measure = issue.measures.create(
        category=category,
        text=text.strip(),
        owner=owner,
        created_at=now,
        created_by=row["actor"],
        created_by_name=row["actor_name"],
    )
    _tell(issue, "", f"{MeasureState.PROPOSED.marked}: {measure.text}", "", row)
    return measure


@transaction.atomic
def set_state(
    measure_id: int, state: MeasureState, *, actor: Actor, door: Door, now: datetime, reason: str = ""
) -> PreventionMeasure:
    """Say how far a measure has come. Going back needs a reason. The same state again changes nothing."""
    issue = Issue.objects.locked(PreventionMeasure.objects.values_list("issue_id", flat=True).get(pk=measure_id))
    measure = PreventionMeasure.objects.get(pk=measure_id)
    if measure.state == state:
        return measure
    reasons = [may(actor, CHANGE, issue)]
    if state not in STATES:
        reasons.append(
            gettext("There is no state %(state)r: choose one of %(states)s.")
            % {"state": str(state)[:20], "states": ", ".join(STATES)}
        )
    elif STATES.index(state) < STATES.index(measure.state) and not reason.strip():
        reasons.append(gettext("A measure that goes back needs a reason: write it in a sentence."))
    _refuse(reasons)
    old, measure.state = MeasureState(measure.state), state
    measure.save(update_fields=["state"])
    words = [f"{MeasureState(word).marked}: {measure.text}" for word in (old, state)]
    _tell(issue, *words, reason.strip(), stamp(actor, door, now))
    return measure


def _refuse(reasons: list[str]) -> None:
    if found := [sentence for sentence in reasons if sentence]:
        raise PreventionRefused(found)


def _tell(issue: Issue, old: str, new: str, reason: str, row: dict) -> None:
    keep(FieldChange(issue=issue, field=FIELD, old=old, new=new, reason=reason, **row))
    Issue.objects.filter(pk=issue.pk).update(updated_at=row["at"])
