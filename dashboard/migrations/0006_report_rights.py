"""Who reads the reports that are kept, and who says who gets which by mail."""

from django.db import migrations

ALL = ("view", "add", "change", "delete")
VERBS = {
    "Manager": {"storedreport": ("view",), "reportsubscription": ALL},
    "Executive": {"storedreport": ("view",), "reportsubscription": ("view",)},
    "Auditor": {"storedreport": ("view",), "reportsubscription": ("view",)},
}


def give(apps, schema_editor):
    """Give the rights to the groups that are still there. Django makes the rights after the last migration only."""
    alias = schema_editor.connection.alias
    for name, models in VERBS.items():
        for group in apps.get_model("auth", "Group").objects.using(alias).filter(name=name):
            rights = [_permission(apps, alias, model, verb) for model, verbs in models.items() for verb in verbs]
            group.permissions.add(*rights)


def _permission(apps, alias, model, verb):
    content_type = apps.get_model("contenttypes", "ContentType").objects.using(alias).get_or_create(
        app_label="dashboard", model=model
    )[0]
    words = apps.get_model("dashboard", model)._meta.verbose_name
    return apps.get_model("auth", "Permission").objects.using(alias).get_or_create(
        content_type=content_type, codename=f"{verb}_{model}", defaults={"name": f"Can {verb} {words}"}
    )[0]


class Migration(migrations.Migration):
    dependencies = [
        ("dashboard", "0005_reports"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
