"""Compares the history of issues with the audit: what somebody wrote, edited or removed around the product.

Each row of history has its row in the audit, written in the same transaction, with the SHA-256 of what it says.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery

from tracker import chain, field_check
from tracker.choices import AuditVerb
from tracker.history import SAYS, fingerprint, row_kind
from tracker.models import AuditEvent, HistoryRow, Issue, StatusChange
from tracker.verifying import AT_ONCE, HISTORY, Finding, in_order

NOTHING = {"earlier": 0, "last": 0, "count": 0, "sum": ""}
Sums = Mapping[
    str, dict
]  # of each kind of rows of history: {"earlier", "last", "count", "sum"}, as an anchor keeps them
Told = tuple[int, str, int]  # the number of a row of history, its SHA-256, the number of the row of the audit


def findings(pruned: Sums | None = None) -> Iterator[Finding]:
    """What the history of issues says otherwise than the audit.

    pruned: what the last signed anchor keeps of the rows that are gone.
    """
    begun = earlier()
    for model in SAYS:
        kept = {**NOTHING, **(pruned or {}).get(row_kind(model), {})}
        kept["earlier"] = max(kept["earlier"], begun[row_kind(model)])
        yield from _of_kind(model, kept)
    yield from _statuses()
    yield from field_check.findings(pruned=bool(pruned))


def earlier() -> dict[str, int]:
    """Up to which row each kind of history is older than the audit, as the audit's first row says; else 0."""
    begun = AuditEvent.objects.filter(verb=AuditVerb.BEGIN).order_by("pk").values_list("changes", flat=True).first()
    return {row_kind(model): int((begun or {}).get(row_kind(model), [None, 0])[1] or 0) for model in SAYS}


def of_archive(rows: Iterable[tuple[str, int, str]]) -> Iterator[Finding]:
    """What the history says otherwise than an archive: (kind, number, SHA-256) of each row of which it tells."""
    told = iter(rows)
    while piece := list(islice(told, AT_ONCE)):
        for model in SAYS:
            digests = {number: digest for kind, number, digest in piece if kind == row_kind(model)}
            there = model.objects.filter(pk__in=digests).values("pk", *SAYS[model])
            says = {row["pk"]: fingerprint(model, row) for row in there}
            for number in sorted(digests):
                if says.get(number) != digests[number]:
                    done = "edited" if number in says else "removed"
                    yield Finding(HISTORY, f"{_name(model, number)} was {done}: the archive tells what it said.")


def _statuses() -> Iterator[Finding]:
    """The issues that stand in another status than their last step led to: somebody set it around the workflow."""
    steps = StatusChange.objects.filter(issue=OuterRef("pk")).order_by("-pk").values("new_status")
    issues = Issue.objects.annotate(led_to=Subquery(steps[:1])).filter(~Q(status=F("led_to")), led_to__isnull=False)
    for _, reference, status, led_to in in_order(issues, "id", "reference", "status", "led_to"):
        words = f"{reference} is {status}, and its last step led to {led_to}"
        yield Finding(HISTORY, f"{words}: its status was set around the workflow.")


def _of_kind(model: type[HistoryRow], kept: dict) -> Iterator[Finding]:
    """Both in the order of the numbers of history, side by side. Rows up to `earlier` are older than the audit; those
    that nothing tells of any more, up to `last`, must be together what the pruned rows told of.
    """
    events = AuditEvent.objects.filter(row_kind=row_kind(model))
    audited = in_order(events, "row_id", "row_digest", "id")
    told: Told | None = next(audited, None)
    count, total = 0, ""
    for values in in_order(model.objects.filter(pk__gt=kept["earlier"]), "id", *SAYS[model]):
        while told and told[0] < values[0]:
            yield from _without_history(model, told)
            told = next(audited, None)
        says = fingerprint(model, dict(zip(SAYS[model], values[1:], strict=True)))
        if told and told[0] == values[0]:
            if told[1] != says:
                words = f"{_name(model, values[0])} was edited: row {told[2]} tells what it said."
                yield Finding(HISTORY, words, row=told[2])
            told = next(audited, None)
        elif values[0] <= kept["last"]:
            count, total = count + 1, chain.added(total, row_kind(model), values[0], says)
        elif not events.filter(row_id=values[0]).exists():  # it may have been written between the two questions
            yield Finding(HISTORY, f"{_name(model, values[0])} was written around the product: no row tells of it.")
    while told:
        yield from _without_history(model, told)
        told = next(audited, None)
    yield from _of_pruned(model, kept, count, total)


def _of_pruned(model: type[HistoryRow], kept: dict, count: int, total: str) -> Iterator[Finding]:
    if (count, total) != (kept["count"], kept["sum"]):
        words = f"Of the rows of history ({model._meta.verbose_name}) up to {kept['last']} that pruned rows told of"
        more = f"{kept['count']} were there and {count} are" if count != kept["count"] else "one was edited"
        yield Finding(HISTORY, f"{words}, {more}: verify_audit --archive FILE says which.")


def _without_history(model: type[models.Model], told: Told) -> Iterator[Finding]:
    if not model.objects.filter(pk=told[0]).exists():
        yield Finding(HISTORY, f"{_name(model, told[0])} was removed: row {told[2]} tells what it said.", row=told[2])


def _name(model: type[models.Model], pk: int) -> str:
    return f"{model._meta.verbose_name.capitalize()} {pk}"
