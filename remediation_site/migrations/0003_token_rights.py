"""Managers make tokens for services and end any; auditors see all of them. Everybody makes their own, without a right."""

from django.db import migrations

RIGHTS = {
    "Manager": ("create_service_token", "view_apitoken", "change_apitoken"),
    "Auditor": ("view_apitoken",),
}
NAMES = {
    "create_service_token": "Can create tokens for services",
    "view_apitoken": "Can view API token",
    "change_apitoken": "Can change API token",
}


def give(apps, schema_editor):
    """Give the rights to the groups that are still there. Django makes the rights after the last migration only."""
    alias = schema_editor.connection.alias
    content_type = apps.get_model("contenttypes", "ContentType").objects.using(alias).get_or_create(
        app_label="remediation_site", model="apitoken"
    )[0]
    rights = apps.get_model("auth", "Permission").objects.using(alias)
    for group in apps.get_model("auth", "Group").objects.using(alias).filter(name__in=RIGHTS):
        for codename in RIGHTS[group.name]:
            named = {"content_type": content_type, "codename": codename}
            group.permissions.add(rights.get_or_create(**named, defaults={"name": NAMES[codename]})[0])


class Migration(migrations.Migration):
    dependencies = [
        ("remediation_site", "0002_api"),
        ("tracker", "0005_groups"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
