"""Gives rights to the groups that come with a new site. Merged migrations call this: what it does never changes."""

from collections.abc import Callable, Mapping, Sequence

from django.db import migrations

NEEDED = [
    ("auth", "0012_alter_user_first_name_max_length"),
    ("contenttypes", "0002_remove_content_type_name"),
]


def giving(rights: Mapping[str, Sequence[str]]) -> migrations.RunPython:
    """The operation that gives these rights, of models of the tracker: group → codenames such as view_issue.

    A migration with it depends on NEEDED, and on the one that makes the models.
    """
    return migrations.RunPython(_give(rights), migrations.RunPython.noop)


def _give(rights: Mapping[str, Sequence[str]]) -> Callable:
    def give(apps, schema_editor):
        """Give them to the groups that are still there. Django makes the rights after the last migration only."""
        alias = schema_editor.connection.alias
        for name, codenames in rights.items():
            for group in apps.get_model("auth", "Group").objects.using(alias).filter(name=name):
                group.permissions.add(*(_permission(apps, alias, codename) for codename in codenames))

    return give


def _permission(apps, alias, codename):
    verb, _, model = codename.partition("_")
    content_type = apps.get_model("contenttypes", "ContentType").objects.using(alias).get_or_create(
        app_label="tracker", model=model
    )[0]
    words = apps.get_model("tracker", model)._meta.verbose_name
    return apps.get_model("auth", "Permission").objects.using(alias).get_or_create(
        content_type=content_type, codename=codename, defaults={"name": f"Can {verb} {words}"}
    )[0]
