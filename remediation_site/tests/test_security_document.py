"""SECURITY.md names tests that there are."""

import ast
import re

from django.conf import settings

NAMED = re.compile(r"`((?:\w+/)+test_\w+\.py)::(test_\w+)`")


def test_every_test_that_the_document_names_exists():
    text = (settings.BASE_DIR / "SECURITY.md").read_text(encoding="utf-8")
    named = set(NAMED.findall(text))
    found = {
        (name, node.name)
        for name in {name for name, _ in named}
        if (settings.BASE_DIR / name).is_file()
        for node in ast.walk(ast.parse((settings.BASE_DIR / name).read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }

    assert len(named) >= 50
    assert sorted(named - found) == []
    assert len(named) == len({match for match in re.findall(r"`[\w/]+\.py::\w+`", text)}), "each name has its form"
