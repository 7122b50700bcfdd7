"""Links of notes: addresses on the web, and what they lead to."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from tracker.choices import LinkKind
from tracker.translation import gettext

LONGEST_URL = 2000
MOST_LINKS = 20
# By the paths that the common code hosts use; anything else is a document until somebody says otherwise.
KINDS = (
    (re.compile(r"/commits?/[0-9a-f]{7,64}\b", re.IGNORECASE), LinkKind.COMMIT),
    (re.compile(r"/(?:pull|pulls|pull-requests|pullrequest|merge_requests)/\d+", re.IGNORECASE), LinkKind.PULL_REQUEST),
)


def read_links(lines: Iterable[str]) -> list[dict[str, str]]:
    """The links that the lines name, in the shape in which notes keep them; an empty line names none.

    A line is an address, or a kind and an address: "commit https://…". Raises: ValueError in one sentence.
    """
    links = [_link(line.split()) for line in lines if line.strip()]
    if len(links) > MOST_LINKS:
        raise ValueError(gettext("A note has at most %(most)s links.") % {"most": MOST_LINKS})
    return links


def checked(links: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """The same links, each once. Raises: ValueError in one sentence when one of them cannot be kept."""
    return read_links(dict.fromkeys(f"{link.get('kind', '')} {link.get('url', '')}" for link in links))


def _link(words: list[str]) -> dict[str, str]:
    url = words.pop()
    kind = " ".join(words).lower().replace("-", "_").replace(" ", "_")
    if kind and kind not in list(LinkKind):
        raise ValueError(
            gettext("%(kind)r is no kind of link: write one of %(kinds)s before the address.")
            % {"kind": kind[:40], "kinds": ", ".join(LinkKind)}
        )
    if not is_on_the_web(url):
        raise ValueError(
            gettext("%(url)r is no address that a note can link to: write https://… without a password.")
            % {"url": url[:100]}
        )
    return {"kind": kind or _kind_of(url), "url": url}


def _kind_of(url: str) -> str:
    path = urlsplit(url).path
    return str(next((kind for pattern, kind in KINDS if pattern.search(path)), LinkKind.DOCUMENT))


def is_on_the_web(url: str) -> bool:
    """Whether an address is one of the web that a page may lead to."""
    if len(url) > LONGEST_URL or not url.isprintable():
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc and port != 0
