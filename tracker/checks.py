"""Which check belongs to which issue: links between entries, and the Check rows of tracked issues."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import Exists, OuterRef

from tracker.choices import Decision, ItemKind
from tracker.entries import Draft
from tracker.models import Analysis, Check, ExtractedItem

Link = ExtractedItem.checks.through
BATCH = 500


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
    for start in range(0, len(outdated), BATCH):
        Link.objects.filter(pk__in=outdated[start : start + BATCH]).delete()
    Link.objects.bulk_create(
        Link(from_extracteditem_id=issue, to_extracteditem_id=check) for issue, check in sorted(wanted - linked.keys())
    )


def attach(analysis: Analysis) -> None:
    """Give every tracked issue of the analysis the checks linked to it. A dismissed or vanished one is not attached."""
    has_it = Check.objects.filter(issue=OuterRef("from_extracteditem__issue"), item=OuterRef("to_extracteditem"))
    missing = (
        Link.objects.filter(from_extracteditem__analysis=analysis, from_extracteditem__issue__isnull=False)
        .filter(to_extracteditem__gone_at__isnull=True)
        .exclude(to_extracteditem__decision=Decision.DISMISSED)
        .filter(~Exists(has_it))
        .select_related("from_extracteditem", "to_extracteditem")
    )
    Check.objects.bulk_create(
        (
            Check(
                issue_id=row.from_extracteditem.issue_id,
                item=row.to_extracteditem,
                text=row.to_extracteditem.text,
                source_line=row.to_extracteditem.line,
            )
            for row in missing
        ),
        ignore_conflicts=True,  # two entries of one issue may have the same check
    )
    attached = Check.objects.filter(item=OuterRef("pk"))
    analysis.items.checks().filter(decision=Decision.PENDING).filter(Exists(attached)).update(decision=Decision.ADDED)


def follow(items: Sequence[ExtractedItem]) -> None:
    """Bring the Check rows of these entries up to the text and line that the entries have now."""
    by_pk = {item.pk: item for item in items}
    rows = []
    for row in Check.objects.filter(item__analysis_id=items[0].analysis_id) if items else ():
        if not (item := by_pk.get(row.item_id)):
            continue
        line = None if item.gone_at else item.line
        if (row.text, row.source_line) != (item.text, line):
            row.text, row.source_line = item.text, line
            rows.append(row)
    Check.objects.bulk_update(rows, ["text", "source_line"], batch_size=BATCH)
