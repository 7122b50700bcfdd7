"""English texts of pages, mails, forms and refusals are marked for translation, read from the source.

Out of this are the commands of the terminal, the log, the API's document, the help (docs/) and what an analysis says.
"""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.template.base import Lexer, TokenType

BASE_DIR = Path(settings.BASE_DIR)
# Not words of a language: units, names of formats and products, keys on a keyboard.
NAMES = re.compile(
    r"\b(h|d|min|s|kB|MB|CSV|XLSX|JSON|PDF|PNG|Markdown|GitHub|OpenAPI|API|URL|P[0-3]|A|D|J|K|N|Enter)\b"
)
LETTER = re.compile(r"[^\W\d_]")
UNREAD = ("code", "kbd", "script", "style")  # what is typed and what machines read
SPOKEN = (
    "alt", "aria-label", "aria-description", "placeholder", "title",
    "data-all", "data-confirm", "data-date", "data-time", "data-watch",
)  # fmt: skip
LITERAL = re.compile(
    r"""(?:\|(?:default|default_if_none|yesno|pluralize):|\bwith\b.*?=|\b\w+=)(?P<text>"[^"]*"|'[^']*')"""
)
VALUE = re.compile(r"^[\w./:#?=&%-]*$")  # a key, an address, a class of a style: no sentence


class _Words(HTMLParser):
    """The texts of a page, and those that a screen reader or a form speaks, that are not marked."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self.closed = 0  # within code, scripts and styles

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.closed += tag in UNREAD
        spoken = (*SPOKEN, "value") if tag == "input" and dict(attrs).get("type") in ("submit", "button") else SPOKEN
        for name, value in attrs:
            if name in spoken:
                self._note(value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        self.closed -= tag in UNREAD

    def handle_data(self, data: str) -> None:
        if not self.closed:
            self._note(data)

    def _note(self, text: str) -> None:
        if LETTER.search(NAMES.sub("", text)):
            self.found.append((self.getpos()[0], " ".join(text.split())))


def unmarked(source: str) -> list[str]:
    """The texts of a template that no {% translate %} or {% blocktranslate %} holds."""
    source = re.sub(r"\{% block (bodyclass|extrahead|formats) %\}.*?\{% endblock %\}", "", source, flags=re.DOTALL)
    bare, inside, closing = [], False, ""
    found = []
    for token in Lexer(source).tokenize():
        word = token.contents.split(None, 1)[0] if token.token_type == TokenType.BLOCK else ""
        if inside:
            inside = word != closing
            continue
        if word in ("blocktranslate", "blocktrans", "comment"):
            inside, closing = True, f"end{word}"
        elif token.token_type == TokenType.TEXT:
            bare.append(token.contents)
        elif word not in ("translate", "trans", "url", "load", "extends", "if", "elif", "static") and token.contents:
            literals = (match["text"].strip("\"'") for match in LITERAL.finditer(token.contents))
            found += [text for text in literals if LETTER.search(NAMES.sub("", text)) and not VALUE.match(text)]
    words = _Words()
    words.feed("".join(bare))
    words.close()
    return [text for _, text in words.found] + found


TEMPLATES = sorted(path.relative_to(BASE_DIR).as_posix() for path in (BASE_DIR / "templates").rglob("*.[ht][tx]*"))


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_text_of_a_template_is_marked(name):
    assert unmarked((BASE_DIR / name).read_text(encoding="utf-8")) == []


# -- Python -----------------------------------------------------------------------------------------------------------
KEYWORDS = {"help_text", "verbose_name", "verbose_name_plural", "label", "description", "empty_value", "empty_label"}
NAMED = {
    "short_description", "title", "verbose_name", "verbose_name_plural", "empty_value_display", "help_text",
    "search_help_text", "all_label",
}  # fmt: skip
# Tables of an admin: which (from 0) of each of its rows people read.
TABLES = {"words": 1, "fieldsets": 0, "QUICK_FILTERS": 0}
KEYS = {"title", "description"}  # of what a page or a form is made of
# The argument (from 0) of a call that people read.
CALLS = {
    "message_user": 1, "success": 1, "info": 1, "warning": 1, "error": 1, "Refused": 0, "ValidationError": 0,
    "format_html": 0, "PermissionDenied": 0, "Http404": 0, "add_error": 1, "badge": 1, "Change": 0,
    "Entry": 0, "Group": 0, "CallFailed": 0, "NobodyListens": 0, "Gone": 0, "UnreadableAnalysis": 1,
    "UnreadableTable": 0, "UnclearCell": 0, "UnknownOwner": 0, "UnknownBegin": 0, "BrokenReport": 0, "Mistake": 0,
}  # fmt: skip
REASONS = {"reasons", "found", "wrong", "mistakes", "told"}  # lists of sentences that are put together one by one
FOLDERS = ("tracker", "alerts", "dashboard", "remediation_site")
# In the extraction reasons are names of features; machines read what Prometheus asks for.
OUT = {"tests", "migrations", "management", "demo", "training", "extraction", "prometheus.py"}
API_OF_PEOPLE = {"admin.py", "scopes.py", "tokens.py"}  # the rest of the API is for programs


def _is_text(node: ast.expr | None) -> bool:
    """Whether it is words written out: a text, one with values in it, texts put together."""
    if isinstance(node, ast.Constant):
        words = re.sub(r"<[^>]*>|%\(\w+\)s|\{\w*\}|&\w+;", "", node.value) if isinstance(node.value, str) else ""
        return bool(LETTER.search(NAMES.sub("", words)))
    if isinstance(node, ast.JoinedStr):
        return any(_is_text(part) for part in node.values)
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) or _is_text(node.right)
    if isinstance(node, ast.IfExp):
        return _is_text(node.body) or _is_text(node.orelse)
    return False


def _is_reason(function: ast.expr) -> bool:
    """Whether it is `append` of a list of sentences."""
    return (
        isinstance(function, ast.Attribute)
        and function.attr == "append"
        and isinstance(function.value, ast.Name)
        and function.value.id in REASONS
    )


def _spoken(node: ast.AST) -> Iterator[ast.expr]:
    """What people read of one statement or call."""
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func).rsplit(".", 1)[-1]
        logs = ast.unparse(node.func).startswith(("logger.", "logging."))
        place = None if logs else CALLS.get(name, 0 if name.endswith("Refused") or _is_reason(node.func) else None)
        if place is not None and len(node.args) > place:
            yield node.args[place]
        yield from (each.value for each in node.keywords if each.arg in KEYWORDS)
    if isinstance(node, ast.Dict):
        yield from (value for key, value in zip(node.keys, node.values, strict=True) if _is_one_of(key, KEYS))
    if isinstance(node, ast.Assign):
        target = node.targets[0]
        if isinstance(target, ast.Name) and target.id in TABLES and isinstance(node.value, ast.Tuple):
            rows = (row.elts for row in node.value.elts if isinstance(row, ast.Tuple))
            yield from (row[TABLES[target.id]] for row in rows)
        if (isinstance(target, ast.Name) and target.id in NAMED) or (
            isinstance(target, ast.Attribute) and target.attr in NAMED
        ):
            yield node.value


def _is_one_of(key: ast.expr | None, words: set[str]) -> bool:
    return isinstance(key, ast.Constant) and key.value in words


def sources(folder: str) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((BASE_DIR / folder).rglob("*.py")):
        inner = path.relative_to(BASE_DIR)
        of_programs = inner.parts[:2] == ("remediation_site", "api") and inner.name not in API_OF_PEOPLE
        if not OUT & set(inner.parts) and not of_programs:
            yield inner.as_posix(), ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_text_of_the_python_of_pages_is_marked(folder):
    found = [
        f"{name}, line {text.lineno}: {ast.unparse(text)[:80]}"
        for name, tree in sources(folder)
        for node in ast.walk(tree)
        for text in _spoken(node)
        if _is_text(text)
    ]
    assert found == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_labels_of_stored_words_are_marked(folder):
    """A choice of a column is `word, gettext_noop(label)`: choices are pure, so the mark does nothing by itself."""
    found = [
        f"{name}, line {label.lineno}: {ast.unparse(label)}"
        for name, tree in sources(folder)
        if "choices" in name or name.endswith("/scopes.py")
        for kind in ast.walk(tree)
        if isinstance(kind, ast.ClassDef) and any(ast.unparse(base) == "Choice" for base in kind.bases)
        for member in kind.body
        if isinstance(member, ast.Assign) and isinstance(member.value, ast.Tuple)
        for label in member.value.elts[1:2]
        if _is_text(label)
    ]
    assert found == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_field_that_people_see_has_a_marked_name(folder):
    """The name of a field of a model is its first argument, or verbose_name; Django would make one from the code."""
    found = [
        f"{name}, line {field.lineno}: {ast.unparse(field.targets[0])}"
        for name, tree in sources(folder)
        if "/models/" in name or name.endswith("/models.py")
        for kind in tree.body
        if isinstance(kind, ast.ClassDef)
        for field in kind.body
        if isinstance(field, ast.Assign) and isinstance(field.value, ast.Call)
        if ast.unparse(field.value.func).startswith("models.")
        and ast.unparse(field.value.func).endswith(("Field", "Key"))
        if not _has_marked_name(field.value)
    ]
    assert found == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_field_of_a_form_has_a_label(folder):
    """Django would make one of its name in the code. That the label is marked, others look after."""
    found = [
        f"{name}, line {field.lineno}: {ast.unparse(field.targets[0])}"
        for name, tree in sources(folder)
        for kind in ast.walk(tree)
        if isinstance(kind, ast.ClassDef) and any(ast.unparse(base).endswith("Form") for base in kind.bases)
        for field in kind.body
        if isinstance(field, ast.Assign) and isinstance(field.value, ast.Call)
        if re.fullmatch(r"forms\.\w+Field", ast.unparse(field.value.func))
        if not any(each.arg == "label" for each in field.value.keywords)
        if "HiddenInput" not in ast.unparse(field.value)
    ]
    assert found == []


def _has_marked_name(field: ast.Call) -> bool:
    relation = ast.unparse(field.func).endswith(("ForeignKey", "OneToOneField", "ManyToManyField"))
    name = next((each.value for each in field.keywords if each.arg == "verbose_name"), None)
    if name is None and not relation and field.args:
        name = field.args[0]
    return isinstance(name, ast.Call) and ast.unparse(name.func) == "gettext_lazy"


def test_texts_are_collected_from_templates_and_from_python():
    """The list of endings that makemessages is given takes the place of its own, which has Python."""
    endings = re.search(r"makemessages .*--extension (\S+)", (BASE_DIR / "Makefile").read_text(encoding="utf-8"))
    assert set(endings[1].split(",")) == {"html", "txt", "py"}
