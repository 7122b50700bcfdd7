"""What may reach a page from an untrusted analysis, and that nothing of its words is lost on the way."""

import time
from html.parser import HTMLParser

import cmarkgfm
import pytest
from django.conf import settings

from tracker.rendering import render, render_with_lines

SAMPLES = sorted((settings.BASE_DIR / "samples").glob("**/*.md"))
REAL_ANALYSES = sorted((settings.BASE_DIR.parent / "shared" / "extraction" / "docs").glob("*.md"))
COMPARED = {"li", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6"}
HOUSE_STYLES = """# Payments time out

Date: 2026-03-02 | Team: Harbour
1. Why did it fail?
   - The pool was full.
   - [ ] Raise the pool
      - nested by *three*
   - [x] Tell <br> support

| Action | Owner |
|:--|--:|
| `a\\|b` **now** | @kim |
| ragged |
| one | two | three |

Owner: x
- right under a text line
  continued here

> 1) quoted entry
lazy line

<ul><li>raw entry</li></ul>
"""
HOSTILE = ["[", "*", ">", "|", "- ", "<", "`", "![", "**a ", "<b>", "[a](", "> - ", "<!--", '<a href="', "<div>", "1. "]
ATTACKS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<math><mtext></mtext><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<a href='javascript:alert(1)'>x</a>",
    '<a href="java&#115;cript:alert(1)" onclick="alert(1)">x</a>',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "[x](//evil.example/)",
    "[x](../../admin/logout/)",
    "![x](javascript:alert(1))",
    "![x](https://evil.example/pixel.png)",
    '![x"onerror="alert(1)](x)',
    "<javascript:alert(1)>",
    '[x](https://a.example/"onmouseover="alert(1))',
    "<p style='position:fixed;inset:0' class='taken' id='L1'>over all</p>",
    "<form action=/admin/><input name=csrfmiddlewaretoken><button>go</button></form>",
    "<input type=image src=x onerror=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<details ontoggle=alert(1) open><summary>x</summary></details>",
    "<textarea><script>alert(1)</script>",
    "<title><style><noscript><plaintext>",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "| a |\n|---|\n| <script>alert(1)</script> |",
    "<base href=https://evil.example/><meta http-equiv=refresh content='0;url=//evil.example'>",
    "\x02wzxhzdk:0\x03 \x02amp\x03 <b>\x00</b>",
]
SAFE_TAGS = COMPARED | {"div", "p", "a", "span", "strong", "em", "del", "code", "pre", "ul", "ol", "table", "thead"}
SAFE_TAGS |= {"tbody", "tr", "input", "br", "hr", "blockquote", "b", "i", "details", "summary"}
SAFE_ATTRIBUTES = {"href", "rel", "class", "id", "type", "disabled", "checked", "aria-label", "align", "start", "value"}


class Elements(HTMLParser):
    """The text of every compared element in the order of their ends, and every tag with its attributes."""

    def __init__(self, html):
        super().__init__()
        self.open, self.texts, self.tags, self.visible = [], [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag in COMPARED:
            self.open.append((tag, []))

    def handle_endtag(self, tag):
        if self.open and self.open[-1][0] == tag:
            name, pieces = self.open.pop()
            self.texts.append((name, " ".join("".join(pieces).split())))

    def handle_data(self, data):
        self.visible += data
        for _, pieces in self.open:
            pieces.append(data)


def reference(markdown):
    return cmarkgfm.github_flavored_markdown_to_html(markdown, options=cmarkgfm.Options.CMARK_OPT_UNSAFE)


def assert_same_elements(markdown):
    expected = Elements(reference(markdown)).texts
    assert Elements(render(markdown)).texts == expected
    assert Elements(render_with_lines(markdown).html).texts == expected


def test_list_entries_headings_and_cells_are_those_of_the_reference_in_every_house_style():
    assert_same_elements(HOUSE_STYLES)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_list_entries_headings_and_cells_of_a_sample_are_those_of_the_reference(path):
    assert_same_elements(path.read_text())


@pytest.mark.skipif(not REAL_ANALYSES, reason="the real analyses (../shared/extraction/docs) are not here")
def test_list_entries_headings_and_cells_of_every_real_analysis_are_those_of_the_reference():
    different = []
    for path in REAL_ANALYSES:
        markdown = path.read_text()
        if Elements(render(markdown)).texts != Elements(reference(markdown)).texts:
            different.append(path.name)
    assert different == []


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("renderer", [render, lambda text: render_with_lines(text).html], ids=["plain", "lines"])
def test_an_attack_is_inert(renderer, attack):
    html = renderer(f"before\n\n{attack}\n\nafter")

    for tag, attributes in Elements(html).tags:
        assert tag in SAFE_TAGS
        assert set(attributes) <= SAFE_ATTRIBUTES
        assert attributes.get("href", "https://").startswith(("http://", "https://", "mailto:"))
        assert tag != "input" or attributes["type"] == "checkbox"


@pytest.mark.parametrize("attack", [attack for attack in ATTACKS if "```" not in attack])
def test_the_text_around_an_attack_stays_visible(attack):
    visible = Elements(render(f"before\n\n{attack}\n\nafter")).visible

    assert "before" in visible
    assert "after" in visible


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_costs_time_in_proportion_to_its_size(hostile):
    def once(size):
        text = hostile * (size // len(hostile))
        start = time.process_time()
        render_with_lines(text)
        return time.process_time() - start

    def cost(size):
        return min(once(size) for _ in range(3))  # what else a long run of tests has in memory costs time, too

    # Ten times the text: ten times the work, or a hundred times where it grows with the square.
    assert cost(200_000) <= 60 * max(cost(20_000), 0.02)


def test_tags_that_are_no_html_are_shown_as_the_words_that_they_are():
    html = render("Return a Promise<string> & <add name here>, Vec<u8>")

    assert "Promise&lt;string&gt; &amp; &lt;add name here&gt;, Vec&lt;u8&gt;" in html


def test_words_behind_an_unclosed_tag_or_comment_stay_visible():
    for opened in ("<title>", "<script>", "<textarea>", "<style>", "<!--", "<select>", "<div"):
        assert "rotate the keys" in Elements(render(f"{opened}\n\n- [ ] rotate the keys\n")).visible


def test_a_comment_is_shown_as_text_because_work_may_hide_in_it():
    assert '<pre class="comment">- <b>do this</b></pre>'.replace("<b>", "&lt;b&gt;").replace(
        "</b>", "&lt;/b&gt;"
    ) in render("<!--\n- <b>do this</b>\n-->\n")


def test_task_boxes_are_disabled_and_say_what_they_mean():
    html = render("- [x] restarted\n- [ ] alert added\n")

    assert html.count("disabled") == 2
    assert html.count("checked") == 1
    assert 'aria-label="not done"' in html


def test_an_outside_link_opens_no_door_and_gives_no_credit():
    assert 'rel="noopener nofollow"' in render("[runbook](https://wiki.example/runbook)")


def test_an_image_is_a_link_with_its_text():
    html = render("![Graph of latency](https://img.example/latency.png) ![](https://img.example/a/b.png)")

    assert "<img" not in html
    assert ">Graph of latency</a>" in html
    assert ">b.png</a>" in html


def test_raw_html_lists_and_links_stay_what_they_are_without_their_attributes():
    html = render('<ul class="x">\n<li onclick="y">Patch <a href="https://a.example" id="z">it</a></li>\n</ul>\n')

    assert "<ul>" in html
    assert '<li>Patch <a href="https://a.example" rel="noopener nofollow">it</a></li>' in html


def test_raw_html_cannot_close_the_elements_around_it():
    assert "<li>one</li>" in render("- one</li></ul></div>\n- two\n").replace("\n", "")
    assert render("a</div></div>b").endswith("<p>ab</p>\n</div>")


def test_an_empty_text_renders_as_nothing():
    assert render("") == ""
    assert render_with_lines("").lines == ()


def test_characters_that_cannot_be_stored_do_not_break_the_page():
    assert "a" in render("a\ud800b\x00c\ufeff")
