"""The documents that ship with the product, in sections that pages link to and that a search finds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.text import slugify

from tracker.rendering import render_own

FOLDER = Path(settings.BASE_DIR) / "docs"
FIRST = ("process", "workflow", "escalation", "commands", "dashboard", "metrics")  # the others follow by name
HEADING = re.compile(r"(#{1,3}) +(.+?)\s*#*\s*")
FENCE = re.compile(r"\s*(```|~~~)")
PICTURE = re.compile(r"!\[(?P<words>[^\]]*)\]\(images/(?P<file>[\w.-]+)\)")
LINK = re.compile(r"\[(?P<words>[^\]]*)\]\((?P<address>[^)\s]+)\)")
MARKS = re.compile(r"\]\([^)]*\)|[`*|#\[\]]|-{3,}")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands below it until the next one. The first of a document has the document's own title."""

    title: str
    level: int
    anchor: str
    words: str  # without the marks of Markdown, as one line: what a search reads
    html: SafeString
    pictures: tuple[tuple[str, str], ...] = ()  # what each shows, and its address


@dataclass(frozen=True, slots=True)
class Document:
    """A file of docs/. The name is its path without the ending: process, decisions/charts."""

    name: str
    sections: tuple[Section, ...]

    @property
    def title(self) -> str:
        return self.sections[0].title

    def url(self, anchor: str = "") -> str:
        """Where the product shows it."""
        return address_of(self.name, anchor)

    def has(self, anchor: str) -> bool:
        return any(section.anchor == anchor for section in self.sections)


def address_of(name: str, anchor: str = "") -> str:
    """Where the product shows a section of the document of that name, whose file nobody has to read for it."""
    return reverse("help:document", args=[name]) + (f"#{anchor}" if anchor else "")


@lru_cache(maxsize=1)
def documents() -> dict[str, Document]:
    """Every document by its name: those that people need first, then by name, then the decisions."""
    names = {path.relative_to(FOLDER).with_suffix("").as_posix(): path for path in FOLDER.rglob("*.md")}
    return {name: _document(name, names[name].read_text(encoding="utf-8")) for name in sorted(names, key=_place)}


def _place(name: str) -> tuple[int, bool, str]:
    return (FIRST.index(name) if name in FIRST else len(FIRST), "/" in name, name)


def _document(name: str, text: str) -> Document:
    return Document(name, tuple(_section(name, *part) for part in _split(text)))


def _section(name: str, level: int, title: str, body: str) -> Section:
    pictures = tuple((found["words"], static(f"help/{found['file']}")) for found in PICTURE.finditer(body))
    html = render_own(LINK.sub(lambda link: _link(link, name), PICTURE.sub("", body)))
    words = " ".join(MARKS.sub(" ", body).split())
    return Section(title, level, slugify(title), words, html, pictures)


def _split(text: str) -> Iterator[tuple[int, str, str]]:
    """The headings of the first three levels, outside of code, with the text below each."""
    level, title, body, in_code = 1, "", [], False
    for line in text.splitlines():
        in_code ^= bool(FENCE.match(line))
        heading = None if in_code else HEADING.fullmatch(line)
        if not heading:
            body.append(line)
            continue
        if title:
            yield level, title, "\n".join(body)
        level, title, body = len(heading[1]), heading[2].replace("`", ""), []
    yield level, title, "\n".join(body)


def _link(link: re.Match, name: str) -> str:
    """A link to another document leads to its page here; to a file that has none, it is the words alone."""
    address = link["address"]
    if re.match(r"[a-z]+:", address):
        return link[0]
    path, _, anchor = address.partition("#")
    target = target_of(path, name)
    if target is None:
        return link["words"]
    where = address_of(target, anchor) if target else reverse("help:index")
    return f"[{link['words']}]({where})"


def target_of(path: str, name: str) -> str | None:
    """The name of the document that a relative path in the document `name` leads to.

    "" is the page with all documents, None anything that is no document.
    """
    if not path:
        return name
    parts: list[str] = []
    for part in (*PurePosixPath(name).parent.parts, *PurePosixPath(path).parts):
        if part != "..":
            parts.append(part)
        elif not parts:
            return None
        else:
            parts.pop()
    file = FOLDER.joinpath(*parts)
    if file.is_dir():
        return ""
    return file.relative_to(FOLDER).with_suffix("").as_posix() if file.suffix == ".md" and file.is_file() else None
