"""Who takes lists of issues out of the site as a file. Executives take them without what analyses say."""

from django.db import migrations

NAMES = {
    "export_issue": "Can export lists of issues",
    "export_issue_text": "Can export what issues and analyses say",
}
RIGHTS = {
    "Manager": ("export_issue", "export_issue_text"),
    "Executive": ("export_issue",),
    "Auditor": ("export_issue", "export_issue_text"),
}


def give(apps, schema_editor):
    """Give the rights to the groups that are still there. Django makes the rights after the last migration only."""
    alias = schema_editor.connection.alias
    for name, codenames in RIGHTS.items():
        for group in apps.get_model("auth", "Group").objects.using(alias).filter(name=name):
            group.permissions.add(*(_permission(apps, alias, codename) for codename in codenames))


def _permission(apps, alias, codename):
    content_type = apps.get_model("contenttypes", "ContentType").objects.using(alias).get_or_create(
        app_label="tracker", model="issue"
    )[0]
    return apps.get_model("auth", "Permission").objects.using(alias).get_or_create(
        content_type=content_type, codename=codename, defaults={"name": NAMES[codename]}
    )[0]


class Migration(migrations.Migration):
    dependencies = [
        ("tracker", "0014_recurrence_decisions"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="issue",
            options={
                "permissions": [
                    ("work_on_own_issue", "Can work on issues of their own"),
                    ("cancel_issue", "Can cancel issues"),
                    *NAMES.items(),
                ]
            },
        ),
        migrations.RunPython(give, migrations.RunPython.noop),
    ]
