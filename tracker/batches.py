"""Many rows in few statements, in batches that every database takes."""

from collections.abc import Sequence

from django.db import models

BATCH = 500


def delete(model: type[models.Model], pks: Sequence[int]) -> None:
    """Delete the rows with these keys."""
    for start in range(0, len(pks), BATCH):
        model.objects.filter(pk__in=pks[start : start + BATCH]).delete()


def update(rows: Sequence[models.Model], fields: Sequence[str]) -> None:
    """Write these fields of the rows."""
    if rows:
        type(rows[0]).objects.bulk_update(rows, fields, batch_size=BATCH)
