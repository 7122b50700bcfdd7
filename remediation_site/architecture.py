"""docs/architecture.md and its picture, made from the modules: their docstrings, their imports, their rows."""

import ast
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path

from django.conf import settings

BASE_DIR = Path(settings.BASE_DIR)
PACKAGES = ("tracker", "alerts", "dashboard", "remediation_site")
LEFT_OUT = {"tests", "migrations", "commands", "static"}
WIDTH, BOX, GAP, LINE, WRAP = 760, 96, 34, 18, 96  # pixels, and letters in a line


@dataclass(frozen=True, slots=True)
class Step:
    """A stage that data passes: the modules that do it (whole packages, too), and the rows that it leaves."""

    name: str
    modules: tuple[str, ...]
    rows: tuple[str, ...] = ()

    def has(self, module: str) -> bool:
        """Whether the module belongs to the stage."""
        return any(module == each or module.startswith(f"{each}.") for each in self.modules)


FLOW = (
    Step("Extraction", ("tracker.extraction",)),
    Step("Intake", ("tracker.intake", "tracker.storing", "tracker.decisions"), ("Analysis", "ExtractedItem", "Issue")),
    Step("Workflow", ("tracker.workflow", "tracker.gates"), ("StatusChange",)),
    Step("Validation", ("tracker.validation",), ("ValidationRun", "CheckResult")),
    Step("Alerts", ("alerts.evaluate", "alerts.opening", "alerts.rules"), ("Alert", "Tick")),
    Step("Escalation", ("alerts.stepping", "alerts.escalation", "alerts.outbox"), ("StepTaken", "Delivery", "Message")),
    Step("Delivery", ("alerts.delivery", "alerts.channels"), ("Message",)),
    Step("Figures", ("dashboard.metrics", "dashboard.ledger", "dashboard.refresh"), ("MetricSnapshot", "Stake")),
    Step("Reports", ("dashboard.reports", "dashboard.charts"), ("StoredReport",)),
)
BEGINNING = """\
# The architecture

This page and its picture are made by `python manage.py architecture_page` from the modules themselves. Change their
docstrings, not the page; a test compares them.

![From an analysis to a report: what each stage does and which rows it leaves](images/flow.svg)
"""
RULES = """\
## What holds everywhere

- **Imports go one way:** `tracker` imports neither other app, `alerts` imports `tracker`, `dashboard` imports both and
  only reads, `remediation_site` may import anything and nothing imports it. Inside an app: choices, pure modules,
  querysets, models, functions that write, and last the doors (admin, views, commands, tasks, API).
  `remediation_site/tests/test_layering.py` checks both.
- **Pure modules** (`tracker.extraction`, `tracker.deadlines`, `tracker.exposure`, `tracker.recurrence`,
  `alerts.escalation`, `dashboard.value`) know no Django and no clock: values in, values out.
- **One function for one verb.** Every door calls it: the same gates, the same row of history.
- **Rows say what is still to do.** The queue only wakes workers; any task may run twice, late, or on two hosts at once.
- **Time is an argument**, UTC in the database, shown in the zone of who looks.
- **Nothing is sent inside a transaction**, and nothing is marked as sent before it was taken.
- **What may be executed** is configured by an administrator; a text from outside never is.

Why things are as they are: [decisions](decisions/).
"""


def page() -> str:
    """The whole page."""
    parts = (BEGINNING, _stages(), RULES, *map(_map_of, PACKAGES))
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def picture() -> str:
    """The picture of the flow, as SVG: a box for each stage, in the order in which data passes them."""
    height = len(FLOW) * (BOX + GAP)
    style = (
        "text{font:14px sans-serif;fill:#17212c}.name{font-weight:650}.quiet{fill:#55626f;font-size:13px}"
        "rect{fill:#f7f9fb;stroke:#8492a0}path{stroke:#55626f;fill:none;stroke-width:2}"
    )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">'
        f'<title>From an analysis to a report</title><style>{style}</style><rect width="{WIDTH}" height="{height}" '
        'style="fill:#fff;stroke:none"/>'
    )
    boxes = [_box(number, step) for number, step in enumerate(FLOW)]
    arrows = [_arrow(number) for number in range(len(FLOW) - 1)]
    return "\n".join([head, *boxes, *arrows, "</svg>"]) + "\n"


def says(module: str) -> str:
    """The first sentence of the module's docstring."""
    doc = ast.get_docstring(sources()[module]) or ""
    first = " ".join(doc.partition("\n\n")[0].split())
    return first.partition(". ")[0].rstrip(".:") + "." if first else ""


@lru_cache(maxsize=1)
def sources() -> dict[str, ast.Module]:
    """Every module and package that is no test, migration or command, parsed, by its dotted name."""
    paths = [path for package in PACKAGES for path in sorted((BASE_DIR / package).rglob("*.py"))]
    return {
        ".".join(path.relative_to(BASE_DIR).with_suffix("").parts).removesuffix(".__init__"): ast.parse(
            path.read_text(encoding="utf-8")
        )
        for path in paths
        if not LEFT_OUT & set(path.relative_to(BASE_DIR).parts)
    }


def names_used(step: Step) -> set[str]:
    """The names that the modules of a stage import or ask an object for: among them the models they know."""
    found = set()
    for module, tree in sources().items():
        if step.has(module):
            found |= set(_names(tree))
    return found


def _names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names)


def read_by(step: Step) -> list[str]:
    """The stages whose modules this one imports."""
    imported = set()
    for module, tree in sources().items():
        if step.has(module):
            imported |= set(_modules(tree))
    return [other.name for other in FLOW if other is not step and any(map(other.has, imported))]


def _modules(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _stages() -> str:
    lines = ["## The flow", "", "| Stage | Does | Leaves | Calls |", "|---|---|---|---|"]
    for step in FLOW:
        rows = ", ".join(f"`{row}`" for row in step.rows) or "values"
        calls = ", ".join(read_by(step)) or "-"
        lines.append(f"| **{step.name}** `{step.modules[0]}` | {says(step.modules[0])} | {rows} | {calls} |")
    return "\n".join(lines)


def _map_of(package: str) -> str:
    modules = [module for module in sources() if module.partition(".")[0] == package and module != package]
    lines = [f"## {package}", "", says(package), "", "| Module | Is |", "|---|---|"]
    return "\n".join([*lines, *(f"| `{module}` | {says(module).replace('|', chr(92) + '|')} |" for module in modules)])


def _box(number: int, step: Step) -> str:
    top = number * (BOX + GAP) + 10
    rows = f"leaves {', '.join(step.rows)}" if step.rows else "leaves values: nothing is written"
    words = textwrap.wrap(says(step.modules[0]), WRAP)[:2]
    lines = [f'<text x="28" y="{top + 26}"><tspan class="name">{step.name}</tspan>']
    lines[0] += f'<tspan class="quiet" dx="12">{", ".join(step.modules)}</tspan></text>'
    lines += [_text(line, top + 26 + LINE * place) for place, line in enumerate(words, start=1)]
    lines.append(_text(rows, top + 26 + LINE * (len(words) + 1), "quiet"))
    return f'<rect x="10" y="{top}" width="{WIDTH - 20}" height="{BOX}" rx="8"/>' + "".join(lines)


def _text(words: str, y: int, kind: str = "words") -> str:
    return f'<text class="{kind}" x="28" y="{y}">{escape(words)}</text>'


def _arrow(number: int) -> str:
    top, middle = number * (BOX + GAP) + 10 + BOX, WIDTH // 2
    end = top + GAP - 3
    return f'<path d="M{middle} {top}V{end}M{middle - 6} {end - 7}L{middle} {end}L{middle + 6} {end - 7}"/>'
