"""Which check belongs to which issue: links between entries, and the Check rows of tracked issues."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext

from tracker.batches import delete, update
from tracker.choices import Decision, ItemKind
from tracker.entries import Draft
from tracker.history import keep_all
from tracker.models import Analysis, Check, ExtractedItem, FieldChange

Link = ExtractedItem.checks.through


def link(analysis: Analysis, written: Iterable[tuple[ExtractedItem, Draft]]) -> None:
    """Make the links between the entries of the latest text what it says; those of vanished entries stay."""
    written = list(written)
    at_line: dict[int, list[int]] = defaultdict(list)
    for item, draft in written:
        if item.kind != ItemKind.CHECK:
            at_line[draft.item.line].append(item.pk)
    wanted = {
        (issue, item.pk)
        for item, draft in written
        if item.kind == ItemKind.CHECK
        for line in draft.issue_lines
        for issue in at_line[line]
    }
    here = {item.pk for item, _ in written}
    rows = Link.objects.filter(from_extracteditem__analysis=analysis)
    linked = {(row.from_extracteditem_id, row.to_extracteditem_id): row.pk for row in rows}
    outdated = [pk for pair, pk in linked.items() if pair not in wanted and here.issuperset(pair)]
    delete(Link, outdated)
    Link.objects.bulk_create(
        Link(from_extracteditem_id=issue, to_extracteditem_id=check) for issue, check in sorted(wanted - linked.keys())
    )


def attach(analysis: Analysis) -> list[Check]:
    """Give every tracked issue of the analysis the checks linked to it, and say which were missing.

    A dismissed or vanished check is not attached.
    """
    has_it = Check.objects.filter(issue=OuterRef("from_extracteditem__issue"), item=OuterRef("to_extracteditem"))
    missing = (
        Link.objects.filter(from_extracteditem__analysis=analysis, from_extracteditem__issue__isnull=False)
        .filter(to_extracteditem__gone_at__isnull=True)
        .exclude(to_extracteditem__decision=Decision.DISMISSED)
        .filter(~Exists(has_it))
        .select_related("from_extracteditem", "to_extracteditem")
    )
    rows = [_row(link.from_extracteditem, link.to_extracteditem) for link in missing]
    Check.objects.bulk_create(rows, ignore_conflicts=True)  # two entries of one issue may have the same check
    attached = Check.objects.filter(item=OuterRef("pk"))
    analysis.items.checks().filter(decision=Decision.PENDING).filter(Exists(attached)).update(decision=Decision.ADDED)
    return rows


def _row(issue: ExtractedItem, check: ExtractedItem) -> Check:
    return Check(issue_id=issue.issue_id, item=check, text=check.text, source_line=check.line)


def bring_up(analysis: Analysis, row: dict) -> None:
    """Bring the checks of tracked issues up to the analysis, and tell the issues what changed. Nothing is deleted."""
    told = []
    moved = []
    for check in Check.objects.filter(item__analysis=analysis).select_related("item"):
        item = check.item
        line = None if item.gone_at else item.line
        if check.text != item.text:
            told.append(_told(check, check.text, item.text, gettext("The analysis was changed."), row))
        elif item.gone_at and check.source_line is not None:
            told.append(_told(check, check.text, "", gettext("The analysis does not say it any more."), row))
        if (check.text, check.source_line) != (item.text, line):
            check.text, check.source_line = item.text, line
            moved.append(check)
    update(moved, ["text", "source_line"])
    told += [_told(check, "", check.text, gettext("The analysis says it now."), row) for check in attach(analysis)]
    keep_all(told)


def _told(check: Check, old: str, new: str, reason: str, row: dict) -> FieldChange:
    return FieldChange(issue_id=check.issue_id, field="check", old=old, new=new, reason=reason, **row)
