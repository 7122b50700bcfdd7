"""docs/workflow.md says what the code does (tracker/workflow_page.py)."""

from pathlib import Path

from django.conf import settings

from tracker import workflow
from tracker.choices import Status
from tracker.workflow_page import MEANINGS, page


def test_the_page_is_the_one_that_the_code_makes(run):
    written = (Path(settings.BASE_DIR) / "docs" / "workflow.md").read_text(encoding="utf-8")

    assert run("workflow_page").out == written, "make it again: python manage.py workflow_page > docs/workflow.md"


def test_the_page_has_every_status_and_every_transition():
    text = page()

    assert set(MEANINGS) == set(Status)
    assert all(f"| `{status}` | {status.label} |" in text for status in Status)
    assert all(f"| `{name}` {rule.label} |" in text for name, rule in workflow.TRANSITIONS.items())


def test_every_gate_says_what_must_hold():
    gates = [gate for rule in workflow.TRANSITIONS.values() for gate in rule.gates]
    gates += [gate for several in workflow.STATUS_GATES.values() for gate in several]

    assert all(gate.__doc__ and gate.__doc__.splitlines()[0] in page() for gate in gates)
