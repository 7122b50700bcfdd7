"""Lets PostgreSQL delete the rows of the audit for which an anchor stands, and no others; anchors stay as they are."""

from django.db import migrations

# Whether an anchor is signed the database cannot know, as it has no key: verify_audit finds one that is not.
GUARD = """
CREATE FUNCTION tracker_audit_is_pruned() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE pruned boolean;
BEGIN
    IF TG_TABLE_NAME = 'tracker_seal' THEN
        pruned := EXISTS (SELECT 1 FROM tracker_anchor WHERE number >= OLD.number);
    ELSE
        pruned := OLD.position IS NOT NULL AND EXISTS (SELECT 1 FROM tracker_anchor WHERE last >= OLD.position);
    END IF;
    IF NOT pruned THEN
        RAISE EXCEPTION 'The audit is append-only: % of its rows is refused.', TG_OP USING ERRCODE = '23001';
    END IF;
    RETURN OLD;
END $$;
DROP TRIGGER audit_event_stays ON tracker_auditevent;
CREATE TRIGGER audit_event_stays BEFORE DELETE ON tracker_auditevent
    FOR EACH ROW EXECUTE FUNCTION tracker_audit_is_pruned();
DROP TRIGGER seal_stays ON tracker_seal;
CREATE TRIGGER seal_stays BEFORE UPDATE ON tracker_seal
    FOR EACH ROW EXECUTE FUNCTION tracker_audit_stays();
CREATE TRIGGER seal_is_pruned BEFORE DELETE ON tracker_seal
    FOR EACH ROW EXECUTE FUNCTION tracker_audit_is_pruned();
CREATE TRIGGER anchor_stays BEFORE UPDATE OR DELETE ON tracker_anchor
    FOR EACH ROW EXECUTE FUNCTION tracker_audit_stays();
"""
NO_GUARD = """
DROP TRIGGER IF EXISTS anchor_stays ON tracker_anchor;
DROP TRIGGER IF EXISTS seal_is_pruned ON tracker_seal;
DROP TRIGGER IF EXISTS seal_stays ON tracker_seal;
CREATE TRIGGER seal_stays BEFORE UPDATE OR DELETE ON tracker_seal
    FOR EACH ROW EXECUTE FUNCTION tracker_audit_stays();
DROP TRIGGER IF EXISTS audit_event_stays ON tracker_auditevent;
CREATE TRIGGER audit_event_stays BEFORE DELETE ON tracker_auditevent
    FOR EACH ROW EXECUTE FUNCTION tracker_audit_stays();
DROP FUNCTION IF EXISTS tracker_audit_is_pruned();
"""


def guard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(GUARD, params=None)


def unguard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(NO_GUARD, params=None)


class Migration(migrations.Migration):
    dependencies = [("tracker", "0030_audit_anchors")]

    operations = [migrations.RunPython(guard, unguard)]
