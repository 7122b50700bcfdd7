"""Begins the audit: what of the history is older, who may look, and (on PostgreSQL) rows that nothing changes."""

from django.db import migrations
from django.db.models import Max
from django.utils import timezone

from tracker.migrations._rights import NEEDED, giving

HISTORY = ("statuschange", "fieldchange", "note")
VIEWERS = {"Manager": ("view_auditevent",), "Auditor": ("view_auditevent", "view_seal")}
BEGIN = "begin"


def begin(apps, schema_editor):
    """Write down up to which row the history is older than the audit, where it is: no row of the audit tells of it."""
    alias = schema_editor.connection.alias
    rows = {name: apps.get_model("tracker", name).objects.using(alias).aggregate(last=Max("pk")) for name in HISTORY}
    if not any(found["last"] for found in rows.values()):
        return
    apps.get_model("tracker", "AuditEvent").objects.using(alias).create(
        at=timezone.now(),
        actor_name="Command",
        door="command",
        verb=BEGIN,
        kind="tracker.auditevent",
        label="The audit begins",
        changes={name: [None, found["last"] or 0] for name, found in rows.items()},
    )


def take_back(apps, schema_editor):
    apps.get_model("tracker", "AuditEvent").objects.using(schema_editor.connection.alias).filter(verb=BEGIN).delete()


# Whoever owns the tables can switch this off; then verify_audit finds what was done. It keeps slips and bugs out.
GUARD = """
CREATE FUNCTION tracker_audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit is append-only: % of its rows is refused.', TG_OP USING ERRCODE = '23001';
END $$;
CREATE TRIGGER audit_event_stays BEFORE DELETE ON tracker_auditevent
    FOR EACH ROW EXECUTE FUNCTION tracker_audit_stays();
CREATE TRIGGER audit_event_is_sealed_once BEFORE UPDATE ON tracker_auditevent
    FOR EACH ROW WHEN (OLD.position IS NOT NULL
        OR (to_jsonb(OLD) - '{position,mark,digest}'::text[]) <> (to_jsonb(NEW) - '{position,mark,digest}'::text[]))
    EXECUTE FUNCTION tracker_audit_stays();
CREATE TRIGGER seal_stays BEFORE UPDATE OR DELETE ON tracker_seal
    FOR EACH ROW EXECUTE FUNCTION tracker_audit_stays();
"""
NO_GUARD = """
DROP TRIGGER IF EXISTS seal_stays ON tracker_seal;
DROP TRIGGER IF EXISTS audit_event_is_sealed_once ON tracker_auditevent;
DROP TRIGGER IF EXISTS audit_event_stays ON tracker_auditevent;
DROP FUNCTION IF EXISTS tracker_audit_stays();
"""


def guard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(GUARD, params=None)


def unguard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(NO_GUARD, params=None)


class Migration(migrations.Migration):
    dependencies = [("tracker", "0018_audit"), *NEEDED]

    operations = [
        giving(VIEWERS),
        migrations.RunPython(begin, take_back),
        migrations.RunPython(guard, unguard),  # the last: when this is taken back it goes first
    ]
