"""Finding a section of the documents by its words."""

import re
from dataclasses import dataclass

from remediation_site.help.documents import Document, Section, documents

MOST_FOUND = 20
LONGEST_QUERY = 200  # characters that are read of what somebody types
AROUND = 120  # characters of an excerpt on each side of the first word that was found


@dataclass(frozen=True, slots=True)
class Found:
    """A section that has every word, and a piece of its text around the first of them."""

    document: Document
    section: Section
    excerpt: str
    score: int

    def url(self) -> str:
        return self.document.url("" if self.section.level == 1 else self.section.anchor)


def search(query: str) -> list[Found]:
    """The sections with every word of the query, or words that begin so; those with it in their title first."""
    words = query[:LONGEST_QUERY].casefold().split()
    if not words:
        return []
    beginnings = [re.compile(rf"(?<!\w){re.escape(word)}") for word in words]
    found = [
        Found(document, section, _excerpt(section.words, beginnings), score)
        for document in documents().values()
        for section in document.sections
        if (score := _score(document, section, beginnings))
    ]
    return sorted(found, key=lambda each: -each.score)[:MOST_FOUND]


def _score(document: Document, section: Section, beginnings: list[re.Pattern[str]]) -> int:
    """0 when a word is missing; a word of the title counts as ten of the text."""
    title, text = f"{section.title} {document.title}".casefold(), section.words.casefold()
    counts = [10 * len(word.findall(title)) + len(word.findall(text)) for word in beginnings]
    return sum(counts) if all(counts) else 0


def _excerpt(text: str, beginnings: list[re.Pattern[str]]) -> str:
    first = min((hit.start() for word in beginnings if (hit := word.search(text.casefold()))), default=0)
    start, end = max(0, first - AROUND), first + AROUND
    return f"{'… ' if start else ''}{text[start:end].strip()}{' …' if end < len(text) else ''}"
