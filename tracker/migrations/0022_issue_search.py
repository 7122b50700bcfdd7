"""The index by which PostgreSQL finds parts of words in issues; written while the site is in use."""

import logging

from django.db import Error, migrations, transaction

logger = logging.getLogger(__name__)

EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"
INDEX = """CREATE INDEX CONCURRENTLY IF NOT EXISTS issue_search ON tracker_issue USING gin (
    UPPER(reference::text) gin_trgm_ops, UPPER(title::text) gin_trgm_ops, UPPER(description::text) gin_trgm_ops
)"""
WITHOUT = (
    "The search of issues has no index: the extension pg_trgm cannot be created here (%s). It works, and is slow with "
    "very many issues. docs/performance.md says how to add the index later."
)


def add(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(EXTENSION)
    except Error as refused:
        logger.warning(WITHOUT, str(refused).splitlines()[0])
        return
    schema_editor.execute(INDEX)
    schema_editor.execute("ANALYZE tracker_issue")  # without the statistics of the index a search is planned badly


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX CONCURRENTLY IF EXISTS issue_search")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tracker", "0021_predecessor_rights")]
    operations = [migrations.RunPython(add, remove)]
