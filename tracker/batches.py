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


def overwrite(rows: Sequence[models.Model], fields: Sequence[str]) -> None:
    """Write these fields of rows that were read whole and are locked: several times quicker than `update`.

    Only for models without a unique column beside the key, which the databases would look at first.
    """
    if rows:
        writing = {"update_conflicts": True, "unique_fields": ["pk"], "update_fields": fields}
        type(rows[0]).objects.bulk_create(rows, batch_size=BATCH, **writing)
