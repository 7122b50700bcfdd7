"""Takes old rows out of the audit into an archive, and leaves a signed anchor on which the rest of the chain follows.

Nothing else deletes rows of the audit. Whoever deletes them without the key of the site can write no anchor that is
signed, and `verify_audit` names what is gone. The rows are written, read back from the file and verified before the
first one goes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext

from tracker import audit, audit_archive, chain, history_check, sealing
from tracker.choices import AuditVerb, Door
from tracker.history import SAYS, row_kind
from tracker.models import Anchor, AuditEvent, Seal
from tracker.refusals import Refused
from tracker.verifying import Finding, Stored, Verification

YOUNGEST = timedelta(days=30)  # what is younger stays: a slip of the finger takes no audit of yesterday
PIECE = 20  # seals of a transaction, of a thousand rows each at most: others write in between


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be pruned: whole seals, from the first one that is there."""

    last: Seal
    first: int  # position of the first row
    seals: int

    @property
    def rows(self) -> int:
        """How many."""
        return self.last.last - self.first + 1


def plan(before: datetime, *, now: datetime) -> Plan | None:
    """The seals that were made before then; None when there is none. The last one of the chain stays in any case.

    Raises: Refused when `before` is too young, or when the audit is not as it was sealed.
    """
    if before > now - YOUNGEST:
        raise Refused(
            gettext("Rows that are younger than %(days)s days stay: name an earlier day.") % {"days": YOUNGEST.days}
        )
    if found := next(wrong(), None):
        raise Refused(
            gettext("The audit is not as it was sealed, so nothing is pruned: %(finding)s See verify_audit.")
            % {"finding": found.sentence}
        )
    seals = Seal.objects.order_by("number")
    head = sealing.head()
    if head is None:
        return None
    stays = seals.filter(at__gte=before).first() or head
    going = seals.filter(number__lt=stays.number)
    first, last = going.first(), going.last()
    return Plan(last, first.first, last.number - first.number + 1) if last else None


def wrong() -> Iterator[Finding]:
    """What is not as it was sealed in the whole audit."""
    source = Stored()
    yield from Verification(sealing.site_keys(), source).findings()
    yield from history_check.findings(source.anchor.history if source.anchor else None)


def prune(planned: Plan, path: Path, *, reason: str, now: datetime) -> str:
    """Archive the rows, and delete them; the SHA-256 of the archive. Not within a transaction.

    When it breaks off, the audit is whole with the seals that are still there: the archive holds them as well.
    Raises: Refused when the archive cannot be written, or is not what was sealed; then nothing is deleted.
    """
    key = sealing.site_keys()[0]
    digest = audit_archive.write(path, last=planned.last, key=key)
    _check(planned, path)
    while piece := list(islice(Seal.objects.filter(number__lte=planned.last.number).order_by("number"), PIECE)):
        _delete(piece, key, archive=path.name[:200], archive_digest=digest, reason=reason, now=now)
    return digest


def _check(planned: Plan, path: Path) -> None:
    """Raises: Refused when the file does not hold exactly what is to be deleted, as it was sealed."""
    run = Verification(sealing.site_keys(), audit_archive.Archive(path))
    found = next(run.findings(), None)
    whole = (run.rows, run.seals) == (planned.rows, planned.seals) and run.head.digest == planned.last.digest
    if found or not whole:
        raise Refused(
            gettext("%(path)s does not hold what was to be pruned, so nothing is deleted. Is another prune running?")
            % {"path": path}
        )


@transaction.atomic
def _delete(
    seals: list[Seal], key: chain.Key, *, archive: str, archive_digest: str, reason: str, now: datetime
) -> None:
    """Write the anchor, which lets the database delete the rows before it, and delete them. All of it, or nothing."""
    first, last = seals[0], seals[-1]
    values = {
        "number": last.number,
        "first": first.first,
        "last": last.last,
        "at": now,
        "digest": last.digest,
        "history": _history(first.first, last.last),
        "archive": archive,
        "archive_digest": archive_digest,
        "key": key.name,
    }
    Anchor(**values, signature=chain.signature_of_anchor(key, values)).save(force_insert=True)
    rows, _ = AuditEvent.objects.filter(position__gte=first.first, position__lte=last.last).delete()
    gone, _ = Seal.objects.filter(number__gte=first.number, number__lte=last.number).delete()
    if (rows, gone) != (last.last - first.first + 1, len(seals)):
        raise Refused(gettext("Somebody else deletes rows of the audit at this moment: nothing more is pruned."))
    audit.record(
        AuditVerb.PRUNE,
        audit.Target(
            "tracker.anchor",
            str(last.number),
            gettext("Rows %(first)s to %(last)s of the audit") % {"first": first.first, "last": last.last},
        ),
        actor=None,
        door=Door.COMMAND,
        now=now,
        changes={"rows": (rows, 0), "archive": (None, archive), "archive_digest": (None, archive_digest)},
        reason=reason,
    )


def _history(first: int, last: int) -> dict[str, dict]:
    """What the pruned rows told of the history of issues: those of the anchor before, and these."""
    anchor, begun = Anchor.objects.order_by("-number").first(), history_check.earlier()
    sums = {row_kind(model): dict(history_check.NOTHING) for model in SAYS} | (anchor.history if anchor else {})
    for kind, earlier in begun.items():
        sums[kind]["earlier"] = max(sums[kind]["earlier"], earlier)
    told = AuditEvent.objects.filter(position__gte=first, position__lte=last, row_id__isnull=False)
    for kind, number, digest in told.values_list("row_kind", "row_id", "row_digest").iterator():
        known = sums[kind]
        known["count"], known["last"] = known["count"] + 1, max(known["last"], number)
        known["sum"] = chain.added(known["sum"], kind, number, digest)
    return sums
