"""Everybody who is told of alerts keeps their own quiet hours."""

from django.db import migrations

GROUPS = ("Engineer", "Manager", "Executive")
CODENAME, NAME = "keep_own_quiet_hours", "Can keep their own quiet hours"


def give(apps, schema_editor):
    """Give the right to the groups that are still there. Django makes the rights after the last migration only."""
    alias = schema_editor.connection.alias
    content_type = apps.get_model("contenttypes", "ContentType").objects.using(alias).get_or_create(
        app_label="alerts", model="quiethours"
    )[0]
    right = apps.get_model("auth", "Permission").objects.using(alias).get_or_create(
        content_type=content_type, codename=CODENAME, defaults={"name": NAME}
    )[0]
    for group in apps.get_model("auth", "Group").objects.using(alias).filter(name__in=GROUPS):
        group.permissions.add(right)


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0010_own_quiet_hours"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
