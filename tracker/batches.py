"""Many rows in few statements, in batches that every database takes."""

from collections.abc import Sequence

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper

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


def write_each(model: type[models.Model], fields: Sequence[str], values: Sequence[tuple]) -> None:
    """Write these fields of many rows, each with values of its own: (key, one value for each field).

    The database joins the values to the rows, so that ten thousand rows cost one statement where it takes as many
    values, and far less time than `update`, in which each row is looked for among the conditions of all others.
    """
    connection = connections[router.db_for_write(model)]
    columns = [model._meta.pk, *map(model._meta.get_field, fields)]
    most = (connection.features.max_query_params or len(values) * len(columns)) // len(columns)
    name = connection.ops.quote_name
    row = f"({', '.join(_placeholder(column, connection) for column in columns)})"
    new = ", ".join(f"{name(column.column)} = given.{name(column.column)}" for column in columns[1:])
    names = ", ".join(name(column.column) for column in columns)
    key, table = name(columns[0].column), name(model._meta.db_table)
    with connection.cursor() as cursor:
        for start in range(0, len(values), most or 1):
            batch = values[start : start + most]
            given = f"WITH given ({names}) AS (VALUES {', '.join([row] * len(batch))})"
            cursor.execute(
                f"{given} UPDATE {table} SET {new} FROM given WHERE {table}.{key} = given.{key}",  # noqa: S608
                [
                    column.get_db_prep_save(value, connection)
                    for each in batch
                    for column, value in zip(columns, each, strict=True)
                ],
            )


def _placeholder(column: models.Field, connection: BaseDatabaseWrapper) -> str:
    """Where a value goes. PostgreSQL asks of what type a value in a list is; SQLite would change it by asking."""
    if connection.vendor != "postgresql":
        return "%s"
    return f"%s::{column.rel_db_type(connection) if column.primary_key else column.db_type(connection)}"
