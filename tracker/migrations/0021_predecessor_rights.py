"""Who looks at what was taken over from the predecessor: managers and auditors."""

from django.db import migrations

NAME = "Can view predecessor entry"


def give(apps, schema_editor):
    """Give the right to the groups that are still there. Django makes the rights after the last migration only."""
    alias = schema_editor.connection.alias
    content_type = apps.get_model("contenttypes", "ContentType").objects.using(alias).get_or_create(
        app_label="tracker", model="predecessorentry"
    )[0]
    right = apps.get_model("auth", "Permission").objects.using(alias).get_or_create(
        content_type=content_type, codename="view_predecessorentry", defaults={"name": NAME}
    )[0]
    for group in apps.get_model("auth", "Group").objects.using(alias).filter(name__in=("Manager", "Auditor")):
        group.permissions.add(right)


class Migration(migrations.Migration):
    dependencies = [
        ("tracker", "0020_predecessor_entries"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
