"""Text of raw HTML inside an analysis: its headings, list entries and paragraphs, each with its line.

Only elements that begin a line are seen; that is how people and converters write them. It works line by line, so no
input makes it slow.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape

OPENING = re.compile(r"\s{0,60}<(h[1-6]|p|li)\b[^<>]{0,300}>(.*)", re.IGNORECASE)
OTHER = re.compile(
    r"\s{0,60}</?(?:ul|ol|dl|pre|code|table|tr|div|details|summary|blockquote|h[1-6]|p|li)\b", re.IGNORECASE
)
TAG = re.compile(r"<[^<>]{0,500}>")


@dataclass(slots=True)
class HtmlText:
    """One element: its name ("h2", "li", "p"), its text without tags, and its lines counted from 0."""

    name: str
    text: str
    first: int
    last: int


def texts(lines: Sequence[str]) -> list[HtmlText]:
    """The headings, list entries and paragraphs of an HTML block."""
    found: list[HtmlText] = []
    current: HtmlText | None = None
    for number, line in enumerate(lines):
        if opening := OPENING.match(line):
            current = HtmlText(opening[1].lower(), _plain(opening[2]), number, number)
            found.append(current)
        elif OTHER.match(line):
            current = None
        elif current is not None and line.strip():
            current.text = f"{current.text} {_plain(line)}".strip()
            current.last = number
    return [element for element in found if element.text]


def _plain(text: str) -> str:
    return " ".join(unescape(TAG.sub(" ", text)).split())
