"""Who states the revenue and who sees it. Engineers do not: it is given to them where a site wants it."""

from django.db import migrations

MODELS = ("revenueprofile", "revenuestream")
VERBS = {
    "Manager": ("view", "add", "change", "delete"),
    "Executive": ("view",),
    "Auditor": ("view",),
}


def give(apps, schema_editor):
    """Give the rights to the groups that are still there. Django makes the rights after the last migration only."""
    alias = schema_editor.connection.alias
    for name, verbs in VERBS.items():
        for group in apps.get_model("auth", "Group").objects.using(alias).filter(name=name):
            group.permissions.add(*(_permission(apps, alias, model, verb) for model in MODELS for verb in verbs))


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
        ("tracker", "0012_revenue"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
