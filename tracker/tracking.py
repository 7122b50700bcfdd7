"""Several changes of one issue as one: all of them or none."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext

from tracker import amend, people, prevention, workflow
from tracker.calendars import Calendar
from tracker.choices import Door, MeasureCategory, Status
from tracker.models import Issue, Owner
from tracker.permissions import Actor


class UnknownOwner(ValueError):
    """Nobody, or more than one, is meant by the words for an owner."""


def iso_deadline(text: str, *, time_zone: str) -> datetime:
    """The moment that an ISO 8601 date or time names, in UTC.

    A date alone is the last second of that day, and a time without an offset is wall time, both in the time zone.
    Raises: ValueError when the text is no ISO date or time, or lies outside of the years 1 to 9999.
    """
    calendar = Calendar(time_zone=time_zone)
    try:
        try:
            return calendar.end_of_day(date.fromisoformat(text))
        except ValueError:
            moment = datetime.fromisoformat(text)
        if moment.utcoffset() is None:
            return calendar.moment(moment.date(), moment.time())
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            gettext("%(text)r is no ISO date or time: write 2026-03-31 or 2026-03-31T17:00+02:00.") % {"text": text}
        ) from None


def known_owner(words: str) -> Owner:
    """The one owner whom the words name by name, e-mail or @handle.

    Raises: UnknownOwner.
    """
    owner = people.find_owner(words)
    if owner is None:
        raise UnknownOwner(
            gettext(
                "No single owner is called %(words)r: write the name, e-mail or @handle as the owners have it, "
                "or add the owner in the admin first."
            )
            % {"words": words}
        )
    return owner


@transaction.atomic
def change(
    issue_id: int,
    *,
    owner: Owner | None = None,
    deadline: datetime | None = None,
    note: str | None = None,
    hours: Decimal | None = None,
    links: Iterable[dict[str, str]] = (),
    measure: str | None = None,
    category: MeasureCategory | None = None,
    status: Status | None = None,
    reason: str = "",
    until: datetime | None = None,
    hours_unknown: bool = False,
    actor: Actor = None,
    door: Door,
    now: datetime,
) -> Issue:
    """Make the changes that are given; the status last, because owner, deadline, note and measure open its gates.

    Hours and links belong to the note, the category to the prevention measure, `until` and `hours_unknown` to the
    status. Raises: Refused, and then nothing was changed.
    """
    hand = {"actor": actor, "door": door, "now": now}
    if owner is not None:
        amend.assign(issue_id, owner, reason=reason, **hand)
    if deadline is not None:
        amend.move_deadline(issue_id, deadline, reason=reason, **hand)
    if note is not None:
        amend.add_note(issue_id, note, hours=hours, links=links, **hand)
    if measure is not None:
        prevention.propose(issue_id, measure, category=category, owner=None, **hand)
    if status is not None:
        name = workflow.transition_to(status, Issue.objects.get(pk=issue_id))
        workflow.apply(name, issue_id, reason=reason, until=until, hours_unknown=hours_unknown, **hand)
    return Issue.objects.select_related("owner", "analysis").get(pk=issue_id)
