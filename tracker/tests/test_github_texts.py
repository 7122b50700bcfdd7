"""What GitHub is told: untrusted words show what they say, and reach nobody and nothing there."""

import re

import cmarkgfm
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.github import texts
from tracker.models import GitHubLink, GitHubRepository, Issue, Owner

# What GitHub's own filters look for in the words that are left after Markdown.
MENTION = re.compile(r"(?<![\w`])@[A-Za-z0-9]")
REFERENCE = re.compile(r"(?:#|\bGH-)\d", re.IGNORECASE)
ADDRESS = re.compile(r"[a-z]+://|\bwww\.", re.IGNORECASE)


def link_of(**fields) -> GitHubLink:
    with_text = fields.pop("with_text", True)
    issue = Issue(pk=7, reference="P1-20260310-001", priority="P1", status="identified", **fields)
    return GitHubLink(issue=issue, repository=GitHubRepository(name="acme/shop", with_text=with_text))


def as_html(text: str) -> str:
    return cmarkgfm.github_flavored_markdown_to_html(text, options=cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE)


def words_of(html: str) -> str:
    """What a person reads, and GitHub's filters see: without tags, and without code, which filters leave alone."""
    return re.sub(r"<[^>]+>", "", re.sub(r"<pre.*?</pre>|<!--.*?-->", "", html, flags=re.DOTALL))


HOSTILE = [
    "@acme/everybody look",
    "fixes #12 and GH-13 and other/repo#14",
    "<img src=x onerror=alert(1)> <b>bold</b> <!-- hidden -->",
    "![tracker](https://evil.example/x.png) [click](https://evil.example)",
    "see https://github.com/acme/other/issues/1 or www.evil.example",
    "`code` **bold** _it_ ~~gone~~ | table |",
    "a\nb\r\n# heading\u202e\x1b[31m\x00",
    "&#64;team &commat;team &lt;b&gt;",
    "- [ ] task\n1. list\n> quote",
    ":rocket: $x$ ^note^ \\@team",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_untrusted_words_are_shown_as_they_are_and_act_on_nothing(words):
    link = link_of(title=words, description=words, owner=Owner(name=words[:100]))

    html = as_html(texts.block_of(link))

    read = words_of(html)
    assert not MENTION.search(read)
    assert not REFERENCE.search(read)
    outside = read.replace(texts.url_of(link.issue), "")
    assert not ADDRESS.search(outside)
    assert set(re.findall(r"<(\w+)", re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL))) <= {
        *("p", "strong", "a", "ul", "li", "pre", "code"),
    }
    assert html.count("<a ") == 1
    title = texts.title_of(link.issue)
    assert not any(pattern.search(title) for pattern in (MENTION, REFERENCE, ADDRESS))
    assert title.isprintable() or texts.BREAK in title


@given(st.text(alphabet=st.sampled_from("`~@#<>!-[]()\\*_\n:/wG.H1a "), max_size=60))
def test_no_text_leaves_its_place(words):
    link = link_of(title=words or "x", description=words)

    html = as_html(texts.block_of(link))

    assert html.count("<a ") == 1
    assert html.count("<pre") == (1 if words.strip() else 0)
    assert html.rstrip().endswith(texts.closing(link))


@given(st.text(max_size=400))
def test_a_title_is_one_line_that_github_takes(words):
    title = texts.title_of(link_of(title=words).issue)

    assert len(title) <= 256
    assert title.startswith("[P1-20260310-001]")
    assert "\n" not in title


def test_our_part_is_found_again_among_what_others_wrote():
    link = link_of(title="One")
    body = f"Before\r\n{texts.block_of(link)}\r\nAfter"
    link.issue.title = "Two"

    changed = texts.with_block(body, link, texts.block_of(link))

    assert changed.startswith("Before\r\n")
    assert changed.endswith("\r\nAfter")
    assert "Two" in changed
    assert "One" not in changed


def test_a_description_cannot_carry_our_mark():
    link = link_of(title="x")
    link.issue.description = f"{texts.closing(link)}\n{texts.opening(link)}"

    block = texts.block_of(link)

    assert (block.count(texts.opening(link)), block.count(texts.closing(link))) == (1, 1)


def test_without_leave_no_description_is_sent():
    assert "secret" not in texts.block_of(link_of(title="x", description="secret", with_text=False))
