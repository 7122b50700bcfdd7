"""Compares the priority, deadline and owner of each issue with what was last written about them: its last change, else
the row of the audit that tells how it began. What neither tells of (an issue older than the audit) is not judged.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import CharField, JSONField, OuterRef, Subquery
from django.db.models.functions import Cast

from tracker.choices import AuditVerb
from tracker.models import AuditEvent, FieldChange, Issue, Owner
from tracker.verifying import HISTORY, Finding, in_order

FIELDS = ("priority", "deadline", "owner")


def findings(*, pruned: bool) -> Iterator[Finding]:
    """The issues of which somebody set a field around the product. pruned: whether rows of the audit are gone."""
    names = Names(pruned)
    issues = Issue.objects.annotate(
        first=Subquery(_first().values("changes")[:1], output_field=JSONField()),
        **{f"said_{name}": Subquery(_changes(name).values("new")[:1]) for name in FIELDS},
    )
    columns = ("id", "reference", "first", *(f"said_{name}" for name in FIELDS), "priority", "deadline", "owner_id")
    for _, reference, first, *values in in_order(issues, *columns):
        for name, said, now in zip(FIELDS, values[:3], values[3:], strict=True):
            told = said if said is not None else _began(first, name)
            if told is not None and not _same(name, told, now, names):
                words = f"{reference} has the {name} {_words(name, now)}, and was last given {told or 'none'}"
                yield Finding(HISTORY, f"{words}: it was set around the product.")


def _first():
    """The row of the audit that tells how an issue began."""
    number = Cast(OuterRef("pk"), CharField())
    return AuditEvent.objects.filter(kind=Issue._meta.label_lower, object_id=number, verb=AuditVerb.ADD).order_by("pk")


def _changes(name: str):
    return FieldChange.objects.filter(issue=OuterRef("pk"), field=name).order_by("-pk")


def _began(first: dict | None, name: str) -> str | None:
    """With what an issue began, "" for none; None when nothing tells."""
    if not first or name not in first:
        return None
    return first[name][1] or ""


@dataclass(slots=True)
class Names:
    """What owners are, and were, called: history names them, and they can be renamed."""

    pruned: bool
    known: dict[int, set[str]] = field(default_factory=dict)

    def of(self, owner: int) -> set[str]:
        """All names of an owner, looked for once."""
        if owner not in self.known:
            self.known[owner] = set(self._all(owner))
        return self.known[owner]

    def _all(self, owner: int) -> Iterator[str]:
        yield from Owner.objects.filter(pk=owner).values_list("name", flat=True)
        renamed = AuditEvent.objects.filter(kind=Owner._meta.label_lower, object_id=str(owner))
        for changes in renamed.values_list("changes", flat=True).iterator():
            yield from filter(None, changes.get("name", ()))


def _same(name: str, told: str, now: object, names: Names) -> bool:
    if name == "deadline":
        return _minute(now) == _minute(_moment(told))
    if name == "owner" and now and told:
        return told in names.of(now) or names.pruned  # an earlier name may be in the archive alone
    return (now or "") == told


def _moment(told: str) -> datetime | str | None:
    """The moment that history tells; the words themselves where somebody has edited them."""
    try:
        return datetime.fromisoformat(told) if told else None
    except ValueError:
        return told


def _minute(moment: object) -> object:
    """History keeps deadlines to the minute."""
    return int(moment.timestamp() // 60) if isinstance(moment, datetime) else moment


def _words(name: str, now: object) -> str:
    if name == "owner" and now:
        return next(iter(Owner.objects.filter(pk=now).values_list("name", flat=True)), str(now))
    return now.isoformat(timespec="minutes") if isinstance(now, datetime) else str(now or "none")
