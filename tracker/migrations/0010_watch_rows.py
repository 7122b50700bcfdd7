"""Fill from the history since when issues have their status and when somebody last worked on them, and the thresholds."""

from django.db import migrations
from django.db.models import F, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce, Greatest

# priority: due soon, stalled, late as a warning, critical, an emergency; in hours
THRESHOLDS = {
    "P0": (24, 6, 0, 4, 8),
    "P1": (24, 24, 8, 24, None),
    "P2": (48, 120, None, None, None),
    "P3": (48, None, None, None, None),
}
FIELDS = ("due_soon_hours", "stalled_hours", "late_warning_hours", "late_critical_hours", "late_emergency_hours")


def fill_issues(apps, schema_editor):
    alias = schema_editor.connection.alias

    def latest(model):
        rows = apps.get_model("tracker", model).objects.using(alias).filter(issue=OuterRef("pk")).order_by()
        return Coalesce(Subquery(rows.values("issue").annotate(last=Max("at")).values("last")), F("created_at"))

    issues = apps.get_model("tracker", "Issue").objects.using(alias)
    issues.update(status_since=latest("StatusChange"), worked_at=Greatest(latest("StatusChange"), latest("Note")))


def fill_policies(apps, schema_editor):
    policies = apps.get_model("tracker", "PriorityPolicy").objects.using(schema_editor.connection.alias)
    for priority, hours in THRESHOLDS.items():
        policies.filter(priority=priority).update(**dict(zip(FIELDS, hours)))


class Migration(migrations.Migration):
    dependencies = [("tracker", "0009_watch_columns")]

    operations = [
        migrations.RunPython(fill_issues, migrations.RunPython.noop),
        migrations.RunPython(fill_policies, migrations.RunPython.noop),
    ]
