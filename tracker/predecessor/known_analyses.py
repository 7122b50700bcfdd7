"""Whether the analysis of a predecessor's issue is here already, and which of its entries the issue is."""

from django.db.models import Q

from tracker.comparison import fingerprint
from tracker.models import ExtractedItem
from tracker.predecessor.entries import OldIssue


def entry_of(old: OldIssue) -> ExtractedItem | None:
    """The entry of the issue's own analysis that says the same; None where there is none, or several."""
    name = old.analysis_file.replace("\\", "/").rpartition("/")[2]
    if not name:
        return None
    of_file = (
        Q(analysis__source=old.analysis_file) | Q(analysis__source=name) | Q(analysis__source__endswith=f"/{name}")
    )
    items = ExtractedItem.objects.issues().present().filter(of_file, fingerprint=fingerprint(old.description))
    found = list(items.select_related("analysis", "issue__owner")[:2])
    return found[0] if len(found) == 1 else None
