"""The groups that a new site has. Rights that somebody adds to a group or takes from it later stay as they are."""

from django.db import migrations

# Whatever the issues and analyses are made of.
LOOK = (
    "analysis",
    "check",
    "checkresult",
    "extracteditem",
    "issue",
    "owner",
    "preventionmeasure",
    "prioritypolicy",
    "skippedline",
    "system",
    "validationrun",
)
HISTORY = ("analysisrevision", "fieldchange", "note", "referenceday", "statuschange")
VIEW = tuple(("tracker", model, f"view_{model}") for model in LOOK)
VIEW_HISTORY = tuple(("tracker", model, f"view_{model}") for model in HISTORY)
VIEW_PEOPLE = (("auth", "user", "view_user"), ("auth", "group", "view_group"))
GROUPS = {
    "Engineer": (*VIEW, ("tracker", "issue", "work_on_own_issue")),
    "Manager": (
        *VIEW,
        *VIEW_HISTORY,
        ("tracker", "analysis", "add_analysis"),
        ("tracker", "analysis", "change_analysis"),
        ("tracker", "issue", "change_issue"),
        ("tracker", "issue", "cancel_issue"),
        ("tracker", "owner", "add_owner"),
        ("tracker", "owner", "change_owner"),
        ("tracker", "system", "add_system"),
        ("tracker", "system", "change_system"),
    ),
    "Executive": VIEW,
    "Auditor": (*VIEW, *VIEW_HISTORY, *VIEW_PEOPLE),
}
NAMES = {"work_on_own_issue": "Can work on issues of their own", "cancel_issue": "Can cancel issues"}


def add_groups(apps, schema_editor):
    alias = schema_editor.connection.alias
    for name, rights in GROUPS.items():
        group, new = apps.get_model("auth", "Group").objects.using(alias).get_or_create(name=name)
        if new:
            group.permissions.set([_permission(apps, alias, *right) for right in rights])


def _permission(apps, alias, app, model, codename):
    """The right, made here when it is not there yet: Django makes those of a new site after its last migration."""
    content_type = apps.get_model("contenttypes", "ContentType").objects.using(alias).get_or_create(
        app_label=app, model=model
    )[0]
    words = apps.get_model(app, model)._meta.verbose_name
    name = NAMES.get(codename, f"Can {codename.partition('_')[0]} {words}")
    return apps.get_model("auth", "Permission").objects.using(alias).get_or_create(
        content_type=content_type, codename=codename, defaults={"name": name}
    )[0]


def remove_groups(apps, schema_editor):
    """Remove the groups that nobody is in."""
    groups = apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias)
    groups.filter(name__in=GROUPS, user=None).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("tracker", "0004_workflow_and_validation"),
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
                ]
            },
        ),
        migrations.RunPython(add_groups, remove_groups),
    ]
