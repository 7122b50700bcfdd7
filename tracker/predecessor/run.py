"""All of the predecessor's files as one import: everything of it in one transaction, which a dry run takes back."""

from datetime import datetime
from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from tracker import references
from tracker.choices import Door, PredecessorKind
from tracker.hand import Hand
from tracker.permissions import DECIDE, Actor, may
from tracker.predecessor import history, issues
from tracker.predecessor.entries import alert_of, metrics_of
from tracker.predecessor.files import ACTIVE_ALERTS, ALERT_HISTORY, ISSUES, METRICS, READ, Entry, UnreadableFile
from tracker.predecessor.files import entries_of as read_entries
from tracker.predecessor.offers import offers
from tracker.predecessor.outcome import FileOutcome, Outcome
from tracker.refusals import Refused


class ImportRefused(Refused):
    """Nothing was imported."""


def run(folder: Path, *, write: bool, actor: Actor, door: Door, now: datetime, zone: str) -> Outcome:
    """Import the files of the folder, or do all of it and take it back.

    A file that cannot be read keeps everything from being written. Times without a zone are wall time in `zone`.
    Raises: ImportRefused.
    """
    if sentence := may(actor, DECIDE):
        raise ImportRefused(sentence)
    outcome = Outcome(offers=list(offers(folder, now)))
    found = _read(folder, outcome)
    if not found and not outcome.unreadable:
        raise ImportRefused(
            gettext("%(folder)s has none of the predecessor's files (%(read)s): name their folder.")
            % {"folder": folder, "read": ", ".join(READ)}
        )
    try:
        with transaction.atomic():
            references.hold(now)
            _take(found, outcome, Hand(actor, door, now), zone)
            outcome.written = write and not outcome.unreadable
            transaction.set_rollback(not outcome.written)
    except IntegrityError:
        raise ImportRefused(
            gettext("Another import changed the same entries meanwhile, nothing was written: run it again.")
        ) from None
    return outcome


def _read(folder: Path, outcome: Outcome) -> dict[str, list[Entry]]:
    found = {}
    for file in READ:
        try:
            entries = read_entries(folder, file)
        except UnreadableFile as unreadable:
            outcome.unreadable.append(str(unreadable))
            continue
        if entries is not None:
            found[file] = entries
    return found


def _take(found: dict[str, list[Entry]], outcome: Outcome, hand: Hand, zone: str) -> None:
    told = {file: FileOutcome(file) for file in found}
    outcome.files = list(told.values())
    work = issues.Import(hand, told.get(ISSUES) or FileOutcome(ISSUES))
    issues.take(found.get(ISSUES, []), work, zone=zone)
    alerts = [(told[file], found[file]) for file in (ALERT_HISTORY, ACTIVE_ALERTS) if file in found]
    figures = [(told[file], found[file]) for file in (METRICS,) if file in found]
    rows = {"of_name": work.of_name, "hand": hand, "zone": zone}
    history.take(PredecessorKind.ALERT, alerts, alert_of, **rows)
    history.take(PredecessorKind.METRICS, figures, metrics_of, **rows)
