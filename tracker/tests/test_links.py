import pytest

from tracker.links import MOST_LINKS, checked, read_links


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("https://code.example.org/shop/commit/3f2a9c1b", "commit"),
        ("https://code.example.org/shop/-/merge_requests/14", "pull_request"),
        ("https://code.example.org/shop/pull/14", "pull_request"),
        ("https://code.example.org/shop/pull-requests/14/overview", "pull_request"),
        ("http://wiki/Pool size", None),
        ("http://wiki/pool-size", "document"),
        ("https://wiki.example.org/commit-messages", "document"),
        ("commit https://wiki.example.org/r/14", "commit"),
        ("Pull request https://wiki.example.org/r/14", "pull_request"),
        ("pull-request https://wiki.example.org/r/14", "pull_request"),
    ],
)
def test_the_kind_of_a_link_is_read_from_its_address_unless_somebody_says_it(line, kind):
    if kind is None:
        with pytest.raises(ValueError, match="is no kind of link"):
            read_links([line])
    else:
        assert read_links([line]) == [{"kind": kind, "url": line.split()[-1]}]


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("javascript:alert(1)", id="a script"),
        pytest.param("data:text/html,x", id="data"),
        pytest.param("ftp://files.example.org/x", id="another protocol"),
        pytest.param("wiki.example.org/x", id="no protocol"),
        pytest.param("https:///x", id="no host"),
        pytest.param("https://olga:secret@example.org/x", id="a password"),
        pytest.param("https://example.org:99999/x", id="a port that cannot be"),
        pytest.param("https://[::1/x", id="a broken address"),
        pytest.param("https://example.org/\u202egpj.exe", id="characters that nobody sees"),
        pytest.param("https://example.org/\x00", id="NUL"),
        pytest.param("https://example.org/" + "x" * 2000, id="no end"),
    ],
)
def test_what_is_no_address_on_the_web_is_refused(address):
    with pytest.raises(ValueError, match="is no address that a note can link to"):
        read_links([address])


def test_empty_lines_are_no_links():
    assert read_links(["", "  \t"]) == []


def test_links_that_came_from_elsewhere_are_checked_too_and_kept_once():
    link = {"kind": "document", "url": "https://wiki.example.org/x"}

    assert checked([link, dict(link)]) == [link]
    for broken in ({"kind": "spell", "url": link["url"]}, {"kind": "commit"}, {"url": "javascript:alert(1)"}):
        with pytest.raises(ValueError, match="is no"):
            checked([broken])


def test_a_note_has_no_endless_list_of_links():
    lines = [f"https://wiki.example.org/{number}" for number in range(MOST_LINKS + 1)]

    assert len(read_links(lines[1:])) == MOST_LINKS
    with pytest.raises(ValueError, match="at most 20 links"):
        read_links(lines)
