"""Compares the history of issues with the audit: what somebody wrote, edited or removed around the product.

Each row of history has its row in the audit, written in the same transaction, with the SHA-256 of what it says.
"""

from collections.abc import Iterator

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery

from tracker.choices import AuditVerb
from tracker.history import SAYS, fingerprint, row_kind
from tracker.models import AuditEvent, HistoryRow, Issue, StatusChange
from tracker.verifying import HISTORY, Finding, in_order

Told = tuple[int, str, int]  # the number of a row of history, its SHA-256, the number of the row of the audit


def findings() -> Iterator[Finding]:
    """What the history of issues says otherwise than the audit."""
    begun = AuditEvent.objects.filter(verb=AuditVerb.BEGIN).order_by("pk").values_list("changes", flat=True).first()
    for model in SAYS:
        earlier = (begun or {}).get(row_kind(model), [None, 0])[1]
        yield from _of_kind(model, int(earlier or 0))
    yield from _statuses()


def _statuses() -> Iterator[Finding]:
    """The issues that stand in another status than their last step led to: somebody set it around the workflow."""
    steps = StatusChange.objects.filter(issue=OuterRef("pk")).order_by("-pk").values("new_status")
    issues = Issue.objects.annotate(led_to=Subquery(steps[:1])).filter(~Q(status=F("led_to")), led_to__isnull=False)
    for _, reference, status, led_to in in_order(issues, "id", "reference", "status", "led_to"):
        words = f"{reference} is {status}, and its last step led to {led_to}"
        yield Finding(HISTORY, f"{words}: its status was set around the workflow.")


def _of_kind(model: type[HistoryRow], earlier: int) -> Iterator[Finding]:
    """Both in the order of the numbers of history, side by side. Rows up to `earlier` are older than the audit."""
    events = AuditEvent.objects.filter(row_kind=row_kind(model))
    audited = in_order(events, "row_id", "row_digest", "id")
    told: Told | None = next(audited, None)
    for values in in_order(model.objects.filter(pk__gt=earlier), "id", *SAYS[model]):
        while told and told[0] < values[0]:
            yield from _without_history(model, told)
            told = next(audited, None)
        if told and told[0] == values[0]:
            if told[1] != fingerprint(model, dict(zip(SAYS[model], values[1:], strict=True))):
                yield Finding(
                    HISTORY, f"{_name(model, values[0])} was edited: row {told[2]} tells what it said.", row=told[2]
                )
            told = next(audited, None)
        elif not events.filter(row_id=values[0]).exists():  # it may have been written between the two questions
            yield Finding(HISTORY, f"{_name(model, values[0])} was written around the product: no row tells of it.")
    while told:
        yield from _without_history(model, told)
        told = next(audited, None)


def _without_history(model: type[models.Model], told: Told) -> Iterator[Finding]:
    if not model.objects.filter(pk=told[0]).exists():
        yield Finding(HISTORY, f"{_name(model, told[0])} was removed: row {told[2]} tells what it said.", row=told[2])


def _name(model: type[models.Model], pk: int) -> str:
    return f"{model._meta.verbose_name.capitalize()} {pk}"
