"""Auditors see which hosts carry out runs, as they see everything else of the tracker."""

from django.db import migrations

RIGHTS = {"Auditor": (("validationhost", "view"),)}


def give(apps, schema_editor):
    """Give the rights to the groups that are still there. Django makes the rights after the last migration only."""
    alias = schema_editor.connection.alias
    for name, rights in RIGHTS.items():
        for group in apps.get_model("auth", "Group").objects.using(alias).filter(name=name):
            group.permissions.add(*(_permission(apps, alias, *right) for right in rights))


def _permission(apps, alias, model, verb):
    content_type = apps.get_model("contenttypes", "ContentType").objects.using(alias).get_or_create(
        app_label="tracker", model=model
    )[0]
    words = apps.get_model("tracker", model)._meta.verbose_name
    return apps.get_model("auth", "Permission").objects.using(alias).get_or_create(
        content_type=content_type, codename=f"{verb}_{model}", defaults={"name": f"Can {verb} {words}"}
    )[0]


class Migration(migrations.Migration):
    dependencies = [
        ("tracker", "0027_github_remote_id"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
