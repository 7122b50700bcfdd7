"""Migrations of later releases: the database that they leave is one that the code before them works on, too.

docs/operations.md, "Upgrades without downtime", says why. Those of the first release were run on empty databases.
"""

import inspect

import pytest
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader

FIRST_RELEASE = {"tracker": 40, "alerts": 30, "dashboard": 20, "remediation_site": 20}  # the last number of each app
CONTRACTS = (migrations.DeleteModel, migrations.RemoveField)
RENAMES = (migrations.RenameModel, migrations.RenameField, migrations.AlterModelTable)
LOCKS = "locks the table while it is built: use {name}Concurrently in a migration that is not atomic"


def dangers(operation: migrations.operations.base.Operation, *, said: str = "") -> list[str]:
    """What an operation does to the code that still runs, unless the migration says in its docstring that it may."""
    name = type(operation).__name__
    if isinstance(operation, RENAMES):
        return [f"{name}: the release before does not know the new name: add, copy, and take away later"]
    if isinstance(operation, CONTRACTS) and "contract" not in said.lower():
        return [f"{name}: the release before may still use it: take it away one release later, and say “contract”"]
    if isinstance(operation, migrations.AddIndex) and name == "AddIndex":
        return [LOCKS.format(name=name)]
    if isinstance(operation, migrations.AddField):
        return list(dangers_of_column(operation.field))
    if isinstance(operation, migrations.RunPython) and operation.reverse_code is None:
        return ["RunPython has no way back"]
    return []


def dangers_of_column(field: models.Field):
    """What is wrong with adding a column to a table that has rows, and code that does not know it."""
    has_default = field.has_db_default() or field.null or field.many_to_many
    if not has_default:
        yield f"AddField {field}: rows that the release before writes have no value: null=True or db_default"
    if field.unique:
        yield f"AddField {field}: add it, fill it, make it unique later"


def later_migrations():
    """Those of the site's own apps that came after the first release."""
    for (app, name), migration in MigrationLoader(connection, ignore_no_migrations=True).disk_migrations.items():
        if app in FIRST_RELEASE and int(name[:4]) > FIRST_RELEASE[app]:
            yield migration


@pytest.mark.django_db
def test_no_later_migration_endangers_the_release_before_it():
    found = [
        f"{migration}: {danger}"
        for migration in later_migrations()
        for operation in migration.operations
        for danger in dangers(operation, said=inspect.getdoc(type(migration)) or "")
    ]

    assert found == []


INDEX = models.Index(fields=["name"], name="x")


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        pytest.param(migrations.RenameField("issue", "a", "b"), "does not know the new name", id="a new name"),
        pytest.param(migrations.RemoveField("issue", "a"), "take it away one release later", id="a column less"),
        pytest.param(migrations.DeleteModel("issue"), "take it away one release later", id="a table less"),
        pytest.param(migrations.AddIndex("issue", INDEX), "AddIndexConcurrently", id="an index that locks"),
        pytest.param(migrations.AddField("issue", "a", models.IntegerField()), "have no value", id="a required column"),
        pytest.param(
            migrations.AddField("issue", "a", models.IntegerField(default=1)),
            "have no value",
            id="filled by code alone",
        ),
        pytest.param(
            migrations.AddField("issue", "a", models.IntegerField(null=True, unique=True)), "unique later", id="unique"
        ),
        pytest.param(migrations.RunPython(lambda *_: None), "no way back", id="rows without a way back"),
    ],
)
def test_what_endangers_it_is_found(operation, words):
    assert words in " ".join(dangers(operation))


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(migrations.AddField("issue", "a", models.IntegerField(null=True)), id="an empty column"),
        pytest.param(migrations.AddField("issue", "a", models.IntegerField(db_default=1)), id="one with a default"),
        pytest.param(migrations.CreateModel("thing", []), id="a table"),
        pytest.param(migrations.RunPython(lambda *_: None, migrations.RunPython.noop), id="rows"),
    ],
)
def test_what_only_expands_is_fine(operation):
    assert dangers(operation) == []


def test_a_migration_that_says_that_it_contracts_may():
    assert dangers(migrations.RemoveField("issue", "a"), said="Contract: no release since 1.4 reads it.") == []
