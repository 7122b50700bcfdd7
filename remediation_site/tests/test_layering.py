"""The import rules of the project, read from its source."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

BASE_DIR = Path(settings.BASE_DIR)
APPS = ("tracker", "alerts", "dashboard")
ALLOWED = {"tracker": set(), "alerts": {"tracker"}, "dashboard": {"tracker", "alerts"}}
# Inside an app an import goes down only: no module imports one of a higher rank.
CHOICES, PURE, QUERYSETS, MODELS, WRITERS, DOORS = range(6)
PURE_MODULES = re.compile(
    r"tracker\.((extraction|recurrence)(\..+)?|calendars|comparison|deadlines|stated_deadlines|thresholds|exposure)"
    r"|alerts\.escalation|dashboard\.value(\..+)?"
)
DOOR_MODULES = re.compile(r"\w+\.(tasks|admin|views|urls|apps|middleware|management|templatetags)(\..+)?")


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(BASE_DIR).with_suffix("").parts).removesuffix(".__init__")


def sources() -> dict[str, ast.Module]:
    """Every module of the apps and the project that is not a test or a migration."""
    paths = [path for top in (*APPS, "remediation_site") for path in (BASE_DIR / top).rglob("*.py")]
    return {
        name_of(path): ast.parse(path.read_text(encoding="utf-8"))
        for path in paths
        if not {"tests", "migrations"} & set(path.parts)
    }


SOURCES = sources()


def imports(tree: ast.AST) -> Iterator[tuple[str, ast.stmt]]:
    """The modules, and names that may be modules, that a tree imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", node
            yield from ((f"{node.module}.{alias.name}", node) for alias in node.names)


def rank(module: str) -> int:
    last = module.split(".")[1] if "." in module else ""
    named = {"translation": CHOICES, "choices": CHOICES, "querysets": QUERYSETS, "models": MODELS}
    if last in named:
        return named[last]
    if PURE_MODULES.fullmatch(module):
        return PURE
    return DOORS if DOOR_MODULES.fullmatch(module) else WRITERS


@pytest.mark.parametrize("app", APPS)
def test_an_app_imports_only_the_apps_below_it(app):
    forbidden = {*APPS, "remediation_site"} - ALLOWED[app] - {app}
    broken = [
        f"{module} imports {target}"
        for module, tree in SOURCES.items()
        if module.split(".")[0] == app
        for target, _ in imports(tree)
        if target.split(".")[0] in forbidden
    ]
    assert broken == []


@pytest.mark.parametrize("app", APPS)
def test_inside_an_app_imports_go_down(app):
    broken = [
        f"{module} imports {target}"
        for module, tree in SOURCES.items()
        for target, _ in imports(tree)
        if module.split(".")[0] == app and target in SOURCES and target.startswith(f"{app}.")
        if rank(target) > rank(module)
    ]
    assert broken == []


def test_pure_modules_import_no_django_and_nothing_that_does():
    broken = [
        f"{module} imports {target}"
        for module, tree in SOURCES.items()
        if PURE_MODULES.fullmatch(module) or rank(module) == CHOICES
        for target, _ in imports(tree)
        if target.split(".")[0] in ("django", "django_q")
    ]
    assert broken == []


def test_imports_are_absolute_and_at_the_top():
    broken = []
    for module, tree in SOURCES.items():
        if module.endswith(".apps"):
            continue  # ready() imports what only exists once all apps are loaded
        top = set(tree.body)
        broken += [f"{module}, line {node.lineno}" for _, node in imports(tree) if node not in top]
        broken += [
            f"{module}, line {node.lineno}: relative"
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.level
        ]
    assert broken == []


def test_only_the_settings_read_the_environment():
    readers = {
        module
        for module, tree in SOURCES.items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv"))
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    }
    # wsgi names the settings; a program of the supervisor is handed its environment, and validation hands those
    # variables on that an entry of the catalogue names. The demonstration hands on what is none of the site's.
    assert readers <= {
        "remediation_site.settings",
        "remediation_site.wsgi",
        "remediation_site.program",
        "remediation_site.demo.playing",
        "tracker.validation.surroundings",
    }
    users = {module for module, tree in SOURCES.items() for target, _ in imports(tree) if target == "environ"}
    assert users == {"remediation_site.environment"}


def test_only_the_rendering_of_analyses_calls_text_safe():
    markers = {
        module
        for module, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).split(".")[-1] in ("mark_safe", "SafeString", "SafeText")
    }
    assert markers <= {"tracker.rendering"}


def test_the_site_runs_without_what_only_training_needs():
    training = {"numpy", "scipy", "sklearn"}
    users = {
        module
        for module, tree in SOURCES.items()
        for target, _ in imports(tree)
        if target.split(".")[0] in training and not module.startswith("tracker.extraction.training")
    }
    assert users == set()


def test_no_template_calls_text_safe():
    pattern = re.compile(r"\|\s*safe\b|\{%\s*autoescape\s+off")
    templates = [path for folder in ("templates", *APPS) for path in (BASE_DIR / folder).rglob("*.html")]
    assert [path.name for path in templates if pattern.search(path.read_text(encoding="utf-8"))] == []


def test_the_repository_names_no_folder_of_somebodys_machine():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=BASE_DIR, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    home = re.compile(rb"/(?:home|Users)/[a-z][\w.-]*/|[A-Z]:\\Users\\|/root/|/tmp/\w+/bin/")
    broken = []
    for name in filter(None, listed.stdout.split("\0")):
        path = BASE_DIR / name
        if path.is_file() and name != "remediation_site/tests/test_layering.py":
            broken += [name] if home.search(path.read_bytes()) else []
    assert broken == []


def test_rows_of_history_are_written_by_the_function_that_keeps_the_audit():
    """`verify_audit` takes any other for a row that somebody wrote around the product."""
    kinds, managers = {"StatusChange", "FieldChange", "Note"}, {"changes", "field_changes", "notes"}
    writes = {
        "create",
        "bulk_create",
        "get_or_create",
        "update_or_create",
        "update",
        "delete",
        "add",
        "aadd",
        "acreate",
    }
    broken = []
    for module, tree in SOURCES.items():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in writes):
                continue
            parts = ast.unparse(node.func.value).split(".")
            if (parts[-1] == "objects" and parts[0] in kinds) or (parts[-1] in managers and len(parts) > 1):
                broken.append(f"{module}, line {node.lineno}: tracker.history.keep writes it")
    assert broken == []


def test_only_the_workflow_writes_a_status():
    broken = []
    for module, tree in SOURCES.items():
        for node in ast.walk(tree):
            targets = node.targets if isinstance(node, ast.Assign) else []
            names = [
                each for target in targets for each in (target.elts if isinstance(target, ast.Tuple) else [target])
            ]
            assigned = any(isinstance(each, ast.Attribute) and each.attr == "status" for each in names)
            called = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
            words = node.keywords if called in ("update", "bulk_update", "save") else []
            written = any(word.arg == "status" or "'status'" in ast.unparse(word.value) for word in words)
            if assigned or written:
                broken.append(f"{module}, line {node.lineno}")
    assert {each.split(",")[0] for each in broken} == {"tracker.workflow"}, broken
