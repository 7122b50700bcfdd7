"""Names of fields and models, written out so that they can be translated. What a database holds is the same."""

from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.utils.text import camel_case_to_spaces


class WriteNames(Operation):
    """Give what has no name of its own the one that Django makes of its code.

    Not one AlterField for each of hundreds of fields: each would make all models of the app anew, for seconds in every
    test run, and on SQLite remake the tables that have a generated column.
    """

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        for (app, _), model in state.models.items():
            if app == app_label:
                _write(model)

    def database_forwards(self, app_label, schema_editor, from_state, to_state) -> None:
        """Nothing: the database knows no such names."""

    def database_backwards(self, app_label, schema_editor, from_state, to_state) -> None:
        """Nothing: the database knows no such names."""

    def describe(self) -> str:
        return "Write the names of fields and models out"


def _write(model: ModelState) -> None:
    name = model.options.setdefault("verbose_name", camel_case_to_spaces(model.name))
    model.options.setdefault("verbose_name_plural", f"{name}s")
    for key, field in model.fields.items():
        if field.deconstruct()[3].get("verbose_name") is None:
            named = field.clone()
            named.verbose_name = named._verbose_name = key.replace("_", " ")  # what deconstruct() reads
            model.fields[key] = named
