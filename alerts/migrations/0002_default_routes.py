"""The channels, policies and settings that hold until somebody edits them, and what the groups may do with alerts."""

from django.db import migrations

CHANNELS = (("Log", "log", 600), ("E-mail", "email", 60))  # name, kind, most messages in a minute
# priority: for levels 0 (owner) to 3 (executive) the hours after the deadline, and the hours until it is told again
STEPS = {
    "P0": ((0, 2), (4, 4), (8, 8), (24, 24)),
    "P1": ((0, 8), (12, 12), (24, 24), (72, 24)),
    "P2": ((0, 24), (72, 72), (168, 168), (336, 168)),
    "P3": ((0, 72), (168, 168), (336, 168), (720, 168)),
}
LOOK = (
    "alert",
    "alertsettings",
    "channel",
    "delivery",
    "escalationpolicy",
    "escalationstep",
    "message",
    "quiethours",
    "silence",
    "steptaken",
    "tick",
)
EDITED = ("alertsettings", "channel", "escalationpolicy", "escalationstep")
VIEW = tuple((model, f"view_{model}") for model in LOOK)
ACKNOWLEDGE = ("alert", "acknowledge_alert")
GROUPS = {
    "Engineer": (("alert", "view_alert"), ACKNOWLEDGE),
    "Manager": (
        *VIEW,
        ACKNOWLEDGE,
        *((model, f"change_{model}") for model in (*EDITED, "message", "quiethours")),
        *((model, f"add_{model}") for model in ("channel", "quiethours", "escalationstep")),
        *((model, f"delete_{model}") for model in ("quiethours", "escalationstep")),
    ),
    "Executive": (("alert", "view_alert"),),
    "Auditor": VIEW,
}


def add_routes(apps, schema_editor):
    alias = schema_editor.connection.alias
    rows = {name: apps.get_model("alerts", name).objects.using(alias) for name in (
        "AlertSettings", "Channel", "EscalationPolicy", "EscalationStep"
    )}
    rows["AlertSettings"].get_or_create(pk=1)
    channels = [
        rows["Channel"].get_or_create(name=name, defaults={"kind": kind, "per_minute": per_minute})[0]
        for name, kind, per_minute in CHANNELS
    ]
    for priority, steps in STEPS.items():
        policy, new = rows["EscalationPolicy"].get_or_create(priority=priority)
        for level, (after, repeat) in enumerate(steps if new else ()):
            step = rows["EscalationStep"].create(
                policy=policy,
                level=level,
                after_hours=after,
                repeat_hours=repeat,
                held_by_quiet_hours=priority != "P0",
            )
            step.channels.set(channels)


def add_rights(apps, schema_editor):
    alias = schema_editor.connection.alias
    for name, rights in GROUPS.items():
        if group := apps.get_model("auth", "Group").objects.using(alias).filter(name=name).first():
            group.permissions.add(*(_permission(apps, alias, *right) for right in rights))


def _permission(apps, alias, model, codename):
    """The right, made here when it is not there yet: Django makes those of a new site after its last migration."""
    content_type = apps.get_model("contenttypes", "ContentType").objects.using(alias).get_or_create(
        app_label="alerts", model=model
    )[0]
    words = apps.get_model("alerts", model)._meta.verbose_name
    name = "Can acknowledge and snooze alerts" if codename == "acknowledge_alert" else (
        f"Can {codename.partition('_')[0]} {words}"
    )
    return apps.get_model("auth", "Permission").objects.using(alias).get_or_create(
        content_type=content_type, codename=codename, defaults={"name": name}
    )[0]


def remove_rights(apps, schema_editor):
    permissions = apps.get_model("auth", "Permission").objects.using(schema_editor.connection.alias)
    for name, rights in GROUPS.items():
        codenames = [codename for _, codename in rights]
        for group in apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias).filter(name=name):
            group.permissions.remove(*permissions.filter(content_type__app_label="alerts", codename__in=codenames))


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0001_rows"),
        ("tracker", "0007_recurrence"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunPython(add_routes, migrations.RunPython.noop),
        migrations.RunPython(add_rights, remove_rights),
    ]
