"""The one place where Markdown becomes HTML that is trusted. No other code calls mark_safe.

An analysis is untrusted. Its Markdown is read by the parser that the extraction uses, and everything that comes out
passes an allow-list of elements, attributes and link schemes: no script, style, form, frame or foreign image is left.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown import Extension, Markdown
from markdown.preprocessors import Preprocessor

from tracker.html_writer import NO_MARKS, RAW_TAGS, Written, write, write_with_anchors

MARK_CLASSES = frozenset({"taken", "dismissed", "pending", "check", "skipped", "cause"})
WITH_ID = ("h1", "h2", "h3", "h4", "h5", "h6", "li", "p", "pre", "span", "tr")
OPTIONS = {
    "tags": RAW_TAGS | {"input"},
    "clean_content_tags": frozenset(),
    "attributes": {
        **{tag: {"id"} for tag in WITH_ID},
        "a": {"href"},
        "li": {"id", "value"},
        "ol": {"start"},
        "td": {"align"},
        "th": {"align"},
        "input": {"disabled", "checked", "aria-label"},
    },
    "tag_attribute_values": {"input": {"type": {"checkbox"}}},
    "allowed_classes": {
        **{tag: set(MARK_CLASSES) for tag in WITH_ID},
        "a": {"image"},
        "div": {"analysis-text"},
        "pre": {"comment", *MARK_CLASSES},
        "span": {"line", *MARK_CLASSES},
    },
    "url_schemes": {"http", "https", "mailto"},
    "link_rel": "noopener nofollow",
}
SCROLLED = '<div class="sideways" role="group" aria-label="Table" tabindex="0"><table>'
ALLOW_LIST = nh3.Cleaner(**OPTIONS, url_relative="deny")
OWN_DOCUMENTS = nh3.Cleaner(**OPTIONS, url_relative="pass_through")


@dataclass(frozen=True, slots=True)
class RenderedSource:
    """The HTML of an analysis, and the source lines that have an element with the id L<line>, ascending."""

    html: SafeString
    lines: tuple[int, ...]

    def anchor(self, line: int) -> str:
        """The id of the element that shows a source line: its own, or the nearest one above."""
        place = bisect_right(self.lines, line)
        return f"L{self.lines[place - 1]}" if place else ""


class _WholeText(Preprocessor):
    """Takes the text as a whole from Markdown's own parser, which loses list entries, and stores its HTML."""

    def __init__(self, md: Markdown, writer: Callable[[str], Written]) -> None:
        super().__init__(md)
        self.writer = writer
        self.lines: tuple[int, ...] = ()

    def run(self, lines: list[str]) -> list[str]:
        written = self.writer("\n".join(lines))
        self.lines = written.lines
        return [self.md.htmlStash.store(f'<div class="analysis-text">{written.html}</div>')]


class _CommonMark(Extension):
    """Reads CommonMark with tables and task lists, after white space is normalised (30), before raw HTML (20)."""

    def __init__(self, writer: Callable[[str], Written]) -> None:
        super().__init__()
        self.writer = writer

    def extendMarkdown(self, md: Markdown) -> None:
        md.preprocessors.register(_WholeText(md, self.writer), "whole_text", 25)


def render(markdown: str) -> SafeString:
    """The HTML of an untrusted Markdown text, safe to put into a page."""
    return _render(markdown, write).html


def render_own(markdown: str) -> SafeString:
    """The HTML of a document that ships with the product: links in the site stay, wide tables scroll by keyboard."""
    html = _render(markdown, write, OWN_DOCUMENTS).html
    return mark_safe(html.replace("<table>", SCROLLED).replace("</table>", "</table></div>"))  # noqa: S308 (as below)


def render_with_lines(
    markdown: str, *, marks: Mapping[int, str] = NO_MARKS, lines: range | None = None
) -> RenderedSource:
    """The HTML of an analysis with an anchor for each source line, for the page that reviews it.

    `marks` gives source lines one of MARK_CLASSES; `lines` leaves out the blocks that touch none of them.
    """
    return _render(markdown, lambda text: write_with_anchors(text, marks=marks, lines=lines))


def _render(markdown: str, writer: Callable[[str], Written], allow_list: nh3.Cleaner = ALLOW_LIST) -> RenderedSource:
    converter = Markdown(extensions=[_CommonMark(writer)])
    html = converter.convert(markdown)
    whole = converter.preprocessors["whole_text"]
    return RenderedSource(mark_safe(allow_list.clean(html)), whole.lines)  # noqa: S308 (cleaned by the allow-list)
