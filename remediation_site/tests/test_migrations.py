"""Migrations of later releases: the database that they leave is one that the code before them works on, too.

docs/operations.md, "Upgrades without downtime", says why. Those of the first release were run on empty databases.
"""

import inspect

import pytest
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

FIRST_RELEASE = {"tracker": 40, "alerts": 30, "dashboard": 20, "remediation_site": 20}  # the last number of each app
CONTRACTS = (migrations.DeleteModel, migrations.RemoveField)
WIDER = {
    ("SmallIntegerField", "IntegerField"),
    ("PositiveSmallIntegerField", "PositiveIntegerField"),
    ("IntegerField", "BigIntegerField"),
    ("PositiveIntegerField", "PositiveBigIntegerField"),
    ("CharField", "TextField"),
    ("EmailField", "CharField"),
    ("SlugField", "CharField"),
}
LIMITS = ("max_length", "max_digits", "decimal_places")
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


def dangers_of_change(old: models.Field, new: models.Field, *, said: str = ""):
    """What is wrong with another column in place of one, for rows that are there and for code that knows the old one.

    A migration that says “contract” in its docstring may: no code that still runs needs the wider one.
    """
    if "contract" in said.lower():
        return
    kinds = (old.get_internal_type(), new.get_internal_type())
    if kinds[0] != kinds[1] and kinds not in WIDER:
        yield f"AlterField {new}: {kinds[0]} becomes {kinds[1]}: add another column, copy, and take this one away later"
    if old.null and not new.null:
        yield f"AlterField {new}: the release before writes rows without a value: say “contract” one release later"
    if new.unique and not old.unique:
        yield f"AlterField {new}: the release before does not know that it is unique: say “contract” one release later"
    if old.has_db_default() and not new.has_db_default() and not new.null:
        yield f"AlterField {new}: rows that the release before writes have no value any more"
    if old.is_relation and new.is_relation and old.remote_field.model != new.remote_field.model:
        yield f"AlterField {new}: it leads to other rows: add another column, copy, and take this one away later"
    yield from (f"AlterField {new}: {name} is less than it was" for name in LIMITS if is_less(old, new, name))


def is_less(old: models.Field, new: models.Field, limit: str) -> bool:
    """Whether values that were allowed do not fit any more."""
    before, after = getattr(old, limit, None), getattr(new, limit, None)
    return after is not None and (before is None or after < before)


def later_migrations(loader: MigrationLoader):
    """Those of the site's own apps that came after the first release."""
    for (app, name), migration in loader.disk_migrations.items():
        if app in FIRST_RELEASE and int(name[:4]) > FIRST_RELEASE[app]:
            yield migration


def dangers_of(migration: migrations.Migration, state: ProjectState):
    """What its operations do, one after the other, to the models as they were before it."""
    said = inspect.getdoc(type(migration)) or ""
    for operation in migration.operations:
        yield from dangers(operation, said=said)
        if isinstance(operation, migrations.AlterField):
            model = state.models[migration.app_label, operation.model_name_lower]
            yield from dangers_of_change(model.fields[operation.name], operation.field, said=said)
        operation.state_forwards(migration.app_label, state)


@pytest.mark.django_db
def test_no_later_migration_endangers_the_release_before_it():
    loader = MigrationLoader(connection, ignore_no_migrations=True)
    found = [
        f"{migration}: {danger}"
        for migration in later_migrations(loader)
        for danger in dangers_of(migration, loader.project_state((migration.app_label, migration.name), at_end=False))
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


def altered(old, new, doc="Says nothing."):
    """What is found in a migration that changes a column."""
    state = ProjectState()
    state.add_model(ModelState("tracker", "Issue", [("id", models.AutoField(primary_key=True)), ("a", old)]))
    operations = [migrations.AlterField("issue", "a", new)]
    made = type("Migration", (migrations.Migration,), {"__doc__": doc, "operations": operations})
    return list(dangers_of(made("0099_x", "tracker"), state))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param(
            models.CharField(max_length=9), models.CharField(max_length=8), "max_length is less", id="shorter"
        ),
        pytest.param(models.TextField(), models.CharField(max_length=99), "TextField becomes CharField", id="a limit"),
        pytest.param(
            models.BigIntegerField(), models.IntegerField(), "BigIntegerField becomes", id="a narrower number"
        ),
        pytest.param(models.IntegerField(null=True), models.IntegerField(), "without a value", id="required"),
        pytest.param(models.IntegerField(), models.IntegerField(unique=True), "that it is unique", id="unique"),
        pytest.param(models.IntegerField(db_default=1), models.IntegerField(), "no value any more", id="no default"),
        pytest.param(
            models.DecimalField(max_digits=9, decimal_places=4),
            models.DecimalField(max_digits=9, decimal_places=2),
            "decimal_places is less",
            id="fewer decimals",
        ),
        pytest.param(
            models.ForeignKey("tracker.Owner", models.CASCADE),
            models.ForeignKey("tracker.System", models.CASCADE),
            "leads to other rows",
            id="another target",
        ),
    ],
)
def test_a_column_that_becomes_narrower_is_found_unless_its_migration_says_that_it_contracts(old, new, words):
    assert words in " ".join(altered(old, new))
    assert altered(old, new, "Contract: no release since 1.4 writes it.") == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(models.CharField(max_length=8), models.CharField(max_length=9), id="longer"),
        pytest.param(models.CharField(max_length=8), models.TextField(), id="without a limit"),
        pytest.param(models.IntegerField(), models.BigIntegerField(), id="a wider number"),
        pytest.param(models.IntegerField(), models.IntegerField(null=True), id="no longer required"),
        pytest.param(models.CharField(max_length=8), models.CharField("name", max_length=8, blank=True), id="words"),
    ],
)
def test_a_column_that_becomes_wider_is_fine(old, new):
    assert altered(old, new) == []
