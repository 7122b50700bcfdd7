"""The formulas of docs/metrics.md as a page of the product, in sections that figures link to."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.text import slugify

from dashboard.value.catalogue import definition_of
from tracker.rendering import render_own

SOURCE = Path(settings.BASE_DIR) / "docs" / "metrics.md"
LINK = re.compile(r"\]\(([\w-]+)\.md(#[\w-]+)?\)")
EXAMPLE = "A worked example"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the document, the id of its place on the page, and its text."""

    title: str
    anchor: str
    html: SafeString

    @property
    def is_example(self) -> bool:
        """Whether it is the long one that shows how the others are calculated."""
        return self.title == EXAMPLE


@lru_cache(maxsize=1)
def sections() -> tuple[Section, ...]:
    """The document by its headings of the second level; the first section, without a heading, is what holds for all."""
    first, *others = SOURCE.read_text(encoding="utf-8").split("\n## ")
    intro = Section("", "", _html(first.partition("\n")[2]))
    return (intro, *(_section(text) for text in others))


def formula_url(section: str) -> str:
    """Where the page of the formulas has the section."""
    return f"{reverse('dashboard:formulas')}#{slugify(section)}"


def formula_of(key: str) -> str:
    """Where the page of the formulas has that of a figure; "" for what is none."""
    try:
        return formula_url(definition_of(key).section)
    except KeyError:
        return ""


def _section(text: str) -> Section:
    title, _, body = text.partition("\n")
    return Section(title.strip(), slugify(title), _html(body))


def _html(text: str) -> SafeString:
    """The text with its links to other documents, which the help shows."""
    return render_own(LINK.sub(lambda link: f"]({reverse('help:document', args=[link[1]])}{link[2] or ''})", text))
