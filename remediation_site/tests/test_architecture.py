"""docs/architecture.md says what the code says (remediation_site/architecture.py)."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings

from remediation_site.architecture import FLOW, names_used, page, picture, says, sources

DOCS = Path(settings.BASE_DIR) / "docs"
AGAIN = "make it again: python manage.py architecture_page"


def test_the_page_and_its_picture_are_those_of_the_code():
    assert (DOCS / "architecture.md").read_text(encoding="utf-8") == page(), AGAIN
    assert (DOCS / "images" / "flow.svg").read_text(encoding="utf-8") == picture(), AGAIN


def test_every_module_says_in_its_first_sentence_what_it_is():
    written = [module for module, tree in sources().items() if tree.body]  # a package may be an empty file

    assert [module for module in written if not says(module)] == []


@pytest.mark.parametrize("step", FLOW, ids=[step.name for step in FLOW])
def test_a_stage_knows_the_rows_that_it_leaves(step):
    assert set(step.rows) <= names_used(step)


def test_the_picture_is_whole_and_has_a_box_for_each_stage():
    drawn = ElementTree.fromstring(picture())

    names = [part.text for part in drawn.iter("{http://www.w3.org/2000/svg}tspan") if part.get("class") == "name"]
    assert names == [step.name for step in FLOW]
